//! Why a package could not be fetched.

use std::io;
use std::time::Duration;

use atoll_core::getter::{GetterError, PAGE_BYTES_MAX};
use atoll_core::kind::ErrorKind;
use atoll_core::module::package::NotAnArchive;

use super::LEADS_MAX;
use crate::{FetchError, SafeUrl};

/// A package that could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A request failed, or was not made.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// More than we take.
    #[error("the package at {origin} is larger than {bytes_max} bytes")]
    TooLarge {
        /// Where it is.
        origin: String,
        /// The limit.
        bytes_max: u64,
    },
    /// Too slow.
    #[error("gave up on the package at {origin} after {} s", .after.as_secs_f32())]
    Timeout {
        /// Where it is.
        origin: String,
        /// How long we waited.
        after: Duration,
    },
    /// An address that names no archive and does not say where one is either.
    #[error(
        "{origin} names no archive (by its suffix or `archive=`), and asked by `terraform-get=1` where one is, it answered with neither the header `X-Terraform-Get` nor `<meta name=\"terraform-get\" content=\"…\">` in the head of a page of at most {PAGE_BYTES_MAX} bytes"
    )]
    NoLead {
        /// What was asked.
        origin: String,
        /// What came instead.
        #[source]
        source: NotAnArchive,
    },
    /// An address that leads to what is none.
    #[error("{origin}, asked by `terraform-get=1` where its package is, leads nowhere")]
    Lead {
        /// What was asked.
        origin: String,
        /// What is wrong with the address that it names.
        #[source]
        source: GetterError,
    },
    /// Addresses that lead from one to the next.
    #[error(
        "{origin} leads on and on: {LEADS_MAX} addresses were asked by `terraform-get=1` where the package is, and after them comes {last}"
    )]
    Leads {
        /// The first one.
        origin: String,
        /// The one that was not asked any more.
        last: String,
    },
    /// Other bytes than the address promises.
    #[error("the package at {origin} has the checksum {actual}, not {expected}")]
    Checksum {
        /// Where it is.
        origin: String,
        /// What the address says.
        expected: String,
        /// What came.
        actual: String,
    },
    /// A file of checksums that can't be had.
    #[error("failed to fetch the file of checksums for the package at {origin}")]
    ChecksumFile {
        /// Where the package is.
        origin: String,
        /// Why.
        #[source]
        source: FetchError,
    },
    /// A file of checksums without the right one.
    #[error(
        "the file of checksums {file} has none for the package at {origin}: no line is `HEX  NAME` or `SHA256 (NAME) = HEX` with the name {name:?}, and none is digits of MD5, SHA-1, SHA-256 or SHA-512 alone"
    )]
    NoChecksum {
        /// Where the package is.
        origin: String,
        /// Where the file is.
        file: SafeUrl,
        /// What the package is called in it.
        name: String,
    },
    /// The file given could not be written.
    #[error("failed to write the package of {origin}")]
    Write {
        /// Where it comes from.
        origin: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A program that the server lacks.
    #[error(
        "fetching {origin} takes the program `{program}`, which is not installed on this server: install it, for example by `apt-get install {package}`"
    )]
    Program {
        /// What was to be fetched.
        origin: String,
        /// The program.
        program: &'static str,
        /// Its package in most systems.
        package: &'static str,
    },
    /// A program that could not be run.
    #[error("failed to {what} for {origin}")]
    Run {
        /// What was to be fetched.
        origin: String,
        /// What was attempted.
        what: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Settings that ssh needs and does not have.
    #[error("fetching {origin} takes `{key}` of upstream {upstream:?}: {why}")]
    Ssh {
        /// What was to be fetched.
        origin: String,
        /// The missing or unusable setting.
        key: &'static str,
        /// Label of the upstream.
        upstream: String,
        /// What it is for, or what is wrong with it.
        why: &'static str,
    },
    /// A repository that sends us elsewhere.
    #[error(
        "{origin} leads to {target}, and a repository is followed nowhere: name the address it leads to"
    )]
    Elsewhere {
        /// What was asked.
        origin: String,
        /// Host and port.
        target: String,
    },
    /// No connection to a repository.
    #[error("failed to connect for {origin}: {what}")]
    Connect {
        /// What was asked.
        origin: String,
        /// Why.
        what: String,
    },
    /// No such branch, tag or commit.
    #[error("{origin} has no branch, tag or commit {reference:?}")]
    NoReference {
        /// The repository.
        origin: String,
        /// What was asked for.
        reference: String,
    },
    /// Git's own words.
    #[error("git failed for {origin}: {what}")]
    Git {
        /// The repository.
        origin: String,
        /// What it said.
        what: String,
    },
    /// A package of an OCI registry that is none.
    #[error("{origin} is no module package: {what}")]
    Package {
        /// Where it is.
        origin: String,
        /// What is wrong with it.
        what: String,
    },
}

impl SourceError {
    /// What it means to a client of ours.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Fetch(error) | Self::ChecksumFile { source: error, .. } => error.kind(),
            Self::Timeout { .. } => ErrorKind::UpstreamTimeout,
            Self::NoReference { .. } => ErrorKind::NotFound,
            Self::Write { .. } | Self::Program { .. } | Self::Run { .. } | Self::Ssh { .. } => {
                ErrorKind::Unavailable
            }
            Self::TooLarge { .. }
            | Self::NoLead { .. }
            | Self::Lead { .. }
            | Self::Leads { .. }
            | Self::Checksum { .. }
            | Self::NoChecksum { .. }
            | Self::Elsewhere { .. }
            | Self::Connect { .. }
            | Self::Git { .. }
            | Self::Package { .. } => ErrorKind::UpstreamFailed,
        }
    }
}
