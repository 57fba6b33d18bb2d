//! The on-demand provider mirror: lists, versions and packages of other registries, fetched at first request and kept.
//!
//! What upstream says is learnt and verified by `capture`, which ends in the one plan that writes a version into the
//! store; the packages' bytes follow when somebody asks for them, by `fill`. Lists are upstream's own while it answers,
//! and what is held while it does not.

mod ahead;
mod answers;
mod capture;
mod error;
mod fill;
mod host;
mod known;
mod limits;
mod list;
mod mirrors;
mod modules;
mod parts;
mod patience;
mod policy;
mod reach;
mod source;
mod words;

pub(crate) use ahead::Size;
pub use answers::{
    CapturedPlatform, CapturedVersion, FetchRight, Freshness, ProviderList, ProviderVersion,
    ServedFrom, ServedVersion,
};
pub use error::{MirrorError, RETRY_AFTER_SECS};
pub use limits::{MISSES_PER_MINUTE, MirrorLimits};
pub use mirrors::Mirrors;
pub use modules::Moved;
pub(crate) use parts::Mirrored;
pub use patience::LIST_BUDGET;
pub(crate) use patience::Patience;
pub use policy::Denial;
pub(crate) use words::with_causes;
