//! Modules: configuration in both syntaxes, READMEs, sources and whole packages.
#![no_main]

use std::io::Cursor;

use atoll_core::module::describe::{Files, classify, describe, describe_zip};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut files = Files::new();
    for path in ["main.tf", "modules/json/main.tf.json", "README.md"] {
        files.insert(path, bytes.to_vec());
    }
    let description = describe(&files, "");
    let _ = description.needs();
    let _ = classify(&String::from_utf8_lossy(bytes));
    let _ = describe_zip(Cursor::new(bytes), "");
});
