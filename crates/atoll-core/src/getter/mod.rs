//! Addresses of module packages, as go-getter and OpenTofu understand them.
//!
//! Only the remote forms exist here: an address that names a local path, or a program, is never read.
//!
//! Spec: <https://developer.hashicorp.com/terraform/language/modules/sources>

mod address;
mod archive;
mod checksum;
mod checksum_file;
mod detect;
mod error;
mod git;
mod lead;
mod object;
mod oci;
mod page;
mod parts;
mod query;
mod source;
#[cfg(test)]
mod tests;

pub use address::{GETTER_ADDRESS_BYTES_MAX, GetterAddress};
pub use archive::{ArchiveFormat, ArchiveSource};
pub use checksum::{Checksum, ChecksumAlgorithm};
pub use checksum_file::{ArchiveChecksum, ChecksumFile};
pub use error::GetterError;
pub use git::{GitReference, GitSource, GitTransport, SshAddress};
pub use lead::resolve_location;
pub use object::{GcsSource, S3Credentials, S3Source};
pub use oci::OciSource;
pub use page::{PAGE_BYTES_MAX, find_in_page};
pub use source::Source;
