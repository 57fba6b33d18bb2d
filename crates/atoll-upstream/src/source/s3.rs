//! Objects of S3, and of what speaks like it.

use atoll_core::getter::{ArchiveChecksum, S3Source};
use time::OffsetDateTime;
use url::Url;

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
    let url = signed(source, &source.url);
    let checksum = source.checksum.as_ref().map(|checksum| match checksum {
        ArchiveChecksum::InFile(file) if source.has_in_its_bucket(file.url()) => {
            ArchiveChecksum::InFile(file.at(signed(source, file.url())))
        }
        other => other.clone(),
    });
    fetch_url(upstream, &url, source.format, checksum.as_ref(), sink).await
}

/// An address in the bucket, signed where there is a key. In the address rather than in a header: no redirect carries it on, and
/// no log shows it.
fn signed(source: &S3Source, url: &Url) -> Url {
    let Some(credentials) = &source.credentials else {
        return url.clone();
    };
    let signing = Signing {
        access_key_id: &credentials.access_key_id,
        access_key_secret: &credentials.access_key_secret,
        token: credentials.token.as_deref(),
        region: &source.region,
        now: OffsetDateTime::now_utc(),
        valid_secs: SIGNED_SECS,
    };
    presign(url, &signing)
}
