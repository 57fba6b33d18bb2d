//! Upload sessions. Their state is the staged file and a sealed text in the client's hands, so that opening one costs
//! no row and survives a restart.

use std::time::Duration;

use atoll_blobs::UploadId;
use atoll_core::digest::Algorithm;
use atoll_core::permission::Principal;
use atoll_core::repository::RepositoryName;
use moka::sync::Cache;
use serde::{Deserialize, Serialize};

use crate::access::{NotSealedHere, Purpose, Sealer};

/// How long an upload may lie idle, in seconds.
pub const SESSION_IDLE_SECS: u64 = 24 * 60 * 60;

/// How many sessions are remembered.
const OPEN_SESSIONS_MAX: u64 = 100_000;

/// An open upload: what it is for and who opened it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Names the staged file.
    #[serde(with = "upload_id")]
    pub id: UploadId,
    /// Where the blob will be linked.
    pub repository: RepositoryName,
    /// What is hashed while the bytes arrive.
    pub algorithm: Algorithm,
    /// Who opened it.
    owner: String,
}

impl Session {
    /// A new session of the given caller.
    pub fn open(principal: &Principal, repository: RepositoryName, algorithm: Algorithm) -> Self {
        Self {
            id: UploadId::new(),
            repository,
            algorithm,
            owner: owner(principal),
        }
    }

    /// The text that names the session in its URL.
    pub fn seal(&self, sealer: &Sealer) -> String {
        sealer.seal(Purpose::Upload, self)
    }

    /// Reads a session's text; one of another repository or another caller is as good as none.
    pub fn unseal(
        sealer: &Sealer,
        text: &str,
        principal: &Principal,
        repository: &RepositoryName,
    ) -> Result<Self, NotSealedHere> {
        let session: Self = sealer.open(Purpose::Upload, text)?;
        if session.repository == *repository && session.owner == owner(principal) {
            Ok(session)
        } else {
            Err(NotSealedHere)
        }
    }
}

/// An upload's id as text.
mod upload_id {
    use atoll_blobs::UploadId;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        id: &UploadId,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(id)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<UploadId, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

/// The sessions that were opened and not ended in this process. One of another process, or forgotten here, still counts while
/// bytes of it are staged.
#[derive(Clone)]
pub(crate) struct OpenSessions {
    open: Cache<UploadId, ()>,
}

impl Default for OpenSessions {
    fn default() -> Self {
        let open = Cache::builder()
            .max_capacity(OPEN_SESSIONS_MAX)
            .time_to_idle(Duration::from_secs(SESSION_IDLE_SECS))
            .build();
        Self { open }
    }
}

impl OpenSessions {
    pub(crate) fn open(&self, id: UploadId) {
        self.open.insert(id, ());
    }

    pub(crate) fn close(&self, id: UploadId) {
        self.open.invalidate(&id);
    }

    pub(crate) fn is_open(&self, id: UploadId) -> bool {
        self.open.get(&id).is_some()
    }
}

fn owner(principal: &Principal) -> String {
    match principal {
        Principal::Anonymous => "anonymous".to_owned(),
        Principal::Token { id, .. } => format!("token:{id}"),
        Principal::Local => "local".to_owned(),
    }
}
