//! `atoll provider import`

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::Context as _;
use reqwest::multipart::Form;
use serde::{Deserialize, Serialize};

use super::platforms;
use super::tree::{Tree, TreeVersion};
use crate::cli::ImportArgs;
use crate::client::{Client, ClientError};
use crate::commands::upload;
use crate::commands::with_client;
use crate::config::Environment;
use crate::output::{self, FAILURE};
use crate::progress::Progress;

/// What came of it.
#[derive(Default, Serialize)]
struct Report {
    imported: Vec<Imported>,
    failed: Vec<Failed>,
}

#[derive(Deserialize, Serialize)]
struct Imported {
    provider: String,
    version: String,
    platforms: Vec<String>,
    added: Vec<String>,
    proof: String,
}

#[derive(Serialize)]
struct Failed {
    what: String,
    why: String,
}

/// Imports a tree, one version after the other.
pub(super) async fn run(args: &ImportArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let tree = Tree::walk(&args.directory)?;
    anyhow::ensure!(
        !tree.versions.is_empty() || !tree.problems.is_empty(),
        "there is no provider in {}: a tree has HOST/NAMESPACE/TYPE/terraform-provider-TYPE_VERSION_OS_ARCH.zip",
        args.directory.display()
    );
    let report = with_client(&args.target, environment, async |client| {
        let total = tree
            .versions
            .iter()
            .flat_map(|version| version.zips.values())
            .map(|zip| zip.size)
            .sum();
        let progress = Progress::new(total, args.json);
        let report = import(client, tree, &progress).await;
        progress.finish();
        report
    });
    let report = report.await?;
    tell(args, &report)?;
    Ok(if report.failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FAILURE)
    })
}

async fn import(client: &Client, tree: Tree, progress: &Progress) -> anyhow::Result<Report> {
    let failed = tree.problems.into_iter().map(|problem| {
        let (what, why) = problem.split_once(": ").unwrap_or(("the tree", &problem));
        Failed {
            what: what.to_owned(),
            why: why.to_owned(),
        }
    });
    let mut report = Report {
        failed: failed.collect(),
        ..Report::default()
    };
    for version in &tree.versions {
        match send(client, version, progress).await? {
            Ok(imported) => {
                let new = imported.added.len();
                progress.note(&format!(
                    "{}: {}, {new} new",
                    version.name(),
                    platforms::words(&imported.platforms)
                ));
                report.imported.push(imported);
            }
            Err(why) => report.failed.push(Failed {
                what: version.name(),
                why,
            }),
        }
    }
    Ok(report)
}

/// Sends a version. What the server refuses is said of that version; without the server there is no going on.
async fn send(
    client: &Client,
    version: &TreeVersion,
    progress: &Progress,
) -> anyhow::Result<Result<Imported, String>> {
    let named = |platform: &String| {
        version
            .zips
            .keys()
            .any(|held| held.to_string() == *platform)
    };
    let hashes: BTreeMap<&String, &Vec<String>> = version
        .hashes
        .iter()
        .filter(|(platform, _)| named(platform))
        .collect();
    let mut form = Form::new()
        .text("hostname", version.hostname.clone())
        .text("namespace", version.namespace.clone())
        .text("type", version.type_name.clone())
        .text("version", version.version.to_string())
        .text(
            "hashes",
            serde_json::to_string(&hashes).context("failed to write JSON")?,
        );
    for zip in version.zips.values() {
        form = form.part("file", upload::part(zip, progress));
    }
    match client.post_form(&["imports", "providers"], form).await {
        Ok(imported) => Ok(Ok(imported)),
        // Another right would not help for the next version either.
        Err(ClientError::Refused { status, message }) if status != http::StatusCode::FORBIDDEN => {
            Ok(Err(message))
        }
        Err(error) => Err(error.into()),
    }
}

fn tell(args: &ImportArgs, report: &Report) -> anyhow::Result<()> {
    if args.json {
        return output::json(report);
    }
    for Failed { what, why } in &report.failed {
        output::note(format_args!("not imported: {what}: {why}"));
    }
    let new = report
        .imported
        .iter()
        .filter(|imported| !imported.added.is_empty())
        .count();
    output::note(format_args!(
        "versions imported: {}, with new platforms: {new}, failed: {}",
        report.imported.len(),
        report.failed.len()
    ));
    Ok(())
}
