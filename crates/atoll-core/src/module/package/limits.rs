//! How much an archive of a module may hold.

use super::error::PackageError;

pub use crate::archive::{RATIO_FREE_BYTES, RATIO_MAX};

/// How much a module may hold once unpacked and its links copied, in bytes.
pub const UNPACKED_BYTES_MAX: u64 = 512 << 20;

/// How many entries an archive of a module may have, and how many files and directories a module, copies included.
pub const ENTRIES_MAX: usize = 50_000;

/// How long the path of a file may be, in bytes.
pub const NAME_BYTES_MAX: usize = 1024;

/// How long one component of a path may be, in bytes: file systems hold no longer ones.
pub const COMPONENT_BYTES_MAX: usize = 255;

/// How long the target of a link may be, in bytes.
pub const LINK_BYTES_MAX: usize = 1024;

/// How many links may lie behind one link.
pub const LINKS_FOLLOWED_MAX: usize = 40;

/// How many components are looked up for one link.
pub(super) const LINK_LOOKUPS_MAX: usize = 1000;

/// How many warnings are kept; the others are counted.
pub const WARNINGS_MAX: usize = 50;

/// How long one extended header of a tar may be, in bytes.
pub(super) const TAR_EXTENSION_BYTES_MAX: u64 = 1 << 20;

/// How much memory a decoder may take for the bytes it looks back to, in bytes. `xz -9` and `zstd -19` need 64 MiB or less.
pub(super) const WINDOW_BYTES_MAX: u32 = 128 << 20;

/// How many bytes of headers and padding a tar may have beside its files.
const TAR_OVERHEAD_BYTES_MAX: u64 = ENTRIES_MAX as u64 * 4096;

/// The limits for an archive of a known size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    packed_bytes: u64,
}

impl Limits {
    pub(super) fn of(packed_bytes: u64) -> Self {
        Self { packed_bytes }
    }

    /// Whether files of this many bytes are too much, and of what.
    pub(super) fn check(self, unpacked_bytes: u64) -> Result<(), PackageError> {
        if unpacked_bytes > UNPACKED_BYTES_MAX {
            return Err(PackageError::TooLarge);
        }
        if unpacked_bytes > self.ratio_bytes_max() {
            return Err(PackageError::Bomb {
                packed_bytes: self.packed_bytes,
            });
        }
        Ok(())
    }

    /// How many bytes are read of a decompressed tar.
    pub(super) fn stream_bytes_max(self) -> u64 {
        self.ratio_bytes_max()
            .min(UNPACKED_BYTES_MAX + TAR_OVERHEAD_BYTES_MAX)
    }

    /// What to say of a tar that is longer than that.
    pub(super) fn stream_exceeded(self) -> PackageError {
        match self.check(self.stream_bytes_max().saturating_add(1)) {
            Err(error) => error,
            Ok(()) => PackageError::TooLarge,
        }
    }

    fn ratio_bytes_max(self) -> u64 {
        RATIO_FREE_BYTES.max(self.packed_bytes.saturating_mul(RATIO_MAX))
    }
}
