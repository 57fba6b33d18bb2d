//! Whether the lists say what the store holds.

use atoll_core::digest::Digest;
use atoll_core::layout::proof::PROOF_TYPE;
use atoll_core::reference::Tag;
use atoll_core::repository::Family;
use atoll_db::providers::{self, VersionWithPlatforms};
use atoll_db::repositories::Repository;
use atoll_db::{Conn, referrers, tags};

use super::modules::compare_module;
use super::report::{Fault, FsckOptions, FsckReport, Repair};
use crate::failure::Failure;
use crate::maintenance::Maintenance;
use crate::maintenance::reindex::PROOFS_MAX;
use crate::projection::provider::{Derived, derive};
use crate::registry::ManifestPushError;

impl Maintenance {
    /// Compares the rows of every version with what projecting it would give.
    pub(super) async fn check_versions(
        &self,
        options: FsckOptions,
        report: &mut FsckReport,
    ) -> Result<(), Failure> {
        let mut walk = self.version_tags();
        while let Some((repository, tag)) = walk.next().await? {
            report.counts.versions += 1;
            let mut read = self.store.db.read().await?;
            let suspicious = compare(&mut read, &repository, &tag).await?.is_some();
            drop(read);
            if !suspicious {
                continue;
            }
            // Again in a transaction: the tag may have moved between the queries.
            let mut tx = self.store.db.begin("fsck.version").await?;
            let fault = compare(&mut tx, &repository, &tag).await?;
            drop(tx);
            let Some(fault) = fault else { continue };
            let mendable = !matches!(fault, Fault::VersionInvalid { .. });
            let restored = options.repair
                && mendable
                && self.reindex_version(&repository, &tag).await?.is_ok();
            report.add(
                fault,
                if restored {
                    Repair::Restored
                } else {
                    Repair::None
                },
            );
        }
        Ok(())
    }
}

/// What is wrong with the rows of a version; nothing for a tag that is gone or no version.
async fn compare(
    conn: &mut Conn,
    repository: &Repository,
    tag: &Tag,
) -> Result<Option<Fault>, Failure> {
    let Some(index) = tags::find(conn, repository.id, tag).await? else {
        return Ok(None);
    };
    if repository.name.family() == Some(Family::Modules) {
        return compare_module(conn, repository, tag, &index).await;
    }
    let (name, tag) = (repository.name.clone(), tag.clone());
    let derived = match derive(conn, repository, &tag, &index).await {
        Ok(Some(derived)) => derived,
        Ok(None) => return Ok(None),
        Err(ManifestPushError::Failed(failure)) => return Err(failure),
        Err(error) => {
            return Ok(Some(Fault::VersionInvalid {
                repository: name,
                tag,
                why: error.to_string(),
            }));
        }
    };
    let Some(listed) = providers::archives(conn, repository.id, &derived.version).await? else {
        return Ok(Some(Fault::VersionUnlisted {
            repository: name,
            tag,
        }));
    };
    let what = match difference(&listed, &derived, &tag, &index) {
        Some(what) => Some(what),
        None if !proves(conn, repository, &listed).await? => Some("proof"),
        None => None,
    };
    Ok(what.map(|what| Fault::VersionDiffers {
        repository: name,
        tag,
        what,
    }))
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
