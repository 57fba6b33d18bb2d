//! SHA256SUMS: what is taken at publication is written back as it came.
#![no_main]

use atoll_core::sums::ShaSums;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = ShaSums::parse_lenient(bytes);
    if let Ok(sums) = ShaSums::parse_strict(bytes) {
        assert_eq!(ShaSums::parse_strict(sums.render().as_bytes()).ok().as_ref(), Some(&sums));
    }
});
