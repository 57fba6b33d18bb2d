//! What runs of git need, from the server and from an upstream.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::{AcquireError, Semaphore, SemaphorePermit};

use crate::UpstreamSettings;

/// Repositories read at the same time, by all upstreams together. Each takes a process or three, and disk.
const GIT_RUNS_MAX: usize = 4;
/// Of these, for one upstream: the slow servers that one points to leave room for the others.
const GIT_RUNS_PER_UPSTREAM_MAX: usize = 3;

/// What all runs share.
#[derive(Clone)]
pub(crate) struct GitRuns {
    permits: Arc<Semaphore>,
    pub(super) scratch_dir: Option<Arc<Path>>,
    pub(super) program_path: Arc<str>,
}

impl GitRuns {
    pub(crate) fn new(scratch_dir: Option<PathBuf>, program_path: String) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(GIT_RUNS_MAX)),
            scratch_dir: scratch_dir.map(Into::into),
            program_path: program_path.into(),
        }
    }

    /// Whether there is such a program.
    pub(super) fn has_program(&self, name: &str) -> bool {
        let mut dirs = self.program_path.split(':').map(Path::new);
        dirs.any(|dir| dir.is_absolute() && dir.join(name).is_file())
    }
}

/// What the runs for one upstream have.
#[derive(Clone)]
pub(crate) struct GitSettings {
    pub(super) runs: GitRuns,
    permits: Arc<Semaphore>,
    pub(super) ca_pem: Option<Arc<[u8]>>,
    pub(super) ssh_key_file: Option<Arc<Path>>,
    pub(super) ssh_known_hosts_file: Option<Arc<Path>>,
}

impl GitSettings {
    pub(crate) fn new(settings: &UpstreamSettings, runs: GitRuns) -> Self {
        Self {
            runs,
            permits: Arc::new(Semaphore::new(GIT_RUNS_PER_UPSTREAM_MAX)),
            ca_pem: settings.ca_pem.as_deref().map(Into::into),
            ssh_key_file: settings.ssh_key_file.as_deref().map(Into::into),
            ssh_known_hosts_file: settings.ssh_known_hosts_file.as_deref().map(Into::into),
        }
    }

    /// Waits for a turn: of the upstream's, then of everybody's, so that who waits for its own upstream keeps nobody else out.
    pub(super) async fn turn(&self) -> Result<Turn<'_>, AcquireError> {
        let of_upstream = self.permits.acquire().await?;
        let of_all = self.runs.permits.acquire().await?;
        Ok(Turn {
            _of_all: of_all,
            _of_upstream: of_upstream,
        })
    }
}

/// The right to run git, until it is dropped.
pub(super) struct Turn<'a> {
    _of_all: SemaphorePermit<'a>,
    _of_upstream: SemaphorePermit<'a>,
}

impl fmt::Debug for GitSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("GitSettings")
            .finish_non_exhaustive()
    }
}
