//! How far a transfer is: a bar on a terminal, a line for each file elsewhere.

use std::io::{self, IsTerminal as _};

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};

use crate::output;

/// How far one transfer is. A cheap clone.
#[derive(Clone)]
pub(crate) struct Progress {
    how: How,
}

#[derive(Clone)]
enum How {
    Bar(ProgressBar),
    Lines,
    Silent,
}

impl Progress {
    /// A transfer of so many bytes. Where a machine reads what comes of it, nothing is said on the way.
    pub(crate) fn new(total_bytes: u64, for_machines: bool) -> Self {
        let how = if for_machines {
            How::Silent
        } else if io::stderr().is_terminal() {
            let bar = ProgressBar::new(total_bytes);
            let style = ProgressStyle::with_template(
                "{bar:30} {bytes}/{total_bytes} {bytes_per_sec} {wide_msg}",
            );
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            How::Bar(bar)
        } else {
            How::Lines
        };
        Self { how }
    }

    /// A file begins.
    pub(crate) fn file(&self, name: &str, size_bytes: u64) {
        match &self.how {
            How::Bar(bar) => bar.set_message(name.to_owned()),
            How::Lines => output::note(format_args!("sending {name} ({})", HumanBytes(size_bytes))),
            How::Silent => {}
        }
    }

    /// More bytes are on their way.
    pub(crate) fn add(&self, bytes: usize) {
        if let How::Bar(bar) = &self.how {
            bar.inc(bytes as u64);
        }
    }

    /// Says something without disturbing the bar.
    pub(crate) fn note(&self, text: &str) {
        match &self.how {
            How::Bar(bar) => bar.suspend(|| output::note(text)),
            How::Lines => output::note(text),
            How::Silent => {}
        }
    }

    /// The transfer is over, whatever came of it.
    pub(crate) fn finish(&self) {
        if let How::Bar(bar) = &self.how {
            bar.finish_and_clear();
        }
    }
}
