//! Objects of Google Cloud Storage that anybody may read.
//!
//! Spec: <https://cloud.google.com/storage/docs/request-endpoints>

use atoll_core::getter::GcsSource;
use url::Url;

use super::SourceError;
use super::archive::fetch_url;
use super::fetch::Written;
use super::sink::Sink;
use crate::{FetchError, Upstream};

const ENDPOINT: &str = "https://storage.googleapis.com";

pub(super) async fn fetch(
    upstream: &Upstream,
    source: &GcsSource,
    sink: Sink<'_>,
) -> Result<Written, SourceError> {
    let text = format!("{ENDPOINT}/{}/{}", source.bucket, source.object);
    let mut url = Url::parse(&text).map_err(|error| {
        FetchError::bad(
            upstream.url(),
            format!("an object with no address: {error}"),
        )
    })?;
    if let Some(generation) = source.generation {
        let generation = generation.to_string();
        url.query_pairs_mut().append_pair("generation", &generation);
    }
    let checksum = source.checksum.as_ref();
    fetch_url(upstream, &url, source.format, checksum, sink).await
}
