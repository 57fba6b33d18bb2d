//! The whole address.

use std::fmt;
use std::str::FromStr;

use url::Url;

use super::detect::detect;
use super::parts::{split_getter, split_subdir};
use super::{ArchiveSource, GcsSource, GetterError, GitSource, OciSource, S3Source, Source};
use crate::excerpt::excerpt;

/// The longest address; signed ones have about 2 KiB.
pub const GETTER_ADDRESS_BYTES_MAX: usize = 16 * 1024;

/// Where a module's package is, and where in the package the module is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetterAddress {
    /// Where the package comes from.
    pub source: Source,
    /// A directory in it, without slashes at its ends; a component may be `*`.
    pub subdir: Option<String>,
}

impl FromStr for GetterAddress {
    type Err = GetterError;

    fn from_str(text: &str) -> Result<Self, GetterError> {
        check_text(text)?;
        let (getter, rest) = split_getter(text);
        let (address, subdir) = split_subdir(rest)?;
        let source = if address.contains("://") {
            read(getter, &address)?
        } else {
            read_short(getter, &address)?
        };
        Ok(Self { source, subdir })
    }
}

fn check_text(text: &str) -> Result<(), GetterError> {
    if text.is_empty() || text.len() > GETTER_ADDRESS_BYTES_MAX {
        return Err(GetterError::Length {
            bytes: text.len(),
            max: GETTER_ADDRESS_BYTES_MAX,
        });
    }
    let is_bad = |char: char| char.is_control() || char == '\\';
    if text.chars().any(is_bad) || text.trim() != text {
        return Err(GetterError::Characters);
    }
    Ok(())
}

fn read(getter: Option<&str>, address: &str) -> Result<Source, GetterError> {
    let (scheme, rest) = address.split_once("://").unwrap_or((address, ""));
    if scheme.eq_ignore_ascii_case("file") {
        return Err(GetterError::Local(excerpt(address)));
    }
    let kind = match getter {
        Some(getter) => getter,
        None => kind_of(scheme)?,
    };
    if !matches!(kind, "git" | "s3" | "gcs" | "oci" | "http" | "https") {
        return Err(refused_getter(kind));
    }
    if rest.starts_with(['/', '?', '#']) {
        // A browser would take the next word for the host.
        return Err(GetterError::Host);
    }
    let url = Url::parse(address)?;
    let host = url.host_str().unwrap_or_default();
    if host.is_empty() || host.starts_with('-') || host.contains('%') {
        return Err(GetterError::Host);
    }
    let is_web = matches!(url.scheme(), "https" | "http");
    if is_web && (!url.username().is_empty() || url.password().is_some()) {
        return Err(GetterError::UserInfo);
    }
    match (kind, is_web) {
        ("git", _) => GitSource::parse(url).map(Source::Git),
        ("s3", true) => S3Source::parse(url).map(Source::S3),
        ("gcs", true) => GcsSource::parse(&url).map(Source::Gcs),
        ("oci", false) if url.scheme() == "oci" => OciSource::parse(&url).map(Source::Oci),
        ("http" | "https", true) => ArchiveSource::parse(url).map(Source::Archive),
        _ => Err(GetterError::Scheme {
            scheme: excerpt(scheme),
            instead: "this getter takes https:// alone",
        }),
    }
}

/// The getter for a scheme where none is forced. A `.git` at the end does not make it git: it never did.
fn kind_of(scheme: &str) -> Result<&'static str, GetterError> {
    let instead = match scheme.to_ascii_lowercase().as_str() {
        "https" | "http" => return Ok("https"),
        "ssh" => return Ok("git"),
        "oci" => return Ok("oci"),
        "git" => "git repositories are reached by `git::https://…` and `git::ssh://…`",
        "s3" => "write `s3::https://HOST/BUCKET/OBJECT`",
        "gs" | "gcs" => "write `gcs::https://www.googleapis.com/storage/v1/BUCKET/OBJECT`",
        _ => "write `https://…`, `git::https://…`, `git::ssh://…` or `oci://…`",
    };
    Err(GetterError::Scheme {
        scheme: excerpt(scheme),
        instead,
    })
}

fn refused_getter(getter: &str) -> GetterError {
    let instead = match getter {
        "hg" => "move the module to git, or publish it as an archive",
        "file" => "name a remote source",
        _ => "`git::`, `s3::` and `gcs::` are",
    };
    GetterError::Getter {
        getter: excerpt(getter),
        instead,
    }
}

fn read_short(getter: Option<&str>, address: &str) -> Result<Source, GetterError> {
    if let Some(getter) = getter
        && !matches!(getter, "git" | "s3" | "gcs" | "http" | "https")
    {
        return Err(refused_getter(getter));
    }
    if address.starts_with(['/', '.', '~']) {
        return Err(GetterError::Local(excerpt(address)));
    }
    if let Some(detected) = detect(address)? {
        // A forced getter wins, as in go-getter.
        return read(Some(getter.unwrap_or(detected.getter)), &detected.url);
    }
    // Without `git::`, only git's own user makes it a repository.
    let is_repository = getter == Some("git") || (getter.is_none() && address.starts_with("git@"));
    if is_repository && let Some(read) = GitSource::parse_scp(address) {
        return read.map(Source::Git);
    }
    Err(GetterError::Unknown(excerpt(
        address.split('?').next().unwrap_or_default(),
    )))
}

impl fmt::Display for GetterAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (address, query) = self.source.shown();
        formatter.write_str(&address)?;
        if let Some(subdir) = &self.subdir {
            write!(formatter, "//{subdir}")?;
        }
        if let Some(query) = query {
            write!(formatter, "?{query}")?;
        }
        Ok(())
    }
}
