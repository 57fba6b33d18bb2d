//! Platforms in a sentence.

/// How many, and which.
pub(super) fn words(platforms: &[String]) -> String {
    match platforms {
        [] => "no platform".to_owned(),
        [one] => format!("one platform: {one}"),
        many => format!("{} platforms: {}", many.len(), many.join(", ")),
    }
}
