//! Bytes into the blob store and out of it.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that can't be set up must panic"
)]

use atoll_blobs::Blobs;
use atoll_core::digest::{Algorithm, Digest};
use bytes::Bytes;
use divan::Bencher;
use divan::counter::BytesCount;
use futures_util::StreamExt as _;
use tempfile::TempDir;
use tokio::runtime::Runtime;

fn main() {
    divan::main();
}

struct Store {
    runtime: Runtime,
    blobs: Blobs,
    _dir: TempDir,
}

fn store() -> Store {
    let runtime = Runtime::new().unwrap();
    let dir = TempDir::new().unwrap();
    let blobs = runtime.block_on(Blobs::open_local(dir.path())).unwrap();
    Store {
        runtime,
        blobs,
        _dir: dir,
    }
}

/// From the page cache, in the chunks that responses are made of.
#[divan::bench(args = [82, 1 << 20, 64 << 20])]
fn read(bencher: Bencher, size: usize) {
    let store = store();
    let bytes = Bytes::from(atoll_testkit::zips::noise(size));
    let digest = Digest::sha256(&bytes);
    store
        .runtime
        .block_on(store.blobs.put(&digest, bytes))
        .unwrap();
    bencher.counter(BytesCount::new(size)).bench_local(|| {
        store.runtime.block_on(async {
            let blob = store.blobs.open(&digest).await.unwrap();
            let mut stream = blob.stream(0..blob.size());
            let mut total = 0;
            while let Some(chunk) = stream.next().await {
                total += chunk.unwrap().len();
            }
            total
        })
    });
}

/// Hashed and written, and thrown away before anything is synced.
#[divan::bench(args = [1 << 20, 64 << 20])]
fn write(bencher: Bencher, size: usize) {
    const PIECE_BYTES: usize = 64 * 1024;
    let store = store();
    let bytes = Bytes::from(atoll_testkit::zips::noise(size));
    bencher.counter(BytesCount::new(size)).bench_local(|| {
        store.runtime.block_on(async {
            let mut upload = store.blobs.stage(Algorithm::Sha256).unwrap();
            for at in (0..size).step_by(PIECE_BYTES) {
                upload
                    .append(bytes.slice(at..size.min(at + PIECE_BYTES)))
                    .await
                    .unwrap();
            }
            upload.cancel().await.unwrap();
        });
    });
}
