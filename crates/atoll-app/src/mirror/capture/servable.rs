//! The part of a version that can be served now.

use std::sync::Arc;

use atoll_core::repository::RepositoryName;
use atoll_core::version::Version;
use moka::future::Cache;

use crate::mirror::answers::{CapturedVersion, FetchRight};
use crate::mirror::error::MirrorError;
use crate::mirror::host::Host;

/// How many parts are kept in memory for one upstream: whoever caches by identity gets the same one again.
const PARTS_IN_MEMORY_MAX: u64 = 10_000;

/// Versions without the platforms that are not held, each good as long as the version it was made of.
pub(in crate::mirror) struct HeldParts {
    memory: Cache<(RepositoryName, Version), Part>,
}

#[derive(Clone)]
struct Part {
    of: Arc<CapturedVersion>,
    held: Arc<CapturedVersion>,
}

impl Default for HeldParts {
    fn default() -> Self {
        Self {
            memory: Cache::new(PARTS_IN_MEMORY_MAX),
        }
    }
}

impl Host {
    /// The whole version where what it lacks can be fetched for this client; else what is held of it, which must be something.
    pub(super) async fn servable(
        &self,
        repository: RepositoryName,
        captured: Arc<CapturedVersion>,
        what: &str,
        may_fetch: &FetchRight,
    ) -> Result<Arc<CapturedVersion>, MirrorError> {
        let Err(obstacle) = self.check_asking(what, may_fetch) else {
            return Ok(captured);
        };
        let held = captured
            .platforms
            .iter()
            .filter(|platform| platform.held)
            .count();
        if held == 0 {
            return Err(obstacle);
        }
        if held == captured.platforms.len() {
            return Ok(captured);
        }
        let key = (repository, captured.version.clone());
        if let Some(part) = self.held_parts.memory.get(&key).await
            && Arc::ptr_eq(&part.of, &captured)
        {
            return Ok(part.held);
        }
        let mut part = CapturedVersion::clone(&captured);
        part.platforms.retain(|platform| platform.held);
        let held = Arc::new(part);
        self.held_parts
            .memory
            .insert(
                key,
                Part {
                    of: captured,
                    held: Arc::clone(&held),
                },
            )
            .await;
        Ok(held)
    }
}
