//! Opening a lazy blob: joining its fill, or starting it.

use std::sync::Arc;

use atoll_blobs::{Blob, FillReader, FillRole};
use atoll_core::digest::Digest;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::lead::Lead;
use super::locator::Locator;
use super::room::Room;
use crate::mirror::answers::FetchRight;
use crate::mirror::error::MirrorError;
use crate::mirror::host::Host;
use crate::mirror::words::Chain;
use crate::registry::BlobSource;

/// What a client reads from. A cheap clone, for everybody who waits for one beginning.
#[derive(Clone)]
pub(in crate::mirror) enum Opened {
    /// The store.
    Held(Blob),
    /// The fill.
    Filling {
        /// Follows it.
        reader: FillReader,
        /// How many bytes there will be.
        size: u64,
    },
}

impl From<Opened> for BlobSource {
    fn from(opened: Opened) -> Self {
        match opened {
            Opened::Held(blob) => Self::Held(blob),
            Opened::Filling { reader, size } => Self::Filling { reader, size },
        }
    }
}

impl Host {
    /// Refuses a fill that may not start for this client, or not now.
    pub(in crate::mirror) fn check_fill(
        &self,
        locator: &Locator,
        may_fetch: &FetchRight,
    ) -> Result<(), MirrorError> {
        self.check_version(&locator.provider, &locator.version)?;
        let what = locator.name();
        // The bytes often come from another host, which may well answer while the registry does not.
        let is_elsewhere = locator.url.host() != self.source.upstream().url().host();
        match self.switched_off(may_fetch) {
            Some(why) => Err(MirrorError::Offline { what, why }),
            None if is_elsewhere => self.check_right(&what, may_fetch),
            None => self.check_asking(&what, may_fetch),
        }
    }

    /// Joins the fill of a blob or leads it, and waits until there is something to answer a client with.
    ///
    /// # Cancellation
    ///
    /// A fill that has started goes on.
    pub(in crate::mirror) async fn open(
        self: &Arc<Self>,
        digest: &Digest,
        size: u64,
        locator: Locator,
    ) -> Result<Opened, MirrorError> {
        let (writer, reader) = match self
            .store
            .blobs
            .join_or_start_fill(digest, Some(size))
            .await?
        {
            FillRole::Follower(reader) => return Ok(Opened::Filling { reader, size }),
            FillRole::Held(blob) => {
                // The bytes came, and the server stopped before it could note it.
                self.note_filled(digest).await?;
                self.start_hashing(digest);
                return Ok(Opened::Held(blob));
            }
            FillRole::Leader(writer, reader) => (writer, reader),
        };
        let (permit, room) = match self.permit_fill(&locator, size).await {
            Ok(permitted) => permitted,
            Err(error) => {
                writer.abort(error.to_string());
                return Err(error);
            }
        };
        let (begun, has_begun) = oneshot::channel();
        let lead = Lead::new(Arc::clone(self), locator, size, begun, room);
        self.store.tasks.start(async move {
            lead.run(writer).await;
            drop(permit);
        });
        let how = has_begun.await.map_err(|_| MirrorError::Fill {
            digest: digest.clone(),
            why: "its task ended".into(),
        });
        how?.map(|()| Opened::Filling { reader, size })
    }

    async fn permit_fill(
        &self,
        locator: &Locator,
        size: u64,
    ) -> Result<(OwnedSemaphorePermit, Room), MirrorError> {
        let room = self.take_room(&locator.name(), size).await?;
        Ok((self.limits.begin_fill()?, room))
    }

    fn start_hashing(self: &Arc<Self>, digest: &Digest) {
        let (this, digest) = (Arc::clone(self), digest.clone());
        self.store.tasks.start(async move {
            if let Err(error) = this.store.compute_h1(&digest).await {
                tracing::warn!(error = %Chain(&error), "failed to hash the contents of {digest}");
            }
        });
    }
}
