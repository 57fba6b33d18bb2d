use std::io;

use crate::archive::ArchiveError;
use crate::getter::ArchiveFormat;
use crate::kind::ErrorKind;

use super::limits::{
    COMPONENT_BYTES_MAX, ENTRIES_MAX, LINK_BYTES_MAX, LINKS_FOLLOWED_MAX, NAME_BYTES_MAX,
    RATIO_MAX, UNPACKED_BYTES_MAX,
};
use super::sniff::NotAnArchive;

/// Why an archive does not become a module's package.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// It is something else.
    #[error(transparent)]
    NotAnArchive(#[from] NotAnArchive),
    /// Compressed, but no tar inside.
    #[error(
        "the file is one file compressed with {0}, not an archive: put the module's directory into a tar first (`tar -czf`)"
    )]
    SingleFile(&'static str),
    /// A zip that can't be read.
    #[error(transparent)]
    Zip(ArchiveError),
    /// A tar that can't be read.
    #[error("the {format} archive is damaged or cut short")]
    Damaged {
        /// What it looked like.
        format: ArchiveFormat,
        /// What its decoder says.
        source: io::Error,
    },
    /// The archive's bytes could not be had.
    #[error("failed to read the archive")]
    Read(#[source] io::Error),
    /// The unpacked bytes could not be kept.
    #[error("failed to use the temporary file for unpacked bytes")]
    Scratch(#[source] io::Error),
    /// The package could not be written.
    #[error("failed to write the module's package")]
    Write(#[source] io::Error),
    /// More files than a module has.
    #[error(
        "the module has more than {ENTRIES_MAX} files and directories, copies of linked ones included"
    )]
    TooManyEntries,
    /// Larger than a module is.
    #[error(
        "the module unpacks to more than {UNPACKED_BYTES_MAX} bytes, copies of linked files included"
    )]
    TooLarge,
    /// Far larger than it looks.
    #[error("the archive of {packed_bytes} bytes unpacks to more than {RATIO_MAX} times as much")]
    Bomb {
        /// The size of the archive.
        packed_bytes: u64,
    },
    /// An entry breaks a rule.
    #[error("entry {entry:?}: {rule}")]
    Entry {
        /// The name of the entry.
        entry: Box<str>,
        /// The rule it breaks.
        rule: EntryRule,
    },
    /// A directory that can't be meant.
    #[error(
        "{0:?} is no directory of an archive: after `//` comes a relative path without `..` and wildcards, except `*` as its first component"
    )]
    BadSubdir(Box<str>),
    /// A directory that no address can name.
    #[error(
        "the module in {0:?} refers to `../`, so clients have to be told its directory, and an address can't carry that: name it in plain characters"
    )]
    OddSubdir(Box<str>),
    /// A directory that is not there.
    #[error("the archive has no directory {subdir:?}; at its top there is {found}")]
    NoSubdir {
        /// The directory asked for.
        subdir: Box<str>,
        /// What is there instead.
        found: Box<str>,
    },
    /// `//*` without a single directory.
    #[error("`//*` needs an archive with a single directory at its top; there is {0}")]
    NoWrapper(Box<str>),
    /// No file that makes a module.
    #[error(
        "there is no module in {place}: no .tf, .tf.json, .tofu or .tofu.json file at any depth, only {found}"
    )]
    NoModule {
        /// Where it was sought.
        place: Box<str>,
        /// What is there instead.
        found: Box<str>,
    },
}

impl PackageError {
    /// What kind of failure it is: only bytes that could not be had or kept are ours.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Zip(source) => source.kind(),
            Self::Scratch(source) | Self::Write(source)
                if source.kind() == io::ErrorKind::StorageFull =>
            {
                ErrorKind::StorageFull
            }
            Self::Read(_) | Self::Scratch(_) | Self::Write(_) => ErrorKind::Unavailable,
            Self::TooManyEntries | Self::TooLarge | Self::Bomb { .. } => ErrorKind::TooLarge,
            Self::NotAnArchive(_)
            | Self::SingleFile(_)
            | Self::Damaged { .. }
            | Self::Entry { .. }
            | Self::BadSubdir(_)
            | Self::OddSubdir(_)
            | Self::NoSubdir { .. }
            | Self::NoWrapper(_)
            | Self::NoModule { .. } => ErrorKind::Invalid,
        }
    }
}

/// A rule for the entries of a module's archive.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryRule {
    /// A path with `..` in it.
    #[error("the path has a `..` in it, and may leave the module")]
    ParentDirectory,
    /// A path from the root or a drive.
    #[error("the path is absolute")]
    Absolute,
    /// Two contents for one name.
    #[error("there are several entries of this name; which of them counts is anybody's guess")]
    Duplicate,
    /// A file and a directory of one name.
    #[error("it is a directory in one entry, and a file or link in another")]
    FileAsDirectory,
    /// A name that is no text.
    #[error("the name is not UTF-8")]
    NotText,
    /// A name that is nothing.
    #[error("the name is empty")]
    Empty,
    /// A name with a line feed or the like.
    #[error("the name has a control character in it")]
    Control,
    /// A path of another system.
    #[error("the path has a backslash; archives have forward slashes")]
    Backslash,
    /// A path that is too long.
    #[error(
        "the path is longer than {NAME_BYTES_MAX} bytes, or a part of it than {COMPONENT_BYTES_MAX}"
    )]
    TooLong,
    /// Names that are one on some systems.
    #[error(
        "the name differs from that of {0:?} in case alone; they are the same on Windows and macOS"
    )]
    CaseClash(Box<str>),
    /// A device or the like.
    #[error("it is a device, a pipe or the like; modules have files, directories and links")]
    Special,
    /// A file with holes.
    #[error("it is stored as a sparse file; pack it without `--sparse`")]
    Sparse,
    /// Two sizes.
    #[error("its headers disagree about its size")]
    Size,
    /// An extended header that is no such thing.
    #[error("its extended header is damaged or too long")]
    Extension,
    /// An encrypted entry.
    #[error("it is encrypted, and nobody has the password")]
    Encrypted,
    /// An exotic compression.
    #[error("its compression is not supported; use deflate or none")]
    Compression,
    /// A link to the outside.
    #[error("it is a link that leaves the archive: {0:?}")]
    LinkLeaves(Box<str>),
    /// A link to nothing.
    #[error("it is a link to something that is not in the archive: {0:?}")]
    LinkNowhere(Box<str>),
    /// A link to a link to a link.
    #[error("it is a link with more than {LINKS_FOLLOWED_MAX} links behind it: {0:?}")]
    LinkTooDeep(Box<str>),
    /// A link to a directory that it is in.
    #[error("it is a link to a directory that contains it, so a copy would never end: {0:?}")]
    LinkCycle(Box<str>),
    /// A link with a novel as its target.
    #[error("it is a link whose target is longer than {LINK_BYTES_MAX} bytes or is not UTF-8")]
    LinkTarget,
}

impl EntryRule {
    /// Whether an entry that others published can be left out: what is hostile or ambiguous can't.
    pub(super) fn may_be_left_out(&self) -> bool {
        match self {
            Self::ParentDirectory
            | Self::Absolute
            | Self::Duplicate
            | Self::FileAsDirectory
            | Self::Sparse
            | Self::Size
            | Self::Extension
            | Self::Encrypted
            | Self::Compression => false,
            Self::NotText
            | Self::Empty
            | Self::Control
            | Self::Backslash
            | Self::TooLong
            | Self::CaseClash(_)
            | Self::Special
            | Self::LinkLeaves(_)
            | Self::LinkNowhere(_)
            | Self::LinkTooDeep(_)
            | Self::LinkCycle(_)
            | Self::LinkTarget => true,
        }
    }
}
