//! Leading a fill: fetching the bytes, whoever reads along, and whether or not anybody still does.

use std::sync::Arc;

use atoll_blobs::{FillWriter, WITHHELD_BYTES};
use atoll_core::digest::Digest;
use atoll_db::blobs;
use atoll_upstream::FetchError;
use bytes::Bytes;
use metrics::counter;
use tokio::sync::oneshot;
use url::Url;

use super::fetching::{Fetching, is_address_stale};
use super::locator::Locator;
use super::room::Room;
use crate::failure::Failure;
use crate::mirror::error::MirrorError;
use crate::mirror::host::Host;
use crate::mirror::source::Source;
use crate::mirror::words::Chain;

/// How often upstream is asked for another address during one fill.
const NEW_ADDRESSES_MAX: u32 = 3;

/// Told once, when there is something to answer a client with.
type Begun = oneshot::Sender<Result<(), MirrorError>>;

/// One fill under way.
pub(super) struct Lead {
    host: Arc<Host>,
    locator: Locator,
    fetching: Fetching,
    new_addresses: u32,
    begun: Option<Begun>,
    /// Until the bytes count as held.
    room: Option<Room>,
}

impl Lead {
    /// Prepares to fetch what a locator leads to.
    pub(super) fn new(
        host: Arc<Host>,
        locator: Locator,
        size: u64,
        begun: Begun,
        room: Room,
    ) -> Self {
        let fetching = Fetching::new(
            host.source.upstream().clone(),
            locator.url.clone(),
            Some(size),
        );
        Self {
            host,
            locator,
            fetching,
            new_addresses: 0,
            begun: Some(begun),
            room: Some(room),
        }
    }

    /// Fetches, verifies and keeps the bytes. Readers learn from the writer how it went, the first client from `begun`.
    pub(super) async fn run(mut self, writer: FillWriter) {
        let digest = writer.digest().clone();
        match self.fill(writer).await {
            Ok(()) => {
                self.begin(Ok(()));
                if let Err(error) = self.host.store.compute_h1(&digest).await {
                    tracing::warn!(error = %Chain(&error), "failed to hash the contents of {digest}");
                }
            }
            Err(error) => {
                tracing::warn!(
                    blob.digest = %digest,
                    error = %Chain(&error),
                    "failed to fetch {}",
                    self.locator.name()
                );
                self.begin(Err(error));
            }
        }
    }

    async fn fill(&mut self, mut writer: FillWriter) -> Result<(), MirrorError> {
        // What is withheld to the end can still be answered with an error.
        let answers_early = writer.size().is_some_and(|size| size > WITHHELD_BYTES);
        loop {
            let bytes = match self.next(writer.digest()).await {
                Ok(Some(bytes)) => bytes,
                Ok(None) => break,
                Err(error) => {
                    writer.abort(Chain(&error).to_string());
                    return Err(error);
                }
            };
            counter!("atoll_fill_bytes_total", "upstream" => self.host.label().to_owned())
                .increment(bytes.len() as u64);
            writer.write(bytes).await?;
            if answers_early {
                self.begin(Ok(()));
            }
        }
        let digest = writer.digest().clone();
        let committed = writer.finish().await?;
        self.host.note_filled(&digest).await?;
        self.room = None;
        // Until here nobody could collect it.
        drop(committed.guard);
        tracing::info!(
            blob.digest = %digest,
            size_bytes = committed.size,
            "fetched {}",
            self.locator.name()
        );
        Ok(())
    }

    /// The next bytes, from another address where this one has gone bad.
    async fn next(&mut self, expected: &Digest) -> Result<Option<Bytes>, MirrorError> {
        loop {
            match self.fetching.next().await {
                Ok(bytes) => return Ok(bytes),
                Err(error)
                    if is_address_stale(&error) && self.new_addresses < NEW_ADDRESSES_MAX =>
                {
                    self.new_addresses += 1;
                    let url = self
                        .host
                        .find_address(&self.locator, expected, error)
                        .await?;
                    self.fetching.move_to(url);
                }
                Err(error) => return Err(MirrorError::upstream(&self.locator.name(), error)),
            }
        }
    }

    fn begin(&mut self, how: Result<(), MirrorError>) {
        if let Some(begun) = self.begun.take() {
            // Nobody waits any more.
            let _ = begun.send(how);
        }
    }
}

impl Host {
    /// Notes that a lazy blob's bytes are here.
    pub(super) async fn note_filled(&self, digest: &Digest) -> Result<(), Failure> {
        let noted = self.store.db.transact("mirror.filled", |tx| {
            Box::pin(async move { blobs::mark_held(tx, digest).await })
        });
        noted.await?;
        Ok(())
    }

    /// Asks upstream where a package is now; the bytes must be the ones that were captured.
    async fn find_address(
        &self,
        locator: &Locator,
        expected: &Digest,
        gone: FetchError,
    ) -> Result<Url, MirrorError> {
        let Locator {
            provider,
            version,
            platform,
            ..
        } = locator;
        let what = locator.name();
        tracing::debug!(error = %gone, "asking where {what} is now");
        let (url, actual) = match &self.source {
            Source::Registry(registry) => {
                let doc = self.noted(&what, registry.package(provider, version, platform).await)?;
                (doc.download_url, Some(doc.digest))
            }
            Source::NetworkMirror(mirror) => {
                let archives = self.noted(&what, mirror.archives(provider, version).await)?;
                let mut archives = archives.archives;
                let archive = archives
                    .remove(platform)
                    .ok_or_else(|| MirrorError::upstream(&what, gone))?;
                let hashes = archive.hashes.iter();
                let digest = hashes
                    .filter_map(|hash| hash.strip_prefix("zh:"))
                    .find_map(|hex| format!("sha256:{hex}").parse().ok());
                (archive.url, digest)
            }
        };
        match actual {
            Some(actual) if actual != *expected => Err(MirrorError::DigestConflict {
                what,
                captured: expected.clone(),
                actual,
            }),
            _ => Ok(url),
        }
    }
}
