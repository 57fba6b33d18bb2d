//! `atoll gc`, `atoll fsck`, `atoll reindex`

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use indicatif::HumanBytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::with_client;
use crate::cli::{FsckArgs, GcArgs, ReindexArgs};
use crate::config::Environment;
use crate::output::{self, FAILURE};

#[derive(Deserialize, Serialize)]
struct GcReport {
    dry_run: bool,
    untagged_manifests: u64,
    condemned: Amount,
    freed: Amount,
    orphans: Amount,
    uploads_reaped: u64,
}

#[derive(Deserialize, Serialize)]
struct Amount {
    count: u64,
    bytes: u64,
}

#[derive(Deserialize, Serialize)]
struct FsckReport {
    /// What is wrong, for machines.
    damage: Vec<Value>,
    /// The same, for people.
    messages: Vec<String>,
    counts: Value,
}

/// How much was looked at, see `atoll fsck --help`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct FsckCounts {
    damages: u64,
    versions: u64,
    manifests: u64,
    held_blobs: u64,
    held_bytes: u64,
    lazy_blobs: u64,
    orphans: u64,
    orphan_bytes: u64,
}

impl FsckCounts {
    fn sentence(&self) -> String {
        let found = match self.damages {
            0 => "no damage".to_owned(),
            1 => "1 damage".to_owned(),
            damages => format!("{damages} damages"),
        };
        let mut text = format!(
            "{found}; looked at {} versions, {} manifests, {} held blobs ({}) and {} lazy blobs, which are fetched when somebody asks",
            self.versions,
            self.manifests,
            self.held_blobs,
            HumanBytes(self.held_bytes),
            self.lazy_blobs,
        );
        if self.orphans > 0 {
            // Writing to a string can't fail.
            let _ = write!(
                text,
                "; {} files ({}) that nothing refers to are no damage, and `atoll gc` removes them after a grace",
                self.orphans,
                HumanBytes(self.orphan_bytes)
            );
        }
        text
    }
}

/// Collects garbage.
pub(super) async fn gc(args: GcArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let mut body = json!({"dry_run": args.dry_run, "untagged": args.untagged});
    if let (Some(grace), Some(body)) = (args.grace, body.as_object_mut()) {
        body.insert("grace_secs".to_owned(), grace.into());
    }
    let report: GcReport = with_client(&args.target, environment, async |client| {
        Ok(client.post(&["maintenance", "gc"], &body).await?)
    })
    .await?;
    if args.json {
        output::json(&report)?;
        return Ok(ExitCode::SUCCESS);
    }
    let would = if report.dry_run { "would be " } else { "" };
    let amount = |amount: &Amount| format!("{} blobs, {}", amount.count, HumanBytes(amount.bytes));
    output::line(format_args!(
        "{would}freed          {}",
        amount(&report.freed)
    ))?;
    output::line(format_args!(
        "{would}freed later    {} (after the grace)",
        amount(&report.condemned)
    ))?;
    output::line(format_args!(
        "{would}swept          {} that nothing knew of",
        amount(&report.orphans)
    ))?;
    output::line(format_args!(
        "{would}untagged       {} manifests",
        report.untagged_manifests
    ))?;
    output::line(format_args!(
        "{would}given up       {} uploads",
        report.uploads_reaped
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// Checks the store.
pub(super) async fn fsck(args: FsckArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let body = json!({"verify_content": args.verify_content, "repair": args.repair});
    let report: FsckReport = with_client(&args.target, environment, async |client| {
        Ok(client.post(&["maintenance", "fsck"], &body).await?)
    })
    .await?;
    let is_whole = report.damage.is_empty();
    if args.json {
        output::json(&report)?;
    } else {
        for message in &report.messages {
            output::line(message)?;
        }
        let counts = FsckCounts::deserialize(&report.counts);
        output::note(
            counts
                .context("the server's answer can't be read")?
                .sentence(),
        );
    }
    Ok(if is_whole {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FAILURE)
    })
}

/// Writes projections anew.
pub(super) async fn reindex(
    args: ReindexArgs,
    environment: &Environment,
) -> anyhow::Result<ExitCode> {
    let report: Value = with_client(&args.target, environment, async |client| {
        Ok(client.post(&["maintenance", "reindex"], &json!({})).await?)
    })
    .await?;
    if args.json {
        output::json(&report)?;
    } else {
        output::line(members(&report))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The members of a flat object as a sentence.
fn members(object: &Value) -> String {
    let members = object
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, value)| value.is_number() || value.is_boolean());
    members
        .map(|(name, value)| format!("{}: {value}", name.replace('_', " ")))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence(counts: &Value) -> String {
        FsckCounts::deserialize(counts).unwrap().sentence()
    }

    #[test]
    fn what_was_looked_at_is_said_in_words() {
        let mut counts = json!({
            "damages": 0, "versions": 3, "manifests": 9, "held_blobs": 4, "held_bytes": 2048, "lazy_blobs": 5, "orphans": 0,
            "orphan_bytes": 0,
        });
        let whole = "no damage; looked at 3 versions, 9 manifests, 4 held blobs (2.00 KiB) and 5 lazy blobs, which are fetched when somebody asks";
        assert_eq!(sentence(&counts), whole);
        counts["damages"] = 2.into();
        counts["orphans"] = 1.into();
        counts["orphan_bytes"] = 1024.into();
        let damaged = sentence(&counts);
        assert!(damaged.starts_with("2 damages; looked at "), "{damaged}");
        assert!(
            damaged.ends_with("; 1 files (1.00 KiB) that nothing refers to are no damage, and `atoll gc` removes them after a grace"),
            "{damaged}"
        );
    }
}
