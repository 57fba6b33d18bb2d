//! A module's directory as an archive.

use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, EntryType, Header};
use tempfile::NamedTempFile;

/// What a build leaves in a module and nobody wants from it.
const LEFT_OUT: [&str; 2] = [".git", ".terraform"];
/// How state files end. They hold secrets, and a module has no use for one.
const STATE_SUFFIXES: [&str; 2] = [".tfstate", ".tfstate.backup"];
/// How files end that make a directory a module.
const MODULE_SUFFIXES: [&str; 4] = [".tf", ".tofu", ".tf.json", ".tofu.json"];
/// Deeper than any module.
const DEPTH_MAX: usize = 64;

/// A packed module.
#[derive(Debug)]
pub(super) struct Packed {
    /// The archive, a tar in gzip; it goes when this goes.
    pub(super) file: NamedTempFile,
    /// State files that were left out.
    pub(super) left_out: Vec<String>,
}

/// What is in a directory, in the order of names.
#[derive(Default)]
struct Listing {
    files: Vec<PathBuf>,
    left_out: Vec<String>,
}

/// Packs a directory. Blocks.
pub(super) fn pack(directory: &Path) -> anyhow::Result<Packed> {
    let mut listing = Listing::default();
    walk(directory, Path::new(""), 0, &mut listing)?;
    check_is_module(directory, &listing.files)?;
    let mut file = NamedTempFile::new().context("failed to make a temporary file")?;
    let encoder = GzEncoder::new(BufWriter::new(file.as_file_mut()), Compression::default());
    let mut archive = Builder::new(encoder);
    for path in &listing.files {
        append(&mut archive, directory, path)
            .with_context(|| format!("failed to pack {}", directory.join(path).display()))?;
    }
    archive
        .into_inner()
        .and_then(GzEncoder::finish)
        .and_then(|mut buffer| buffer.flush())
        .context("failed to write the package")?;
    Ok(Packed {
        file,
        left_out: listing.left_out,
    })
}

/// The server would say the same, after the upload.
fn check_is_module(directory: &Path, files: &[PathBuf]) -> anyhow::Result<()> {
    let is_part = |path: &PathBuf| {
        let path = path.to_string_lossy();
        MODULE_SUFFIXES.iter().any(|suffix| path.ends_with(suffix))
    };
    anyhow::ensure!(
        files.iter().any(is_part),
        "there is no .tf, .tofu or .tf.json file in {}, at any depth: is it the module's directory?",
        directory.display()
    );
    Ok(())
}

fn walk(root: &Path, below: &Path, depth: usize, listing: &mut Listing) -> anyhow::Result<()> {
    let directory = root.join(below);
    anyhow::ensure!(
        depth <= DEPTH_MAX,
        "{} is more than {DEPTH_MAX} directories deep",
        directory.display()
    );
    for entry in entries(&directory)? {
        let name = entry.file_name();
        if LEFT_OUT.iter().any(|left_out| name == *left_out) {
            continue;
        }
        let path = below.join(&name);
        let kind = entry
            .file_type()
            .with_context(|| format!("failed to look at {}", entry.path().display()))?;
        let name = name.to_string_lossy();
        if kind.is_dir() {
            walk(root, &path, depth + 1, listing)?;
        } else if !kind.is_file() && !kind.is_symlink() {
            anyhow::bail!(
                "{} is neither a file nor a directory nor a link",
                entry.path().display()
            );
        } else if STATE_SUFFIXES.iter().any(|suffix| name.ends_with(suffix)) {
            listing.left_out.push(path.display().to_string());
        } else {
            listing.files.push(path);
        }
    }
    Ok(())
}

fn entries(directory: &Path) -> anyhow::Result<Vec<fs::DirEntry>> {
    let failed = || format!("failed to read the directory {}", directory.display());
    let entries: io::Result<Vec<_>> = fs::read_dir(directory).with_context(failed)?.collect();
    let mut entries = entries.with_context(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    Ok(entries)
}

/// Adds a file or link. Whose it is and when it was written make no difference to a module.
fn append<W: io::Write>(archive: &mut Builder<W>, root: &Path, path: &Path) -> anyhow::Result<()> {
    let source = root.join(path);
    let metadata = fs::symlink_metadata(&source)?;
    if metadata.is_symlink() {
        let mut header = header(EntryType::Symlink, 0o777);
        archive.append_link(&mut header, path, fs::read_link(&source)?)?;
        return Ok(());
    }
    let mut header = header(EntryType::Regular, mode(&metadata));
    header.set_size(metadata.len());
    // A file that grows meanwhile is cut, and one that shrinks would push all that follows out of place.
    let mut content = File::open(&source)?.take(metadata.len());
    archive.append_data(&mut header, path, &mut content)?;
    anyhow::ensure!(content.limit() == 0, "it changed while it was read");
    Ok(())
}

fn header(kind: EntryType, mode: u32) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(0);
    header
}

fn mode(metadata: &Metadata) -> u32 {
    if metadata.permissions().mode() & 0o111 == 0 {
        0o644
    } else {
        0o755
    }
}
