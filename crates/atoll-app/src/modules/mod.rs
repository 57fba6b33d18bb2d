//! Modules: published here, mirrored, pushed; all read through one catalogue.

mod catalog;
mod deprecate;
mod describe;
mod error;
mod packing;
mod publish;
mod retract;
mod shelf;
mod stored;
mod turns;
mod undelete;

use std::sync::Arc;

pub use catalog::{ModuleList, ServedModule};
pub use deprecate::Notice;
pub use describe::ModuleDetails;
pub use error::{ModuleError, PublishModuleError};
pub(crate) use packing::{PackFailed, Packed, Packing, Provenance, plan, repack};
pub use publish::{ARCHIVE_BYTES_MAX, Archive, NewModule, PublishedModule};
pub(crate) use shelf::spelt;
pub use shelf::{ModuleSearch, Shelf, ShelfPart, ShelvedModule};
pub(crate) use stored::StoredModules;
pub use stored::{ListedModule, StoredModule};
use turns::Turns;

use crate::mirror::Mirrors;
use crate::registry::Registry;

/// The use cases of modules.
pub struct Modules {
    store: Registry,
    mirrors: Mirrors,
    stored: StoredModules,
    archives: Turns,
    packings: Turns,
}

impl Modules {
    /// Modules in this store and behind these mirrors.
    pub fn new(store: Registry, mirrors: Mirrors) -> Arc<Self> {
        Arc::new(Self {
            stored: StoredModules::new(store.clone()),
            store,
            mirrors,
            archives: Turns::of_archives(),
            packings: Turns::of_packings(),
        })
    }
}
