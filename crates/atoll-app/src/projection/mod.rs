//! Projections: rows that the views read, derived from what the store holds.
//!
//! **Invariant:** whatever points a version's tag projects it in the same transaction, and nothing else writes these rows.
//! What costs (the `h1:` of a zip, what a module is) is computed beforehand, for each digest once; the transaction only writes rows.

mod contents;
mod facts;
pub(crate) mod module;
pub(crate) mod provider;

pub use contents::Contents;
pub(crate) use contents::compare;

use atoll_core::digest::Digest;
use atoll_core::layout::module::ModuleManifestError;
use atoll_core::layout::provider::{PlatformManifestError, ProviderIndexError};
use atoll_core::manifest::ManifestError;
use atoll_core::reference::Tag;
use atoll_core::repository::Family;
use atoll_core::time_micros::Micros;
use atoll_db::Tx;
use atoll_db::repositories::Repository;

use crate::registry::{KnownBy, ManifestPushError};

/// What a version lacks to follow its family's layout.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    /// The index.
    #[error(transparent)]
    Index(#[from] ProviderIndexError),
    /// A platform's manifest.
    #[error("manifest {digest}: {source}")]
    Platform {
        /// Which.
        digest: Digest,
        /// What is wrong.
        source: PlatformManifestError,
    },
    /// A module's manifest.
    #[error(transparent)]
    Module(#[from] ModuleManifestError),
    /// A stored manifest can't be read again.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
}

/// Writes the rows of a version whose tag was just pointed. Families without a view of their own have none.
pub(crate) async fn project(
    tx: &mut Tx,
    repository: &Repository,
    tag: &Tag,
    index: &Digest,
    known_by: KnownBy,
    now: Micros,
) -> Result<(), ManifestPushError> {
    match repository.name.family() {
        Some(Family::Providers) => {
            provider::project(tx, repository, tag, index, known_by, now).await
        }
        Some(Family::Modules) => module::project(tx, repository, tag, index, known_by, now).await,
        Some(Family::Tools | Family::Charts | Family::Extensions | Family::Files) | None => Ok(()),
    }
}

/// Whether the version at `new` is the one at `old` with platforms added, so that the tag may move.
pub(crate) async fn extends(
    tx: &mut Tx,
    repository: &Repository,
    old: &Digest,
    new: &Digest,
) -> Result<bool, ManifestPushError> {
    match repository.name.family() {
        Some(Family::Providers) => provider::extends(tx, repository, old, new).await,
        Some(
            Family::Modules | Family::Tools | Family::Charts | Family::Extensions | Family::Files,
        )
        | None => Ok(false),
    }
}
