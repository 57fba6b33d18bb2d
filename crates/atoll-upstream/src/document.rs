//! Documents: answers that fit into memory.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use url::Url;

use crate::exchange::Answered;
use crate::upstream::content_length;
use crate::{FetchError, Upstream};

/// How much of a document we take, and how long we wait for all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocumentLimits {
    /// Largest body, unpacked.
    pub bytes_max: u64,
    /// For the whole call.
    pub timeout: Duration,
}

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
const DOCUMENT_TIMEOUT: Duration = Duration::from_secs(10);

impl DocumentLimits {
    /// Lists of versions; the longest public one has about 1 MiB.
    pub const LIST: Self = Self::of(16 * MIB);
    /// Service discovery; clients take no more either.
    pub const DISCOVERY: Self = Self::of(MIB);
    /// What describes one package, keys included.
    pub const PACKAGE: Self = Self::of(MIB);
    /// A SHA256SUMS file.
    pub const SUMS: Self = Self::of(MIB);
    /// A detached signature.
    pub const SIGNATURE: Self = Self::of(64 * KIB);

    const fn of(bytes_max: u64) -> Self {
        Self {
            bytes_max,
            timeout: DOCUMENT_TIMEOUT,
        }
    }
}

/// A document that arrived whole.
#[derive(Clone, Debug)]
pub struct Document {
    /// Where it came from in the end; relative addresses in it start here.
    pub url: Url,
    /// 2xx or 304.
    pub status: StatusCode,
    /// Everything upstream said about it.
    pub headers: HeaderMap,
    /// The bytes, unpacked.
    pub body: Bytes,
    /// Whether no other host than the upstream's own had a say in it.
    pub is_own: bool,
}

impl Document {
    /// The media type without parameters, in lower case.
    pub fn media_type(&self) -> Option<String> {
        let text = self.headers.get(CONTENT_TYPE)?.to_str().ok()?;
        let essence = text.split(';').next()?.trim();
        (!essence.is_empty()).then(|| essence.to_ascii_lowercase())
    }

    /// Parses the body as JSON.
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, FetchError> {
        serde_json::from_slice(&self.body)
            .map_err(|error| FetchError::bad(&self.url, format!("not the expected JSON: {error}")))
    }
}

pub(crate) async fn read_document(
    upstream: &Upstream,
    answered: Answered,
    bytes_max: u64,
) -> Result<Document, FetchError> {
    let Answered {
        url,
        mut response,
        is_own,
    } = answered;
    let too_large = || FetchError::TooLarge {
        url: (&url).into(),
        bytes_max,
    };
    let announced = content_length(response.headers());
    if announced.is_some_and(|length| length > bytes_max) {
        return Err(too_large());
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| upstream.client_error(error, &url))?
    {
        let length = u64::try_from(body.len().saturating_add(chunk.len())).unwrap_or(u64::MAX);
        if length > bytes_max {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    let status = response.status();
    let headers = std::mem::take(response.headers_mut());
    Ok(Document {
        url,
        status,
        headers,
        body: body.freeze(),
        is_own,
    })
}
