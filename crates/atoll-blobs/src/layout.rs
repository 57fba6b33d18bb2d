//! Where things are on disk.

use std::collections::HashSet;
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use atoll_core::digest::{Algorithm, Digest};

use crate::BlobError;
use crate::staging::UploadId;
use crate::sync::lock;

/// Every algorithm that has a tree, in the order of the listing.
pub(crate) const ALGORITHMS: [Algorithm; 2] = [Algorithm::Sha256, Algorithm::Sha512];

/// Only the owner reads what may be private.
const DIRECTORY_MODE: u32 = 0o700;

/// How many leading digits of a digest name its directory.
pub(crate) const FAN_OUT_DIGITS: usize = 2;

/// The directories of one store: `blobs/<algorithm>/<2 hex>/<hex>`, `staging/<upload>`, `quarantine/<algorithm>-<hex>`.
#[derive(Debug)]
pub(crate) struct Layout {
    root: PathBuf,
    /// The fan-out directories that this process knows to be on disk for good.
    settled: Mutex<HashSet<PathBuf>>,
}

impl Layout {
    /// Makes what is missing and syncs it. Looks at no blob.
    pub(crate) fn open(root: &Path) -> Result<Self, BlobError> {
        let layout = Self {
            root: root.to_owned(),
            settled: Mutex::default(),
        };
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(DIRECTORY_MODE);
        let trees = ALGORITHMS.iter().map(|algorithm| layout.tree(*algorithm));
        for path in trees.chain([layout.staging(), layout.quarantine()]) {
            builder
                .create(&path)
                .map_err(|source| BlobError::io("create directory", &path, source))?;
            sync_directory(&path)?;
        }
        for path in [&layout.blobs(), &layout.root] {
            sync_directory(path)?;
        }
        if let Some(parent) = root
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
        {
            sync_directory(parent)?;
        }
        Ok(layout)
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    fn blobs(&self) -> PathBuf {
        self.root.join("blobs")
    }

    pub(crate) fn tree(&self, algorithm: Algorithm) -> PathBuf {
        self.blobs().join(algorithm.as_str())
    }

    pub(crate) fn fan_out(&self, digest: &Digest) -> PathBuf {
        // A digest has 64 digits or more.
        self.tree(digest.algorithm())
            .join(digest.hex().get(..FAN_OUT_DIGITS).unwrap_or_default())
    }

    pub(crate) fn blob(&self, digest: &Digest) -> PathBuf {
        self.fan_out(digest).join(digest.hex())
    }

    pub(crate) fn staging(&self) -> PathBuf {
        self.root.join("staging")
    }

    pub(crate) fn staged(&self, id: UploadId) -> PathBuf {
        self.staging().join(id.to_string())
    }

    pub(crate) fn quarantine(&self) -> PathBuf {
        self.root.join("quarantine")
    }

    pub(crate) fn quarantined(&self, digest: &Digest) -> PathBuf {
        self.quarantine()
            .join(format!("{}-{}", digest.algorithm(), digest.hex()))
    }

    /// A file without a name.
    pub(crate) fn scratch(&self) -> Result<File, BlobError> {
        let staging = self.staging();
        tempfile::tempfile_in(&staging)
            .map_err(|source| BlobError::io("make a scratch file in", &staging, source))
    }

    /// Makes the directory that a blob belongs in. When it is new to this process, it and its parent are synced: the
    /// process that made them may have stopped before it came to that.
    pub(crate) fn settle_fan_out(&self, digest: &Digest) -> Result<PathBuf, BlobError> {
        let path = self.fan_out(digest);
        if lock(&self.settled).contains(&path) {
            return Ok(path);
        }
        match DirBuilder::new().mode(DIRECTORY_MODE).create(&path) {
            Err(source) if source.kind() != io::ErrorKind::AlreadyExists => {
                return Err(BlobError::io("create directory", &path, source));
            }
            _ => {}
        }
        sync_directory(&self.tree(digest.algorithm()))?;
        sync_directory(&path)?;
        lock(&self.settled).insert(path.clone());
        Ok(path)
    }

    /// The names in a directory may not be on disk; whoever needs it next syncs it again.
    pub(crate) fn unsettle(&self, path: &Path) {
        lock(&self.settled).remove(path);
    }
}

/// Makes the names in a directory survive a power cut.
pub(crate) fn sync_directory(path: &Path) -> Result<(), BlobError> {
    File::open(path)
        .and_then(|directory| directory.sync_all())
        .map_err(|source| BlobError::io("sync directory", path, source))
}

/// Removes a file, or finds that it is gone already. Says whether it was there.
pub(crate) fn remove_file(path: &Path) -> Result<bool, BlobError> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(BlobError::io("remove", path, source)),
    }
}
