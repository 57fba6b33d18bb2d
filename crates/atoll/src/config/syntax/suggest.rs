//! What a misspelt word was meant to be.

/// The candidate that a word is most likely meant to be, if any is near.
pub(super) fn closest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    /// Longer words are no key of anybody's, and comparing them would take long.
    const WORD_CHARS_MAX: usize = 64;
    let letters: Vec<char> = word.to_lowercase().chars().take(WORD_CHARS_MAX).collect();
    // Every third letter may be wrong.
    let limit = letters.len().div_ceil(3);
    candidates
        .into_iter()
        .map(|candidate| (distance(&letters, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many letters are added, left out, replaced or swapped with their neighbour.
fn distance(word: &[char], candidate: &str) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=word.len()).collect();
    let mut previous = None;
    for (row, letter) in candidate.chars().enumerate() {
        let mut current = vec![row + 1];
        for (column, own) in word.iter().enumerate() {
            let at =
                |line: &[usize], column: usize| line.get(column).copied().unwrap_or(usize::MAX - 1);
            let replaced = at(&last, column) + usize::from(*own != letter);
            let changed = replaced
                .min(at(&last, column + 1) + 1)
                .min(at(&current, column) + 1);
            let is_swap =
                column > 0 && previous == Some(*own) && word.get(column - 1) == Some(&letter);
            let swapped = if is_swap {
                at(&before_last, column - 1) + 1
            } else {
                usize::MAX
            };
            current.push(changed.min(swapped));
        }
        before_last = std::mem::replace(&mut last, current);
        previous = Some(letter);
    }
    last.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEYS: [&str; 5] = ["listen", "public_url", "aliases", "min_free", "tls"];

    #[test]
    fn near_words_are_suggested() {
        for (word, meant) in [
            ("liste", "listen"),
            ("lisetn", "listen"),
            ("LISTEN", "listen"),
            ("public-url", "public_url"),
            ("publicurl", "public_url"),
            ("alias", "aliases"),
            ("tsl", "tls"),
        ] {
            assert_eq!(closest(word, KEYS), Some(meant), "{word}");
        }
    }

    #[test]
    fn far_words_are_not() {
        for word in ["", "x", "port", "certificate", "storage"] {
            assert_eq!(closest(word, KEYS), None, "{word}");
        }
    }

    #[test]
    fn distances_are_counted() {
        for (word, candidate, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("abc", "abc", 0),
            ("abc", "acb", 1),
            ("abc", "axbc", 1),
            ("kitten", "sitting", 3),
        ] {
            let letters: Vec<char> = word.chars().collect();
            assert_eq!(
                distance(&letters, candidate),
                expected,
                "{word} {candidate}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_word_can_be_asked_for(word in "\\PC{0,100}") {
            let _ = closest(&word, KEYS);
        }
    }
}
