//! Tests whose part is not on the machine.

use std::io::Write as _;

/// Parts that nobody can install from Debian, `PyPI` or npm: their tests may be skipped everywhere.
const SKIPPABLE_EVERYWHERE: [&str; 2] = ["terraform", "the AWS provider"];

/// Says that a test, or the rest of it, is skipped because a part is missing, and how to get the part.
///
/// With `ATOLL_TEST_NO_SKIPS=1` the test fails instead, unless nobody can install the part.
pub fn skip(test: &str, part: &str, how_to_get: &str) {
    let message = format!("skipped: {test}: {part} is not installed ({how_to_get})\n");
    assert!(
        !skips_fail() || SKIPPABLE_EVERYWHERE.contains(&part),
        "{message}"
    );
    // Not by a macro: the test harness hides what passing tests print by those. Nothing is lost where nobody reads it.
    let _ = std::io::stderr().write_all(message.as_bytes());
}

#[expect(
    clippy::disallowed_methods,
    reason = "there is no configuration around a test"
)]
fn skips_fail() -> bool {
    std::env::var_os("ATOLL_TEST_NO_SKIPS").is_some_and(|value| value == "1")
}
