//! Modules' archives, made into packages.
#![no_main]

use std::io::Cursor;

use atoll_core::module::package::{Request, Strictness, Wrapper, package};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for (strictness, subdir) in [
        (Strictness::Publish, None),
        (Strictness::Mirror, None),
        (Strictness::Mirror, Some("*/modules/x")),
    ] {
        let request = Request {
            strictness,
            subdir,
            wrapper: Wrapper::StripSingle,
        };
        let mut out = Vec::new();
        let scratch = Cursor::new(Vec::new());
        if package(Cursor::new(bytes), scratch, &request, &mut out).is_err() {
            continue;
        }
        // What was written is a package that stays as it is.
        let request = Request {
            subdir: None,
            wrapper: Wrapper::Keep,
            ..request
        };
        let mut again = Vec::new();
        let scratch = Cursor::new(Vec::new());
        if package(Cursor::new(&out), scratch, &request, &mut again).is_ok() {
            assert_eq!(out, again);
        }
    }
});
