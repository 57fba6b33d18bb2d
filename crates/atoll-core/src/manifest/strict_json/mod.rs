//! JSON that every reader reads alike. Two readers that take different halves of a document would see two different
//! manifests under one digest.

mod key;
mod object;
#[cfg(test)]
mod tests;
mod walk;

pub(super) use walk::check;
pub use walk::{JSON_DEPTH_MAX, StrictJsonError};
