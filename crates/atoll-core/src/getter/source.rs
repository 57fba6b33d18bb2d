//! Where a package comes from.

use std::fmt;

use url::Url;

use super::{ArchiveSource, GcsSource, GitSource, GitTransport, OciSource, S3Source};
use crate::reference::Reference;

/// Where a package comes from. Prints without anything that may be secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// An archive on a web server.
    Archive(ArchiveSource),
    /// A commit of a git repository.
    Git(GitSource),
    /// An archive in an S3 bucket.
    S3(S3Source),
    /// An archive in a bucket of Google Cloud Storage.
    Gcs(GcsSource),
    /// A package in an OCI registry.
    Oci(OciSource),
}

impl Source {
    /// The address up to where a subdirectory is put, and the query behind it.
    pub(super) fn shown(&self) -> (String, Option<String>) {
        match self {
            Self::Archive(archive) => (shown_url(&archive.url), None),
            Self::Git(git) => {
                let query = git
                    .reference
                    .as_ref()
                    .map(|reference| format!("ref={reference}"));
                (format!("git::{:?}", git.transport), query)
            }
            Self::S3(object) => (format!("s3::{}", shown_url(&object.url)), None),
            Self::Gcs(GcsSource { bucket, object, .. }) => {
                let base = "gcs::https://www.googleapis.com/storage/v1";
                (format!("{base}/{bucket}/{object}"), None)
            }
            Self::Oci(oci) => {
                let query = match &oci.reference {
                    Reference::Tag(tag) => format!("tag={tag}"),
                    Reference::Digest(digest) => format!("digest={digest}"),
                };
                (
                    format!("oci://{}/{}", oci.host, oci.repository),
                    Some(query),
                )
            }
        }
    }
}

/// A URL without user, password, query and fragment, where signed addresses keep their secret.
pub(super) fn shown_url(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // Both fail only for addresses that have neither.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

impl fmt::Debug for GitTransport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Https(url) => formatter.write_str(&shown_url(url)),
            Self::Ssh(ssh) => write!(formatter, "{ssh}"),
        }
    }
}

impl fmt::Debug for ArchiveSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&shown_url(&self.url))
    }
}

impl fmt::Debug for S3Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&shown_url(&self.url))
    }
}
