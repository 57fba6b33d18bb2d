//! A module's package: any archive of a module, made into the one deterministic zip that is stored and served.
//!
//! Entries are read with limits, their bytes go into a spool, links become copies, the module's directory is chosen, and the
//! files are written in order, uncompressed, so that the same tree always has the same digest.

mod collector;
mod elsewhere;
mod error;
mod escape;
mod limits;
mod links;
mod name;
mod pack;
mod request;
mod select;
mod sniff;
mod spool;
#[cfg(test)]
mod tests;
mod tree;
mod unpack;
mod walk;
mod warnings;
mod zip_writer;

pub use error::{EntryRule, PackageError};
pub use limits::{
    COMPONENT_BYTES_MAX, ENTRIES_MAX, LINK_BYTES_MAX, LINKS_FOLLOWED_MAX, NAME_BYTES_MAX,
    RATIO_FREE_BYTES, RATIO_MAX, UNPACKED_BYTES_MAX, WARNINGS_MAX,
};
pub use pack::{Packaged, package};
pub use request::{Request, Strictness, Wrapper};
pub use select::check_subdir;
pub use sniff::{NotAnArchive, SNIFF_BYTES};
