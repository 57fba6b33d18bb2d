//! The store as a registry: blobs, manifests, tags and referrers of repositories.

mod access;
mod apply;
mod blobs;
mod content_range;
mod deletes;
mod errors;
mod lists;
mod manifests;
mod plan;
mod received;
mod session;
mod settings;
mod stage;
mod trees;
mod uploads;

use std::sync::Arc;

use atoll_blobs::Blobs;
use atoll_db::Db;

pub use blobs::BlobSource;
pub use content_range::{ContentRange, ContentRangeError};
pub use errors::{BlobError, ManifestDeleteError, ManifestPushError, ReadError, UploadError};
pub use lists::{NamePage, Referrers, TagPage};
pub use manifests::{ManifestPush, PushedManifest, StoredManifest};
pub(crate) use plan::KnownBy;
pub use plan::{Plan, PlannedBlob, PlannedManifest};
pub use received::{ClientGone, Received};
use session::OpenSessions;
pub use session::{SESSION_IDLE_SECS, Session};
pub use settings::{RepositoryChange, RepositorySettings, RepositorySettingsError};
pub use stage::StagedBlob;
pub use trees::Trees;

use crate::tasks::Tasks;

/// The registry's use cases. A cheap clone.
#[derive(Clone)]
pub struct Registry {
    pub(crate) db: Db,
    pub(crate) blobs: Blobs,
    pub(crate) tasks: Tasks,
    pub(crate) trees: Arc<Trees>,
    sessions: OpenSessions,
}

impl Registry {
    /// The registry over a database and a blob store.
    pub fn new(db: Db, blobs: Blobs, tasks: Tasks, trees: Trees) -> Self {
        Self {
            db,
            blobs,
            tasks,
            trees: Arc::new(trees),
            sessions: OpenSessions::default(),
        }
    }
}
