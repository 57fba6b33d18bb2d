//! The servers that are measured, as children on ports of their own.

mod atoll;
mod child;
mod docker_registry;
mod nginx;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::process::{Child, Command};

pub(crate) use atoll::{Atoll, Listen, Mirrored};
pub(crate) use child::{ChildCommand, Upstream};
pub(crate) use docker_registry::DockerRegistry;
pub(crate) use nginx::Nginx;

use crate::http1::Connection;
use crate::process::Tree;

/// How long a server may take until it answers, in seconds.
const START_SECS: u64 = 60;

/// A running server. It ends when this is dropped.
pub(crate) struct Running {
    child: Child,
    pid: u32,
    /// How long it took from the start until it answered.
    pub(crate) ready_after: Duration,
}

impl Running {
    /// Starts a program and waits until a path answers 200 on plain HTTP, or the port takes connections.
    async fn start(
        mut command: Command,
        log: &Path,
        address: SocketAddr,
        ready: Option<&str>,
    ) -> Result<Self> {
        let shown = format!("{:?}", command.as_std());
        let file = std::fs::File::create(log)
            .with_context(|| format!("failed to make {}", log.display()))?;
        command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            // Its workers end with it, see `drop`.
            .process_group(0)
            .kill_on_drop(true);
        let started = Instant::now();
        let mut child = command
            .spawn()
            .with_context(|| format!("failed to start {shown}"))?;
        let pid = child.id().context("the server has ended")?;
        let path = ready.unwrap_or_default();
        while !answers(address, path).await {
            let ended = child.try_wait()?;
            ensure!(
                ended.is_none(),
                "{shown} ended: {}",
                std::fs::read_to_string(log).unwrap_or_default()
            );
            ensure!(
                started.elapsed().as_secs() < START_SECS,
                "{shown} does not answer; its log is {}",
                log.display()
            );
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(Self {
            child,
            pid,
            ready_after: started.elapsed(),
        })
    }

    /// Its processes.
    pub(crate) fn tree(&self) -> Tree {
        Tree(self.pid)
    }

    /// Ends it as an operator would.
    pub(crate) async fn stop(mut self) -> Result<()> {
        if let Some(pid) = Pid::from_raw(self.pid.cast_signed()) {
            kill_process(pid, Signal::TERM)?;
        }
        self.child.wait().await?;
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // None once it was waited for: then the number may be another's.
        let pid = self
            .child
            .id()
            .and_then(|pid| Pid::from_raw(pid.cast_signed()));
        if let Some(pid) = pid {
            // A server that was just ending by itself is no trouble.
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}

async fn answers(address: SocketAddr, path: &str) -> bool {
    let Ok(mut connection) = Connection::open(address).await else {
        return false;
    };
    path.is_empty()
        || connection
            .get(path, None)
            .await
            .is_ok_and(|answer| answer.status == 200)
}

/// A port that nobody listens on.
fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .context("failed to find a free port")?;
    Ok(listener.local_addr()?)
}
