//! `atoll mirror sync`

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::progress::SyncProgress;
use super::report::{State, Status};
use crate::cli::SyncArgs;
use crate::client::Client;
use crate::commands::with_client;
use crate::config::Environment;
use crate::output::{self, FAILURE};

/// Where syncs are begun and watched.
const PATH: [&str; 2] = ["mirror", "sync"];
/// How often a sync that runs is looked at.
const POLL: Duration = Duration::from_millis(200);

#[derive(Serialize)]
struct Begin {
    upstream: Option<String>,
    select: Vec<String>,
    platforms: Vec<String>,
    dry_run: bool,
}

#[derive(Deserialize)]
struct Begun {
    id: String,
}

/// Has a sync done, and says what came of it.
pub(super) async fn run(args: &SyncArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let answer = with_client(&args.target, environment, async |client| {
        let body = Begin {
            upstream: args.upstream.as_ref().map(ToString::to_string),
            select: args.select.iter().map(ToString::to_string).collect(),
            platforms: args.platforms.iter().map(ToString::to_string).collect(),
            dry_run: args.dry_run,
        };
        let Begun { id } = client.post(&PATH, &body).await?;
        let mut progress = SyncProgress::new(args.json);
        let watched = watch(client, &id, &mut progress).await;
        progress.finish();
        watched
            .with_context(|| format!("failed to watch the sync {id}; the server goes on with it"))
    })
    .await?;
    let status = Status::read(&answer)?;
    if args.json {
        output::json(&answer)?;
    } else {
        output::raw(status.lines(args.dry_run).as_bytes())?;
        output::note(status.summary(args.dry_run));
    }
    Ok(if status.is_well() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FAILURE)
    })
}

/// The last answer, as the server wrote it.
async fn watch(client: &Client, id: &str, progress: &mut SyncProgress) -> anyhow::Result<Value> {
    let [mirror, sync] = PATH;
    loop {
        let answer: Value = client.get(&[mirror, sync, id], &[]).await?;
        let status = Status::read(&answer)?;
        if status.state != State::Running {
            return Ok(answer);
        }
        progress.show(&status);
        tokio::time::sleep(POLL).await;
    }
}
