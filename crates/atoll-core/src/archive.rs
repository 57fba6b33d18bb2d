//! Zip archives of strangers, read with limits.

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

use zip::ZipArchive;
use zip::result::ZipError;

use crate::kind::ErrorKind;

/// How much a package may hold once unpacked, in bytes. The largest providers have about 1 GiB.
pub const UNPACKED_BYTES_MAX: u64 = 16 << 30;

/// How many entries a package may have.
pub const ENTRIES_MAX: usize = 100_000;

/// How many times larger than its archive a package may be. Programs have ratios of about 4, deflate ends at 1032.
pub const RATIO_MAX: u64 = 200;

/// Up to this unpacked size, in bytes, the ratio says nothing.
pub const RATIO_FREE_BYTES: u64 = 64 << 20;

/// How much is read to find the list of entries, in bytes: a hundred for each, and the search for its end.
const DIRECTORY_BYTES_MAX: u64 = 16 << 20;

/// Why an archive can't be read within the limits.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It is none, or a damaged one.
    #[error("the file is not a readable zip archive")]
    NotAZip(#[source] ZipError),
    /// The bytes could not be had.
    #[error("failed to read the archive")]
    Read(#[source] io::Error),
    /// The list of entries is too long.
    #[error(
        "the archive has more than {ENTRIES_MAX} entries, or its list of entries is longer than {DIRECTORY_BYTES_MAX} bytes"
    )]
    TooManyEntries,
    /// It would be too large once unpacked.
    #[error("the archive unpacks to more than {UNPACKED_BYTES_MAX} bytes")]
    TooLarge,
    /// It is far larger than it looks.
    #[error("the archive of {packed_bytes} bytes unpacks to more than {RATIO_MAX} times as much")]
    Bomb {
        /// The size of the archive.
        packed_bytes: u64,
    },
    /// Two entries of one name: which of them a client unpacks is anybody's guess.
    #[error("the archive has several entries of the same name")]
    DuplicateNames,
}

impl ArchiveError {
    /// What kind of failure it is: only bytes that could not be had are ours.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Read(_) => ErrorKind::Unavailable,
            Self::TooManyEntries | Self::TooLarge | Self::Bomb { .. } => ErrorKind::TooLarge,
            Self::NotAZip(_) | Self::DuplicateNames => ErrorKind::Invalid,
        }
    }
}

/// An opened archive, and what its reader remembers.
#[derive(Debug)]
pub(crate) struct Archive<R> {
    pub(crate) zip: ZipArchive<Metered<R>>,
    pub(crate) meter: Rc<Meter>,
}

/// Opens an archive whose list of entries and declared sizes are within the limits.
pub(crate) fn open<R: Read + Seek>(mut reader: R) -> Result<Archive<R>, ArchiveError> {
    let packed_bytes = reader.seek(SeekFrom::End(0)).map_err(ArchiveError::Read)?;
    let meter = Rc::new(Meter {
        left: Cell::new(DIRECTORY_BYTES_MAX),
        failed: Cell::new(false),
    });
    let metered = Metered {
        inner: reader,
        meter: Rc::clone(&meter),
    };
    let zip = ZipArchive::new(metered).map_err(|error| meter.judge(error))?;
    meter.left.set(u64::MAX);
    if zip.len() > ENTRIES_MAX {
        return Err(ArchiveError::TooManyEntries);
    }
    if zip.has_duplicate_names() {
        return Err(ArchiveError::DuplicateNames);
    }
    let mut unpacked_bytes: u64 = 0;
    for index in 0..zip.len() {
        let size = zip
            .by_index_data(index)
            .map_err(|error| meter.judge(error))?
            .size();
        unpacked_bytes = unpacked_bytes.saturating_add(size);
    }
    check_size(packed_bytes, unpacked_bytes)?;
    Ok(Archive { zip, meter })
}

/// Sizes are declared by the archive; reading an entry fails where it turns out to be larger.
fn check_size(packed_bytes: u64, unpacked_bytes: u64) -> Result<(), ArchiveError> {
    if unpacked_bytes > UNPACKED_BYTES_MAX {
        return Err(ArchiveError::TooLarge);
    }
    if unpacked_bytes > RATIO_FREE_BYTES.max(packed_bytes.saturating_mul(RATIO_MAX)) {
        return Err(ArchiveError::Bomb { packed_bytes });
    }
    Ok(())
}

/// A reader with an allowance, which ends while the list of entries is still being read: the zip library keeps that in
/// memory, several hundred bytes for each of as many entries as the archive claims to have.
#[derive(Debug)]
pub(crate) struct Metered<R> {
    inner: R,
    meter: Rc<Meter>,
}

/// What a [`Metered`] reader has seen.
#[derive(Debug)]
pub(crate) struct Meter {
    left: Cell<u64>,
    failed: Cell<bool>,
}

impl Meter {
    /// Tells a damaged archive from bytes that could not be had: the zip library has one error for both.
    pub(crate) fn judge(&self, error: ZipError) -> ArchiveError {
        match error {
            ZipError::Io(error) if self.failed.get() => ArchiveError::Read(error),
            _ if self.left.get() == 0 => ArchiveError::TooManyEntries,
            other => ArchiveError::NotAZip(other),
        }
    }

    fn watch<T>(&self, result: io::Result<T>) -> io::Result<T> {
        self.failed.set(self.failed.get() || result.is_err());
        result
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.meter.left.get();
        let allowed = usize::try_from(left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        if allowed == 0 && !buffer.is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the list of entries is too long",
            ));
        }
        let count = match buffer.get_mut(..allowed) {
            Some(buffer) => self.meter.watch(self.inner.read(buffer))?,
            None => 0,
        };
        self.meter.left.set(left.saturating_sub(count as u64));
        Ok(count)
    }
}

impl<R: Seek> Seek for Metered<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        // A position before the start comes from the archive, not from the disk.
        let result = self.inner.seek(to);
        match &result {
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => result,
            _ => self.meter.watch(result),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    #[test]
    fn sizes_beyond_the_limits_are_refused() {
        assert!(check_size(100, RATIO_FREE_BYTES).is_ok());
        assert!(matches!(
            check_size(100, RATIO_FREE_BYTES + 1),
            Err(ArchiveError::Bomb { packed_bytes: 100 })
        ));
        assert!(check_size(1 << 30, UNPACKED_BYTES_MAX).is_ok());
        assert!(matches!(
            check_size(1 << 30, UNPACKED_BYTES_MAX + 1),
            Err(ArchiveError::TooLarge)
        ));
        assert!(check_size(u64::MAX, 0).is_ok());
    }

    #[test]
    fn a_bomb_is_refused_before_anything_is_unpacked() {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let zeros = vec![0; 1 << 20];
        for index in 0..65 {
            writer
                .start_file(format!("{index}"), SimpleFileOptions::default())
                .unwrap();
            writer.write_all(&zeros).unwrap();
        }
        let bytes = writer.finish().unwrap();
        assert!(matches!(open(bytes), Err(ArchiveError::Bomb { .. })));
    }

    #[test]
    fn a_list_of_entries_without_end_is_refused_early() {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer
            .start_file("x".repeat(60_000), SimpleFileOptions::default())
            .unwrap();
        let bytes = writer.finish().unwrap().into_inner();
        // Repeats the one entry of the list until it is as long as the whole allowance.
        let start = bytes
            .windows(4)
            .rposition(|window| window == b"PK\x01\x02")
            .unwrap();
        let end = bytes
            .windows(4)
            .rposition(|window| window == b"PK\x05\x06")
            .unwrap();
        let count = 300_usize;
        let mut forged = bytes[..start].to_vec();
        (0..count).for_each(|_| forged.extend_from_slice(&bytes[start..end]));
        let mut tail = bytes[end..].to_vec();
        tail[8..10].copy_from_slice(&u16::try_from(count).unwrap().to_le_bytes());
        tail[10..12].copy_from_slice(&u16::try_from(count).unwrap().to_le_bytes());
        let size = u32::try_from(count * (end - start)).unwrap();
        tail[12..16].copy_from_slice(&size.to_le_bytes());
        forged.extend_from_slice(&tail);
        assert!(matches!(
            open(Cursor::new(forged)),
            Err(ArchiveError::TooManyEntries)
        ));
    }

    #[test]
    fn a_broken_disk_is_not_a_broken_archive() {
        #[derive(Debug)]
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("the store is away"))
            }
        }
        impl Seek for Broken {
            fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
                Ok(1000)
            }
        }
        let broken = open(Broken).unwrap_err();
        assert!(matches!(broken, ArchiveError::Read(_)));
        assert_eq!(broken.kind(), ErrorKind::Unavailable);
        assert!(matches!(
            open(Cursor::new(b"<html>")),
            Err(ArchiveError::NotAZip(_))
        ));
        assert!(matches!(
            open(Cursor::new(b"")),
            Err(ArchiveError::NotAZip(_))
        ));
    }
}
