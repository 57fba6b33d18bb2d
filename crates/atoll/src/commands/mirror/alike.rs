//! What failed for one cause, told once: an upstream that is away fails hundreds of things alike.

use std::fmt::Write as _;

use super::report::Failed;

/// How many things that failed alike are named.
const NAMED_MAX: usize = 10;

/// Things that failed for one cause, the first of them in full.
struct Alike<'a> {
    cause: String,
    first: &'a Failed,
    more: Vec<&'a str>,
}

/// A line for each cause, and one for what else failed for it.
pub(super) fn lines(failed: &[Failed]) -> Vec<String> {
    let mut causes: Vec<Alike<'_>> = Vec::new();
    for failed in failed {
        let cause = cause(failed);
        match causes.iter_mut().find(|alike| alike.cause == cause) {
            Some(alike) => alike.more.push(&failed.what),
            None => causes.push(Alike {
                cause,
                first: failed,
                more: Vec::new(),
            }),
        }
    }
    causes.iter().flat_map(Alike::lines).collect()
}

impl Alike<'_> {
    fn lines(&self) -> Vec<String> {
        let Failed { what, why } = self.first;
        let mut lines = vec![format!("failed {what}: {why}")];
        if self.more.is_empty() {
            return lines;
        }
        let told = self.more.iter().take(NAMED_MAX).copied();
        let mut names = told.collect::<Vec<_>>().join(", ");
        if let Some(others @ 1..) = self.more.len().checked_sub(NAMED_MAX) {
            // Writing to a string can't fail.
            let _ = write!(names, " and {others} others");
        }
        lines.push(format!("failed {} more like it: {names}", self.more.len()));
        lines
    }
}

/// Why something failed, without what is its own: its name, paths on one host, and moments.
fn cause(failed: &Failed) -> String {
    let own: Vec<&str> = failed.what.split_whitespace().collect();
    let words = failed.why.split_whitespace().map(|word| {
        let bare =
            word.trim_matches(|c: char| matches!(c, ',' | ';' | ':' | '(' | ')' | '"' | '\''));
        if own.contains(&bare) || is_moment(bare) {
            return "…";
        }
        host_of(word).unwrap_or(word)
    });
    words.collect::<Vec<_>>().join(" ")
}

/// An address without its path.
fn host_of(word: &str) -> Option<&str> {
    let (before, rest) = word.split_once("://")?;
    let host = rest.split(['/', '?']).next()?;
    word.get(..before.len() + "://".len() + host.len())
}

/// Such as `2025-01-31T03:00:00Z`.
fn is_moment(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('T') && word.contains(':')
}
