//! What runs of git need, from the server and from an upstream.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::UpstreamSettings;

/// Repositories read at the same time, by all upstreams together. Each takes a process or three, and disk.
const GIT_RUNS_MAX: usize = 4;

/// What all runs share.
#[derive(Clone)]
pub(crate) struct GitRuns {
    pub(super) permits: Arc<Semaphore>,
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
    pub(super) ca_pem: Option<Arc<[u8]>>,
    pub(super) ssh_key_file: Option<Arc<Path>>,
    pub(super) ssh_known_hosts_file: Option<Arc<Path>>,
}

impl GitSettings {
    pub(crate) fn new(settings: &UpstreamSettings, runs: GitRuns) -> Self {
        Self {
            runs,
            ca_pem: settings.ca_pem.as_deref().map(Into::into),
            ssh_key_file: settings.ssh_key_file.as_deref().map(Into::into),
            ssh_known_hosts_file: settings.ssh_known_hosts_file.as_deref().map(Into::into),
        }
    }
}

impl fmt::Debug for GitSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("GitSettings")
            .finish_non_exhaustive()
    }
}
