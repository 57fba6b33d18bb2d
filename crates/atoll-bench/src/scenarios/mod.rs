//! What is measured.

pub(crate) mod growth;
pub(crate) mod ingest;
pub(crate) mod lists;
pub(crate) mod miss;
pub(crate) mod modules;
pub(crate) mod oci;
mod push;
pub(crate) mod slow_readers;
pub(crate) mod syncs;
pub(crate) mod zip;

mod zip_pair;

use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::cli::Options;

/// The directory for a scenario's stores and logs.
fn dir(options: &Options) -> Result<&Path> {
    options.dir.as_deref().context("no directory to work in")
}

/// A directory that goes when the scenario ends.
fn own_dir(options: &Options) -> Result<tempfile::TempDir> {
    tempfile::tempdir_in(dir(options)?).context("failed to make a directory")
}

fn http(address: SocketAddr, path: &str) -> String {
    format!("http://{address}{path}")
}

fn https(address: SocketAddr, path: &str) -> String {
    format!("https://localhost:{}{path}", address.port())
}
