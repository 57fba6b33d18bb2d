//! What clients see of the certificates, and what files may do to them.

mod builtin;
mod client;
mod own_files;
mod renewals;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{CertificateName, CertificateNames};

fn at(text: &str) -> OffsetDateTime {
    OffsetDateTime::parse(text, &Rfc3339).unwrap()
}

fn now() -> OffsetDateTime {
    at("2026-11-21T12:00:00Z")
}

fn name(text: &str) -> CertificateName {
    text.parse().unwrap()
}

fn names(more: &[&str]) -> CertificateNames {
    let mut names = CertificateNames::local();
    for text in more {
        names.insert(name(text));
    }
    names
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}
