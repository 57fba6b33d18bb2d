//! Checking that the store holds what its rows promise, and mending what can be mended.
//!
//! It runs while the store is in use: what looks wrong is looked at again where nobody can change it, before it is reported.

mod blobs;
mod check;
mod links;
mod manifests;
mod modules;
mod providers;
mod report;
mod versions;

pub(in crate::maintenance) use manifests::Named;
pub use report::{DAMAGE_LISTED_MAX, Damage, Fault, FsckCounts, FsckOptions, FsckReport, Repair};
