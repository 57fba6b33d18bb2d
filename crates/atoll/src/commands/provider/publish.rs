//! `atoll provider publish`

use std::process::ExitCode;

use atoll_core::address::{Hostname, ProviderAddr};
use atoll_core::platform::Platform;
use atoll_core::release::Release;
use reqwest::multipart::Form;
use serde::{Deserialize, Serialize};
use url::Url;

use super::platforms;
use super::release_files::ReleaseFiles;
use crate::cli::PublishArgs;
use crate::client::Client;
use crate::commands::upload::{self, SourceFile};
use crate::commands::with_client;
use crate::config::Environment;
use crate::output::{self, UsageError};
use crate::progress::Progress;

/// Where releases go.
const PATH: [&str; 1] = ["providers"];

#[derive(Deserialize, Serialize)]
struct Published {
    provider: String,
    version: String,
    platforms: Vec<String>,
    proof: String,
    key_id: String,
}

/// Publishes a release directory.
pub(super) async fn run(args: &PublishArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let provider = address(&args.address)?;
    let names = Release {
        type_: provider.type_name(),
        version: &args.version,
    };
    let files = ReleaseFiles::find(&args.directory, names, args.platform_only)?;
    let published = with_client(&args.target, environment, async |client| {
        check_host(&provider, client.server())?;
        let progress = Progress::new(files.total_bytes(), args.json);
        for other in &files.others {
            progress.note(&format!(
                "leaving {other} out: it belongs to another release"
            ));
        }
        let sent = send(client, &provider, args, &files, &progress).await;
        progress.finish();
        sent
    });
    let published = published.await?;
    if args.json {
        output::json(&published)?;
    } else {
        let Published {
            provider,
            version,
            platforms,
            proof,
            key_id,
        } = &published;
        output::note(format_args!(
            "published {provider} {version} for {} ({proof}, key {key_id})",
            platforms::words(platforms)
        ));
    }
    Ok(ExitCode::SUCCESS)
}

async fn send(
    client: &Client,
    provider: &ProviderAddr,
    args: &PublishArgs,
    files: &ReleaseFiles,
    progress: &Progress,
) -> anyhow::Result<Published> {
    if !args.platform_only {
        return send_whole(client, fields(provider, args), files, progress).await;
    }
    let mut last = None;
    for (platform, zip) in &files.zips {
        let form = fields(provider, args);
        last = Some(
            send_platform(
                client,
                form,
                platform,
                zip,
                files.manifest.as_ref(),
                progress,
            )
            .await?,
        );
    }
    last.ok_or_else(|| anyhow::anyhow!("there is no zip to publish"))
}

/// The documents go first: what is wrong with them is seen before the zips are sent.
async fn send_whole(
    client: &Client,
    mut form: Form,
    files: &ReleaseFiles,
    progress: &Progress,
) -> anyhow::Result<Published> {
    for file in files.signed.iter().flatten().chain(&files.manifest) {
        form = form.part("file", upload::document(file, progress).await?);
    }
    for (_, zip) in &files.zips {
        form = form.part("file", upload::part(zip, progress));
    }
    Ok(client.post_form(&PATH, form).await?)
}

async fn send_platform(
    client: &Client,
    form: Form,
    platform: &Platform,
    zip: &SourceFile,
    manifest: Option<&SourceFile>,
    progress: &Progress,
) -> anyhow::Result<Published> {
    let mut form = form
        .text("os", platform.os().to_owned())
        .text("arch", platform.arch().to_owned());
    if let Some(manifest) = manifest {
        form = form.part("file", upload::document(manifest, progress).await?);
    }
    Ok(client
        .post_form(&PATH, form.part("file", upload::part(zip, progress)))
        .await?)
}

fn fields(provider: &ProviderAddr, args: &PublishArgs) -> Form {
    Form::new()
        .text("namespace", provider.namespace().to_owned())
        .text("type", provider.type_name().to_owned())
        .text("version", args.version.to_string())
}

/// Reads `[HOST/]NAMESPACE/TYPE`.
pub(super) fn address(text: &str) -> Result<ProviderAddr, UsageError> {
    ProviderAddr::parse_with_default(text, &Hostname::self_()).map_err(|error| {
        UsageError(format!(
            "--address {text:?} is not [HOST/]NAMESPACE/TYPE: {error}"
        ))
    })
}

/// What is published belongs to the server it is published on; a host may be named, but no other.
pub(super) fn check_host(provider: &ProviderAddr, server: Option<&Url>) -> Result<(), UsageError> {
    let host = provider.hostname();
    let is_server = server.is_some_and(|server| server.host_str() == Some(host.host()));
    if host.is_self() || host.always_means_self() || is_server {
        return Ok(());
    }
    Err(UsageError(format!(
        "what is published belongs to this server, not to {host}: leave the host out, or take other hosts' providers over with `atoll provider import`"
    )))
}
