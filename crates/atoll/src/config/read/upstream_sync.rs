//! The block `sync` of an upstream.

use atoll_app::upstreams::SyncPolicy;
use atoll_core::platform::Platform;
use atoll_core::schedule::DailyTime;

use super::super::syntax::{Block, Schema};
use super::upstream_patterns::selection;

const SYNC: Schema = Schema {
    title: "`sync`",
    keys: &["select", "platforms", "schedule"],
    blocks: &[],
    later: &[],
};

/// What is fetched ahead. A block that says nothing is as good as none.
pub(super) fn sync(upstream: &Block<'_, '_>) -> Option<SyncPolicy> {
    let block = upstream.block("sync", &SYNC)?;
    let sync = SyncPolicy {
        select: block.list("select", selection).unwrap_or_default(),
        platforms: block
            .list("platforms", str::parse::<Platform>)
            .unwrap_or_default(),
        schedule: block.text("schedule", str::parse::<DailyTime>),
    };
    let says_something =
        !sync.select.is_empty() || !sync.platforms.is_empty() || sync.schedule.is_some();
    says_something.then_some(sync)
}
