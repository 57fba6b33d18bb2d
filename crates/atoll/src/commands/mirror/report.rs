//! How far a sync is, and what came of it.

use std::fmt::Write as _;

use anyhow::Context as _;
use indicatif::HumanBytes;
use serde::Deserialize;
use serde_json::Value;

use super::alike;
use crate::commands::table::shown;

/// How far a sync is.
#[derive(Debug, Deserialize)]
pub(super) struct Status {
    pub(super) state: State,
    #[serde(default)]
    pub(super) versions_done: u64,
    #[serde(default)]
    pub(super) versions_total: u64,
    #[serde(default)]
    pub(super) bytes_done: u64,
    /// None while nobody knows.
    pub(super) bytes_total: Option<u64>,
    /// How many files there are of which upstream doesn't tell the size.
    #[serde(default)]
    pub(super) unknown_sizes: u64,
    /// Why it could not be done at all.
    pub(super) error: Option<String>,
    pub(super) report: Option<Report>,
}

/// Whether it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// It does.
    Running,
    /// It is done, though not everything may have been had.
    Done,
    /// It could not be done.
    Failed,
}

/// What came of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Report {
    fetched: Vec<String>,
    present: u64,
    failed: Vec<Failed>,
    moved: Vec<Moved>,
    skipped: Vec<Value>,
    bytes: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Failed {
    pub(super) what: String,
    pub(super) why: String,
}

/// A version that upstream has changed since it was captured.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Moved {
    what: String,
    was: String,
    now: String,
}

impl Status {
    /// Reads the server's answer.
    pub(super) fn read(answer: &Value) -> anyhow::Result<Self> {
        Self::deserialize(answer).context("the server's answer can't be read")
    }

    /// Whether everything was had, and was what it had been.
    pub(super) fn is_well(&self) -> bool {
        let is_well = |report: &Report| report.failed.is_empty() && report.moved.is_empty();
        self.state == State::Done && self.report.as_ref().is_none_or(is_well)
    }

    /// A line for each thing that was fetched, skipped or moved, and for each cause of what failed.
    pub(super) fn lines(&self, is_dry_run: bool) -> String {
        let mut out = String::new();
        let mut put = |line: String| {
            // Writing to a string can't fail.
            let _ = writeln!(out, "{}", shown(&line));
        };
        let Some(report) = &self.report else {
            return out;
        };
        let fetched = if is_dry_run { "would fetch" } else { "fetched" };
        for what in &report.fetched {
            put(format!("{fetched} {what}"));
        }
        for skipped in &report.skipped {
            put(format!("skipped {}", named(skipped)));
        }
        for Moved { what, was, now } in &report.moved {
            put(format!(
                "moved {what}: it was {was} and is {now} upstream by now; what was captured first is kept"
            ));
        }
        alike::lines(&report.failed).into_iter().for_each(put);
        out
    }

    /// It all in one sentence.
    pub(super) fn summary(&self, is_dry_run: bool) -> String {
        if self.state == State::Failed {
            let why = self.error.as_deref().unwrap_or("the server says no more");
            return shown(&format!("the sync failed: {why}"));
        }
        let nothing = Report::default();
        let report = self.report.as_ref().unwrap_or(&nothing);
        let bytes = if report.bytes == 0 && is_dry_run {
            self.bytes_total.unwrap_or(0)
        } else {
            report.bytes
        };
        let mut text = format!(
            "{}: {} ({}), already here: {}",
            if is_dry_run { "to fetch" } else { "fetched" },
            report.fetched.len(),
            HumanBytes(bytes),
            report.present,
        );
        for (word, count) in [
            ("skipped", report.skipped.len()),
            ("moved", report.moved.len()),
            ("failed", report.failed.len()),
        ] {
            if count > 0 {
                let _ = write!(text, ", {word}: {count}");
            }
        }
        if self.unknown_sizes > 0 && is_dry_run {
            let _ = write!(
                text,
                "; the size of {} is not known beforehand",
                self.unknown_sizes
            );
        }
        text
    }

    /// How far it is, in words.
    pub(super) fn words(&self) -> String {
        let bytes = HumanBytes(self.bytes_done);
        let mut text = format!(
            "{} of {} versions, {bytes}",
            self.versions_done, self.versions_total
        );
        if let Some(total) = self.bytes_total {
            let or_more = if self.unknown_sizes > 0 {
                " or more"
            } else {
                ""
            };
            let _ = write!(text, " of {}{or_more}", HumanBytes(total));
        }
        text
    }
}

/// `{"what", "why"}`, or just text.
fn named(value: &Value) -> String {
    let part = |name| value.get(name).and_then(Value::as_str);
    match (value, part("what"), part("why")) {
        (Value::String(text), ..) => text.clone(),
        (_, Some(what), Some(why)) => format!("{what}: {why}"),
        (_, Some(what), None) => what.to_owned(),
        _ => value.to_string(),
    }
}
