//! Why a module's package can't be described.

use crate::archive::ArchiveError;
use crate::kind::ErrorKind;

/// Why a module's package can't be described. What is wrong inside its files is a diagnostic instead.
#[derive(Debug, thiserror::Error)]
pub enum DescribeError {
    /// The package can't be opened.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// An entry can't be unpacked.
    #[error("failed to unpack {entry:?} to read what the module declares")]
    Entry {
        /// The name of the entry.
        entry: Box<str>,
        /// What is wrong with it, or with the way to it.
        source: ArchiveError,
    },
}

impl DescribeError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Archive(source) | Self::Entry { source, .. } => source.kind(),
        }
    }
}
