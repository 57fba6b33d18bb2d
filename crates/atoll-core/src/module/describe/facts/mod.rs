//! What blocks declare.

mod declared;
mod gather;
mod providers;

pub(super) use gather::Facts;
