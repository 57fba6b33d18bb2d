//! Collecting: what goes, and above all what stays.

mod condemned;
mod counts;
mod references;
mod untagged;

use atoll_core::digest::Digest;
use atoll_core::time_micros::Micros;
use atoll_db::collect;

use crate::harness::{TestDb, after};

/// After all leases of the harness.
const LATER: Micros = after(60);

async fn unreferenced(test: &TestDb) -> Vec<Digest> {
    let mut read = test.db.read().await.unwrap();
    collect::list_unreferenced_blobs(&mut read, LATER, LATER, None, 99)
        .await
        .unwrap()
}
