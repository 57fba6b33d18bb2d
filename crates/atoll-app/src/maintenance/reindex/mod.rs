//! Making what is derived from the store anew: the rows of versions, facts of blobs, and what manifests name.

mod module;
mod proof;
mod report;
mod run;
mod version;

pub use report::{PROBLEMS_LISTED_MAX, Problem, ReindexReport};

pub(in crate::maintenance) use proof::PROOFS_MAX;
pub(in crate::maintenance) use version::words;
