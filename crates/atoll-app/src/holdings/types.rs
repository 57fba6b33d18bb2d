//! The rows of a list.

use std::fmt;

use atoll_core::digest::Digest;
use atoll_core::origin::Origin;
use atoll_core::platform::Platform;
use atoll_core::proof::Proof;
use atoll_core::reference::Tag;
use atoll_core::repository::{Family, RepositoryName};
use atoll_core::time_micros::Micros;
use atoll_core::version::Version;

/// Something that is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holding {
    /// A version of a provider.
    Provider(HeldProvider),
    /// A version of a module.
    Module(HeldModule),
    /// A tag of any other repository.
    Tag(HeldTag),
}

/// What kind of artifact something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A provider of Terraform and OpenTofu.
    Provider,
    /// A module.
    Module,
    /// A program, such as `terraform`.
    Tool,
    /// A Helm chart.
    Chart,
    /// An extension of an editor.
    Extension,
    /// A plain file.
    File,
    /// A container image, or whatever else was pushed.
    Image,
}

/// A version of a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldProvider {
    /// Where it is kept.
    pub repository: RepositoryName,
    /// `HOST/NAMESPACE/TYPE`.
    pub address: String,
    /// The version.
    pub version: Version,
    /// Its packages, in order.
    pub platforms: Vec<HeldPlatform>,
    /// How it came here.
    pub origin: Origin,
    /// How its digests are known.
    pub proof: Proof,
    /// When it was first known here.
    pub captured_at: Micros,
}

/// A version of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldModule {
    /// Where it is kept.
    pub repository: RepositoryName,
    /// `HOST/NAMESPACE/NAME/SYSTEM`, as its publisher spells it.
    pub address: String,
    /// The version.
    pub version: Version,
    /// The digest of its package.
    pub digest: Digest,
    /// The package's length in bytes.
    pub size: u64,
    /// How it came here.
    pub origin: Origin,
    /// How its digest is known.
    pub proof: Proof,
    /// When it was first known here.
    pub captured_at: Micros,
}

/// A package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldPlatform {
    /// What it runs on.
    pub platform: Platform,
    /// The zip's length in bytes.
    pub size: u64,
    /// Whether the bytes are here.
    pub held: bool,
}

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldTag {
    /// What it is.
    pub kind: Kind,
    /// The repository.
    pub repository: RepositoryName,
    /// The tag.
    pub tag: Tag,
    /// The manifest.
    pub digest: Digest,
    /// The bytes of what the manifest names, for all platforms, each blob once.
    pub size: u64,
    /// When the tag was set.
    pub updated_at: Micros,
}

impl Kind {
    /// What the repositories of a family hold; those of none hold images.
    pub fn of(family: Option<Family>) -> Self {
        match family {
            Some(Family::Providers) => Self::Provider,
            Some(Family::Modules) => Self::Module,
            Some(Family::Tools) => Self::Tool,
            Some(Family::Charts) => Self::Chart,
            Some(Family::Extensions) => Self::Extension,
            Some(Family::Files) => Self::File,
            None => Self::Image,
        }
    }

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Module => "module",
            Self::Tool => "tool",
            Self::Chart => "chart",
            Self::Extension => "extension",
            Self::File => "file",
            Self::Image => "image",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Holding {
    /// What kind of artifact it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Provider(_) => Kind::Provider,
            Self::Module(_) => Kind::Module,
            Self::Tag(tag) => tag.kind,
        }
    }

    /// Where it is kept.
    pub fn repository(&self) -> &RepositoryName {
        match self {
            Self::Provider(provider) => &provider.repository,
            Self::Module(module) => &module.repository,
            Self::Tag(tag) => &tag.repository,
        }
    }
}
