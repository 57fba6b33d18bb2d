//! `atoll gc`, `atoll fsck`, `atoll reindex`

use std::process::ExitCode;

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
        let checked = members(&report.counts);
        output::note(format_args!(
            "{}; {checked}",
            if is_whole {
                "no damage"
            } else {
                "there is damage"
            }
        ));
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
