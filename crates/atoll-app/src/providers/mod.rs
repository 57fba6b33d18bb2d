//! Providers: published here, mirrored, imported; all read through one catalogue.

mod catalog;
mod error;
mod files;
mod import;
mod join;
mod keys;
pub mod publish;
mod root;
mod signed;
mod signer;
mod versions;

use std::sync::Arc;

pub use error::ProviderError;
pub use files::Grant;
pub use import::{Import, ImportError, Imported};
pub use keys::{KeyRegistrationError, NAMESPACE_KEYS_MAX, RegisteredKey};
pub use publish::{PublishError, Published, Release, ReleaseZip};
pub use root::{RootError, RootRules};
pub use signed::SignedVersion;
pub use signer::{SignError, Signer};
pub(crate) use versions::StoredVersions;

use crate::mirror::Mirrors;
use crate::registry::Registry;

/// The use cases of providers.
pub struct Providers {
    store: Registry,
    mirrors: Mirrors,
    root: RootRules,
    versions: StoredVersions,
    lists: catalog::StoredLists,
    signed: signed::SignedVersions,
    signer: Signer,
    extending: join::ExtendLock,
}

impl Providers {
    /// Providers in this store and behind these mirrors, by these rules at the root.
    pub fn new(store: Registry, mirrors: Mirrors, signer: Signer, root: RootRules) -> Arc<Self> {
        Arc::new(Self {
            versions: StoredVersions::new(store.clone()),
            lists: catalog::StoredLists::default(),
            signed: signed::SignedVersions::default(),
            store,
            mirrors,
            root,
            signer,
            extending: join::ExtendLock::default(),
        })
    }
}
