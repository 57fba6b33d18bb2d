//! Clients that push, publish and fetch until the server is gone, and remember what it acknowledged.

mod acknowledged;
mod chance;
mod checks;
mod clients;
mod offered;

pub(super) use acknowledged::{Kind, were_of_every_kind};
pub(super) use chance::Chance;
pub(super) use checks::{holds, is_sound, lists_nothing_by_halves};
pub(super) use clients::Load;
pub(super) use offered::{HOST, mirroring, offer};
