//! To be removed.
#[path = "it/program/mod.rs"]
mod program;
