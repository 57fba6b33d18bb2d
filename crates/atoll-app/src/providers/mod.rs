//! Providers: published here, mirrored, imported; all read through one catalogue.

mod catalog;
mod error;
mod import;
mod join;
mod keys;
mod lists;
pub mod publish;
mod signed;
mod signer;
mod versions;

use std::sync::Arc;

pub use error::ProviderError;
pub use import::{Import, ImportError, Imported};
pub use keys::{KeyRegistrationError, NAMESPACE_KEYS_MAX, RegisteredKey};
pub(crate) use lists::StoredLists;
pub use publish::{PublishError, Published, Release, ReleaseZip};
pub use signed::SignedVersion;
pub use signer::{SignError, Signer};
pub(crate) use versions::StoredVersions;

use crate::mirror::Mirrors;
use crate::registry::Registry;

/// The use cases of providers.
pub struct Providers {
    store: Registry,
    mirrors: Mirrors,
    versions: StoredVersions,
    lists: StoredLists,
    signed: signed::SignedVersions,
    signer: Signer,
    extending: join::ExtendLock,
}

impl Providers {
    /// Providers in this store and behind these mirrors.
    pub fn new(store: Registry, mirrors: Mirrors, signer: Signer) -> Arc<Self> {
        Arc::new(Self {
            versions: StoredVersions::new(store.clone()),
            lists: StoredLists::new(store.clone()),
            signed: signed::SignedVersions::default(),
            store,
            mirrors,
            signer,
            extending: join::ExtendLock::default(),
        })
    }
}
