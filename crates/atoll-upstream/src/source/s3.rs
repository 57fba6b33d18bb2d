//! Objects of S3, and of what speaks like it.

use atoll_core::getter::S3Source;
use time::OffsetDateTime;

use super::SourceError;
use super::archive::fetch_url;
use super::fetch::Written;
use super::sigv4::{Signing, presign};
use super::sink::Sink;
use crate::Upstream;

/// How long a signed address is good for: long enough for one more try.
const SIGNED_SECS: u32 = 900;

pub(super) async fn fetch(
    upstream: &Upstream,
    source: &S3Source,
    sink: Sink<'_>,
) -> Result<Written, SourceError> {
    // Signed in the address rather than in a header: no redirect carries it on, and no log shows it.
    let url = match &source.credentials {
        None => source.url.clone(),
        Some(credentials) => presign(
            &source.url,
            &Signing {
                access_key_id: &credentials.access_key_id,
                access_key_secret: &credentials.access_key_secret,
                token: credentials.token.as_deref(),
                region: &source.region,
                now: OffsetDateTime::now_utc(),
                valid_secs: SIGNED_SECS,
            },
        ),
    };
    let checksum = source.checksum.as_ref();
    fetch_url(upstream, &url, source.format, checksum, sink).await
}
