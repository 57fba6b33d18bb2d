//! The one way in which packages are written.
//!
//! By hand, so that no release of a library changes the bytes: every entry stored, with its size and sum before it.
//!
//! Spec: <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>

use std::io::{self, Read, Seek, Write};

use crate::digest::{Algorithm, Digest, Hasher};

use super::error::PackageError;
use super::spool::{COPY_BYTES, File, Spooled};
use super::walk::Files;

/// Names are UTF-8.
const FLAGS: u16 = 1 << 11;

/// Uncompressed.
const METHOD: u16 = 0;

/// 1.0, all that stored files need.
const VERSION_NEEDED: u16 = 10;

/// By Unix, so that the modes count, and by the rules of 2.0.
const VERSION_MADE_BY: u16 = (3 << 8) + 20;

/// Midnight.
const TIME: u16 = 0;

/// The first of January 1980, the earliest that there is.
const DATE: u16 = (1 << 5) + 1;

const MODE: u32 = 0o100_644;
const MODE_EXECUTABLE: u32 = 0o100_755;

/// What was written.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) digest: Digest,
    pub(super) bytes: u64,
}

/// Writes the files as a zip.
pub(super) fn write_zip<S: Read + Seek>(
    files: &Files<'_>,
    spooled: &mut Spooled<S>,
    out: impl Write,
) -> Result<Written, PackageError> {
    let mut out = Hashed {
        out,
        hasher: Hasher::new(Algorithm::Sha256),
        bytes: 0,
    };
    let mut directory = Vec::new();
    let mut buffer = vec![0; COPY_BYTES];
    for (path, file) in files {
        let offset = out.bytes;
        let fields = fields(path, file)?;
        let name = path.as_bytes();
        out.write(&[b"PK\x03\x04", fields.as_slice(), name])?;
        let mut content = spooled.open(file)?;
        out.copy(&mut content, file.bytes, &mut buffer)?;
        directory.extend_from_slice(b"PK\x01\x02");
        directory.extend_from_slice(&VERSION_MADE_BY.to_le_bytes());
        directory.extend_from_slice(&fields);
        // No comment, the first disk, and no internal attributes.
        directory.extend_from_slice(&[0; 6]);
        let mode = if file.executable {
            MODE_EXECUTABLE
        } else {
            MODE
        };
        directory.extend_from_slice(&(mode << 16).to_le_bytes());
        directory.extend_from_slice(
            &u32::try_from(offset)
                .map_err(|_| too_large())?
                .to_le_bytes(),
        );
        directory.extend_from_slice(name);
    }
    let end = end(files.len(), directory.len(), out.bytes)?;
    out.write(&[&directory, &end])?;
    out.out.flush().map_err(PackageError::Write)?;
    Ok(Written {
        digest: out.hasher.finish(),
        bytes: out.bytes,
    })
}

/// What the header of an entry and its line in the directory have in common.
fn fields(path: &str, file: &File) -> Result<Vec<u8>, PackageError> {
    let bytes = u32::try_from(file.bytes).map_err(|_| too_large())?;
    let name_bytes = u16::try_from(path.len()).map_err(|_| too_large())?;
    let mut fields = Vec::new();
    for field in [VERSION_NEEDED, FLAGS, METHOD, TIME, DATE] {
        fields.extend_from_slice(&field.to_le_bytes());
    }
    for field in [file.crc, bytes, bytes] {
        fields.extend_from_slice(&field.to_le_bytes());
    }
    fields.extend_from_slice(&name_bytes.to_le_bytes());
    // No extra field.
    fields.extend_from_slice(&[0; 2]);
    Ok(fields)
}

/// The end of the directory.
fn end(entries: usize, directory_bytes: usize, offset: u64) -> Result<Vec<u8>, PackageError> {
    let entries = u16::try_from(entries).map_err(|_| PackageError::TooManyEntries)?;
    let mut end = b"PK\x05\x06\0\0\0\0".to_vec();
    end.extend_from_slice(&entries.to_le_bytes());
    end.extend_from_slice(&entries.to_le_bytes());
    end.extend_from_slice(
        &u32::try_from(directory_bytes)
            .map_err(|_| too_large())?
            .to_le_bytes(),
    );
    end.extend_from_slice(
        &u32::try_from(offset)
            .map_err(|_| too_large())?
            .to_le_bytes(),
    );
    // No comment.
    end.extend_from_slice(&[0; 2]);
    Ok(end)
}

/// The limits keep packages far below what needs zip64.
fn too_large() -> PackageError {
    PackageError::TooLarge
}

/// A writer that hashes what passes.
struct Hashed<W> {
    out: W,
    hasher: Hasher,
    bytes: u64,
}

impl<W: Write> Hashed<W> {
    fn write(&mut self, parts: &[&[u8]]) -> Result<(), PackageError> {
        for part in parts {
            self.hasher.update(part);
            self.bytes += part.len() as u64;
            self.out.write_all(part).map_err(PackageError::Write)?;
        }
        Ok(())
    }

    /// Copies all of a file: a spool that lost bytes must not become a zip that lies about its sizes.
    fn copy(
        &mut self,
        content: &mut impl Read,
        bytes: u64,
        buffer: &mut [u8],
    ) -> Result<(), PackageError> {
        let mut left = bytes;
        while left > 0 {
            let count = match content.read(buffer) {
                Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read,
            };
            let count = count.map_err(PackageError::Scratch)?;
            self.write(&[buffer.get(..count).unwrap_or_default()])?;
            left = left.saturating_sub(count as u64);
        }
        Ok(())
    }
}
