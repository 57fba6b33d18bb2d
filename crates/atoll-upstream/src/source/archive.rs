//! Archives on web servers.

use atoll_core::getter::{ArchiveChecksum, ArchiveFormat, ArchiveSource, Checksum};
use url::Url;

use super::SourceError;
use super::fetch::Written;
use super::sink::Sink;
use crate::{DocumentLimits, SafeUrl, Upstream};

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
    checksum: Option<&ArchiveChecksum>,
    mut sink: Sink<'_>,
) -> Result<Written, SourceError> {
    sink.expect(expected(upstream, checksum, &sink).await?.as_ref());
    let download = upstream.open(url, 0).await?;
    sink.write_download(download).await?;
    Ok(Written {
        format,
        commit: None,
        size_bytes: sink.finish().await?,
    })
}

/// What the bytes must hash to, by the address or by the file that it names.
async fn expected(
    upstream: &Upstream,
    checksum: Option<&ArchiveChecksum>,
    sink: &Sink<'_>,
) -> Result<Option<Checksum>, SourceError> {
    let file = match checksum {
        None => return Ok(None),
        Some(ArchiveChecksum::Given(checksum)) => return Ok(Some(checksum.clone())),
        Some(ArchiveChecksum::InFile(file)) => file,
    };
    let document = upstream.document(file.url(), DocumentLimits::SUMS).await;
    let document = document.map_err(|source| SourceError::ChecksumFile {
        origin: sink.origin(),
        source,
    })?;
    let found = file.find(&document.body);
    found.map(Some).ok_or_else(|| SourceError::NoChecksum {
        origin: sink.origin(),
        file: SafeUrl::from(file.url()),
        name: file.archive_name(),
    })
}
