//! Modules as people write them, and as nobody would.

mod hostile;
mod json;
mod layout;
mod modules;
mod oracle;
mod readme;
mod sources;
mod values;
mod zips;

use super::{Files, ModuleDescription, Part, describe};

/// Real-looking files, to read and to spoil.
const VPC: &str = include_str!("vpc.tf");
const VERSIONS: &str = include_str!("versions.tf");
const CODER: &str = include_str!("coder.tf");

fn files(files: &[(&str, &str)]) -> Files {
    let mut all = Files::new();
    for (path, text) in files {
        all.insert(path, text.as_bytes().to_vec());
    }
    all
}

fn module(list: &[(&str, &str)]) -> ModuleDescription {
    describe(&files(list), "")
}

/// The root of a module of one file.
fn root(text: &str) -> Part {
    module(&[("main.tf", text)]).root
}

/// The same, without any problem.
fn good(text: &str) -> Part {
    let root = root(text);
    assert_eq!(root.diagnostics, [], "{text}");
    root
}
