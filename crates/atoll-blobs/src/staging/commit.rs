//! Gives staged bytes their final name.

use std::fs;
use std::sync::Arc;

use atoll_core::digest::Digest;

use super::{Fate, Lease, Parts, Writer};
use crate::layout::sync_directory;
use crate::local::Local;
use crate::sync::blocking;
use crate::{BlobError, DigestGuard};

/// A blob that is in the store and survives a power cut.
#[derive(Debug)]
pub struct Committed {
    /// How many bytes it has.
    pub size: u64,
    /// The digest's lock. While this is held the collector can't delete the blob, so write what refers to it first.
    /// Two that each hold one lock and want the other's wait for ever: hold one at a time, or lease first and let go.
    pub guard: DigestGuard,
}

/// Verifies and publishes what the writer took. `then` sees the outcome where it happens, even when nobody waits any more.
///
/// # Cancellation
///
/// Until the writer is idle and the digest is locked nothing happens; the writer is as it was. From then on the
/// commit finishes on its own.
pub(crate) async fn commit(
    local: &Arc<Local>,
    writer: &mut Writer,
    lease: &mut Option<Lease>,
    expected: &Digest,
    then: impl FnOnce(Result<u64, BlobError>) -> Result<u64, BlobError> + Send + 'static,
) -> Result<Committed, BlobError> {
    writer.settle().await?;
    let guard = local.locks.lock(expected).await;
    let (parts, lease) = (writer.take_parts()?, lease.take());
    let local = Arc::clone(local);
    blocking("commit a blob", move || {
        let size = then(publish(&local, parts, guard.digest()))?;
        // The upload is busy until its file is gone or renamed.
        drop(lease);
        Ok(Committed { size, guard })
    })
    .await
}

/// On failure the staged file goes.
fn publish(local: &Local, parts: Parts, expected: &Digest) -> Result<u64, BlobError> {
    let Parts {
        mut file,
        digest,
        rest,
    } = parts;
    file.set_fate(Fate::Remove);
    let written = file.written();
    let actual = digest.finish(&rest, written, expected.algorithm())?;
    if actual != *expected {
        return Err(BlobError::DigestMismatch {
            expected: expected.clone(),
            actual,
        });
    }
    let size = written + rest.iter().map(|piece| piece.len() as u64).sum::<u64>();
    let directory = local.layout.settle_fan_out(expected)?;
    let path = local.layout.blob(expected);
    // Whatever is there already is replaced: these bytes were verified just now, and those may have decayed. Who has the old
    // file open reads on in it.
    file.write(&rest)?;
    file.sync()?;
    fs::rename(file.path(), &path).map_err(|source| BlobError::io("rename to", &path, source))?;
    file.set_fate(Fate::Keep);
    local.handles.forget(expected);
    sync_directory(&directory).inspect_err(|_| local.layout.unsettle(&directory))?;
    Ok(size)
}
