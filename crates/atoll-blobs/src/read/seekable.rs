//! A blob as a file to seek in, for code that reads archives on the blocking pool.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// Reads a blob with a position of its own: others read the same open file. Blocks; never use it on a worker.
#[derive(Debug)]
pub struct BlobFile {
    file: Arc<File>,
    size: u64,
    position: u64,
}

impl BlobFile {
    pub(super) fn new(file: Arc<File>, size: u64) -> Self {
        Self {
            file,
            size,
            position: 0,
        }
    }
}

impl Read for BlobFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.position)?;
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for BlobFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.size.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_where_it_was_sent() {
        let path = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(path.path(), b"0123456789").unwrap();
        let mut file = BlobFile::new(Arc::new(File::open(path.path()).unwrap()), 10);
        let mut two = [0; 2];
        file.seek(SeekFrom::End(-3)).unwrap();
        file.read_exact(&mut two).unwrap();
        assert_eq!(&two, b"78");
        file.seek(SeekFrom::Current(-4)).unwrap();
        file.read_exact(&mut two).unwrap();
        assert_eq!(&two, b"56");
        assert!(file.seek(SeekFrom::Current(-100)).is_err());
        file.seek(SeekFrom::Start(20)).unwrap();
        assert_eq!(file.read(&mut two).unwrap(), 0);
    }
}
