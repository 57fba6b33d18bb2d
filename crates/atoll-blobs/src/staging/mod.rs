//! Bytes on their way in: append-only files that get their final name when their digest matched.

mod batch;
mod commit;
mod id;
mod reap;
mod running_digest;
mod slots;
mod stage;
mod staged_file;
mod sync_ahead;
mod upload;
mod writer;

pub use commit::Committed;
pub use id::{UploadId, UploadIdError};
pub use upload::Upload;

pub(crate) use commit::commit;
pub(crate) use reap::{count_idle, reap};
pub(crate) use running_digest::RunningDigest;
pub(crate) use slots::{Lease, Slots};
pub(crate) use staged_file::{Fate, StagedFile};
pub(crate) use writer::{Pace, Parts, Writer};
