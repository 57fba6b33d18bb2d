//! Bytes to be served, from memory or from a file.

use std::fs::File;
use std::io::{Read, SeekFrom};
use std::path::PathBuf;

use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;
use data_encoding::HEXLOWER;
use futures_util::stream::{self, BoxStream, StreamExt};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

/// Bytes to be served.
#[derive(Clone, Debug)]
pub enum Content {
    /// From memory.
    Bytes(Bytes),
    /// From a file, which is streamed.
    File(PathBuf),
}

/// Pieces that files and memory are served in.
const CHUNK_BYTES: usize = 64 * 1024;

impl<T: Into<Bytes>> From<T> for Content {
    fn from(bytes: T) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl Content {
    /// How many bytes.
    pub fn size(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => u64::try_from(bytes.len()).expect("memory fits"),
            Self::File(path) => std::fs::metadata(path).expect("a readable file").len(),
        }
    }

    /// SHA-256 in lower-case hexadecimal digits.
    pub fn sha256_hex(&self) -> String {
        let mut context = Context::new(&SHA256);
        match self {
            Self::Bytes(bytes) => context.update(bytes),
            Self::File(path) => {
                let mut file = File::open(path).expect("a readable file");
                let mut buffer = vec![0; CHUNK_BYTES];
                loop {
                    match file.read(&mut buffer).expect("a readable file") {
                        0 => break,
                        length => context.update(buffer.get(..length).unwrap_or_default()),
                    }
                }
            }
        }
        HEXLOWER.encode(context.finish().as_ref())
    }

    /// The bytes of a range.
    pub(crate) async fn read(
        &self,
        start: u64,
        length: u64,
    ) -> BoxStream<'static, std::io::Result<Bytes>> {
        match self {
            Self::Bytes(bytes) => {
                let start = usize::try_from(start).expect("memory fits");
                let length = usize::try_from(length).expect("memory fits");
                let bytes = bytes.slice(start..start + length);
                let chunks: Vec<_> = (0..bytes.len())
                    .step_by(CHUNK_BYTES)
                    .map(|at| Ok(bytes.slice(at..bytes.len().min(at + CHUNK_BYTES))))
                    .collect();
                stream::iter(chunks).boxed()
            }
            Self::File(path) => {
                let mut file = tokio::fs::File::open(path).await.expect("a readable file");
                file.seek(SeekFrom::Start(start))
                    .await
                    .expect("a seekable file");
                ReaderStream::with_capacity(file.take(length), CHUNK_BYTES).boxed()
            }
        }
    }
}
