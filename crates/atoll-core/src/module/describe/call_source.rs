//! Where a called module comes from.

use serde::{Deserialize, Serialize};

/// Hosts whose paths are shorthands for Git repositories, never registries.
const GIT_HOSTS: [&str; 3] = ["github.com", "bitbucket.org", "gitlab.com"];

/// The longest component of a registry address, in bytes.
const COMPONENT_BYTES_MAX: usize = 64;

/// What kind of place a module's source is.
///
/// Facts: <https://developer.hashicorp.com/terraform/language/modules/sources>
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum CallSource {
    /// `./modules/x`: a part of the same package.
    Local,
    /// `namespace/name/system`, with a host before and `//subdir` behind where there is one.
    Registry {
        /// The registry, where it isn't the client's default one.
        host: Option<String>,
        /// Who publishes it.
        namespace: String,
        /// Its name.
        name: String,
        /// What it is for, such as `aws`.
        system: String,
        /// Where the module is in its package.
        subdir: Option<String>,
    },
    /// `git::…`, `git@…`, `github.com/…` and the like.
    Git,
    /// An archive at an address.
    Https,
    /// Any other place.
    Other {
        /// What fetches it, such as `s3`, `gcs`, `oci` or `hg`; empty where nothing tells.
        getter: String,
    },
}

/// Tells what kind of place a source is, without asking anybody.
pub fn classify(source: &str) -> CallSource {
    let source = source.trim();
    let is_local = [".", ".."].contains(&source)
        || ["./", "../", ".\\", "..\\"]
            .iter()
            .any(|prefix| source.starts_with(prefix));
    if is_local {
        return CallSource::Local;
    }
    if let Some((getter, _)) = source.split_once("::") {
        let is_name = !getter.is_empty() && getter.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if is_name {
            return fetched_by(&getter.to_ascii_lowercase());
        }
    }
    if let Some((scheme, _)) = source.split_once("://") {
        return fetched_by(&scheme.to_ascii_lowercase());
    }
    if is_git_shorthand(source) {
        return CallSource::Git;
    }
    registry(source).unwrap_or_else(|| CallSource::Other {
        getter: by_shape(source).to_owned(),
    })
}

/// By a forced getter or a scheme.
fn fetched_by(getter: &str) -> CallSource {
    match getter {
        "git" | "ssh" => CallSource::Git,
        "https" | "http" => CallSource::Https,
        other => CallSource::Other {
            getter: other.chars().take(COMPONENT_BYTES_MAX).collect(),
        },
    }
}

fn is_git_shorthand(source: &str) -> bool {
    let host = source.split('/').next().unwrap_or_default();
    let is_scp = || {
        source
            .split_once('@')
            .is_some_and(|(user, rest)| !user.contains('/') && rest.contains(':'))
    };
    GIT_HOSTS.contains(&host.to_ascii_lowercase().as_str()) || is_scp()
}

fn by_shape(source: &str) -> &'static str {
    let host = source.split('/').next().unwrap_or_default();
    if source.starts_with('/') {
        "file"
    } else if host.ends_with(".amazonaws.com") {
        "s3"
    } else if host.ends_with(".googleapis.com") {
        "gcs"
    } else {
        ""
    }
}

fn registry(source: &str) -> Option<CallSource> {
    let (address, subdir) = match source.split_once("//") {
        Some((address, subdir)) => (address, Some(subdir.trim_matches('/'))),
        None => (source, None),
    };
    let mut parts = address.rsplitn(4, '/');
    let system = parts.next()?;
    let name = parts.next()?;
    let namespace = parts.next()?;
    let host = parts.next();
    let is_system = (1..=COMPONENT_BYTES_MAX).contains(&system.len())
        && system
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let is_address = is_system && is_name(name) && is_name(namespace) && host.is_none_or(is_host);
    is_address.then(|| CallSource::Registry {
        host: host.map(str::to_owned),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        system: system.to_owned(),
        subdir: subdir
            .filter(|subdir| !subdir.is_empty())
            .map(str::to_owned),
    })
}

fn is_name(text: &str) -> bool {
    let is_edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    text.len() <= COMPONENT_BYTES_MAX
        && is_edge(text.bytes().next())
        && is_edge(text.bytes().last())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// A name with a dot or a port in it, as clients want it here.
fn is_host(text: &str) -> bool {
    !text.contains('/')
        && (text == "localhost" || text.contains('.') || text.contains(':'))
        && text.parse::<crate::address::Hostname>().is_ok()
}
