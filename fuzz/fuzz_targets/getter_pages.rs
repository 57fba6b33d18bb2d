//! Pages that say where a package is: whatever is found in one is read as something remote, or refused.
#![no_main]

use atoll_core::getter::{GetterAddress, Source, find_in_page};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|page: &[u8]| {
    let Some(text) = find_in_page(page) else {
        return;
    };
    assert!(!text.is_empty() && text.trim() == text);
    let (Ok(asked), Ok(base)) = (
        "https://h.example/a//in".parse::<GetterAddress>(),
        "https://h.example/a".parse(),
    ) else {
        return;
    };
    if let Ok(led) = asked.led_to(&base, &text) {
        assert!(led.subdir.is_some_and(|subdir| subdir.ends_with("in")));
        if let Source::Archive(archive) = &led.source {
            assert!(matches!(archive.url.scheme(), "https" | "http") && archive.url.has_host());
        }
    }
});
