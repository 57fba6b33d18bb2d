//! The on-demand module mirror: lists of other registries, and packages that are fetched from wherever those point, made into
//! the one deterministic zip and kept.

mod answer;
mod capture;
mod known;
mod recheck;
mod state;
mod undelete;

pub use recheck::Moved;
pub(in crate::mirror) use state::ModuleMirror;
