//! Downloads: answers of any size, as streams.

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream;
use http::header::{CONTENT_RANGE, HeaderMap};
use http::{HeaderValue, StatusCode};
use reqwest::Response;
use tokio::time::timeout;
use url::Url;

use crate::exchange::Answered;
use crate::upstream::content_length;
use crate::{FetchError, Upstream};

/// A file that is on its way.
///
/// # Cancellation
///
/// Dropping it closes the request; the caller goes on later with [`Upstream::open`] at the offset it has reached.
pub struct Download {
    upstream: Upstream,
    url: Url,
    response: Response,
    is_own: bool,
    total: Option<u64>,
    offset: u64,
    /// What is still to come, where upstream said how much that is.
    remaining: Option<u64>,
}

impl Download {
    pub(crate) fn begin(
        upstream: Upstream,
        answered: Answered,
        asked_offset: u64,
    ) -> Result<Self, FetchError> {
        let Answered {
            url,
            response,
            is_own,
        } = answered;
        if response.status() != StatusCode::PARTIAL_CONTENT {
            let total = content_length(response.headers());
            return Ok(Self {
                upstream,
                url,
                response,
                is_own,
                total,
                offset: 0,
                remaining: total,
            });
        }
        let Some(range) = ContentRange::parse(response.headers()) else {
            return Err(FetchError::bad(&url, "206 without a valid Content-Range"));
        };
        let Some(first) = range.first.filter(|first| *first == asked_offset) else {
            let what = format!("asked for bytes from {asked_offset} on, got others");
            return Err(FetchError::bad(&url, what));
        };
        let total = range.total;
        let remaining = total.map(|total| total.saturating_sub(first));
        Ok(Self {
            upstream,
            url,
            response,
            is_own,
            total,
            offset: first,
            remaining,
        })
    }

    /// Where it comes from in the end.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Whether no other host than the upstream's own had a say in it.
    pub(crate) fn is_own(&self) -> bool {
        self.is_own
    }

    /// Size of the whole file, where upstream says it.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// Where in the file the first byte belongs: 0 if upstream ignored the range that was asked for.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// What upstream said about it.
    pub fn headers(&self) -> &HeaderMap<HeaderValue> {
        self.response.headers()
    }

    /// The next piece; `None` at the end. An end before [`Download::total`] is an error.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, FetchError> {
        let idle = self.upstream.inner().timeouts.stream_idle;
        let chunk = timeout(idle, self.response.chunk())
            .await
            .map_err(|_| FetchError::Stalled {
                url: (&self.url).into(),
                after: idle,
            })?
            .map_err(|error| self.upstream.client_error(error, &self.url))?;
        let Some(remaining) = self.remaining else {
            return Ok(chunk);
        };
        let length = chunk
            .as_ref()
            .map_or(0, |bytes| u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        let left = remaining.checked_sub(length);
        match (left, &chunk) {
            (Some(left), Some(_)) => self.remaining = Some(left),
            (Some(0), None) => {}
            (Some(_), None) => {
                return Err(FetchError::Interrupted {
                    url: (&self.url).into(),
                    source: None,
                });
            }
            (None, _) => {
                return Err(FetchError::bad(
                    &self.url,
                    "more bytes than the announced size",
                ));
            }
        }
        Ok(chunk)
    }

    /// The pieces as a stream, which ends after the first error.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, FetchError>> + Send + 'static {
        stream::try_unfold(self, |mut download| async move {
            Ok(download.chunk().await?.map(|chunk| (chunk, download)))
        })
    }
}

/// `Content-Range: bytes first-last/total`
///
/// Spec: <https://www.rfc-editor.org/rfc/rfc9110#field.content-range>
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ContentRange {
    /// `None` for an unsatisfied range.
    pub(crate) first: Option<u64>,
    pub(crate) total: Option<u64>,
}

impl ContentRange {
    pub(crate) fn parse(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(CONTENT_RANGE)?.to_str().ok()?;
        let (range, total) = text.strip_prefix("bytes ")?.trim().split_once('/')?;
        let total = match total {
            "*" => None,
            digits => Some(digits.parse::<u64>().ok()?),
        };
        if range == "*" {
            return Some(Self { first: None, total });
        }
        let (first, last) = range.split_once('-')?;
        let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
        let is_consistent = first <= last && total.is_none_or(|total| last < total);
        is_consistent.then_some(Self {
            first: Some(first),
            total,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_range_that_is_read_makes_sense(text in "bytes [0-9*]{0,3}-?[0-9]{0,3}/?[0-9*]{0,3}") {
            if let Some(ContentRange { first: Some(first), total: Some(total) }) = parse(&text) {
                prop_assert!(first < total);
            }
        }
    }

    fn parse(text: &str) -> Option<ContentRange> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_RANGE, text.parse().unwrap());
        ContentRange::parse(&headers)
    }

    #[test]
    fn content_ranges_are_read() {
        assert_eq!(
            parse("bytes 0-0/7"),
            Some(ContentRange {
                first: Some(0),
                total: Some(7)
            })
        );
        assert_eq!(
            parse("bytes 5-6/*"),
            Some(ContentRange {
                first: Some(5),
                total: None
            })
        );
        assert_eq!(
            parse("bytes */0"),
            Some(ContentRange {
                first: None,
                total: Some(0)
            })
        );
    }

    #[test]
    fn impossible_content_ranges_are_not() {
        for text in [
            "",
            "0-0/7",
            "bytes 3-1/7",
            "bytes 0-7/7",
            "bytes -1/7",
            "bytes 0-0",
            "items 0-0/7",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
