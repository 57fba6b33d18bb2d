use std::io::{Read, Seek, SeekFrom, Write};

use crate::digest::Digest;
use crate::getter::ArchiveFormat;

use super::collector::Collector;
use super::error::PackageError;
use super::limits::Limits;
use super::request::Request;
use super::select::select;
use super::sniff::SNIFF_BYTES;
use super::spool::Spool;
use super::unpack::{read_tar, read_zip};
use super::walk::Rules;
use super::zip_writer::write_zip;

/// A module's package, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packaged {
    /// The SHA-256 digest of the zip.
    pub digest: Digest,
    /// The size of the zip, in bytes.
    pub size_bytes: u64,
    /// How many files are in it.
    pub files: usize,
    /// The size of all files, in bytes.
    pub unpacked_bytes: u64,
    /// Where the module is in the package, when the whole tree was kept because it refers to more than its own directory.
    pub subdir: Option<String>,
    /// The name of the directory around everything that was taken off.
    pub stripped: Option<String>,
    /// What was left out or looks wrong; a limited number.
    pub warnings: Vec<String>,
}

/// Makes an archive of a module, in any format, into its package: a zip whose bytes depend on nothing but the tree.
///
/// The bytes of unpacked files go into `scratch`, such as an anonymous temporary file, from its start; what else it holds is
/// overwritten. Memory use grows with the number of files, not with their sizes. After an error, what is in `out` is worthless.
///
/// This blocks, for as long as it takes to unpack and write the whole.
pub fn package<R, S, W>(
    mut archive: R,
    scratch: S,
    request: &Request<'_>,
    out: W,
) -> Result<Packaged, PackageError>
where
    R: Read + Seek,
    S: Read + Write + Seek,
    W: Write,
{
    let packed_bytes = archive.seek(SeekFrom::End(0)).map_err(PackageError::Read)?;
    let format = ArchiveFormat::sniff(&head(&mut archive)?)?;
    let limits = Limits::of(packed_bytes);
    let spool = Spool::new(scratch, limits)?;
    let mut collector = Collector::new(format, request.strictness, spool);
    match format {
        ArchiveFormat::Zip => read_zip(archive, &mut collector)?,
        ArchiveFormat::Tar
        | ArchiveFormat::TarGz
        | ArchiveFormat::TarXz
        | ArchiveFormat::TarBz2
        | ArchiveFormat::TarZst => {
            read_tar(archive, format, limits, &mut collector)?;
        }
    }
    let Collector {
        spool,
        tree,
        mut warnings,
        ..
    } = collector;
    let mut spooled = spool.finish()?;
    let rules = Rules {
        strictness: request.strictness,
        limits,
    };
    let selection = select(&tree.top, request, rules, &mut spooled, &mut warnings)?;
    let written = write_zip(&selection.files, &mut spooled, out)?;
    Ok(Packaged {
        digest: written.digest,
        size_bytes: written.bytes,
        files: selection.files.len(),
        unpacked_bytes: selection.files.values().map(|file| file.bytes).sum(),
        subdir: selection.subdir,
        stripped: selection.stripped,
        warnings: warnings.finish(),
    })
}

/// The first bytes; leaves the archive at its start.
fn head<R: Read + Seek>(archive: &mut R) -> Result<Vec<u8>, PackageError> {
    archive.rewind().map_err(PackageError::Read)?;
    let mut head = Vec::new();
    Read::take(&mut *archive, SNIFF_BYTES as u64)
        .read_to_end(&mut head)
        .map_err(PackageError::Read)?;
    archive.rewind().map_err(PackageError::Read)?;
    Ok(head)
}
