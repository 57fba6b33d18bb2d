//! Why an address is not read.

/// A module's address that can't be used, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GetterError {
    /// Nothing there, or far too much.
    #[error("a source address has 1 to {max} bytes, not {bytes}")]
    Length {
        /// What it has.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// Control characters, backslashes, or blanks around it.
    #[error("a source address has no control characters, no backslashes and no blanks around it")]
    Characters,
    /// A path on the machine that reads it.
    #[error(
        "{0:?} is a path on a local disk: name a remote source, such as `https://…` or `git::https://…`"
    )]
    Local(String),
    /// No known form.
    #[error(
        "{0:?} is no source address: write `https://…`, `git::https://…`, `git::ssh://…`, `s3::https://…`, `gcs::https://…` or `oci://…`"
    )]
    Unknown(String),
    /// A getter that is not supported.
    #[error("{getter}:: sources are not supported: {instead}")]
    Getter {
        /// What stands before the `::`.
        getter: String,
        /// What to do.
        instead: &'static str,
    },
    /// A scheme that the getter does not take.
    #[error("{scheme}:// can't be fetched from here: {instead}")]
    Scheme {
        /// What stands before the `://`.
        scheme: String,
        /// What to do.
        instead: &'static str,
    },
    /// No URL.
    #[error("the source address is no URL: {0}")]
    Url(#[from] url::ParseError),
    /// A host that is missing, or that could be taken for an option.
    #[error("the source address names no usable host")]
    Host,
    /// User names and passwords in an address.
    #[error(
        "the source address carries a user name or password: give them to the upstream's block instead"
    )]
    UserInfo,
    /// A subdirectory outside the package.
    #[error("{0:?} is no subdirectory of a package: it is relative and has no `..`")]
    Subdirectory(String),
    /// A parameter with a value that makes no sense.
    #[error("the parameter `{name}` of the source address is not usable: {rule}")]
    Parameter {
        /// Which.
        name: String,
        /// What it must be.
        rule: &'static str,
    },
    /// A repository's address that is not complete.
    #[error("{0:?} names no repository: write `HOST/OWNER/NAME`, and `//` before a subdirectory")]
    Repository(String),
    /// An object's address that is not complete.
    #[error(
        "the source address names no object of a bucket: name one archive, not a folder of files"
    )]
    Object,
}

impl GetterError {
    pub(super) fn parameter(name: &str, rule: &'static str) -> Self {
        let name = crate::excerpt::excerpt(name);
        Self::Parameter { name, rule }
    }
}
