//! Fetching the bytes of lazy blobs, while clients read along.

mod fetching;
mod lead;
mod locator;
mod open;
mod room;

pub(super) use fetching::Fetching;
pub(super) use locator::Locator;
pub(super) use open::Opened;
pub(super) use room::{Promised, Room};
