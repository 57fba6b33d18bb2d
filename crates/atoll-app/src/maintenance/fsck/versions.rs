//! Whether the lists say what the store holds.

use atoll_core::reference::Tag;
use atoll_core::repository::Family;
use atoll_db::repositories::Repository;
use atoll_db::{Conn, tags};

use super::report::{Fault, FsckOptions, FsckReport, Repair};
use super::{modules, providers};
use crate::failure::Failure;
use crate::maintenance::Maintenance;
use crate::maintenance::reindex::words;

/// What is wrong with the rows of a version.
pub(super) enum Mistake {
    /// There are none.
    Unlisted,
    /// They say something else than the store, of this.
    Differs(&'static str),
}

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

/// What is wrong with a version, or with its rows; nothing for a tag that is gone or no version.
async fn compare(
    conn: &mut Conn,
    repository: &Repository,
    tag: &Tag,
) -> Result<Option<Fault>, Failure> {
    let Some(digest) = tags::find(conn, repository.id, tag).await? else {
        return Ok(None);
    };
    let found = match repository.name.family() {
        Some(Family::Modules) => modules::find_mistake(conn, repository, tag, &digest).await,
        _ => providers::find_mistake(conn, repository, tag, &digest).await,
    };
    let (repository, tag) = (repository.name.clone(), tag.clone());
    Ok(match words(found)? {
        Ok(None) => None,
        Ok(Some(Mistake::Unlisted)) => Some(Fault::VersionUnlisted { repository, tag }),
        Ok(Some(Mistake::Differs(what))) => Some(Fault::VersionDiffers {
            repository,
            tag,
            what,
        }),
        Err(why) => Some(Fault::VersionInvalid {
            repository,
            tag,
            why,
        }),
    })
}
