//! Archives on web servers.

use atoll_core::getter::{ArchiveFormat, ArchiveSource, Checksum};
use url::Url;

use super::SourceError;
use super::fetch::Written;
use super::sink::Sink;
use crate::Upstream;

pub(super) async fn fetch(
    upstream: &Upstream,
    source: &ArchiveSource,
    sink: Sink<'_>,
) -> Result<Written, SourceError> {
    let checksum = source.checksum.as_ref();
    fetch_url(upstream, &source.url, source.format, checksum, sink).await
}

/// Fetches one file.
pub(super) async fn fetch_url(
    upstream: &Upstream,
    url: &Url,
    format: Option<ArchiveFormat>,
    checksum: Option<&Checksum>,
    mut sink: Sink<'_>,
) -> Result<Written, SourceError> {
    sink.expect(checksum);
    let download = upstream.open(url, 0).await?;
    sink.write_download(download).await?;
    Ok(Written {
        format,
        commit: None,
        size_bytes: sink.finish().await?,
    })
}
