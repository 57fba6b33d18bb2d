//! Names, tags, digests, versions, constraints and addresses: read or refused, and what is read is written back.
#![no_main]

use atoll_core::address::{Hostname, ProviderAddr};
use atoll_core::constraint::Constraints;
use atoll_core::pattern::Pattern;
use atoll_core::reference::Reference;
use atoll_core::repository::RepositoryName;
use atoll_core::version::Version;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(name) = text.parse::<RepositoryName>() {
        assert_eq!(name.to_string(), text);
    }
    if let Ok(reference) = text.parse::<Reference>() {
        assert_eq!(reference.to_string(), text);
    }
    if let Ok(version) = text.parse::<Version>() {
        assert_eq!(Version::from_tag(&version.to_tag()).ok().as_ref(), Some(&version));
    }
    if let Ok(provider) = text.parse::<ProviderAddr>() {
        assert_eq!(ProviderAddr::from_repository(&provider.repository()).as_ref(), Some(&provider));
    }
    let _ = text.parse::<Hostname>();
    let _ = text.parse::<Constraints>();
    let _ = text.parse::<Pattern>();
});
