//! Patterns over what an upstream has.

use std::error::Error;

use atoll_core::pattern::{Pattern, Selection};

/// How many segments an artifact has in a pattern: providers two, modules three.
const SEGMENTS: [usize; 2] = [2, 3];

/// A pattern of `allow` or `exclude`.
pub(super) fn artifact_pattern(text: &str) -> Result<Pattern, Box<dyn Error>> {
    let pattern: Pattern = text.parse()?;
    check_shape(text, &pattern)?;
    Ok(pattern)
}

/// A pattern of `root`.
pub(super) fn root_pattern(text: &str) -> Result<Pattern, Box<dyn Error>> {
    let pattern: Pattern = text.parse()?;
    if !pattern.constraints().is_any() {
        return Err(format!(
            "{text:?} can't have a constraint: versions make no difference at the root"
        )
        .into());
    }
    check_shape(text, &pattern)?;
    Ok(pattern)
}

/// What is selected for a sync.
pub(super) fn selection(text: &str) -> Result<Selection, Box<dyn Error>> {
    let selection: Selection = text.parse()?;
    check_shape(text, selection.pattern())?;
    Ok(selection)
}

fn check_shape(text: &str, pattern: &Pattern) -> Result<(), String> {
    if SEGMENTS.contains(&pattern.segment_count()) {
        return Ok(());
    }
    let shapes = "NAMESPACE/TYPE for providers nor NAMESPACE/NAME/SYSTEM for modules";
    Err(format!("{text:?} is neither {shapes}"))
}
