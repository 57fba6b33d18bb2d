use crate::excerpt::excerpt;
use crate::platform::Platform;
use crate::version::Version;

/// What every file of a provider release begins with.
const PREFIX: &str = "terraform-provider-";

/// The names of the files of one version of a provider type.
#[derive(Clone, Copy, Debug)]
pub struct Release<'a> {
    /// The provider's type, such as `aws`.
    pub type_: &'a str,
    /// The version.
    pub version: &'a Version,
}

/// Why a file name is not that of a release's zip.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ZipNameError {
    /// Not even alike.
    #[error(
        "{0:?} is not named like a provider's zip, `terraform-provider-TYPE_VERSION_OS_ARCH.zip`"
    )]
    Form(Box<str>),
    /// Another release's.
    #[error(
        "{name:?} does not belong to this release, whose zips are named `{expected}_OS_ARCH.zip`"
    )]
    OtherRelease {
        /// The file name.
        name: Box<str>,
        /// What it should begin with.
        expected: Box<str>,
    },
    /// No operating system and architecture.
    #[error("{0:?} does not end in `_OS_ARCH.zip`, such as `_linux_amd64.zip`")]
    Platform(Box<str>),
}

impl Release<'_> {
    /// `terraform-provider-TYPE_VERSION_OS_ARCH.zip`
    pub fn zip_name(&self, platform: &Platform) -> String {
        format!("{}_{platform}.zip", self.stem())
    }

    /// `terraform-provider-TYPE_VERSION_SHA256SUMS`
    pub fn sums_name(&self) -> String {
        format!("{}_SHA256SUMS", self.stem())
    }

    /// `terraform-provider-TYPE_VERSION_SHA256SUMS.sig`
    pub fn signature_name(&self) -> String {
        format!("{}_SHA256SUMS.sig", self.stem())
    }

    /// `terraform-provider-TYPE_VERSION_manifest.json`
    pub fn manifest_name(&self) -> String {
        format!("{}_manifest.json", self.stem())
    }

    /// The platform of one of this release's zips, by its file name.
    pub fn platform_of(&self, name: &str) -> Result<Platform, ZipNameError> {
        let stem = self.stem();
        let end = name
            .strip_suffix(".zip")
            .ok_or_else(|| ZipNameError::Form(excerpt(name).into()))?;
        let end = end
            .strip_prefix(stem.as_str())
            .and_then(|end| end.strip_prefix('_'));
        let end = end.ok_or_else(|| ZipNameError::OtherRelease {
            name: excerpt(name).into(),
            expected: stem.into(),
        })?;
        end.parse()
            .map_err(|_| ZipNameError::Platform(excerpt(name).into()))
    }

    fn stem(&self) -> String {
        format!("{PREFIX}{}_{}", self.type_, self.version)
    }
}

/// A provider's zip taken apart: type, version and platform.
///
/// For directories of releases whose type and version are not known otherwise.
pub fn parse_zip_name(name: &str) -> Result<(String, Version, Platform), ZipNameError> {
    let form = || ZipNameError::Form(excerpt(name).into());
    let stem = name
        .strip_prefix(PREFIX)
        .and_then(|name| name.strip_suffix(".zip"))
        .ok_or_else(form)?;
    let (type_, rest) = stem.split_once('_').ok_or_else(form)?;
    let (version, platform) = rest.split_once('_').ok_or_else(form)?;
    let version: Version = version.parse().map_err(|_| form())?;
    let platform = platform
        .parse()
        .map_err(|_| ZipNameError::Platform(excerpt(name).into()))?;
    if type_.is_empty() {
        Err(form())
    } else {
        Ok((type_.to_owned(), version, platform))
    }
}
