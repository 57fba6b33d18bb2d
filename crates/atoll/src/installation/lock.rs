//! One process at a time works on a data directory.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

/// The data is its owner's alone.
const DIRECTORY_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;
/// Longer than any process id.
const HOLDER_BYTES_MAX: u64 = 32;

/// Where an installation keeps what it has.
#[derive(Clone, Debug)]
pub(crate) struct DataDir(PathBuf);

/// A locked data directory. The kernel unlocks it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl DataDir {
    /// The directory at this path, which need not exist.
    pub(crate) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The socket of the server that works on it.
    pub(crate) fn socket(&self) -> PathBuf {
        self.0.join("atoll.sock")
    }

    /// The socket of a command that works on it itself. Nobody else comes this way: the command ends when it is done.
    pub(crate) fn command_socket(&self) -> PathBuf {
        self.0.join("atoll-command.sock")
    }

    /// Locks the directory, which is made where there is none; nothing where another process has it.
    pub(crate) fn try_lock(&self) -> anyhow::Result<Option<Lock>> {
        let failed = || format!("failed to lock the data directory {}", self.0.display());
        create(&self.0)
            .with_context(|| format!("failed to create the data directory {}", self.0.display()))?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(FILE_MODE)
            .open(self.lock_file())
            .with_context(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Ok(None),
            Err(error) => return Err(error).with_context(failed),
        }
        file.set_len(0)
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .with_context(failed)?;
        Ok(Some(Lock { _file: file }))
    }

    /// The process that has the lock, in words.
    pub(crate) fn holder(&self) -> String {
        let mut text = String::new();
        let read = File::open(self.lock_file())
            .and_then(|file| file.take(HOLDER_BYTES_MAX).read_to_string(&mut text));
        match (read, text.trim()) {
            (Err(_), _) | (Ok(_), "") => "another process".to_owned(),
            (Ok(_), pid) => format!("process {pid}"),
        }
    }

    fn lock_file(&self) -> PathBuf {
        self.0.join("atoll.lock")
    }
}

fn create(directory: &Path) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(DIRECTORY_MODE)
        .create(directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time() {
        let temporary = tempfile::tempdir().unwrap();
        let data = DataDir::new(&temporary.path().join("a/b"));
        let lock = data.try_lock().unwrap().unwrap();
        assert!(data.try_lock().unwrap().is_none());
        assert_eq!(data.holder(), format!("process {}", std::process::id()));
        drop(lock);
        assert!(data.try_lock().unwrap().is_some());
    }

    #[test]
    fn what_is_no_directory_is_an_error_with_its_path() {
        let temporary = tempfile::tempdir().unwrap();
        let file = temporary.path().join("file");
        std::fs::write(&file, "x").unwrap();
        let error = format!("{:#}", DataDir::new(&file).try_lock().unwrap_err());
        assert!(error.contains(file.to_str().unwrap()), "{error}");
    }
}
