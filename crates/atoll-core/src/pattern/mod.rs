//! Patterns over addresses: what an upstream may serve, what it may not, and what is fetched ahead.

mod glob;
mod list;
mod selection;
mod single;
#[cfg(test)]
mod tests;

pub use list::{PatternList, Policy, Verdict};
pub use selection::{Choice, LATEST_MAX, Selection, SelectionError};
pub use single::{Match, PATTERN_BYTES_MAX, Pattern, PatternError, PatternRule, SEGMENTS_MAX};
