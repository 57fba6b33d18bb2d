//! The `Content-Range` of an upload's chunk: `start-end`, inclusive, with no unit.
//!
//! Spec: <https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-a-blob-in-chunks>

use std::str::FromStr;

/// Where a chunk claims to lie in the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentRange {
    /// The first byte's position.
    pub start: u64,
    /// The number of bytes.
    pub length: u64,
}

/// A header that is no `start-end`.
#[derive(Debug, thiserror::Error)]
#[error("a chunk's Content-Range is START-END, both inclusive, such as 0-1023")]
pub struct ContentRangeError;

impl FromStr for ContentRange {
    type Err = ContentRangeError;

    fn from_str(text: &str) -> Result<Self, ContentRangeError> {
        // Some clients write the form of RFC 9110, `bytes 0-1023/*`.
        let text = text
            .trim()
            .strip_prefix("bytes")
            .map_or(text, |rest| rest.trim_start_matches(['=', ' ']));
        let text = text.split_once('/').map_or(text, |(range, _)| range);
        let (start, end) = text.trim().split_once('-').ok_or(ContentRangeError)?;
        let (start, end): (u64, u64) = (number(start)?, number(end)?);
        let length = end
            .checked_sub(start)
            .and_then(|n| n.checked_add(1))
            .ok_or(ContentRangeError)?;
        Ok(Self { start, length })
    }
}

fn number(text: &str) -> Result<u64, ContentRangeError> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(ContentRangeError);
    }
    text.parse().map_err(|_| ContentRangeError)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_spellings_are_read() {
        let expected = ContentRange {
            start: 5,
            length: 5,
        };
        for text in ["5-9", " 5-9 ", "bytes 5-9/*", "bytes=5-9", "5-9/100"] {
            assert_eq!(text.parse::<ContentRange>().unwrap(), expected, "{text}");
        }
        for text in [
            "",
            "-",
            "5-",
            "-9",
            "9-5",
            "a-b",
            "5-9-1",
            "+5-9",
            "0-18446744073709551615",
        ] {
            assert!(text.parse::<ContentRange>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn anything_is_read_or_refused(text in ".{0,40}") {
            let _ = text.parse::<ContentRange>();
        }
    }
}
