//! Whether the lists of providers say what the store holds.

use atoll_core::digest::Digest;
use atoll_core::layout::proof::PROOF_TYPE;
use atoll_core::reference::Tag;
use atoll_db::providers::{self, VersionWithPlatforms};
use atoll_db::repositories::Repository;
use atoll_db::{Conn, referrers};

use super::versions::Mistake;
use crate::failure::Failure;
use crate::maintenance::reindex::PROOFS_MAX;
use crate::projection::provider::{Derived, derive};
use crate::registry::ManifestPushError;

/// What is wrong with the rows of a version; nothing for a tag that is no version.
pub(super) async fn find_mistake(
    conn: &mut Conn,
    repository: &Repository,
    tag: &Tag,
    index: &Digest,
) -> Result<Option<Mistake>, ManifestPushError> {
    let Some(derived) = derive(conn, repository, tag, index).await? else {
        return Ok(None);
    };
    let Some(listed) = providers::archives(conn, repository.id, &derived.version).await? else {
        return Ok(Some(Mistake::Unlisted));
    };
    let what = match difference(&listed, &derived, tag, index) {
        None if !proves(conn, repository, &listed).await? => Some("proof"),
        what => what,
    };
    Ok(what.map(Mistake::Differs))
}

fn difference(
    listed: &VersionWithPlatforms,
    derived: &Derived,
    tag: &Tag,
    index: &Digest,
) -> Option<&'static str> {
    let row = &listed.version;
    let same_platforms = listed.archives.len() == derived.platforms.len()
        && derived.platforms.iter().all(|platform| {
            listed
                .archives
                .iter()
                .any(|archive| archive.package == *platform)
        });
    match () {
        () if row.tag != *tag => Some("tag"),
        () if row.index_digest != *index => Some("index"),
        () if row.protocols != derived.protocols => Some("list of protocols"),
        () if !same_platforms => Some("list of platforms"),
        () => None,
    }
}

/// Whether the proof that is listed is attached to the version.
async fn proves(
    conn: &mut Conn,
    repository: &Repository,
    listed: &VersionWithPlatforms,
) -> Result<bool, Failure> {
    let Some(proof) = &listed.version.proof_digest else {
        return Ok(true);
    };
    let index = &listed.version.index_digest;
    let attached = referrers::list(
        conn,
        repository.id,
        index,
        Some(PROOF_TYPE),
        None,
        PROOFS_MAX,
    )
    .await?;
    Ok(attached.iter().any(|referrer| referrer.digest == *proof))
}
