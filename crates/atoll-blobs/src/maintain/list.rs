//! Lists what is on disk, page by page.

use std::fs::{self, ReadDir};
use std::io;
use std::path::Path;

use atoll_core::digest::{Algorithm, Digest};

use crate::BlobError;
use crate::layout::{ALGORITHMS, FAN_OUT_DIGITS};
use crate::local::Local;

/// A blob that is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name; whether the bytes match is another question.
    pub digest: Digest,
    /// How many bytes the file has.
    pub size: u64,
}

/// Up to `limit` blobs that come after a digest, in the order of digests. Blocks. Reads the directories that the page
/// comes from, and no others.
pub(crate) fn list(
    local: &Local,
    after: Option<&Digest>,
    limit: usize,
) -> Result<Vec<Listed>, BlobError> {
    let mut page = Vec::new();
    for algorithm in ALGORITHMS {
        if after.is_some_and(|after| after.algorithm() > algorithm) {
            continue;
        }
        // Only in the tree and the directory that the cursor points into does it cut anything off.
        let after = after.filter(|after| after.algorithm() == algorithm);
        let first = after
            .and_then(|after| after.hex().get(..FAN_OUT_DIGITS))
            .unwrap_or_default();
        let tree = local.layout.tree(algorithm);
        for fan_out in names(&tree)?
            .into_iter()
            .filter(|name| name.as_str() >= first)
        {
            if page.len() >= limit {
                return Ok(page);
            }
            let directory = tree.join(&fan_out);
            let names = names(&directory)?
                .into_iter()
                .filter(|name| after.is_none_or(|after| name.as_str() > after.hex()));
            for name in names.filter(|name| name.starts_with(&fan_out)) {
                if page.len() >= limit {
                    return Ok(page);
                }
                page.extend(look_at(&directory, &name, algorithm)?);
            }
        }
    }
    Ok(page)
}

/// The names in a directory, sorted; none where there is no directory.
fn names(directory: &Path) -> Result<Vec<String>, BlobError> {
    let failed = |source| BlobError::io("list", directory, source);
    let entries: ReadDir = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(source)
            if matches!(
                source.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(Vec::new());
        }
        Err(source) => return Err(failed(source)),
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry.map_err(failed)?.file_name().into_string().ok());
    }
    names.sort_unstable();
    Ok(names)
}

/// The blob of that name; nothing where it is no digest, or has gone by now.
fn look_at(
    directory: &Path,
    name: &str,
    algorithm: Algorithm,
) -> Result<Option<Listed>, BlobError> {
    let Ok(digest) = format!("{algorithm}:{name}").parse() else {
        return Ok(None);
    };
    let path = directory.join(name);
    match fs::metadata(&path) {
        Ok(metadata) => Ok(Some(Listed {
            digest,
            size: metadata.len(),
        })),
        Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(BlobError::io("look at", &path, source)),
    }
}
