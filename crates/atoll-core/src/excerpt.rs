//! What an error may repeat of a text that it refuses.

/// The most characters of a refused text that a message repeats.
const EXCERPT_CHARS_MAX: usize = 80;

/// The beginning of a text, marked where something was left out.
///
/// Texts come from strangers: a message that repeats all of a megabyte would be a way to fill a log.
pub(crate) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(EXCERPT_CHARS_MAX) {
        Some((end, _)) => format!("{}…", text.split_at(end).0),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_stay_and_long_ones_are_cut_between_characters() {
        assert_eq!(excerpt("1.2.3"), "1.2.3");
        assert_eq!(excerpt(&"é".repeat(80)), "é".repeat(80));
        assert_eq!(excerpt(&"é".repeat(9_000)), format!("{}…", "é".repeat(80)));
    }
}
