//! The files of the built-in authority.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use time::OffsetDateTime;
use tracing::{info, warn};

use super::pair::{PairPaths, PemPair};
use super::{Authority, IssuedLeaf, TlsError};

/// More than any certificate chain or key needs.
const PEM_BYTES_MAX: u64 = 1024 * 1024;
/// Keys are their owner's alone.
const KEY_MODE: u32 = 0o600;
/// What clients may see.
const CERTIFICATE_MODE: u32 = 0o644;
const DIRECTORY_MODE: u32 = 0o700;

/// The certificate of the built-in authority under `dir`, if there is one yet, in PEM.
pub fn authority_certificate(dir: &Path) -> Result<Option<String>, TlsError> {
    let path = BuiltinFiles::new(dir).authority_certificate;
    Ok(read(&path)?.map(|pem| String::from_utf8_lossy(&pem).into_owned()))
}

/// Where the built-in authority keeps what it has.
///
/// Whoever opens it holds the lock of the data directory: nothing here guards against a second server.
#[derive(Debug)]
pub(super) struct BuiltinFiles {
    directory: PathBuf,
    pub(super) authority_certificate: PathBuf,
    authority_key: PathBuf,
    leaf_certificate: PathBuf,
    leaf_key: PathBuf,
}

impl BuiltinFiles {
    pub(super) fn new(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            authority_certificate: directory.join("ca.pem"),
            authority_key: directory.join("ca.key"),
            leaf_certificate: directory.join("leaf.pem"),
            leaf_key: directory.join("leaf.key"),
        }
    }

    pub(super) fn leaf_paths(&self) -> PairPaths<'_> {
        PairPaths {
            certificate: &self.leaf_certificate,
            key: &self.leaf_key,
        }
    }

    /// The authority, made at the first start. What is there is never replaced.
    pub(super) fn open_authority(&self, now: OffsetDateTime) -> Result<Authority, TlsError> {
        let certificate = read(&self.authority_certificate)?;
        let key = read_key(&self.authority_key)?;
        let (certificate, key) = match (certificate, key) {
            (Some(certificate), Some(key)) => (text(certificate), text(key)),
            (None, None) => self.begin(&Authority::generate_key()?, now)?,
            // The key is written first: without any other file, the first start was cut off behind it.
            (None, Some(key)) if !self.leaf_certificate.exists() => self.certify(text(key), now)?,
            (None, Some(_)) => {
                return Err(half(&self.authority_key, &self.authority_certificate));
            }
            (Some(_), None) => return Err(half(&self.authority_certificate, &self.authority_key)),
        };
        Authority::from_pem(
            &self.authority_certificate,
            &certificate,
            &self.authority_key,
            &key,
        )
    }

    fn begin(&self, key: &str, now: OffsetDateTime) -> Result<(String, String), TlsError> {
        // Made before anything is written: a wrong clock must not leave a key behind.
        let certificate = Authority::certify(&self.authority_key, key, now)?;
        create_directory(&self.directory).map_err(|source| TlsError::Write {
            path: self.directory.clone(),
            source,
        })?;
        write(&self.authority_key, key, KEY_MODE)?;
        write(&self.authority_certificate, &certificate, CERTIFICATE_MODE)?;
        info!(path = %self.authority_certificate.display(), "made a certificate authority of our own");
        Ok((certificate, key.to_owned()))
    }

    fn certify(&self, key: String, now: OffsetDateTime) -> Result<(String, String), TlsError> {
        let certificate = Authority::certify(&self.authority_key, &key, now)?;
        write(&self.authority_certificate, &certificate, CERTIFICATE_MODE)?;
        Ok((certificate, key))
    }

    /// The server certificate; `None` where half of it is missing.
    pub(super) fn read_leaf(&self) -> Result<Option<PemPair>, TlsError> {
        let (certificate, key) = (read(&self.leaf_certificate)?, read_key(&self.leaf_key)?);
        Ok(certificate
            .zip(key)
            .map(|(certificate, key)| PemPair { certificate, key }))
    }

    /// A crash between the two files leaves a pair that doesn't match, which is issued again.
    pub(super) fn write_leaf(&self, leaf: &IssuedLeaf) -> Result<(), TlsError> {
        write(&self.leaf_key, &leaf.key_pem, KEY_MODE)?;
        write(
            &self.leaf_certificate,
            &leaf.certificate_pem,
            CERTIFICATE_MODE,
        )
    }
}

fn half(present: &Path, missing: &Path) -> TlsError {
    TlsError::HalfAuthority {
        present: present.into(),
        missing: missing.into(),
    }
}

/// PEM is ASCII; anything else fails where it is parsed.
fn text(pem: Vec<u8>) -> String {
    String::from_utf8(pem).unwrap_or_default()
}

/// A file's content; `None` where there is none.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, TlsError> {
    let failed = |source| TlsError::Read {
        path: path.into(),
        source,
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mut content = Vec::new();
    let count = file
        .take(PEM_BYTES_MAX + 1)
        .read_to_end(&mut content)
        .map_err(failed)?;
    if count as u64 > PEM_BYTES_MAX {
        return Err(TlsError::TooLarge {
            path: path.into(),
            limit_bytes: PEM_BYTES_MAX,
        });
    }
    Ok(Some(content))
}

/// Reads a key of ours; one that others could read is closed first, since a backup may have opened it.
fn read_key(path: &Path) -> Result<Option<Vec<u8>>, TlsError> {
    let content = read(path)?;
    if content.is_some() && is_open_to_others(path) {
        warn!(path = %path.display(), "closing a private key that others could read");
        fs::set_permissions(path, Permissions::from_mode(KEY_MODE)).map_err(|source| {
            TlsError::Write {
                path: path.into(),
                source,
            }
        })?;
    }
    Ok(content)
}

fn is_open_to_others(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

fn create_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(DIRECTORY_MODE)
        .create(path)?;
    path.parent().map_or(Ok(()), sync_directory)
}

/// Writes a whole file or nothing, and returns once it would survive a power cut.
fn write(path: &Path, content: &str, mode: u32) -> Result<(), TlsError> {
    write_and_rename(path, content, mode).map_err(|source| TlsError::Write {
        path: path.into(),
        source,
    })
}

fn write_and_rename(path: &Path, content: &str, mode: u32) -> io::Result<()> {
    let staged = path.with_added_extension("new");
    // Left by a crash, perhaps with another mode.
    match fs::remove_file(&staged) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&staged)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()?;
    fs::rename(&staged, path)?;
    path.parent().map_or(Ok(()), sync_directory)
}

fn sync_directory(path: &Path) -> io::Result<()> {
    // The parent of a relative path without a directory is empty.
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    File::open(path)?.sync_all()
}
