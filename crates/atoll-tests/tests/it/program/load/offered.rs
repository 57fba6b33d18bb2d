//! What the upstream has.

use atoll_testkit::registry::FakeRegistry;
use atoll_testkit::zips;
use bytes::Bytes;

use crate::program::world::{CORAL, LINUX};

/// The mirrored host.
pub(crate) const HOST: &str = "tf.example";

/// The size of its packages, in bytes.
const PACKAGE_BYTES: usize = 200_000;

/// How many versions of the mirrored provider there are for each round.
pub(super) const PACKAGES: u64 = 8;

pub(super) fn mirrored_version(round: u64, number: u64) -> String {
    format!("1.{round}.{number}")
}

pub(super) fn mirror_path(version: &str) -> String {
    format!("/mirror/{HOST}/{CORAL}/{version}.json")
}

pub(super) fn package(version: &str) -> Bytes {
    zips::large_provider("coral", version, LINUX, PACKAGE_BYTES)
}

/// Offers what the clients of a round fetch.
pub(crate) fn offer(upstream: &FakeRegistry, round: u64) {
    for number in 0..PACKAGES {
        let version = mirrored_version(round, number);
        drop(
            upstream
                .provider(CORAL)
                .version(&version)
                .package(LINUX, package(&version)),
        );
    }
}

/// A configuration that mirrors this upstream. Lists are never kept: each round fetches what was not offered in the one before.
pub(crate) fn mirroring(upstream: &FakeRegistry) -> String {
    format!(
        "server {{\n  min_free = 0\n}}\nupstream \"terraform\" \"{HOST}\" {{\n  url = \"{}\"\n  anonymous = \"fetch\"\n  \
        retrieval_cache_period_seconds = 0\n  missed_cache_period_seconds = 0\n}}\n",
        upstream.url()
    )
}
