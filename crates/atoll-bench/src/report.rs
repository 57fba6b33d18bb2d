//! Rows of figures, as a table or as JSON.

use std::io::{self, Write as _};

use anyhow::Result;
use serde_json::json;

/// What the figure that is judged should be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
}

/// One figure of Atoll, next to a peer's or to a bound.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    scenario: &'static str,
    what: String,
    unit: &'static str,
    atoll: f64,
    peer: Option<(&'static str, f64)>,
    target: Option<Target>,
    /// The figure itself is judged, although there is a peer's.
    alone: bool,
}

impl Row {
    /// Atoll's figure.
    pub(crate) fn new(
        scenario: &'static str,
        what: impl Into<String>,
        unit: &'static str,
        atoll: f64,
    ) -> Self {
        Self {
            scenario,
            what: what.into(),
            unit,
            atoll,
            peer: None,
            target: None,
            alone: false,
        }
    }

    /// Next to a peer's: the ratio is judged.
    pub(crate) fn beside(mut self, peer: &'static str, figure: f64) -> Self {
        self.peer = Some((peer, figure));
        self
    }

    /// What the ratio to the peer's should be.
    pub(crate) fn target(mut self, target: Target) -> Self {
        self.target = Some(target);
        self
    }

    /// What the figure itself should be, next to a peer's or not.
    pub(crate) fn bound(self, target: Target) -> Self {
        Self {
            alone: true,
            ..self.target(target)
        }
    }

    fn ratio(&self) -> Option<f64> {
        self.peer.map(|(_, peer)| self.atoll / peer)
    }

    fn holds(&self) -> Option<bool> {
        let judged = self.ratio().filter(|_| !self.alone).unwrap_or(self.atoll);
        self.target.map(|target| match target {
            Target::AtLeast(bound) => judged >= bound,
            Target::AtMost(bound) => judged <= bound,
        })
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AtLeast(bound) => write!(f, ">= {bound}"),
            Self::AtMost(bound) => write!(f, "<= {bound}"),
        }
    }
}

/// Prints rows to standard output.
pub(crate) fn print(rows: &[Row], as_json: bool) -> Result<()> {
    let mut out = io::stdout().lock();
    for row in rows {
        if as_json {
            writeln!(out, "{}", to_json(row))?;
        } else {
            writeln!(out, "{}", to_line(row))?;
        }
    }
    Ok(out.flush()?)
}

/// Says something that is no figure.
pub(crate) fn note(text: &str) {
    // Nobody listening to standard error is no reason to stop.
    let _ = writeln!(io::stderr(), "{text}");
}

fn to_json(row: &Row) -> serde_json::Value {
    json!({
        "scenario": row.scenario, "what": row.what, "unit": row.unit, "atoll": row.atoll,
        "peer": row.peer.map(|(name, _)| name), "peer_value": row.peer.map(|(_, figure)| figure), "ratio": row.ratio(),
        "target": row.target.map(|target| target.to_string()), "holds": row.holds(),
    })
}

fn to_line(row: &Row) -> String {
    let peer = row.peer.map_or_else(String::new, |(name, figure)| {
        format!("{name} {}", short(figure))
    });
    let ratio = row
        .ratio()
        .map_or_else(String::new, |ratio| format!("{ratio:.2}x"));
    let target = row
        .target
        .map_or_else(String::new, |target| target.to_string());
    let holds = match row.holds() {
        Some(true) => "holds",
        Some(false) => "MISSED",
        None => "",
    };
    let Row {
        scenario,
        what,
        unit,
        ..
    } = row;
    let line = format!(
        "{scenario:<13} {what:<44} {unit:<12} atoll {:>9}  {peer:<22} {ratio:>8}  {target:<8} {holds}",
        short(row.atoll)
    );
    line.trim_end().to_owned()
}

/// Four digits that count.
fn short(figure: f64) -> String {
    match figure.abs() {
        big if big >= 1000.0 => format!("{figure:.0}"),
        middle if middle >= 10.0 => format!("{figure:.1}"),
        _ => format!("{figure:.3}"),
    }
}

/// Prints a line to standard output.
pub(crate) fn line(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}
