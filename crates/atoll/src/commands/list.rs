//! `atoll list`

use std::process::ExitCode;

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::Value;

use super::table::Table;
use super::with_client;
use crate::cli::ListArgs;
use crate::client::Client;
use crate::config::Environment;
use crate::output;

/// How many rows are asked for at once.
const PAGE: &str = "1000";

#[derive(Deserialize)]
struct Page {
    /// As the server wrote them, for machines.
    artifacts: Vec<Value>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Artifact {
    kind: String,
    address: String,
    version: String,
    platforms: Vec<ArtifactPlatform>,
    origin: String,
    age_secs: i64,
    proof: String,
}

#[derive(Deserialize)]
struct ArtifactPlatform {
    platform: String,
    held: bool,
}

/// Lists what is held.
pub(super) async fn run(args: ListArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let pattern = args.pattern.as_deref();
    let artifacts = with_client(&args.target, environment, async |client| {
        read_all(client, pattern).await
    })
    .await?;
    if args.json {
        output::json(&artifacts)?;
    } else {
        let rows: Result<Vec<Artifact>, _> =
            artifacts.into_iter().map(serde_json::from_value).collect();
        output::raw(render(&rows.context("the server's list can't be read")?).as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn read_all(client: &Client, pattern: Option<&str>) -> anyhow::Result<Vec<Value>> {
    let mut all = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let mut query = vec![("limit", PAGE)];
        query.extend(pattern.map(|pattern| ("pattern", pattern)));
        query.extend(after.as_deref().map(|after| ("after", after)));
        let page: Page = client.get(&["artifacts"], &query).await?;
        all.extend(page.artifacts);
        match page.next {
            // A server that says the same twice would be asked for ever.
            Some(next) if after.as_ref() != Some(&next) => after = Some(next),
            _ => return Ok(all),
        }
    }
}

fn render(artifacts: &[Artifact]) -> String {
    let mut table = Table::new([
        "KIND",
        "ADDRESS",
        "VERSION",
        "PLATFORMS",
        "ORIGIN",
        "AGE",
        "PROOF",
    ]);
    for artifact in artifacts {
        table.row([
            artifact.kind.clone(),
            artifact.address.clone(),
            artifact.version.clone(),
            platforms(&artifact.platforms),
            artifact.origin.clone(),
            age(artifact.age_secs),
            artifact.proof.clone(),
        ]);
    }
    table.render()
}

/// What is here by name, what is only known as a number.
fn platforms(platforms: &[ArtifactPlatform]) -> String {
    let held: Vec<&str> = platforms
        .iter()
        .filter(|platform| platform.held)
        .map(|platform| platform.platform.as_str())
        .collect();
    match (held.join(","), platforms.len() - held.len()) {
        (held, 0) => held,
        (held, known) if held.is_empty() => format!("({known} known)"),
        (held, known) => format!("{held} (+{known} known)"),
    }
}

/// A time in its largest unit.
fn age(secs: i64) -> String {
    let (minutes, hours, days) = (secs / 60, secs / 3600, secs / 86_400);
    match secs {
        ..60 => format!("{}s", secs.max(0)),
        60..3600 => format!("{minutes}m"),
        3600..172_800 => format!("{hours}h"),
        _ => format!("{days}d"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(name: &str, held: bool) -> ArtifactPlatform {
        ArtifactPlatform {
            platform: name.to_owned(),
            held,
        }
    }

    #[test]
    fn a_row_says_what_is_here_and_what_is_known() {
        assert_eq!(
            platforms(&[
                platform("linux_amd64", true),
                platform("darwin_arm64", true)
            ]),
            "linux_amd64,darwin_arm64"
        );
        assert_eq!(
            platforms(&[
                platform("linux_amd64", true),
                platform("darwin_arm64", false)
            ]),
            "linux_amd64 (+1 known)"
        );
        assert_eq!(platforms(&[platform("linux_amd64", false)]), "(1 known)");
        assert_eq!(platforms(&[]), "");
    }

    #[test]
    fn ages_are_short() {
        for (secs, text) in [
            (-5, "0s"),
            (59, "59s"),
            (60, "1m"),
            (7200, "2h"),
            (172_799, "47h"),
            (172_800, "2d"),
        ] {
            assert_eq!(age(secs), text);
        }
    }
}
