//! The on-demand provider mirror.

mod fills;
mod joins;
mod lists;
mod trust;
mod versions;
mod world;

pub(crate) use world::eventually;
