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

use std::sync::Arc;

pub use catalog::{ListedModule, ModuleList, ServedModule};
pub use deprecate::Notice;
pub use describe::ModuleDetails;
pub use error::{ModuleError, PublishModuleError};
pub(crate) use packing::{PackFailed, Packed, Packing, Provenance, UploadOrManifest, plan, repack};
pub use publish::{ARCHIVE_BYTES_MAX, NewModule, PublishedModule};
pub(crate) use shelf::spelt;
pub use shelf::{ModuleSearch, Shelf, ShelfPart, ShelvedModule};
pub use stored::StoredModule;
pub(crate) use stored::StoredModules;

use crate::mirror::Mirrors;
use crate::registry::Registry;

/// The use cases of modules.
pub struct Modules {
    store: Registry,
    mirrors: Mirrors,
    stored: StoredModules,
}

impl Modules {
    /// Modules in this store and behind these mirrors.
    pub fn new(store: Registry, mirrors: Mirrors) -> Arc<Self> {
        Arc::new(Self {
            stored: StoredModules::new(store.clone()),
            store,
            mirrors,
        })
    }
}
