//! How far a sync is: a bar on a terminal, a line now and then elsewhere.

use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::report::Status;
use crate::output;

/// How often a line is written at most.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Shows how far a sync is.
pub(super) enum SyncProgress {
    /// To somebody who looks.
    Bar(ProgressBar),
    /// To a log: when the last line was written, and what it said.
    Lines(Option<(Instant, String)>),
    /// To nobody.
    Silent,
}

impl SyncProgress {
    /// Where a machine reads what comes of it, nothing is said on the way.
    pub(super) fn new(for_machines: bool) -> Self {
        if for_machines {
            return Self::Silent;
        }
        if !io::stderr().is_terminal() {
            return Self::Lines(None);
        }
        let bar = ProgressBar::new(0);
        let style = ProgressStyle::with_template("{bar:30} {percent:>3}% {wide_msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self::Bar(bar)
    }

    /// It is so far.
    pub(super) fn show(&mut self, status: &Status) {
        match self {
            Self::Silent => {}
            Self::Bar(bar) => {
                // Versions are a poor measure of what is left, but where sizes are not known the only one.
                let (done, total) = match status.bytes_total {
                    Some(total) if status.unknown_sizes == 0 => (status.bytes_done, total),
                    _ => (status.versions_done, status.versions_total),
                };
                bar.set_length(total);
                bar.set_position(done.min(total));
                bar.set_message(status.words());
            }
            Self::Lines(last) => {
                let words = status.words();
                let is_due = last
                    .as_ref()
                    .is_none_or(|(at, said)| at.elapsed() >= LINE_EVERY && *said != words);
                if is_due {
                    output::note(&words);
                    *last = Some((Instant::now(), words));
                }
            }
        }
    }

    /// It is over, whatever came of it.
    pub(super) fn finish(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}
