//! Looking whether upstream still gives what was captured.

use std::sync::Arc;

use atoll_core::address::ModuleAddr;
use atoll_core::version::Version;
use serde::Serialize;

use crate::mirror::error::MirrorError;
use crate::mirror::host::Host;
use crate::mirror::words::module_version_name;

/// A version whose commit is another one upstream than when it was captured. What was captured stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// The version.
    pub what: String,
    /// The commit that was captured.
    pub was: String,
    /// The commit that upstream's reference names now.
    pub now: String,
}

impl Host {
    /// Whether the reference behind a version that was captured from a repository names another commit by now.
    pub(in crate::mirror) async fn recheck_module(
        self: &Arc<Self>,
        module: &ModuleAddr,
        version: &Version,
    ) -> Result<Option<Moved>, MirrorError> {
        let Some(stored) = self.find_module(module, version).await? else {
            return Ok(None);
        };
        let Some(was) = stored.commit else {
            return Ok(None);
        };
        let fetched = self.fetch_module(module, version).await?;
        let Some(now) = fetched.commit.filter(|now| *now != was) else {
            return Ok(None);
        };
        let what = module_version_name(module, version);
        tracing::warn!(
            module.address = %module,
            module.version = %version,
            commit.captured = was,
            commit.upstream = now,
            "{what} was captured at commit {was}, and upstream has it at {now} now: what was captured stays"
        );
        let what = what.into();
        Ok(Some(Moved { what, was, now }))
    }
}
