//! A module's version, as the registry shows it.

use atoll_core::digest::Digest;
use atoll_core::layout::module::ModulePackage;
use atoll_core::manifest;
use atoll_core::reference::Tag;
use atoll_core::time_micros::Micros;
use atoll_core::version::Version;
use atoll_db::modules::{self, ModuleVersion};
use atoll_db::repositories::Repository;
use atoll_db::{Conn, Tx, manifests};

use super::LayoutError;
use crate::registry::{KnownBy, ManifestPushError};

/// What the store says of a version: everything but how it is known.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Derived {
    pub(crate) version: Version,
    pub(crate) package: ModulePackage,
}

/// Reads the version that a tag points to and writes its row. Tags that are no versions have none.
pub(super) async fn project(
    tx: &mut Tx,
    repository: &Repository,
    tag: &Tag,
    digest: &Digest,
    known_by: KnownBy,
    now: Micros,
) -> Result<(), ManifestPushError> {
    let Some(derived) = derive(tx, repository, tag, digest).await? else {
        return Ok(());
    };
    let before = modules::find(tx, repository.id, &derived.version).await?;
    let before = before
        .map(|found| found.version)
        .filter(|row| row.manifest_digest == *digest);
    // What is known better stays: a client may push again what was published.
    let (origin, proof) = match before {
        Some(row) if known_by.proof <= row.proof => (row.origin, row.proof),
        _ => (known_by.origin, known_by.proof),
    };
    let known = KnownBy {
        origin,
        proof,
        proof_manifest: None,
    };
    let row = row(derived, tag, digest, &known, now);
    modules::put(tx, repository.id, &row).await?;
    Ok(())
}

/// Reads the version that a tag points to; none where the tag is no version.
pub(crate) async fn derive(
    conn: &mut Conn,
    repository: &Repository,
    tag: &Tag,
    digest: &Digest,
) -> Result<Option<Derived>, ManifestPushError> {
    let Ok(version) = Version::from_tag(tag) else {
        return Ok(None);
    };
    let layout = |source: LayoutError| ManifestPushError::Layout {
        repository: repository.name.clone(),
        tag: tag.clone(),
        source,
    };
    let stored = manifests::find(conn, repository.id, digest).await?;
    let stored = stored.ok_or_else(|| ManifestPushError::ManifestsUnknown(vec![digest.clone()]))?;
    let parsed = manifest::parse(Some(&stored.media_type), &stored.body)
        .map_err(|error| layout(error.into()))?;
    let package = ModulePackage::read(&parsed).map_err(|error| layout(error.into()))?;
    Ok(Some(Derived { version, package }))
}

/// The row of a version.
pub(crate) fn row(
    derived: Derived,
    tag: &Tag,
    digest: &Digest,
    known: &KnownBy,
    captured_at: Micros,
) -> ModuleVersion {
    let Derived { version, package } = derived;
    ModuleVersion {
        version,
        tag: tag.clone(),
        manifest_digest: digest.clone(),
        zip_digest: package.digest,
        zip_size: package.size_bytes,
        address: package.address,
        subdir: package.subdir,
        source: package.source,
        revision: package.commit,
        proof: known.proof,
        origin: known.origin,
        captured_at,
    }
}
