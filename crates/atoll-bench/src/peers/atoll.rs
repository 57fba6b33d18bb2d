//! Atoll as its users run it.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context as _, Result};
use tokio::process::Command;

use super::{Running, free_address};
use crate::cli::Options;

/// How it listens.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Listen<'a> {
    /// Plain HTTP.
    Plain,
    /// TLS with this certificate and key.
    Tls(&'a Path, &'a Path),
}

/// A host that it mirrors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mirrored<'a> {
    pub(crate) hostname: &'a str,
    pub(crate) url: &'a str,
}

/// A running Atoll.
pub(crate) struct Atoll {
    pub(crate) running: Running,
    pub(crate) address: SocketAddr,
}

impl Atoll {
    /// Starts it on a data directory.
    pub(crate) async fn start(
        options: &Options,
        data_dir: &Path,
        listen: Listen<'_>,
        mirrored: Option<Mirrored<'_>>,
    ) -> Result<Self> {
        std::fs::create_dir_all(data_dir)
            .with_context(|| format!("failed to make {}", data_dir.display()))?;
        let address = free_address()?;
        let file = data_dir.join("atoll.hcl");
        std::fs::write(
            &file,
            configuration(data_dir, address, free_address()?, listen, mirrored),
        )?;
        let mut command = Command::new(&options.atoll);
        command.arg("serve").arg("--config").arg(&file);
        let ready = matches!(listen, Listen::Plain).then_some("/readyz");
        let running = Running::start(command, &data_dir.join("atoll.log"), address, ready).await?;
        Ok(Self { running, address })
    }
}

fn configuration(
    data_dir: &Path,
    address: SocketAddr,
    metrics: SocketAddr,
    listen: Listen<'_>,
    mirrored: Option<Mirrored<'_>>,
) -> String {
    let quoted = |path: &Path| format!("{:?}", path.display().to_string());
    let tls = match listen {
        Listen::Plain => "enabled = false".to_owned(),
        Listen::Tls(certificate, key) => format!(
            "cert_file = {}\n    key_file = {}",
            quoted(certificate),
            quoted(key)
        ),
    };
    let upstream = mirrored.map_or_else(String::new, |Mirrored { hostname, url }| {
        format!("upstream \"terraform\" \"{hostname}\" {{\n  url = \"{url}\"\n  anonymous = \"fetch\"\n}}\n")
    });
    let data_dir = quoted(data_dir);
    format!(
        "data_dir = {data_dir}\nmetrics {{ listen = \"{metrics}\" }}\nserver {{\n  listen = \"{address}\"\n  tls {{\n    {tls}\n  }}\n}}\n{upstream}"
    )
}
