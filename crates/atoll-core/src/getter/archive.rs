//! Archives on web servers, and what an address says about any archive.

use std::fmt;
use std::str::FromStr;

use url::Url;

use super::query::Query;
use super::{ArchiveChecksum, GetterError};

/// An archive that a web server has.
#[derive(Clone, PartialEq, Eq)]
pub struct ArchiveSource {
    /// What to ask, without the parameters that are meant for the getter.
    pub url: Url,
    /// What the address says it is. Where it says nothing, it may lead to another one ([`GetterAddress::question`]); if it does
    /// not, the content decides.
    ///
    /// [`GetterAddress::question`]: super::GetterAddress::question
    pub format: Option<ArchiveFormat>,
    /// What its bytes must hash to.
    pub checksum: Option<ArchiveChecksum>,
}

/// The archives that a module may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ArchiveFormat {
    /// Zip.
    Zip,
    /// Tar without compression.
    Tar,
    /// Tar in gzip.
    TarGz,
    /// Tar in xz.
    TarXz,
    /// Tar in bzip2.
    TarBz2,
    /// Tar in Zstandard.
    TarZst,
}

const FORMAT_RULE: &str =
    "a module comes as `zip`, `tar`, `tar.gz`, `tar.xz`, `tar.bz2` or `tar.zst`";

/// Every spelling of a format.
const SPELLINGS: [(&str, ArchiveFormat); 11] = [
    ("zip", ArchiveFormat::Zip),
    ("tar", ArchiveFormat::Tar),
    ("tar.gz", ArchiveFormat::TarGz),
    ("tgz", ArchiveFormat::TarGz),
    ("tar.xz", ArchiveFormat::TarXz),
    ("txz", ArchiveFormat::TarXz),
    ("tar.bz2", ArchiveFormat::TarBz2),
    ("tbz2", ArchiveFormat::TarBz2),
    ("tar.tbz2", ArchiveFormat::TarBz2),
    ("tar.zst", ArchiveFormat::TarZst),
    ("tzst", ArchiveFormat::TarZst),
];

impl ArchiveFormat {
    /// The usual suffix of its files, without the dot.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::Tar => "tar",
            Self::TarGz => "tar.gz",
            Self::TarXz => "tar.xz",
            Self::TarBz2 => "tar.bz2",
            Self::TarZst => "tar.zst",
        }
    }

    /// What the compression alone is called, where there is any.
    pub(crate) const fn compression(self) -> Option<&'static str> {
        match self {
            Self::Zip | Self::Tar => None,
            Self::TarGz => Some("gzip"),
            Self::TarXz => Some("xz"),
            Self::TarBz2 => Some("bzip2"),
            Self::TarZst => Some("zstd"),
        }
    }

    fn of_path(path: &str) -> Option<Self> {
        let ends = |suffix: &str| {
            path.strip_suffix(suffix)
                .is_some_and(|stem| stem.ends_with('.'))
        };
        let found = SPELLINGS.into_iter().find(|(suffix, _)| ends(suffix));
        found.map(|(_, format)| format)
    }
}

impl FromStr for ArchiveFormat {
    type Err = GetterError;

    fn from_str(text: &str) -> Result<Self, GetterError> {
        let found = SPELLINGS.into_iter().find(|(name, _)| *name == text);
        let format = found.map(|(_, format)| format);
        format.ok_or_else(|| GetterError::parameter("archive", FORMAT_RULE))
    }
}

impl fmt::Display for ArchiveFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Takes what an address says about its archive. `filename` names a file on the client's disk: it is dropped.
pub(super) fn take_archive(
    query: &mut Query,
    url: &Url,
) -> Result<(Option<ArchiveFormat>, Option<ArchiveChecksum>), GetterError> {
    query.take("filename");
    let format = match query.take("archive").as_deref() {
        None | Some("1" | "t" | "T" | "true" | "TRUE" | "True") => {
            ArchiveFormat::of_path(url.path())
        }
        Some("0" | "f" | "F" | "false" | "FALSE" | "False") => None,
        Some(name) => Some(name.parse()?),
    };
    let checksum = query.take("checksum");
    let checksum = checksum.map(|text| ArchiveChecksum::parse(&text, url));
    let checksum = checksum.transpose()?;
    Ok((format, checksum))
}

impl ArchiveSource {
    pub(super) fn parse(mut url: Url) -> Result<Self, GetterError> {
        let mut query = Query::of(&url);
        let (format, checksum) = take_archive(&mut query, &url)?;
        query.write_to(&mut url);
        url.set_fragment(None);
        Ok(Self {
            url,
            format,
            checksum,
        })
    }
}
