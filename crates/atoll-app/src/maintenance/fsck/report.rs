//! What is checked, and what was found.

use std::fmt;

use atoll_core::digest::Digest;
use atoll_core::reference::Tag;
use atoll_core::repository::RepositoryName;
use serde::Serialize;

/// How many damages a report lists; all are counted.
pub const DAMAGE_LISTED_MAX: usize = 10_000;

/// What is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FsckOptions {
    /// Whether every byte is read and hashed, not only the sizes compared.
    pub verify_content: bool,
    /// Whether to mend what can be mended.
    pub repair: bool,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FsckReport {
    /// The damages; at most [`DAMAGE_LISTED_MAX`].
    pub damage: Vec<Damage>,
    /// How much was looked at.
    pub counts: FsckCounts,
}

/// How much was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FsckCounts {
    /// All damages.
    pub damages: u64,
    /// Blobs whose bytes should be here.
    pub held_blobs: u64,
    /// Their bytes.
    pub held_bytes: u64,
    /// Blobs that are fetched when somebody asks.
    pub lazy_blobs: u64,
    /// Files that no row knows of. They do no harm, and the next collection after the grace removes them.
    pub orphans: u64,
    /// Their bytes.
    pub orphan_bytes: u64,
    /// Manifests.
    pub manifests: u64,
    /// Versions of providers.
    pub versions: u64,
}

/// Something that is not as it should be, and what was done about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// What is wrong.
    #[serde(flatten)]
    pub fault: Fault,
    /// What was done.
    pub repair: Repair,
}

/// What is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum Fault {
    /// The bytes of a blob are not here.
    BlobMissing {
        /// The blob.
        digest: Digest,
    },
    /// A blob has too many bytes, or too few.
    BlobSize {
        /// The blob.
        digest: Digest,
        /// How many it should have.
        expected: u64,
        /// How many there are.
        actual: u64,
    },
    /// A blob has other bytes.
    BlobContent {
        /// The blob.
        digest: Digest,
        /// The digest of what is there.
        actual: Digest,
    },
    /// A blob's bytes can't be read from the disk.
    BlobUnreadable {
        /// The blob.
        digest: Digest,
        /// What the system says.
        why: String,
    },
    /// A manifest has other bytes.
    ManifestContent {
        /// The manifest.
        digest: Digest,
    },
    /// A manifest's bytes are no manifest.
    ManifestInvalid {
        /// The manifest.
        digest: Digest,
        /// What is wrong.
        why: String,
    },
    /// A manifest names a blob that nothing is known of.
    BlobUnknown {
        /// The manifest.
        manifest: Digest,
        /// The blob.
        blob: Digest,
    },
    /// It was not noted that a manifest names something, so that may be collected.
    EdgeMissing {
        /// The manifest.
        manifest: Digest,
        /// What it names.
        to: Digest,
    },
    /// A blob can't be read through a repository whose manifest names it.
    Unlinked {
        /// The repository.
        repository: RepositoryName,
        /// The manifest.
        manifest: Digest,
        /// The blob.
        blob: Digest,
    },
    /// A tag points at a manifest that is not here.
    TagDangling {
        /// The repository.
        repository: RepositoryName,
        /// The tag.
        tag: Tag,
        /// The manifest.
        digest: Digest,
    },
    /// A version does not follow its family's layout.
    VersionInvalid {
        /// The repository.
        repository: RepositoryName,
        /// The tag.
        tag: Tag,
        /// What is wrong.
        why: String,
    },
    /// A version is not in the lists.
    VersionUnlisted {
        /// The repository.
        repository: RepositoryName,
        /// The tag.
        tag: Tag,
    },
    /// The lists say something else of a version than the store.
    VersionDiffers {
        /// The repository.
        repository: RepositoryName,
        /// The tag.
        tag: Tag,
        /// In what.
        what: &'static str,
    },
}

/// What was done about a damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Repair {
    /// Nothing: nobody asked for it, or nothing can be done.
    None,
    /// The bytes are fetched again when somebody asks; damaged ones lie in quarantine.
    Refetched,
    /// The blob is hidden until somebody pushes it again; damaged bytes lie in quarantine.
    Hidden,
    /// What was missing was noted again.
    Restored,
}

impl FsckReport {
    pub(super) fn add(&mut self, fault: Fault, repair: Repair) {
        tracing::warn!("{fault}{repair}");
        self.counts.damages += 1;
        if self.damage.len() < DAMAGE_LISTED_MAX {
            self.damage.push(Damage { fault, repair });
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.fault, self.repair)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BlobMissing { digest } => write!(f, "blob {digest} is missing"),
            Self::BlobSize {
                digest,
                expected,
                actual,
            } => {
                write!(f, "blob {digest} has {actual} bytes instead of {expected}")
            }
            Self::BlobContent { digest, actual } => {
                write!(f, "blob {digest} has other bytes, with the digest {actual}")
            }
            Self::BlobUnreadable { digest, why } => write!(f, "blob {digest} can't be read: {why}"),
            Self::ManifestContent { digest } => write!(f, "manifest {digest} has other bytes"),
            Self::ManifestInvalid { digest, why } => {
                write!(f, "manifest {digest} can't be read: {why}")
            }
            Self::BlobUnknown { manifest, blob } => write!(
                f,
                "manifest {manifest} names blob {blob}, which is not here"
            ),
            Self::EdgeMissing { manifest, to } => {
                write!(f, "manifest {manifest} names {to}, which was not noted")
            }
            Self::Unlinked {
                repository,
                manifest,
                blob,
            } => {
                write!(
                    f,
                    "blob {blob} of manifest {manifest} can't be read through {repository}"
                )
            }
            Self::TagDangling {
                repository,
                tag,
                digest,
            } => {
                write!(
                    f,
                    "tag {repository}:{tag} points at {digest}, which is not here"
                )
            }
            Self::VersionInvalid {
                repository,
                tag,
                why,
            } => write!(f, "version {repository}:{tag} can't be served: {why}"),
            Self::VersionUnlisted { repository, tag } => {
                write!(f, "version {repository}:{tag} is not listed")
            }
            Self::VersionDiffers {
                repository,
                tag,
                what,
            } => {
                write!(
                    f,
                    "version {repository}:{tag} is listed with another {what} than it has"
                )
            }
        }
    }
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "",
            Self::Refetched => "; it is fetched again when somebody asks",
            Self::Hidden => "; it is hidden until somebody pushes it again",
            Self::Restored => "; mended",
        })
    }
}
