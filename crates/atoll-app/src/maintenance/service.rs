//! What the parts of maintenance share.

use std::sync::Arc;

use tokio::sync::Mutex;

use crate::providers::Providers;
use crate::registry::Registry;

/// The use cases of maintenance. A cheap clone.
#[derive(Clone)]
pub struct Maintenance {
    pub(super) store: Registry,
    pub(super) providers: Arc<Providers>,
    /// One collection at a time: two would only be in each other's way.
    pub(super) collecting: Arc<Mutex<()>>,
}

impl Maintenance {
    /// Maintains this store.
    pub fn new(store: Registry, providers: Arc<Providers>) -> Self {
        Self {
            store,
            providers,
            collecting: Arc::default(),
        }
    }
}
