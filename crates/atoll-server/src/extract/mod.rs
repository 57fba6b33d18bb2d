//! What a request says, parsed and checked before a handler runs: who asks, for what, and with which right.

mod body;
mod caller;
mod query;
mod repository;

pub(crate) use body::ManifestBytes;
pub(crate) use caller::{Caller, CallerResult, Via, authenticate};
pub(crate) use query::Parameters;
pub(crate) use repository::{CanDelete, CanPull, CanPush, challenge};
