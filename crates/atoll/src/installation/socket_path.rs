//! Sockets in directories whose paths are long.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};

/// The longest path of a socket that Linux takes, in bytes.
const SOCKET_PATH_BYTES_MAX: usize = 107;

/// A path under which a socket can be bound and reached, as long as this lives.
#[derive(Debug)]
pub(crate) struct SocketPath {
    path: PathBuf,
    /// Keeps the short way open.
    _directory: Option<File>,
}

impl SocketPath {
    /// The path itself or, where it is too long for a socket, a short way to its directory.
    pub(crate) fn new(path: &Path) -> io::Result<Self> {
        let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else {
            return Ok(Self::plain(path));
        };
        if path.as_os_str().len() <= SOCKET_PATH_BYTES_MAX {
            return Ok(Self::plain(path));
        }
        let directory = File::open(directory)?;
        let descriptor = directory.as_raw_fd();
        let path = Path::new("/proc/self/fd")
            .join(descriptor.to_string())
            .join(name);
        Ok(Self {
            path,
            _directory: Some(directory),
        })
    }

    /// The path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn plain(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            _directory: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::{UnixListener, UnixStream};

    use super::*;

    #[test]
    fn a_socket_may_be_far_away() {
        let temporary = tempfile::tempdir().unwrap();
        let near = temporary.path().join("near.sock");
        assert_eq!(SocketPath::new(&near).unwrap().path(), near);
        let directory = temporary.path().join("d".repeat(150));
        std::fs::create_dir(&directory).unwrap();
        let far = directory.join("far.sock");
        let bound = UnixListener::bind(SocketPath::new(&far).unwrap().path()).unwrap();
        let way = SocketPath::new(&far).unwrap();
        UnixStream::connect(way.path()).unwrap();
        bound.accept().unwrap();
        assert!(far.exists());
    }
}
