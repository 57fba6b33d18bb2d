//! What became of a sync.

use serde::Serialize;

use crate::mirror::Moved;

/// What a sync did, or in a dry run would do.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SyncReport {
    /// What was fetched, as `HOST/NAMESPACE/NAME/SYSTEM VERSION` or `HOST/NAMESPACE/TYPE VERSION for PLATFORM`.
    pub fetched: Vec<String>,
    /// How many things were here already.
    pub present: u64,
    /// What could not be fetched.
    pub failed: Vec<Failed>,
    /// What upstream has at another commit than when it was captured.
    pub moved: Vec<Moved>,
    /// What was selected and is not served here.
    pub skipped: Vec<String>,
    /// How many bytes were fetched.
    pub bytes: u64,
}

/// Something that could not be fetched.
#[derive(Clone, Debug, Serialize)]
pub struct Failed {
    /// What.
    pub what: String,
    /// Why.
    pub why: String,
}
