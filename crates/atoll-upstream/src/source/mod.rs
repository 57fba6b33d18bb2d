//! Module packages from wherever an address says: archives, git, buckets and OCI registries.

mod archive;
mod checksum;
mod error;
mod fetch;
mod gcs;
mod git;
mod locate;
mod oci;
mod s3;
mod sigv4;
mod sink;
mod size;

pub use error::SourceError;
pub use fetch::{FetchedSource, SourceLimits};
pub use locate::{LEADS_MAX, Located};

pub use git::remove_leftovers;
pub(crate) use git::{GitRuns, GitSettings};
pub(crate) use locate::LOCATION_HEADER;
