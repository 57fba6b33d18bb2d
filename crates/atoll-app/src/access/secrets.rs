//! Secrets that the server makes for itself. They live in the database, wrapped by a master key that does not,
//! so that replicas open each other's grants and a stolen database opens nothing.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use atoll_core::digest::{Algorithm, Hasher};
use atoll_db::{Db, DbError, secrets};
use aws_lc_rs::rand;
use data_encoding::HEXLOWER;

use super::sealer::{Purpose, SEALING_KEY_BYTES, Sealer};

/// How long an installation's id is.
const INSTANCE_ID_CHARS: usize = 16;

/// The master key could not be had.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// Reading or writing the file failed.
    #[error("failed to read or create the master key {path}")]
    File {
        /// The key's path.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// Somebody else may read it.
    #[error("the master key {path} may be read by others (mode {mode:o}); set its mode to 0600")]
    TooOpen {
        /// The key's path.
        path: PathBuf,
        /// The file's permission bits.
        mode: u32,
    },
    /// It is not 64 hexadecimal digits.
    #[error("the master key {path} is not {SEALING_KEY_BYTES} bytes in hexadecimal")]
    Malformed {
        /// The key's path.
        path: PathBuf,
    },
}

/// A wrapped secret could not be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// The database failed.
    #[error("failed to load the secret {name}")]
    Database {
        /// The secret's name.
        name: String,
        /// The cause.
        #[source]
        source: DbError,
    },
    /// The secret was wrapped by another master key.
    #[error(
        "the secret {name} was wrapped by another master key: restore the server.key that belongs to this database"
    )]
    WrongMasterKey {
        /// The secret's name.
        name: String,
    },
}

/// Opens and makes the secrets in the database.
pub struct Secrets {
    master: Sealer,
    instance_id: String,
}

impl Secrets {
    /// Reads the master key, or makes one where there is none.
    pub fn load_or_create(path: &Path) -> Result<Self, MasterKeyError> {
        let failed = |source| MasterKeyError::File {
            path: path.to_owned(),
            source,
        };
        match File::open(path) {
            Ok(file) => read_key(path, file),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                create_key(path).map_err(failed)?;
                read_key(path, File::open(path).map_err(failed)?)
            }
            Err(error) => Err(failed(error)),
        }
        .map(|key| Self {
            master: Sealer::new(&key),
            instance_id: instance_id(&key),
        })
    }

    /// A word that all replicas of an installation share and no other has: how a server knows itself when it dials itself.
    pub fn instance_id(&self) -> &str {
        &self.instance_id
    }

    /// The secret of this name, if there is one.
    pub async fn find(&self, db: &Db, name: &str) -> Result<Option<Vec<u8>>, SecretsError> {
        let database = |source| SecretsError::Database {
            name: name.to_owned(),
            source,
        };
        let mut read = db.read().await.map_err(database)?;
        let wrapped = secrets::find(&mut read, name).await.map_err(database)?;
        wrapped
            .map(|wrapped| self.unwrap_secret(name, &wrapped))
            .transpose()
    }

    /// The secret of this name; where there is none, `make` is asked for one. Whoever stores it first wins.
    pub async fn get_or_make(
        &self,
        db: &Db,
        name: &str,
        make: impl FnOnce() -> Vec<u8> + Send,
    ) -> Result<Vec<u8>, SecretsError> {
        let database = |source| SecretsError::Database {
            name: name.to_owned(),
            source,
        };
        if let Some(found) = self.find(db, name).await? {
            return Ok(found);
        }
        let wrapped = self.master.seal_bytes(Purpose::Secret, &make());
        let (wrapped, now) = (&wrapped, crate::now());
        let winner = db.transact("secret.make", |tx| {
            Box::pin(async move { secrets::insert_if_absent(tx, name, wrapped, now).await })
        });
        let winner = winner.await.map_err(database)?;
        self.unwrap_secret(name, &winner)
    }

    fn unwrap_secret(&self, name: &str, wrapped: &[u8]) -> Result<Vec<u8>, SecretsError> {
        let opened = self.master.open_bytes(Purpose::Secret, wrapped);
        opened.map_err(|_| SecretsError::WrongMasterKey {
            name: name.to_owned(),
        })
    }
}

/// Random bytes for a new secret.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).expect("the system's random source works");
    bytes
}

/// Tells nothing about the key.
fn instance_id(key: &[u8; SEALING_KEY_BYTES]) -> String {
    let mut hasher = Hasher::new(Algorithm::Sha256);
    hasher.update(b"atoll/instance/1");
    hasher.update(key);
    hasher
        .finish()
        .hex()
        .chars()
        .take(INSTANCE_ID_CHARS)
        .collect()
}

fn read_key(path: &Path, file: File) -> Result<[u8; SEALING_KEY_BYTES], MasterKeyError> {
    let failed = |source| MasterKeyError::File {
        path: path.to_owned(),
        source,
    };
    let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(MasterKeyError::TooOpen {
            path: path.to_owned(),
            mode,
        });
    }
    let mut text = String::new();
    file.take(4096).read_to_string(&mut text).map_err(failed)?;
    let malformed = || MasterKeyError::Malformed {
        path: path.to_owned(),
    };
    let bytes = HEXLOWER
        .decode(text.trim().as_bytes())
        .map_err(|_| malformed())?;
    bytes.try_into().map_err(|_| malformed())
}

/// Writes a new key under a temporary name and links it into place, so that a crash leaves no half of one.
fn create_key(path: &Path) -> std::io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary)?;
    writeln!(file, "{}", HEXLOWER.encode(&random::<SEALING_KEY_BYTES>()))?;
    file.sync_all()?;
    match std::fs::hard_link(&temporary, path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(error),
        _ => std::fs::remove_file(&temporary)?,
    }
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_and_guarded() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("server.key");
        let first = Secrets::load_or_create(&path)
            .unwrap()
            .master
            .seal_bytes(Purpose::Secret, b"x");
        let second = Secrets::load_or_create(&path).unwrap();
        assert_eq!(
            second.master.open_bytes(Purpose::Secret, &first).unwrap(),
            b"x"
        );
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(
            Secrets::load_or_create(&path),
            Err(MasterKeyError::TooOpen { mode: 0o644, .. })
        ));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        std::fs::write(&path, "zz").unwrap();
        assert!(matches!(
            Secrets::load_or_create(&path),
            Err(MasterKeyError::Malformed { .. })
        ));
    }
}
