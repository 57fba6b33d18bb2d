//! Data goes to stdout, everything else to stderr.

use std::fmt::Display;
use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use serde::Serialize;

use crate::config::ConfigErrors;

/// The exit status of a failure.
pub(crate) const FAILURE: u8 = 1;
/// The exit status of bad usage, as clap has it.
pub(crate) const BAD_USAGE: u8 = 2;

/// Something that was asked for in a way that can't be meant.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct UsageError(pub String);

/// Writes a line of data.
pub(crate) fn line(text: impl Display) -> anyhow::Result<()> {
    raw(format!("{text}\n").as_bytes())
}

/// Writes data as JSON, for machines.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(value).context("failed to write JSON")?;
    line(text)
}

/// Writes data as it is.
pub(crate) fn raw(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        // Whoever reads has seen enough, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("failed to write to stdout"),
    }
}

/// Tells the user something that is no data.
pub(crate) fn note(text: impl Display) {
    // Nobody is left to hear that stderr is gone.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Tells the user what failed, with its causes, and gives the exit status.
pub(crate) fn failed(error: &anyhow::Error) -> ExitCode {
    note(format_args!("error: {}", chain(error)));
    let is_usage = error.is::<UsageError>()
        || error
            .downcast_ref::<ConfigErrors>()
            .is_some_and(ConfigErrors::are_usage);
    ExitCode::from(if is_usage { BAD_USAGE } else { FAILURE })
}

/// An error and its causes in one text. Some messages have their cause in them already.
pub(crate) fn chain(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_told_once() {
        let error = anyhow::anyhow!("disk full")
            .context("failed to write x: disk full")
            .context("failed to publish");
        assert_eq!(
            chain(&error),
            "failed to publish: failed to write x: disk full"
        );
    }
}
