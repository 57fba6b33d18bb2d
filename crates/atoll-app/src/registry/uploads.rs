//! Blobs on their way in.

use std::time::Duration;

use atoll_blobs::Upload;
use atoll_core::digest::{Algorithm, Digest};
use atoll_core::permission::{Action, Principal, Visibility, may};
use atoll_core::repository::RepositoryName;
use atoll_db::repositories::{self, RepositoryId};
use atoll_db::{Tx, blobs};
use futures_util::TryStreamExt as _;

use super::Registry;
use super::errors::UploadError;
use super::received::Received;
use super::session::Session;
use crate::failure::Failure;

/// How long a pushed blob waits for a manifest that names it before it may be collected, in seconds.
pub(crate) const UNREFERENCED_LEASE_SECS: i64 = 24 * 60 * 60;

/// How long a request waits for another one on the same upload.
const BUSY_WAIT: Duration = Duration::from_secs(1);

impl Registry {
    /// Opens an upload session.
    pub fn open_upload(
        &self,
        principal: &Principal,
        repository: &RepositoryName,
        algorithm: Algorithm,
    ) -> Session {
        let session = Session::open(principal, repository.clone(), algorithm);
        self.sessions.open(session.id);
        session
    }

    /// How many bytes of an upload have arrived.
    pub async fn upload_length(&self, session: &Session) -> Result<u64, UploadError> {
        Ok(self.resume(session).await?.pause().await?)
    }

    /// Adds a chunk or a stream to an upload; returns how many bytes it has now.
    ///
    /// # Cancellation
    ///
    /// Bytes that arrived before the client hung up are kept, and the client may go on from there.
    pub async fn append(&self, session: &Session, chunk: Received) -> Result<u64, UploadError> {
        let mut upload = self.resume(session).await?;
        if let Err(error) = receive(&mut upload, chunk).await {
            return Err(left_off(upload, error).await);
        }
        Ok(upload.pause().await?)
    }

    /// Adds the last bytes and stores the blob, if it is the one that the digest names.
    ///
    /// # Cancellation
    ///
    /// Once the last byte has arrived the work goes on without the client.
    pub async fn finish_upload(
        &self,
        session: &Session,
        last: Received,
        expected: &Digest,
    ) -> Result<(), UploadError> {
        let mut upload = self.resume(session).await?;
        if let Err(error) = receive(&mut upload, last).await {
            return Err(left_off(upload, error).await);
        }
        self.sessions.close(session.id);
        self.commit(upload, session.repository.clone(), expected.clone())
            .await
    }

    /// Stores a blob that comes in one request.
    pub async fn push_blob(
        &self,
        principal: &Principal,
        repository: &RepositoryName,
        expected: &Digest,
        body: Received,
    ) -> Result<(), UploadError> {
        let session = self.open_upload(principal, repository, expected.algorithm());
        self.finish_upload(&session, body, expected).await
    }

    /// Gives an upload up.
    pub async fn cancel_upload(&self, session: &Session) -> Result<(), UploadError> {
        let upload = self.resume(session).await?;
        self.sessions.close(session.id);
        Ok(upload.cancel().await?)
    }

    /// Some repositories that hold a blob.
    pub(crate) async fn holders(&self, digest: &Digest) -> Result<Vec<RepositoryName>, Failure> {
        let mut read = self.db.read().await?;
        let holders = blobs::repositories_holding(&mut read, digest, MOUNT_CANDIDATES_MAX);
        Ok(holders.await?)
    }

    /// Links a blob that another repository holds; `false` where the caller may not read that, or it holds no such thing.
    pub async fn mount(
        &self,
        principal: &Principal,
        repository: &RepositoryName,
        digest: &Digest,
        from: &RepositoryName,
    ) -> Result<bool, Failure> {
        let visibility = self.visibility(from).await?;
        Ok(may(principal, Action::Pull, from, visibility).is_allowed()
            && self.link_from(from, repository, digest).await?)
    }

    async fn link_from(
        &self,
        from: &RepositoryName,
        to: &RepositoryName,
        digest: &Digest,
    ) -> Result<bool, Failure> {
        let Some(source) = self.db.find_repository(from).await? else {
            return Ok(false);
        };
        let (source, visibility) = (source.id, self.visibility_when_new(to));
        self.db
            .transact("blob.mount", |tx| {
                Box::pin(link_from(tx, source, to, visibility, digest))
            })
            .await
    }

    /// Takes an upload up again: one that was opened here not long ago, or of which bytes are staged. Waits a moment for another
    /// request on it, which may only ask how many bytes there are.
    async fn resume(&self, session: &Session) -> Result<Upload, UploadError> {
        let (id, algorithm) = (session.id, session.algorithm);
        let upload = self.blobs.resume_upload(id, algorithm, BUSY_WAIT).await?;
        if upload.is_empty() && !self.sessions.is_open(id) {
            upload.cancel().await?;
            return Err(UploadError::Unknown);
        }
        Ok(upload)
    }

    /// Gives the staged bytes their name, then their row: bytes first, so that no row promises what is not there.
    async fn commit(
        &self,
        upload: Upload,
        repository: RepositoryName,
        expected: Digest,
    ) -> Result<(), UploadError> {
        let this = self.clone();
        let work = async move {
            // The digest's lock is held until the row is there, so that the collector can't come between.
            let committed = upload.finish(&expected).await?;
            let now = crate::now();
            let lease = now.plus_secs(UNREFERENCED_LEASE_SECS);
            let visibility = this.visibility_when_new(&repository);
            let (name, digest, size) = (&repository, &expected, committed.size);
            let stored = this.db.transact("blob.push", |tx| {
                Box::pin(async move {
                    let row = repositories::get_or_create(tx, name, visibility, now).await?;
                    blobs::insert_held(tx, digest, size, lease, now).await?;
                    blobs::link(tx, row.id, digest, now).await.map(drop)
                })
            });
            stored.await.map_err(UploadError::from)
        };
        self.tasks
            .run_to_completion("upload.commit", work)
            .await
            .map_err(Failure::from)?
    }
}

/// Links a blob of one repository to another, if it is there.
async fn link_from(
    tx: &mut Tx,
    from: RepositoryId,
    to: &RepositoryName,
    visibility: Visibility,
    digest: &Digest,
) -> Result<bool, Failure> {
    let held = blobs::find_in_repository(tx, from, digest)
        .await?
        .is_some_and(|blob| blob.is_held());
    if !held {
        return Ok(false);
    }
    let now = crate::now();
    let target = repositories::get_or_create(tx, to, visibility, now).await?;
    blobs::link(tx, target.id, digest, now).await?;
    blobs::renew_lease(tx, digest, now.plus_secs(UNREFERENCED_LEASE_SECS)).await?;
    Ok(true)
}

/// Leaves an upload that failed: what arrived before counts, and the client may go on from there.
async fn left_off(upload: Upload, error: UploadError) -> UploadError {
    // What can't be kept either, as on a full disk, is gone; why is what the client has to hear.
    let _ = upload.pause().await;
    error
}

/// How many repositories are tried for a mount that names none.
const MOUNT_CANDIDATES_MAX: usize = 100;

/// Copies a body into an upload, at the place where it says that it belongs.
async fn receive(upload: &mut Upload, mut body: Received) -> Result<(), UploadError> {
    let before = upload.len();
    if let Some(range) = body.range {
        if range.start != before {
            return Err(UploadError::OutOfOrder {
                claimed: range.start,
                received: before,
            });
        }
        if let Some(actual) = body.length.filter(|length| *length != range.length) {
            return Err(UploadError::ChunkLength {
                claimed: range.length,
                actual,
            });
        }
    }
    while let Some(chunk) = body.stream.try_next().await? {
        upload.append(chunk).await?;
    }
    let actual = upload.len() - before;
    match body.range {
        Some(range) if range.length != actual => {
            upload.truncate(before).await?;
            Err(UploadError::ChunkLength {
                claimed: range.length,
                actual,
            })
        }
        _ => Ok(()),
    }
}
