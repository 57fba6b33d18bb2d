//! Files as parts of a form, read while they are sent.

use anyhow::Context as _;
use futures_util::TryStreamExt as _;
use reqwest::Body;
use reqwest::multipart::Part;
use tokio::fs::File;
use tokio_util::io::ReaderStream;

use super::release_files::SourceFile;
use crate::progress::Progress;

/// How much is read of a file at a time, in bytes.
const READ_BYTES: usize = 256 * 1024;

/// A file that is read when its turn comes.
pub(super) fn part(file: &SourceFile, progress: &Progress) -> Part {
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
    Part::stream_with_length(Body::wrap_stream(stream), file.size).file_name(file.name.clone())
}

/// A small file as a part.
pub(super) async fn document(file: &SourceFile, progress: &Progress) -> anyhow::Result<Part> {
    let bytes = tokio::fs::read(&file.path)
        .await
        .with_context(|| format!("failed to read {}", file.path.display()))?;
    progress.add(bytes.len());
    Ok(Part::bytes(bytes).file_name(file.name.clone()))
}
