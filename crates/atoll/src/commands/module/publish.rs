//! `atoll module publish`

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use atoll_core::address::Hostname;
use indicatif::HumanBytes;
use serde::Deserialize;
use serde_json::Value;
use tempfile::NamedTempFile;
use url::Url;

use super::address::Address;
use super::pack;
use crate::cli::ModulePublishArgs;
use crate::client::{Client, Upload};
use crate::commands::table::shown;
use crate::commands::upload::{self, SourceFile};
use crate::commands::with_client;
use crate::config::Environment;
use crate::output::{self, UsageError};
use crate::progress::Progress;

/// How archives end, and what they are.
const ARCHIVES: [(&str, &str); 3] = [
    (".zip", "application/zip"),
    (".tar.gz", GZIP),
    (".tgz", GZIP),
];
const GZIP: &str = "application/gzip";

/// What is sent.
pub(super) struct Package {
    pub(super) file: SourceFile,
    pub(super) content_type: &'static str,
    /// Keeps a package that was made here until it is sent.
    _temporary: Option<NamedTempFile>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Published {
    address: String,
    version: String,
    digest: String,
    size_bytes: u64,
    files: u64,
    stripped: Option<String>,
    warnings: Vec<String>,
}

/// Publishes a directory or an archive.
pub(super) async fn run(
    args: &ModulePublishArgs,
    environment: &Environment,
) -> anyhow::Result<ExitCode> {
    let address = Address::parse(&args.address)?;
    let package = Package::of(&args.source).await?;
    let answer: Value = with_client(&args.target, environment, async |client| {
        let address = own(address, client.server())?;
        send(client, &address, args, &package).await
    })
    .await?;
    if args.json {
        output::json(&answer)?;
        return Ok(ExitCode::SUCCESS);
    }
    let published = Published::deserialize(&answer).context("the server's answer can't be read")?;
    for warning in &published.warnings {
        output::note(format_args!("warning: {}", shown(warning)));
    }
    output::line(published.line())?;
    Ok(ExitCode::SUCCESS)
}

async fn send(
    client: &Client,
    address: &Address,
    args: &ModulePublishArgs,
    package: &Package,
) -> anyhow::Result<Value> {
    let version = args.version.to_string();
    let [namespace, name, system] = address.parts();
    let progress = Progress::new(package.file.size, args.json);
    let upload = Upload {
        content_type: package.content_type,
        size_bytes: package.file.size,
        body: upload::body(&package.file, &progress),
    };
    let path = ["modules", Hostname::SELF, namespace, name, system, &version];
    let sent = client.put_file(&path, upload).await;
    progress.finish();
    Ok(sent?)
}

/// What is published belongs to the server it is published on; a host may be named, but no other.
pub(super) fn own(address: Address, server: Option<&Url>) -> Result<Address, UsageError> {
    let address = address.at(server);
    if address.hostname().is_self() {
        return Ok(address);
    }
    Err(UsageError(format!(
        "what is published belongs to this server, not to {}: leave the host out",
        address.hostname()
    )))
}

impl Package {
    /// Packs a directory; takes an archive as it is.
    pub(super) async fn of(source: &Path) -> anyhow::Result<Self> {
        if source.is_dir() {
            return Self::packed(source).await;
        }
        let name = source
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let kind = ARCHIVES
            .iter()
            .find(|(suffix, _)| name.to_ascii_lowercase().ends_with(suffix));
        let file = SourceFile::at(source.to_owned(), name)?;
        let (_, content_type) = kind.ok_or_else(|| {
            UsageError(format!(
                "{} is neither a directory nor a .zip or .tar.gz file",
                source.display()
            ))
        })?;
        Ok(Self {
            file,
            content_type,
            _temporary: None,
        })
    }

    async fn packed(directory: &Path) -> anyhow::Result<Self> {
        let (source, shown) = (directory.to_owned(), directory.display().to_string());
        let packed = tokio::task::spawn_blocking(move || pack::pack(&source))
            .await
            .context("failed to pack the module")??;
        for path in &packed.left_out {
            output::note(format_args!(
                "leaving {path} out: state is not part of a module"
            ));
        }
        Ok(Self {
            file: SourceFile::at(packed.file.path().to_owned(), shown)?,
            content_type: GZIP,
            _temporary: Some(packed.file),
        })
    }
}

impl Published {
    fn line(&self) -> String {
        let Self {
            address,
            version,
            digest,
            size_bytes,
            files,
            stripped,
            ..
        } = self;
        let size = HumanBytes(*size_bytes);
        let stripped = match stripped {
            Some(name) => format!("; the directory {name:?} around it was taken off"),
            None => String::new(),
        };
        shown(&format!(
            "published {address} {version}: {files} files, {size}, {digest}{stripped}"
        ))
    }
}
