//! One zip, published in Atoll and served by nginx from the same blocks on disk.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use super::{http, https, own_dir};
use crate::cli::Options;
use crate::http1::Connection;
use crate::peers::{Atoll, Listen, Nginx};
use crate::{store, tools};

/// Both servers, and the zip's addresses.
pub(super) struct ZipPair {
    pub(super) atoll: Atoll,
    pub(super) nginx: Nginx,
    pub(super) atoll_url: String,
    pub(super) nginx_url: String,
    pub(super) ca: PathBuf,
    /// The zip's file in Atoll's store, and the same inode in nginx's root.
    pub(super) file: PathBuf,
    _dir: TempDir,
}

/// What the client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speak {
    Plain,
    Tls,
}

/// What the zip is to Atoll's clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Package {
    Provider,
    Module,
}

impl ZipPair {
    pub(super) async fn start(options: &Options, speak: Speak, package: Package) -> Result<Self> {
        let dir = own_dir(options)?;
        let (certificate, key) = (dir.path().join("tls.crt"), dir.path().join("tls.key"));
        tools::self_signed(&certificate, &key).await?;
        let data_dir = dir.path().join("atoll");
        let (published, scopes) = match package {
            Package::Provider => (
                store::publish_zip(&data_dir, options.zip_mb).await?,
                "pull:providers/*",
            ),
            Package::Module => (
                store::publish_large_module(&data_dir, options.zip_mb).await?,
                "pull:modules/*",
            ),
        };
        let bearer = store::bearer(&data_dir, scopes).await?;
        // The address works on either listener: it is asked for where that needs no TLS of ours.
        let asked = Atoll::start(options, &data_dir, Listen::Plain, None).await?;
        let path = address_of(&asked, &published.document, &bearer).await?;
        let atoll = match speak {
            Speak::Plain => asked,
            Speak::Tls => {
                asked.running.stop().await?;
                Atoll::start(options, &data_dir, Listen::Tls(&certificate, &key), None).await?
            }
        };
        let nginx = Nginx::start(dir.path(), &certificate, &key).await?;
        nginx.add_file("file.zip", &published.file)?;
        let (atoll_url, nginx_url) = match speak {
            Speak::Plain => (http(atoll.address, &path), http(nginx.plain, "/file.zip")),
            Speak::Tls => (https(atoll.address, &path), https(nginx.tls, "/file.zip")),
        };
        Ok(Self {
            atoll,
            nginx,
            atoll_url,
            nginx_url,
            ca: certificate,
            file: published.file,
            _dir: dir,
        })
    }
}

/// The address of the only zip that an answer names, in a header or in its document.
pub(super) async fn address_of(atoll: &Atoll, document: &str, bearer: &str) -> Result<String> {
    let answer = Connection::open(atoll.address)
        .await?
        .get(document, Some(bearer))
        .await?;
    if let Some(location) = answer.location {
        // What follows is for the client: the digest that it compares.
        let address = location.split_once('?').map(|(address, _)| address);
        return Ok(address.unwrap_or(&location).to_owned());
    }
    archive_url(&answer.body)
        .with_context(|| format!("{document} was answered with {}", answer.status))
}

/// The address of the first archive in a `VERSION.json`.
pub(super) fn archive_url(document: &[u8]) -> Result<String> {
    let document: serde_json::Value = serde_json::from_slice(document).context("no JSON")?;
    let archives = document
        .get("archives")
        .and_then(serde_json::Value::as_object)
        .context("no archives")?;
    let url = archives
        .values()
        .find_map(|archive| archive.get("url")?.as_str())
        .context("no address")?;
    Ok(url.to_owned())
}
