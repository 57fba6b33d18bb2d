//! Manifests and indexes, and what is read from them as a provider's version.
#![no_main]

use atoll_core::layout::proof::ProofManifest;
use atoll_core::layout::provider::{PlatformManifest, ProviderIndex};
use atoll_core::manifest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(parsed) = manifest::parse(None, bytes) {
        let _ = parsed.blobs().count();
        let _ = ProviderIndex::read(&parsed);
        let _ = PlatformManifest::read(&parsed);
        let _ = ProofManifest::read(&parsed);
    }
});
