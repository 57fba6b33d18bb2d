//! What the collector, fsck and the scrubber need.

mod hash;
mod list;
mod on_disk;
mod space;
mod verify;

pub use list::Listed;
pub use on_disk::OnDisk;
pub use space::FreeSpace;

pub(crate) use hash::hash_range;
pub(crate) use list::list;
pub(crate) use on_disk::look_at;
pub(crate) use space::free_space;
pub(crate) use verify::verify;
