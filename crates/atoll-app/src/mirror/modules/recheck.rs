//! Looking whether upstream still gives what was captured.

use std::sync::Arc;

use atoll_core::address::ModuleAddr;
use atoll_core::getter::Source;
use atoll_core::version::Version;
use atoll_upstream::source::{Located, SourceLimits};
use serde::Serialize;

use super::capture::FETCH_TIMEOUT;

use crate::mirror::error::MirrorError;
use crate::mirror::host::Host;
use crate::mirror::words::module_version_name;

/// What the names that a repository lists may take, in bytes: a hundred thousand of them take some ten million.
const NAMES_BYTES_MAX: u64 = 64 << 20;

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
        let what = module_version_name(module, version);
        let located = self.locate_module(module, version).await?;
        let Some(now) = self.commit_now(&what, &located, &was).await? else {
            return Ok(None);
        };
        if now == was {
            return Ok(None);
        }
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

    /// The commit that an address leads to now; `None` where it leads to no repository any more. The repository is fetched only
    /// where its names don't tell.
    async fn commit_now(
        &self,
        what: &str,
        located: &Located,
        was: &str,
    ) -> Result<Option<String>, MirrorError> {
        let Located { address, upstream } = located;
        let Source::Git(git) = &address.source else {
            return Ok(None);
        };
        let _permit = self.modules.begin_git_fetch().await;
        let limits = SourceLimits {
            bytes_max: NAMES_BYTES_MAX,
            timeout: FETCH_TIMEOUT,
        };
        let listed = upstream.source_commit(address, limits).await;
        let listed = listed.map_err(|error| MirrorError::source(what, error))?;
        if listed.is_some() {
            return Ok(listed);
        }
        let reference = git.reference.as_ref().map_or("", |named| named.as_str());
        // A commit's own name never leads to another one.
        if was.starts_with(&reference.to_ascii_lowercase()) {
            return Ok(Some(was.to_owned()));
        }
        self.check_room(what).await?;
        let (_, fetched) = self.fetch_archive(what, located).await?;
        Ok(fetched.commit)
    }
}
