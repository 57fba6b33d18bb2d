//! Whether the lists of modules say what the store holds.

use atoll_core::digest::Digest;
use atoll_core::reference::Tag;
use atoll_db::Conn;
use atoll_db::modules::{self, ModuleVersion};
use atoll_db::repositories::Repository;

use super::versions::Mistake;
use crate::projection::module::{Derived, derive};
use crate::registry::ManifestPushError;

/// What is wrong with the row of a version; nothing for a tag that is no version.
pub(super) async fn find_mistake(
    conn: &mut Conn,
    repository: &Repository,
    tag: &Tag,
    digest: &Digest,
) -> Result<Option<Mistake>, ManifestPushError> {
    let Some(derived) = derive(conn, repository, tag, digest).await? else {
        return Ok(None);
    };
    let Some(listed) = modules::find(conn, repository.id, &derived.version).await? else {
        return Ok(Some(Mistake::Unlisted));
    };
    let what = difference(&listed.version, &derived, tag, digest);
    Ok(what.map(Mistake::Differs))
}

fn difference(
    row: &ModuleVersion,
    derived: &Derived,
    tag: &Tag,
    digest: &Digest,
) -> Option<&'static str> {
    let package = &derived.package;
    match () {
        () if row.tag != *tag => Some("tag"),
        () if row.manifest_digest != *digest => Some("manifest"),
        () if row.zip_digest != package.digest || row.zip_size != package.size_bytes => {
            Some("package")
        }
        () if row.subdir != package.subdir => Some("directory"),
        () if row.address != package.address => Some("address"),
        () if row.source != package.source || row.revision != package.commit => Some("source"),
        () => None,
    }
}
