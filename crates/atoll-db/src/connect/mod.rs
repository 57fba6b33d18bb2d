//! Opening a database: its pools, its settings, its migrations.

pub(crate) mod postgres;
pub(crate) mod readers;
pub(crate) mod sqlite;
