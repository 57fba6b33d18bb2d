//! What is held: `atoll list`.

mod artifacts;
mod cursor;
mod filter;
mod types;

use crate::registry::Registry;

pub use artifacts::{HOLDINGS_PAGE_MAX, HoldingsPage, ListHoldingsError};
pub use cursor::{HoldingsCursor, HoldingsCursorError};
pub use types::{HeldModule, HeldPlatform, HeldProvider, HeldTag, Holding, Kind};

/// The use cases of lists over everything. A cheap clone.
#[derive(Clone)]
pub struct Holdings {
    store: Registry,
}

impl Holdings {
    /// Lists what is in this store.
    pub fn new(store: Registry) -> Self {
        Self { store }
    }
}
