//! Garbage collection: taking away what nobody wants any more, while pushes and pulls go on.
//!
//! **Invariant:** a blob goes in two steps with the grace between them. First it is hidden, from when on nobody can be told
//! that it is here; then, after a second look under its digest's lock, the bytes go and then the row. Whoever pushes it in
//! between brings it back.

mod collect;
mod free;
mod options;
mod orphans;
mod untagged;

pub use options::{Amount, GRACE_SECS, GcOptions, GcReport};
