//! The built program: its commands as a user types them, and its server when things go wrong around it.

mod config;
mod disk;
mod full_disk;
mod hang_up;
mod installation;
mod kill;
mod load;
mod maintenance;
mod observed;
mod offline;
mod outage;
mod postgres;
mod power;
mod publish;
mod refused;
mod repository;
mod schedule;
mod shutdown;
mod terraform;
mod tokens;
mod wire;
mod world;
