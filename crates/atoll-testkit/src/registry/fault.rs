//! Ways to misbehave, switched on and off while the server runs.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

/// Something that goes wrong on some paths, some number of times.
#[derive(Clone, Debug)]
pub struct Fault {
    pub(crate) kind: FaultKind,
    pattern: String,
    /// `None` is for ever.
    pub(crate) times_left: Option<usize>,
}

#[derive(Clone, Debug)]
pub(crate) enum FaultKind {
    Answer {
        status: StatusCode,
        headers: HeaderMap,
        body: Bytes,
    },
    Delay(Duration),
    Drip {
        chunk_bytes: usize,
        pause: Duration,
    },
    ResetAfter(u64),
    WrongBytes,
    IgnoreRange,
    NoHead,
    NoLength,
}

impl Fault {
    /// Answers with a status and nothing else.
    pub fn status(status: u16) -> Self {
        let status = StatusCode::from_u16(status).expect("a status");
        Self::answer(status, Bytes::new())
    }

    /// Answers with a status and `Retry-After`.
    pub fn retry_after(status: u16, value: &str) -> Self {
        Self::status(status).with_header(RETRY_AFTER.as_str(), value)
    }

    /// Sends elsewhere with 302.
    pub fn redirect(location: &str) -> Self {
        Self::answer(StatusCode::FOUND, Bytes::new()).with_header(LOCATION.as_str(), location)
    }

    /// Answers 200 with another body.
    pub fn body(content_type: &str, body: impl Into<Bytes>) -> Self {
        Self::answer(StatusCode::OK, body.into()).with_header(CONTENT_TYPE.as_str(), content_type)
    }

    /// Adds a header to a fault that answers by itself.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        let FaultKind::Answer { headers, .. } = &mut self.kind else {
            panic!("only a status, a redirect or a body has headers of its own");
        };
        let name: HeaderName = name.parse().expect("a header name");
        headers.insert(name, HeaderValue::from_str(value).expect("a header value"));
        self
    }

    fn answer(status: StatusCode, body: Bytes) -> Self {
        Self::new(FaultKind::Answer {
            status,
            headers: HeaderMap::new(),
            body,
        })
    }

    /// Waits before the headers. A long delay looks like a host that is there but hangs.
    pub fn delay(delay: Duration) -> Self {
        Self::new(FaultKind::Delay(delay))
    }

    /// Sends the body in small pieces with pauses.
    pub fn drip(chunk_bytes: usize, pause: Duration) -> Self {
        Self::new(FaultKind::Drip { chunk_bytes, pause })
    }

    /// Breaks the connection after so many bytes of the body.
    pub fn reset_after(bytes: u64) -> Self {
        Self::new(FaultKind::ResetAfter(bytes))
    }

    /// Flips the bits of the last byte of what is sent.
    pub fn wrong_bytes() -> Self {
        Self::new(FaultKind::WrongBytes)
    }

    /// Answers a request for a range with everything.
    pub fn ignore_range() -> Self {
        Self::new(FaultKind::IgnoreRange)
    }

    /// Answers HEAD with 405.
    pub fn no_head() -> Self {
        Self::new(FaultKind::NoHead)
    }

    /// Leaves out the length.
    pub fn no_length() -> Self {
        Self::new(FaultKind::NoLength)
    }

    fn new(kind: FaultKind) -> Self {
        Self {
            kind,
            pattern: "*".to_owned(),
            times_left: None,
        }
    }

    /// Limits it to paths that match; `*` is any run of characters, `/` included.
    #[must_use]
    pub fn on(mut self, pattern: &str) -> Self {
        pattern.clone_into(&mut self.pattern);
        self
    }

    /// Limits it to the next so many requests that match.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.times_left = Some(times);
        self
    }

    /// Whether it befalls a request for this path; counts it if so.
    pub(crate) fn strikes(&mut self, path: &str) -> bool {
        if !matches(&self.pattern, path) {
            return false;
        }
        match &mut self.times_left {
            None => true,
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
        }
    }
}

/// Whether a path matches a pattern in which `*` is any run of characters.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((head, tail)) => path.strip_prefix(head).is_some_and(|rest| {
            rest.char_indices()
                .map(|(at, _)| at)
                .chain([rest.len()])
                .any(|at| rest.get(at..).is_some_and(|rest| matches(tail, rest)))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_paths() {
        assert!(matches("*", "/a/b"));
        assert!(matches("*/versions", "/v1/providers/a/b/versions"));
        assert!(matches("/v1/*/b/*", "/v1/providers/a/b/versions"));
        assert!(!matches("/v1", "/v1/providers"));
        assert!(!matches("*.sig", "/x.sig/y"));
    }

    #[test]
    fn a_counted_fault_ends() {
        let mut fault = Fault::status(500).on("/x").times(1);
        assert!(!fault.strikes("/y"));
        assert!(fault.strikes("/x"));
        assert!(!fault.strikes("/x"));
    }
}
