//! Why manifests are refused.

use super::descriptor::ANNOTATION_BYTES_MAX;
use super::parse::{DESCRIPTORS_MAX, MANIFEST_BYTES_MAX};
use super::strict_json::StrictJsonError;
use crate::digest::Digest;
use crate::kind::ErrorKind;

/// Why a manifest is refused. Clients show the message to people, so it says what to do where there is something.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Too long.
    #[error("the manifest has {0} bytes; at most {MANIFEST_BYTES_MAX} are taken")]
    TooLarge(usize),
    /// Not JSON, or JSON that two readers could read as two things.
    #[error("the manifest is not JSON that all clients read alike: {0}")]
    Json(#[from] StrictJsonError),
    /// A member is not what the specification makes it.
    #[error("the manifest's {member:?} is not as specified: {problem}")]
    Member {
        /// The member of the document, or `manifest` for the whole.
        member: &'static str,
        /// What the parser says.
        problem: String,
    },
    /// A member that the type asks for is missing.
    #[error("the manifest has no {member:?}, which {media_type} must have")]
    Missing {
        /// The member.
        member: &'static str,
        /// The type of the manifest.
        media_type: &'static str,
    },
    /// Not the version that all of these formats have.
    #[error("the manifest's \"schemaVersion\" is {0}, not 2")]
    SchemaVersion(String),
    /// Docker's first format.
    #[error(
        "Docker schema 1 manifests are not taken: their digest is not that of their bytes, and clients dropped them; push \
         with Docker 1.10 or newer, or convert with skopeo copy --format oci"
    )]
    Schema1,
    /// A type that is none of ours.
    #[error("manifests of type {0:?} are not taken; these are: {accepted}", accepted = super::media_types::MANIFESTS.join(", "))]
    Type(String),
    /// Header and body disagree.
    #[error("the Content-Type is {header:?}, but the manifest's \"mediaType\" is {body:?}")]
    TypeConflict {
        /// What the request says.
        header: String,
        /// What the document says.
        body: String,
    },
    /// Some client would read it as a manifest of another type.
    #[error(
        "the manifest has {unexpected:?}, which {media_type} does not have; some clients would read it as another type"
    )]
    Ambiguous {
        /// The member of another type.
        unexpected: &'static str,
        /// The type of the manifest.
        media_type: &'static str,
    },
    /// Too many parts.
    #[error("the manifest has {0} descriptors; at most {DESCRIPTORS_MAX} are taken")]
    TooManyDescriptors(usize),
    /// Lists of referrers repeat annotations, and have to fit into one answer.
    #[error("the manifest has {0} bytes of annotations; at most {ANNOTATION_BYTES_MAX} are taken")]
    TooManyAnnotations(usize),
    /// Embedded content that is not the described one.
    #[error(
        "the \"data\" of the descriptor of {0} is not base64 of the content that its digest and size describe"
    )]
    Data(Digest),
}

impl ManifestError {
    /// What kind of failure this is.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::TooLarge(_) => ErrorKind::TooLarge,
            Self::Json(_)
            | Self::Member { .. }
            | Self::Missing { .. }
            | Self::SchemaVersion(_)
            | Self::Schema1
            | Self::Type(_)
            | Self::TypeConflict { .. }
            | Self::Ambiguous { .. }
            | Self::TooManyDescriptors(_)
            | Self::TooManyAnnotations(_)
            | Self::Data(_) => ErrorKind::Invalid,
        }
    }
}
