//! Pure vocabulary and decisions of Atoll: names, digests, versions, documents, policy.

pub mod address;
pub mod archive;
pub mod constraint;
pub mod digest;
pub mod entity_tag;
mod excerpt;
pub mod getter;
pub mod h1;
pub mod kind;
pub mod layout;
pub mod manifest;
pub mod module;
pub mod openpgp;
pub mod origin;
pub mod pattern;
pub mod permission;
pub mod platform;
pub mod proof;
pub mod reference;
pub mod release;
pub mod repository;
pub mod schedule;
pub mod sums;
pub mod time_micros;
pub mod token;
pub mod version;
pub mod zip_lint;
