//! Times as people write them.

/// What may follow a number, and what it means in seconds.
const UNITS: [(&str, u64); 6] = [
    ("s", 1),
    ("m", 60),
    ("h", 60 * 60),
    ("d", 24 * 60 * 60),
    ("w", 7 * 24 * 60 * 60),
    ("y", 365 * 24 * 60 * 60),
];

/// Reads `90d`, `12h` or `30m`, in seconds.
pub(super) fn seconds(text: &str) -> Result<u64, String> {
    let wrong = || {
        format!("{text:?} is not a time: write a whole number with s, m, h, d, w or y, such as 90d")
    };
    let end = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (digits, unit) = text.split_at_checked(end).ok_or_else(wrong)?;
    let (_, factor) = UNITS
        .iter()
        .find(|(name, _)| *name == unit)
        .ok_or_else(wrong)?;
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    number.checked_mul(*factor).ok_or_else(wrong)
}

/// As [`seconds`], but no time at all is refused.
pub(super) fn some_seconds(text: &str) -> Result<u64, String> {
    match seconds(text)? {
        0 => Err("it would be over before it begins".to_owned()),
        secs => Ok(secs),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_numbers_with_units() {
        for (text, secs) in [
            ("0s", 0),
            ("45s", 45),
            ("30m", 1800),
            ("12h", 43_200),
            ("90d", 7_776_000),
            ("2w", 1_209_600),
            ("1y", 31_536_000),
        ] {
            assert_eq!(seconds(text), Ok(secs), "{text}");
        }
        assert!(some_seconds("0d").is_err());
        for text in [
            "",
            "90",
            "d",
            "-1d",
            "1.5h",
            "1 d",
            "1D",
            "1d2h",
            "99999999999999999999d",
            "18446744073709551615y",
            "１d",
        ] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
