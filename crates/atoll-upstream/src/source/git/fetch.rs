//! What is asked of a repository: a commit's tree as a tar, or which commit a reference names.

use atoll_core::getter::{ArchiveFormat, GitSource};

use super::visit::Visit;
use crate::Upstream;
use crate::source::fetch::Written;
use crate::source::sink::Sink;
use crate::source::{SourceError, SourceLimits};

pub(in crate::source) async fn fetch(
    upstream: &Upstream,
    source: &GitSource,
    mut sink: Sink<'_>,
    limits: SourceLimits,
) -> Result<Written, SourceError> {
    let origin = sink.origin();
    let visit = Visit::begin(upstream, source, &origin, limits).await?;
    let repository = visit.repository();
    let obtained = repository.obtain(source.reference.as_ref()).await;
    let commit = visit.explain(obtained)?;
    repository.archive(&commit, &mut sink).await?;
    Ok(Written {
        format: Some(ArchiveFormat::Tar),
        commit: Some(commit),
        size_bytes: sink.finish().await?,
    })
}

/// The commit of a reference; `None` where it is no branch or tag and may be a commit itself.
pub(in crate::source) async fn find_commit(
    upstream: &Upstream,
    source: &GitSource,
    origin: &str,
    limits: SourceLimits,
) -> Result<Option<String>, SourceError> {
    let visit = Visit::begin(upstream, source, origin, limits).await?;
    let repository = visit.repository();
    let found = repository.find_commit(source.reference.as_ref()).await;
    visit.explain(found)
}
