//! A provider's version, as the mirror and the registry show it.

use std::collections::HashMap;

use atoll_core::digest::Digest;
use atoll_core::layout::proof::PROOF_TYPE;
use atoll_core::layout::provider::{IndexEntry, PlatformManifest, ProviderIndex};
use atoll_core::manifest::{self, ParsedManifest};
use atoll_core::platform::Platform;
use atoll_core::reference::Tag;
use atoll_core::release::Release;
use atoll_core::time_micros::Micros;
use atoll_core::version::Version;
use atoll_db::providers::{self, ProviderPlatform, ProviderVersion};
use atoll_db::repositories::Repository;
use atoll_db::{Conn, Tx, manifests, referrers};

use super::LayoutError;
use crate::failure::Failure;
use crate::registry::{KnownBy, ManifestPushError};

/// What the store says of a version: everything but how it is known.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Derived {
    pub(crate) version: Version,
    pub(crate) protocols: Vec<String>,
    pub(crate) platforms: Vec<ProviderPlatform>,
}

/// Reads the version that a tag points to and writes its rows. Tags that are no versions have none.
pub(super) async fn project(
    tx: &mut Tx,
    repository: &Repository,
    tag: &Tag,
    index: &Digest,
    known_by: KnownBy,
    now: Micros,
) -> Result<(), ManifestPushError> {
    let Some(derived) = derive(tx, repository, tag, index).await? else {
        return Ok(());
    };
    let before = providers::archives(tx, repository.id, &derived.version).await?;
    let before = before
        .map(|found| found.version)
        .filter(|row| row.index_digest == *index);
    let (origin, proof, proof_digest) = match before {
        // What is known better stays: a client may push again what a publisher signed.
        Some(row) if known_by.proof_manifest.is_none() || known_by.proof < row.proof => {
            (row.origin, row.proof, row.proof_digest)
        }
        _ => (known_by.origin, known_by.proof, known_by.proof_manifest),
    };
    let proof_digest = if proof_digest.is_some() {
        proof_digest
    } else {
        let attached = referrers::list(tx, repository.id, index, Some(PROOF_TYPE), None, 1).await?;
        attached.into_iter().next().map(|referrer| referrer.digest)
    };
    let row = ProviderVersion {
        version: derived.version,
        tag: tag.clone(),
        index_digest: index.clone(),
        proof,
        origin,
        protocols: derived.protocols,
        proof_digest,
        captured_at: now,
    };
    providers::put(tx, repository.id, &row, &derived.platforms).await?;
    Ok(())
}

/// Reads the version that a tag points to; none where the tag is no version.
pub(crate) async fn derive(
    conn: &mut Conn,
    repository: &Repository,
    tag: &Tag,
    index: &Digest,
) -> Result<Option<Derived>, ManifestPushError> {
    let Ok(version) = Version::from_tag(tag) else {
        return Ok(None);
    };
    let layout = |source| ManifestPushError::Layout {
        repository: repository.name.clone(),
        tag: tag.clone(),
        source,
    };
    let read = read_index(conn, repository, index).await?.map_err(layout)?;
    let mut platforms = Vec::with_capacity(read.entries.len());
    let mut missing = Vec::new();
    for entry in &read.entries {
        match read_manifest(conn, repository, &entry.digest).await? {
            None => missing.push(entry.digest.clone()),
            Some(parsed) => {
                let parsed = parsed.map_err(layout)?;
                platforms.push(platform(repository, &version, entry, &parsed).map_err(layout)?);
            }
        }
    }
    if !missing.is_empty() {
        return Err(ManifestPushError::ManifestsUnknown(missing));
    }
    platforms.sort_by(|one, other| one.platform.cmp(&other.platform));
    let protocols = read
        .protocols
        .iter()
        .map(|protocol| protocol.to_string())
        .collect();
    Ok(Some(Derived {
        version,
        protocols,
        platforms,
    }))
}

/// Whether every platform of the old index stands in the new one, unchanged.
pub(super) async fn extends(
    tx: &mut Tx,
    repository: &Repository,
    old: &Digest,
    new: &Digest,
) -> Result<bool, ManifestPushError> {
    let (Ok(old), Ok(new)) = (
        read_index(tx, repository, old).await?,
        read_index(tx, repository, new).await?,
    ) else {
        return Ok(false);
    };
    let new: HashMap<&Platform, &Digest> = new
        .entries
        .iter()
        .map(|entry| (&entry.platform, &entry.digest))
        .collect();
    Ok(old
        .entries
        .iter()
        .all(|entry| new.get(&entry.platform) == Some(&&entry.digest)))
}

/// The zips of the platforms that an index names, as far as they can be read.
pub(super) async fn packages(
    conn: &mut Conn,
    repository: &Repository,
    index: &Digest,
) -> Result<Vec<(Option<String>, Digest)>, Failure> {
    let mut packages = Vec::new();
    let index = read_manifest(conn, repository, index).await?;
    let Some(index) = index.and_then(|parsed| ProviderIndex::read(&parsed.ok()?).ok()) else {
        return Ok(packages);
    };
    for entry in index.entries {
        let parsed = read_manifest(conn, repository, &entry.digest).await?;
        if let Some(read) = parsed.and_then(|parsed| PlatformManifest::read(&parsed.ok()?).ok()) {
            packages.push((Some(entry.platform.to_string()), read.digest));
        }
    }
    Ok(packages)
}

async fn read_index(
    conn: &mut Conn,
    repository: &Repository,
    digest: &Digest,
) -> Result<Result<ProviderIndex, LayoutError>, ManifestPushError> {
    match read_manifest(conn, repository, digest).await? {
        None => Err(ManifestPushError::ManifestsUnknown(vec![digest.clone()])),
        Some(parsed) => Ok(parsed.and_then(|parsed| Ok(ProviderIndex::read(&parsed)?))),
    }
}

async fn read_manifest(
    conn: &mut Conn,
    repository: &Repository,
    digest: &Digest,
) -> Result<Option<Result<ParsedManifest, LayoutError>>, Failure> {
    let stored = manifests::find(conn, repository.id, digest).await?;
    Ok(stored.map(|stored| Ok(manifest::parse(Some(&stored.media_type), &stored.body)?)))
}

fn platform(
    repository: &Repository,
    version: &Version,
    entry: &IndexEntry,
    parsed: &ParsedManifest,
) -> Result<ProviderPlatform, LayoutError> {
    let read = PlatformManifest::read(parsed).map_err(|source| LayoutError::Platform {
        digest: entry.digest.clone(),
        source,
    })?;
    let type_ = repository.name.components().last().unwrap_or_default();
    let conventional = || Release { type_, version }.zip_name(&entry.platform);
    Ok(ProviderPlatform {
        platform: entry.platform.clone(),
        manifest_digest: entry.digest.clone(),
        zip_digest: read.digest,
        zip_size: read.size_bytes,

        file_name: read.file_name.unwrap_or_else(conventional),
    })
}
