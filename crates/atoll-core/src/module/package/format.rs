use std::fmt;

/// A format of archive that modules come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// `.zip`
    Zip,
    /// `.tar`
    Tar,
    /// `.tar.gz`
    TarGz,
    /// `.tar.xz`
    TarXz,
    /// `.tar.bz2`
    TarBz2,
    /// `.tar.zst`
    TarZst,
}

/// Longer names first, where one ends with the other.
const NAMES: [(&str, Format); 11] = [
    ("tar.tbz2", Format::TarBz2),
    ("tar.bz2", Format::TarBz2),
    ("tar.zst", Format::TarZst),
    ("tar.gz", Format::TarGz),
    ("tar.xz", Format::TarXz),
    ("tbz2", Format::TarBz2),
    ("tzst", Format::TarZst),
    ("tgz", Format::TarGz),
    ("txz", Format::TarXz),
    ("tar", Format::Tar),
    ("zip", Format::Zip),
];

impl Format {
    /// The format that go-getter's `archive=` names, such as `tar.gz` or `tgz`. Formats of single files (`gz`) are none.
    ///
    /// Spec: <https://github.com/hashicorp/go-getter#unarchiving>
    pub fn from_archive_name(name: &str) -> Option<Self> {
        let mut names = NAMES.iter();
        names
            .find(|(known, _)| *known == name)
            .map(|(_, format)| *format)
    }

    /// The format that the path of a URL ends in, such as `/v1.0.0/vpc.tar.gz`.
    pub fn from_path(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or_default();
        let mut names = NAMES.iter();
        names
            .find(|(known, _)| {
                name.strip_suffix(known)
                    .is_some_and(|stem| stem.ends_with('.'))
            })
            .map(|(_, format)| *format)
    }

    /// What the compression alone is called, where there is any.
    pub(super) const fn compression(self) -> Option<&'static str> {
        match self {
            Self::Zip | Self::Tar => None,
            Self::TarGz => Some("gzip"),
            Self::TarXz => Some("xz"),
            Self::TarBz2 => Some("bzip2"),
            Self::TarZst => Some("zstd"),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Zip => "zip",
            Self::Tar => "tar",
            Self::TarGz => "tar.gz",
            Self::TarXz => "tar.xz",
            Self::TarBz2 => "tar.bz2",
            Self::TarZst => "tar.zst",
        })
    }
}
