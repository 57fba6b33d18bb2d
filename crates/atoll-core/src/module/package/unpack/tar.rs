use std::borrow::Cow;
use std::io::{self, Cursor, Read, Seek, Write};

use tar::{Archive, Entry, EntryType};

use crate::excerpt::excerpt;
use crate::getter::ArchiveFormat;
use crate::module::package::collector::{Collector, Content};
use crate::module::package::error::{EntryRule, PackageError};
use crate::module::package::limits::{Limits, TAR_EXTENSION_BYTES_MAX};
use crate::module::package::sniff::{TAR_BLOCK_BYTES, is_tar};

use super::decoder::decoder;
use super::extension::Extension;
use super::stream::Watch;

const MODE_EXECUTE: u32 = 0o111;

/// What GNU tar writes first with `--label`.
const VOLUME_LABEL: u8 = b'V';

/// Reads a tar, compressed or not, to its end.
pub(in crate::module::package) fn read_tar<R: Read, S: Read + Write + Seek>(
    packed: R,
    format: ArchiveFormat,
    limits: Limits,
    collector: &mut Collector<S>,
) -> Result<(), PackageError> {
    let watch = Watch::default();
    let stream = decoder(format, watch.source(packed));
    let mut reader = TarReader {
        format,
        collector,
        extension: Extension::default(),
    };
    reader
        .all(watch.metered(stream, limits))
        .map_err(|error| watch.judge(error, limits))
}

struct TarReader<'c, S: Write> {
    format: ArchiveFormat,
    collector: &'c mut Collector<S>,
    extension: Extension,
}

impl<S: Read + Write + Seek> TarReader<'_, S> {
    fn all(&mut self, mut stream: impl Read) -> Result<(), PackageError> {
        let damaged = damaged(self.format);
        let mut head = Vec::new();
        Read::by_ref(&mut stream)
            .take(TAR_BLOCK_BYTES as u64)
            .read_to_end(&mut head)
            .map_err(&damaged)?;
        if let (Some(compression), false) = (self.format.compression(), is_tar(&head)) {
            return Err(PackageError::SingleFile(compression));
        }
        let mut archive = Archive::new(Cursor::new(head).chain(stream));
        // Raw, because the library keeps extended headers of any size in memory.
        for entry in archive.entries().map_err(&damaged)?.raw(true) {
            self.one(entry.map_err(&damaged)?)?;
        }
        // The decoder checks its sums at the end, and notices there what was cut off.
        let mut rest = archive.into_inner();
        io::copy(&mut rest, &mut io::sink()).map_err(&damaged)?;
        Ok(())
    }

    fn one(&mut self, mut entry: Entry<'_, impl Read>) -> Result<(), PackageError> {
        match entry.header().entry_type() {
            // About a whole archive, such as the commit that git made it from.
            EntryType::XGlobalHeader => {}
            kind if kind.as_byte() == VOLUME_LABEL => {}
            EntryType::XHeader => {
                let records = self.header(&mut entry)?;
                let added = self.extension.add_records(&records);
                added.ok_or_else(|| refused(&entry, EntryRule::Extension))?;
            }
            EntryType::GNULongName => {
                let name = self.header(&mut entry)?;
                self.extension.set_long_name(&name);
            }
            EntryType::GNULongLink => {
                let target = self.header(&mut entry)?;
                self.extension.set_long_target(&target);
            }
            _ => self.member(entry)?,
        }
        Ok(())
    }

    /// An extended header, with a limit.
    fn header(&self, entry: &mut Entry<'_, impl Read>) -> Result<Vec<u8>, PackageError> {
        if entry.size() > TAR_EXTENSION_BYTES_MAX {
            return Err(refused(entry, EntryRule::Extension));
        }
        let mut bytes = Vec::new();
        entry
            .read_to_end(&mut bytes)
            .map_err(damaged(self.format))?;
        Ok(bytes)
    }

    fn member(&mut self, entry: Entry<'_, impl Read>) -> Result<(), PackageError> {
        let extension = std::mem::take(&mut self.extension);
        let header = entry.header().clone();
        let name = extension
            .name
            .unwrap_or_else(|| header.path_bytes().into_owned());
        let target = extension
            .target
            .or_else(|| header.link_name_bytes().map(Cow::into_owned))
            .unwrap_or_default();
        let bytes = entry.size();
        if extension.bytes.is_some_and(|other| other != bytes) {
            return Err(refused(&entry, EntryRule::Size));
        }
        let kind = header.entry_type();
        if extension.is_sparse || kind == EntryType::GNUSparse {
            return Err(refused(&entry, EntryRule::Sparse));
        }
        match kind {
            EntryType::Directory => self.collector.add(&name, Content::Directory),
            // As tar wrote directories before it had a type for them.
            EntryType::Regular if name.ends_with(b"/") => {
                self.collector.add(&name, Content::Directory)
            }
            EntryType::Symlink => self.collector.add(&name, Content::SymbolicLink(&target)),
            EntryType::Link => self.collector.add(&name, Content::HardLink(&target)),
            EntryType::Regular | EntryType::Continuous => {
                self.collector.spool.check(bytes)?;
                let content = Content::File {
                    content: &mut Whole {
                        inner: entry,
                        left: bytes,
                    },
                    executable: header.mode().unwrap_or_default() & MODE_EXECUTE != 0,
                };
                self.collector.add(&name, content)
            }
            _ => self.collector.add(&name, Content::Special),
        }
    }
}

/// A file that fails where it ends early: the library takes a tar that was cut for a short one.
struct Whole<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Whole<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self.left.saturating_sub(count as u64);
        if count == 0 && self.left > 0 && !buffer.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(count)
    }
}

fn damaged(format: ArchiveFormat) -> impl Fn(io::Error) -> PackageError {
    move |source| PackageError::Damaged { format, source }
}

fn refused(entry: &Entry<'_, impl Read>, rule: EntryRule) -> PackageError {
    PackageError::Entry {
        entry: excerpt(&String::from_utf8_lossy(&entry.header().path_bytes())).into(),
        rule,
    }
}
