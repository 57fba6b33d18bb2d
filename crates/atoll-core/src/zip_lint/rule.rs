use crate::archive::ArchiveError;
use crate::kind::ErrorKind;

use super::lint::PROGRAM_PREFIX;

/// Why a provider's zip is not fit to be published.
#[derive(Debug, thiserror::Error)]
pub enum LintError {
    /// It can't be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// An entry breaks a rule.
    #[error("entry {entry:?}: {rule}")]
    Entry {
        /// The name of the entry.
        entry: Box<str>,
        /// The rule it breaks.
        rule: LintRule,
    },
    /// No program.
    #[error(
        "there is no program in the archive's root: clients start a file named `{PROGRAM_PREFIX}{type_}`, or that with `_` or `.` and more behind it"
    )]
    NoProgram {
        /// The provider's type.
        type_: Box<str>,
    },
}

impl LintError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Archive(source) => source.kind(),
            Self::Entry { .. } | Self::NoProgram { .. } => ErrorKind::Invalid,
        }
    }
}

/// A rule for the entries of a provider's zip.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LintRule {
    /// `docs/` with nothing in it.
    #[error(
        "directory entries change the h1 hash between a zip and its unpacked form, and mirrors then fail; leave them out (`zip -D`)"
    )]
    Directory,
    /// A name that is no text.
    #[error("the name is not UTF-8")]
    NotText,
    /// An unusable name.
    #[error("the name is empty or has an empty, `.` or control-character part")]
    BadName,
    /// A path from the root or a drive.
    #[error("the path is absolute")]
    Absolute,
    /// A path with `..` in it.
    #[error("the path leaves the package with `..`")]
    ParentDirectory,
    /// A path of another system.
    #[error("the path has a backslash; zip paths have forward slashes")]
    Backslash,
    /// Two names in two encodings.
    #[error("the entry has a second name in an extra field, which only some clients read")]
    SecondName,
    /// Names that are one on some systems.
    #[error(
        "the name differs from that of {0:?} in case alone; they are the same file on Windows and macOS"
    )]
    CaseClash(Box<str>),
    /// A file and a directory of one name.
    #[error("the entry {0:?} is inside it, so it would have to be a directory")]
    FileAsDirectory(Box<str>),
    /// A symbolic link.
    #[error("symbolic links are not unpacked by all clients")]
    SymbolicLink,
    /// A device or the like.
    #[error("the entry is neither a file nor a directory")]
    Special,
    /// An encrypted entry.
    #[error("the entry is encrypted, and clients have no password")]
    Encrypted,
    /// An exotic compression.
    #[error("the compression is not one that clients can unpack; use deflate or none")]
    Compression,
    /// A program that has no mode at all.
    #[error(
        "the archive was not made on Unix and carries no modes, so clients could not run the program"
    )]
    NoMode,
    /// A program that can't be started.
    #[error(
        "the program is not executable (mode {0:04o}), so clients could not run it; make it 0755 before packing"
    )]
    NotExecutable(u32),
    /// A program that Windows doesn't take for one.
    #[error("the program's name must end in `.exe`, or Windows does not run it")]
    NotExe,
}
