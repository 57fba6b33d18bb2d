use super::sha_sums::{HEX_CHARS, SUMS_BYTES_MAX};

/// Why a text is not a `SHA256SUMS` file that clients can use.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SumsError {
    /// Nothing is listed.
    #[error("SHA256SUMS lists no file")]
    Empty,
    /// The file is too long.
    #[error("SHA256SUMS is {0} bytes long; at most {SUMS_BYTES_MAX} are read")]
    TooLarge(usize),
    /// One line is bad.
    #[error("SHA256SUMS line {line} ({quoted:?}): {rule}")]
    Line {
        /// The number of the line, from 1.
        line: usize,
        /// The beginning of the line.
        quoted: Box<str>,
        /// What is wrong with it.
        rule: SumsRule,
    },
}

/// What a line of `SHA256SUMS` must not be, and what clients would do.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SumsRule {
    /// Not text.
    #[error("the line is not UTF-8")]
    NotText,
    /// An empty line, a second line feed at the end included.
    #[error("the line is blank, on which Terraform and OpenTofu crash")]
    Blank,
    /// A line end of another system.
    #[error("the line has a carriage return; end lines with a line feed alone")]
    CarriageReturn,
    /// The mode mark of `sha256sum --binary`.
    #[error(
        "the file name begins with `*` (from `sha256sum --binary`), so clients would not find the file and refuse it"
    )]
    BinaryMark,
    /// Hexadecimal digits in capitals.
    #[error(
        "the digest has upper-case letters, which OpenTofu does not compare equal; write it in lower case"
    )]
    UpperCase,
    /// Something else where the digest should be.
    #[error(
        "a line begins with the {HEX_CHARS} hexadecimal digits of a SHA-256 digest; on longer ones clients crash, on others they ignore the whole file"
    )]
    NotADigest,
    /// A digest and no more.
    #[error("the file name is missing, for which clients ignore the whole file")]
    NoName,
    /// White space where clients cut the line.
    #[error("the file name has white space in it, at which clients cut it off")]
    SpaceInName,
    /// A path.
    #[error(
        "the file name is a path, and clients look for the bare name; run `sha256sum` inside the directory"
    )]
    Path,
    /// A name that stands above already.
    #[error("the file is listed in line {0} already")]
    Duplicate(usize),
}
