//! The `Range` request header, one range at a time.
//!
//! Spec: <https://www.rfc-editor.org/rfc/rfc9110#section-14.2>

use std::ops::Range;

/// What a `Range` header asks of a body of known size.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Requested {
    /// No header, several ranges, or one that RFC 9110 tells us to ignore: the whole body.
    Whole,
    /// These bytes, within the body.
    Part(Range<u64>),
    /// A range that lies outside the body.
    Unsatisfiable,
}

/// Reads a header's value against the size of the body, in bytes.
pub(crate) fn requested(header: Option<&str>, size: u64) -> Requested {
    let Some(spec) = header.and_then(bytes_spec) else {
        return Requested::Whole;
    };
    if spec.contains(',') {
        return Requested::Whole;
    }
    let Some((first, last)) = spec.split_once('-') else {
        return Requested::Whole;
    };
    match (number(first), number(last)) {
        (Bound::Absent, Bound::At(suffix)) => {
            if suffix == 0 || size == 0 {
                Requested::Unsatisfiable
            } else {
                Requested::Part(size.saturating_sub(suffix)..size)
            }
        }
        (Bound::At(first), Bound::Absent) if first < size => Requested::Part(first..size),
        (Bound::At(first), Bound::At(last)) if first <= last && first < size => {
            Requested::Part(first..last.saturating_add(1).min(size))
        }
        (Bound::At(_), Bound::Absent | Bound::At(_)) => Requested::Unsatisfiable,
        (Bound::Absent, Bound::Absent) | (Bound::Nonsense, _) | (_, Bound::Nonsense) => {
            Requested::Whole
        }
    }
}

fn bytes_spec(header: &str) -> Option<&str> {
    let (unit, spec) = header.trim().split_once('=')?;
    unit.trim()
        .eq_ignore_ascii_case("bytes")
        .then(|| spec.trim())
}

enum Bound {
    Absent,
    At(u64),
    Nonsense,
}

fn number(text: &str) -> Bound {
    let text = text.trim();
    if text.is_empty() {
        Bound::Absent
    } else if text.bytes().all(|b| b.is_ascii_digit()) {
        // More digits than fit are a position behind any body.
        Bound::At(text.parse().unwrap_or(u64::MAX))
    } else {
        Bound::Nonsense
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_forms_of_the_conformance_suite() {
        let of = |text| requested(Some(text), 4096);
        assert_eq!(of("bytes=500-1499"), Requested::Part(500..1500));
        assert_eq!(of("bytes=500-"), Requested::Part(500..4096));
        assert_eq!(of("bytes=-500"), Requested::Part(3596..4096));
        assert_eq!(of("bytes=2000-5000"), Requested::Part(2000..4096));
        assert_eq!(of("bytes=500-0"), Requested::Unsatisfiable);
        assert_eq!(of("bytes=5000-10000"), Requested::Unsatisfiable);
        assert_eq!(of("bytes=-5000"), Requested::Part(0..4096));
        assert_eq!(of("bytes=4096-"), Requested::Unsatisfiable);
    }

    #[test]
    fn what_is_not_one_range_of_bytes_is_ignored() {
        for text in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "items=0-1",
            "bytes=0-1,3-4",
            "bytes=+1-2",
        ] {
            assert_eq!(requested(Some(text), 10), Requested::Whole, "{text}");
        }
        assert_eq!(requested(None, 10), Requested::Whole);
    }

    proptest! {
        #[test]
        fn a_part_lies_within_the_body_and_is_not_empty(text in ".{0,40}", size in 0_u64..10_000) {
            for text in [text.clone(), format!("bytes={text}")] {
                if let Requested::Part(range) = requested(Some(&text), size) {
                    prop_assert!(range.start < range.end && range.end <= size);
                }
            }
        }
    }
}
