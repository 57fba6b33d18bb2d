//! Debian's docker-registry, the reference implementation of the distribution protocol.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context as _, Result};
use tokio::process::Command;

use super::{Running, free_address};

/// A running registry.
pub(crate) struct DockerRegistry {
    pub(crate) running: Running,
    pub(crate) address: SocketAddr,
}

impl DockerRegistry {
    /// Starts it in a directory: files on disk, descriptors cached in memory as in Debian's own configuration, no tokens,
    /// and no log below warnings.
    pub(crate) async fn start(dir: &Path) -> Result<Self> {
        let dir = dir.join("docker-registry");
        std::fs::create_dir_all(&dir)
            .with_context(|| format!("failed to make {}", dir.display()))?;
        let address = free_address()?;
        let file = dir.join("config.yml");
        let data = dir.join("data");
        let text = format!(
            "version: 0.1
log: {{level: warn}}
storage:
  cache: {{blobdescriptor: inmemory}}
  filesystem: {{rootdirectory: {}}}
  delete: {{enabled: true}}
http: {{addr: \"{address}\"}}
",
            data.display()
        );
        std::fs::write(&file, text)?;
        let mut command = Command::new("docker-registry");
        command.arg("serve").arg(&file);
        let running = Running::start(command, &dir.join("log"), address, Some("/v2/")).await?;
        Ok(Self { running, address })
    }
}
