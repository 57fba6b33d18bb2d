//! Providers' zips, checked and hashed.
#![no_main]

use std::io::Cursor;

use atoll_core::h1::H1;
use atoll_core::zip_lint::lint;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let platform = "linux_amd64".parse().expect("it is a platform");
    let _ = lint(Cursor::new(bytes), "demo", &platform);
    let _ = H1::of_zip(Cursor::new(bytes));
});
