//! The unpacked bytes of all files, one after the other.

use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};

use flate2::Crc;

use crate::digest::{Algorithm, Digest, Hasher};
use crate::getter::ArchiveFormat;

use super::error::PackageError;
use super::limits::Limits;

/// How much is copied at a time, in bytes.
pub(super) const COPY_BYTES: usize = 64 << 10;

/// A file in the spool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    offset: u64,
    pub(super) bytes: u64,
    pub(super) crc: u32,
    digest: Digest,
    pub(super) executable: bool,
    /// It stands for another file that only Git LFS finds.
    pub(super) is_lfs_pointer: bool,
}

/// How a pointer of Git LFS begins, and how long it is at most, in bytes.
///
/// Spec: <https://github.com/git-lfs/git-lfs/blob/v3.6.0/docs/spec.md#the-pointer>
const LFS_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";
const LFS_POINTER_BYTES_MAX: u64 = 1024;

impl File {
    /// Whether nobody can tell them apart.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.digest == other.digest && self.executable == other.executable
    }
}

/// The spool while it is filled.
pub(super) struct Spool<S: Write> {
    scratch: BufWriter<S>,
    buffer: Vec<u8>,
    bytes: u64,
    limits: Limits,
}

impl<S: Read + Write + Seek> Spool<S> {
    pub(super) fn new(mut scratch: S, limits: Limits) -> Result<Self, PackageError> {
        scratch
            .seek(SeekFrom::Start(0))
            .map_err(PackageError::Scratch)?;
        Ok(Self {
            scratch: BufWriter::with_capacity(COPY_BYTES, scratch),
            buffer: vec![0; COPY_BYTES],
            bytes: 0,
            limits,
        })
    }

    /// Whether this many more bytes would be too much.
    pub(super) fn check(&self, more_bytes: u64) -> Result<(), PackageError> {
        self.limits.check(self.bytes.saturating_add(more_bytes))
    }

    /// Takes a file in, to the end of its reader, or as far as the limits go.
    pub(super) fn add(
        &mut self,
        content: &mut dyn Read,
        executable: bool,
        format: ArchiveFormat,
    ) -> Result<File, PackageError> {
        let offset = self.bytes;
        let mut crc = Crc::new();
        let mut hasher = Hasher::new(Algorithm::Sha256);
        // What is still to come of a pointer's beginning, as long as it may be one.
        let mut pointer = Some(LFS_POINTER);
        loop {
            let count = match content.read(&mut self.buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(source) => return Err(PackageError::Damaged { format, source }),
            };
            let chunk = self.buffer.get(..count).unwrap_or_default();
            self.limits.check(self.bytes.saturating_add(count as u64))?;
            crc.update(chunk);
            hasher.update(chunk);
            pointer = pointer
                .and_then(|rest| rest.strip_prefix(chunk.get(..rest.len()).unwrap_or(chunk)));
            self.scratch
                .write_all(chunk)
                .map_err(PackageError::Scratch)?;
            self.bytes += count as u64;
        }
        let bytes = self.bytes - offset;
        Ok(File {
            offset,
            bytes,
            crc: crc.sum(),
            digest: hasher.finish(),
            executable,
            is_lfs_pointer: bytes < LFS_POINTER_BYTES_MAX && pointer.is_some_and(<[u8]>::is_empty),
        })
    }

    pub(super) fn finish(self) -> Result<Spooled<S>, PackageError> {
        let scratch = self.scratch.into_inner();
        let scratch = scratch.map_err(|error| PackageError::Scratch(error.into_error()))?;
        Ok(Spooled { scratch })
    }
}

/// The spool once it is filled.
pub(super) struct Spooled<S> {
    scratch: S,
}

impl<S: Read + Seek> Spooled<S> {
    /// The bytes of a file.
    pub(super) fn open(&mut self, file: &File) -> Result<io::Take<&mut S>, PackageError> {
        self.scratch
            .seek(SeekFrom::Start(file.offset))
            .map_err(PackageError::Scratch)?;
        Ok(Read::take(&mut self.scratch, file.bytes))
    }
}
