//! Capturing a version: what upstream says about it, verified and written into the store, with no package's bytes.

mod join;
mod keys;
mod learn;
mod packages;
mod plan;
mod proof;
mod run;
mod servable;
mod sizes;
mod verify;
mod whole;

pub(super) use servable::HeldParts;

/// How many requests one capture sends at a time.
const CAPTURE_REQUESTS_MAX: usize = 8;

/// How many platforms one version may have: each costs requests. The public registries know some twenty.
const PLATFORMS_MAX: usize = 128;
