//! Source addresses of modules: read as something remote, or refused, and written without secrets so that it is read again.
#![no_main]

use atoll_core::getter::{GetterAddress, Source};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(address) = text.parse::<GetterAddress>() else {
        return;
    };
    let url = match &address.source {
        Source::Archive(archive) => Some(&archive.url),
        Source::S3(object) => Some(&object.url),
        Source::Git(_) | Source::Gcs(_) | Source::Oci(_) => None,
    };
    assert!(url.is_none_or(|url| matches!(url.scheme(), "https" | "http") && url.has_host()));
    assert!(!address.subdir.unwrap_or_default().split('/').any(|part| part == ".."));
});
