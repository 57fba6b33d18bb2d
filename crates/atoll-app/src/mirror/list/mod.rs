//! Lists of versions: upstream's own while it answers, else what is held.

mod answer;
mod held;
mod known;

pub(super) use held::HeldLists;
pub(super) use known::{Asked, KnownLists, STATUS_FOUND, STATUS_NOT_FOUND};
