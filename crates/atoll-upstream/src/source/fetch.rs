//! One call for every kind of source.

use std::time::Duration;

use atoll_core::getter::{ArchiveFormat, GetterAddress, Source};
use tokio::fs::File;
use tokio::time::timeout;

use super::sink::Sink;
use super::{SourceError, archive, gcs, git, oci, s3};
use crate::Upstream;

/// How much a package may cost.
#[derive(Clone, Copy, Debug)]
pub struct SourceLimits {
    /// The size of the archive, and what a git repository may send.
    pub bytes_max: u64,
    /// For everything, from the first look-up to the last byte in the file.
    pub timeout: Duration,
}

/// A package that was fetched: its file holds an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedSource {
    /// What the address says the archive is; where it says nothing, the content decides.
    pub format: Option<ArchiveFormat>,
    /// Where it came from, in words that may be shown.
    pub origin: String,
    /// The commit that it is the tree of.
    pub commit: Option<String>,
    /// How many bytes the file has.
    pub size_bytes: u64,
}

impl Upstream {
    /// Fetches a package into a file, which it empties first. A package of git comes as a tar of the commit's tree, and an address
    /// on a web server that names no archive is taken for one: where it may lead to another, [`Upstream::locate_source`] comes first.
    ///
    /// Where the file holds less than everything, the call fails; what it holds then is to be thrown away.
    ///
    /// # Cancellation
    ///
    /// Dropping it closes connections and kills programs; the file holds something unfinished.
    pub async fn fetch_source(
        &self,
        address: &GetterAddress,
        into: &mut File,
        limits: SourceLimits,
    ) -> Result<FetchedSource, SourceError> {
        let origin = address.to_string();
        let fetching = async {
            let sink = Sink::start(into, limits.bytes_max, &origin).await?;
            let fetched = self.fetch_into(address, sink, limits).await?;
            let format = fetched.format;
            let commit = fetched.commit;
            tracing::info!(
                upstream.label = %self.label(), source.origin = %origin, size_bytes = fetched.size_bytes,
                "fetched a package from {origin}"
            );
            Ok(FetchedSource {
                format,
                origin: origin.clone(),
                commit,
                size_bytes: fetched.size_bytes,
            })
        };
        let late = |_| SourceError::Timeout {
            origin: origin.clone(),
            after: limits.timeout,
        };
        timeout(limits.timeout, fetching).await.map_err(late)?
    }

    /// The commit that the reference of an address names now. Nothing of the repository is fetched but the names that it lists.
    ///
    /// `None` where it lists no such name and the reference may be a commit itself, and for what is no repository.
    ///
    /// # Cancellation
    ///
    /// Dropping it closes connections and kills programs.
    pub async fn source_commit(
        &self,
        address: &GetterAddress,
        limits: SourceLimits,
    ) -> Result<Option<String>, SourceError> {
        let Source::Git(source) = &address.source else {
            return Ok(None);
        };
        let origin = address.to_string();
        let asking = git::find_commit(self, source, &origin, limits);
        let asked = timeout(limits.timeout, asking).await;
        asked.unwrap_or_else(|_| {
            Err(SourceError::Timeout {
                origin: origin.clone(),
                after: limits.timeout,
            })
        })
    }

    async fn fetch_into(
        &self,
        address: &GetterAddress,
        sink: Sink<'_>,
        limits: SourceLimits,
    ) -> Result<Written, SourceError> {
        match &address.source {
            Source::Archive(source) => archive::fetch(self, source, sink).await,
            Source::S3(source) => s3::fetch(self, source, sink).await,
            Source::Gcs(source) => gcs::fetch(self, source, sink).await,
            Source::Oci(source) => oci::fetch(self, source, sink).await,
            Source::Git(source) => git::fetch(self, source, sink, limits).await,
        }
    }
}

/// What one kind of source has written.
pub(super) struct Written {
    pub(super) format: Option<ArchiveFormat>,
    pub(super) commit: Option<String>,
    pub(super) size_bytes: u64,
}
