use std::io::{Read, Seek, Write};

use zip::read::ZipFile;
use zip::result::ZipError;
use zip::{CompressionMethod, System};

use crate::archive::{self, Archive, ArchiveError};
use crate::excerpt::excerpt;
use crate::getter::ArchiveFormat;
use crate::module::package::collector::{Collector, Content};
use crate::module::package::error::{EntryRule, PackageError};
use crate::module::package::limits::{ENTRIES_MAX, LINK_BYTES_MAX};

const MODE_KIND: u32 = 0o170_000;
const MODE_LINK: u32 = 0o120_000;
const MODE_FILE: u32 = 0o100_000;
const MODE_DIRECTORY: u32 = 0o040_000;
const MODE_EXECUTE: u32 = 0o111;

/// Reads a zip.
pub(in crate::module::package) fn read_zip<R: Read + Seek, S: Read + Write + Seek>(
    packed: R,
    collector: &mut Collector<S>,
) -> Result<(), PackageError> {
    let Archive { mut zip, meter } = archive::open(packed).map_err(translate)?;
    if zip.len() > ENTRIES_MAX {
        return Err(PackageError::TooManyEntries);
    }
    for index in 0..zip.len() {
        // The raw reader: the other one already fails on encrypted entries, without a word about which.
        let raw = zip
            .by_index_raw(index)
            .map_err(|error| translate(meter.judge(error)))?;
        check_readable(&raw)?;
        drop(raw);
        let mut entry = zip
            .by_index(index)
            .map_err(|error| translate(meter.judge(error)))?;
        add(&mut entry, collector).map_err(|error| match error {
            PackageError::Damaged { source, .. } => translate(meter.judge(ZipError::Io(source))),
            other => other,
        })?;
    }
    Ok(())
}

fn check_readable<R: Read>(entry: &ZipFile<'_, R>) -> Result<(), PackageError> {
    let rule = match entry.compression() {
        _ if entry.encrypted() => EntryRule::Encrypted,
        CompressionMethod::Stored | CompressionMethod::Deflated => return Ok(()),
        _ => EntryRule::Compression,
    };
    Err(PackageError::Entry {
        entry: excerpt(&String::from_utf8_lossy(entry.name_raw())).into(),
        rule,
    })
}

fn add<R: Read, S: Read + Write + Seek>(
    entry: &mut ZipFile<'_, R>,
    collector: &mut Collector<S>,
) -> Result<(), PackageError> {
    let name = entry.name_raw().to_vec();
    // Only archives made on Unix carry modes.
    let mode = match entry.system() {
        System::Unix | System::OsDarwin => entry.external_attributes() >> 16,
        _ => 0,
    };
    let kind = mode & MODE_KIND;
    if kind == MODE_DIRECTORY || name.ends_with(b"/") {
        return collector.add(&name, Content::Directory);
    }
    match kind {
        0 | MODE_FILE => {
            // What the archive declares is only good for an early refusal.
            collector.spool.check(entry.size())?;
            let content = Content::File {
                content: entry,
                executable: mode & MODE_EXECUTE != 0,
            };
            collector.add(&name, content)
        }
        MODE_LINK => {
            let mut target = Vec::new();
            Read::take(&mut *entry, LINK_BYTES_MAX as u64 + 1)
                .read_to_end(&mut target)
                .map_err(|source| PackageError::Damaged {
                    format: ArchiveFormat::Zip,
                    source,
                })?;
            collector.add(&name, Content::SymbolicLink(&target))
        }
        _ => collector.add(&name, Content::Special),
    }
}

/// The limits of other archives are larger than those of a module, and their messages say so.
fn translate(error: ArchiveError) -> PackageError {
    match error {
        ArchiveError::Read(source) => PackageError::Read(source),
        ArchiveError::TooManyEntries => PackageError::TooManyEntries,
        ArchiveError::TooLarge => PackageError::TooLarge,
        ArchiveError::Bomb { packed_bytes } => PackageError::Bomb { packed_bytes },
        ArchiveError::NotAZip(_) | ArchiveError::DuplicateNames => PackageError::Zip(error),
    }
}
