//! Sizes and shares as people write them.

use atoll_app::upstreams::MinFree;

/// What may follow a number of bytes.
const UNITS: [(&str, u64); 9] = [
    ("B", 1),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

/// Reads `10 GiB`, `500MB` or `1048576`.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let wrong = || {
        format!(
            "{text:?} is not a size: write bytes, or a whole number with KB, MB, GB, TB, KiB, MiB, GiB or TiB"
        )
    };
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, unit) = text.split_at_checked(end).ok_or_else(wrong)?;
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    let unit = unit.trim();
    let factor = if unit.is_empty() {
        1
    } else {
        let found = UNITS
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(unit));
        found.map(|(_, factor)| *factor).ok_or_else(wrong)?
    };
    number.checked_mul(factor).ok_or_else(wrong)
}

/// Reads `10%` or a size.
pub(super) fn min_free(text: &str) -> Result<MinFree, String> {
    let Some(percent) = text.trim().strip_suffix('%') else {
        return size(text).map(MinFree::Bytes);
    };
    let percent = percent
        .trim()
        .parse()
        .ok()
        .filter(|percent: &u8| *percent <= 100);
    percent
        .map(MinFree::Percent)
        .ok_or_else(|| format!("{text:?} is not a share: write a whole number up to 100 and %"))
}

/// Writes a size with the largest unit that leaves it whole.
pub(super) fn words(bytes: u64) -> String {
    let whole = |(_, factor): &&(&str, u64)| bytes >= *factor && bytes.is_multiple_of(*factor);
    let unit = UNITS.iter().filter(whole).max_by_key(|(_, factor)| *factor);
    unit.map_or_else(
        || format!("{bytes} B"),
        |(name, factor)| format!("{} {name}", bytes / factor),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sizes_are_read_and_written() {
        for (text, bytes) in [
            ("0", 0),
            ("1048576", 1 << 20),
            ("10 GiB", 10 << 30),
            ("10GiB", 10 << 30),
            ("10 gib", 10 << 30),
            ("500 MB", 500_000_000),
            ("7 B", 7),
            ("2 TiB", 2 << 40),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        assert_eq!(words(10 << 30), "10 GiB");
        assert_eq!(words(500_000_000), "500 MB");
        assert_eq!(words(7), "7 B");
        assert_eq!(words(0), "0 B");
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for text in [
            "",
            "GiB",
            "-1",
            "1.5 GiB",
            "10 GiBs",
            "10 G",
            "1e9",
            "10 %",
            "18446744073709551616",
            "99999999 TiB",
            "١ KB",
        ] {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn free_space_is_a_share_or_a_size() {
        assert_eq!(min_free("10%"), Ok(MinFree::Percent(10)));
        assert_eq!(min_free("0 %"), Ok(MinFree::Percent(0)));
        assert_eq!(min_free("20 GiB"), Ok(MinFree::Bytes(20 << 30)));
        for text in ["101%", "-1%", "1.5%", "%", "ten"] {
            assert!(min_free(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn sizes_read_back(bytes: u64) {
            prop_assert_eq!(size(&words(bytes)), Ok(bytes));
        }

        #[test]
        fn any_text_may_be_asked_for(text in "\\PC{0,20}") {
            let _ = min_free(&text);
        }
    }
}
