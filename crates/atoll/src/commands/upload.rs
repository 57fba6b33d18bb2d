//! Files that are read while they are sent.

use std::path::PathBuf;

use anyhow::Context as _;
use futures_util::TryStreamExt as _;
use reqwest::Body;
use reqwest::multipart::Part;
use tokio::fs::File;
use tokio_util::io::ReaderStream;

use crate::progress::Progress;

/// How much is read of a file at a time, in bytes.
const READ_BYTES: usize = 256 * 1024;

/// A file that is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SourceFile {
    /// Its name there, whatever it is called here.
    pub(super) name: String,
    /// Where it is.
    pub(super) path: PathBuf,
    /// Its length in bytes.
    pub(super) size: u64,
}

impl SourceFile {
    /// The file at this path, which goes by this name.
    pub(super) fn at(path: PathBuf, name: String) -> anyhow::Result<Self> {
        let metadata = std::fs::metadata(&path)
            .with_context(|| format!("failed to look at {}", path.display()))?;
        anyhow::ensure!(metadata.is_file(), "{} is no file", path.display());
        Ok(Self {
            name,
            size: metadata.len(),
            path,
        })
    }

    /// The file at this path, if there is one.
    pub(super) fn find(path: PathBuf, name: &str) -> anyhow::Result<Option<Self>> {
        if path.is_file() {
            Self::at(path, name.to_owned()).map(Some)
        } else {
            Ok(None)
        }
    }
}

/// A file as a body, which is read when its turn comes.
pub(super) fn body(file: &SourceFile, progress: &Progress) -> Body {
    let (source, shown) = (file.clone(), progress.clone());
    let opened = async move {
        shown.file(&source.name, source.size);
        let opened = File::open(&source.path).await?;
        std::io::Result::Ok(
            ReaderStream::with_capacity(opened, READ_BYTES)
                .inspect_ok(move |chunk| shown.add(chunk.len())),
        )
    };
    let stream = futures_util::stream::once(opened).try_flatten();
    Body::wrap_stream(stream)
}

/// A file as a part of a form.
pub(super) fn part(file: &SourceFile, progress: &Progress) -> Part {
    Part::stream_with_length(body(file, progress), file.size).file_name(file.name.clone())
}

/// A small file as a part.
pub(super) async fn document(file: &SourceFile, progress: &Progress) -> anyhow::Result<Part> {
    let bytes = tokio::fs::read(&file.path)
        .await
        .with_context(|| format!("failed to read {}", file.path.display()))?;
    progress.add(bytes.len());
    Ok(Part::bytes(bytes).file_name(file.name.clone()))
}
