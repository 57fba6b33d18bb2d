//! The one way out, tried against a fake upstream that is a real server.

#![expect(clippy::unwrap_used, reason = "a test that can't go on must panic")]

mod addresses;
mod documents;
mod downloads;
mod git;
mod git_ssh;
mod leads;
mod mirror;
mod modules;
mod offline;
mod registry;
mod sizes;
mod sources;
mod support;
