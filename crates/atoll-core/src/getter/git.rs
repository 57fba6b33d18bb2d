//! Git repositories.

use std::fmt;
use std::str::FromStr;

use url::Url;

use super::GetterError;
use super::query::Query;
use crate::excerpt::excerpt;

/// A commit of a git repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitSource {
    /// Where the repository is.
    pub transport: GitTransport,
    /// A branch, a tag or a commit; the repository's `HEAD` where there is none.
    pub reference: Option<GitReference>,
}

/// How a repository is reached.
#[derive(Clone, PartialEq, Eq)]
pub enum GitTransport {
    /// By https, or by plain http where the address says so.
    Https(Url),
    /// By ssh.
    Ssh(SshAddress),
}

/// A repository on an ssh server. No part of it can be taken for an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshAddress {
    user: Box<str>,
    host: Box<str>,
    port: u16,
    path: Box<str>,
}

/// A branch, a tag or a commit, in words that git can't take for an option or a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GitReference(Box<str>);

/// Longest name of a branch or tag that file systems bear.
const REFERENCE_BYTES_MAX: usize = 255;
const SSH_PORT: u16 = 22;

impl GitSource {
    pub(super) fn parse(mut url: Url) -> Result<Self, GetterError> {
        let mut query = Query::of(&url);
        let reference = take_reference(&mut query)?;
        query.write_to(&mut url);
        url.set_fragment(None);
        let transport = match url.scheme() {
            "https" | "http" => GitTransport::Https(checked_web_url(url)?),
            "ssh" => GitTransport::Ssh(SshAddress::of_url(&url)?),
            scheme => return Err(refused_scheme(scheme)),
        };
        Ok(Self {
            transport,
            reference,
        })
    }

    /// Reads `user@host:path?query`; `None` where it has not that form.
    pub(super) fn parse_scp(text: &str) -> Option<Result<Self, GetterError>> {
        let (address, query) = text.split_once('?').unwrap_or((text, ""));
        let (user, rest) = address.split_once('@')?;
        let (host, path) = rest.split_once(':')?;
        let read = || {
            let reference = take_reference(&mut Query::parse(query))?;
            let path = format!("/{}", path.trim_start_matches('/'));
            let ssh = SshAddress::new(user, host, SSH_PORT, &path)?;
            Ok(Self {
                transport: GitTransport::Ssh(ssh),
                reference,
            })
        };
        Some(read())
    }
}

fn refused_scheme(scheme: &str) -> GetterError {
    GetterError::Scheme {
        scheme: excerpt(scheme),
        instead: "git repositories are reached by https and ssh",
    }
}

/// Takes the reference, and what else is meant for the getter.
///
/// `depth` says how much history is fetched. A package is the tree of one commit and has none of it (no `.git`, and nothing that is
/// written into files from it), so whatever the number, the bytes are the same: it is checked and dropped. With a `depth`, go-getter
/// finds no commit by its name, which nobody misses.
fn take_reference(query: &mut Query) -> Result<Option<GitReference>, GetterError> {
    if query.take("sshkey").is_some() {
        let rule = "give the key to the upstream's block, as `ssh_key_file`";
        return Err(GetterError::parameter("sshkey", rule));
    }
    for name in ["archive", "checksum"] {
        if query.take(name).is_some() {
            let rule = "a git repository is no archive; pin it by `ref=COMMIT`";
            return Err(GetterError::parameter(name, rule));
        }
    }
    let reference = query.take("ref").map(|text| text.parse()).transpose()?;
    let depth = query.take("depth").map(|text| text.parse::<u32>());
    if let Some(Err(_)) = depth {
        let rule = "the number of commits, or 0 for all";
        return Err(GetterError::parameter("depth", rule));
    }
    Ok(reference)
}

fn checked_web_url(url: Url) -> Result<Url, GetterError> {
    if url.path().trim_matches('/').is_empty() {
        return Err(GetterError::Repository(excerpt(
            url.host_str().unwrap_or_default(),
        )));
    }
    Ok(url)
}

impl SshAddress {
    fn of_url(url: &Url) -> Result<Self, GetterError> {
        if url.password().is_some() {
            return Err(GetterError::UserInfo);
        }
        let host = url.host_str().ok_or(GetterError::Host)?;
        let user = Some(url.username()).filter(|user| !user.is_empty());
        let port = url.port().unwrap_or(SSH_PORT);
        Self::new(user.unwrap_or("git"), host, port, url.path())
    }

    fn new(user: &str, host: &str, port: u16, path: &str) -> Result<Self, GetterError> {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        let is_plain =
            |text: &str| !text.is_empty() && !text.starts_with('-') && text.bytes().all(is_word);
        if !is_plain(user) || !is_plain(host) || port == 0 {
            return Err(GetterError::Host);
        }
        // What a shell on the other side might do with other characters is not ours to find out.
        let is_path = |byte: u8| is_word(byte) || matches!(byte, b'/' | b'~' | b'+' | b'@' | b'%');
        let bare = path.trim_matches('/');
        if bare.is_empty() || bare.starts_with('-') || !bare.bytes().all(is_path) {
            return Err(GetterError::Repository(excerpt(path)));
        }
        Ok(Self {
            user: user.into(),
            host: host.to_ascii_lowercase().into(),
            port,
            path: path.into(),
        })
    }

    /// Who logs in.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The server.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Its port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The repository, from the slash on.
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl GitReference {
    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it may be the whole name of a commit.
    pub fn is_commit(&self) -> bool {
        matches!(self.0.len(), 40 | 64) && self.0.bytes().all(|byte| byte.is_ascii_hexdigit())
    }
}

impl FromStr for GitReference {
    type Err = GetterError;

    fn from_str(text: &str) -> Result<Self, GetterError> {
        let is_allowed =
            |char: char| !char.is_control() && !char.is_whitespace() && !"~^:?*[\\".contains(char);
        let is_component = |part: &str| {
            !part.is_empty() && !part.starts_with('.') && part.strip_suffix(".lock").is_none()
        };
        let is_good = text.len() <= REFERENCE_BYTES_MAX
            && !text.starts_with(['-', '+', '@'])
            && !text.ends_with('.')
            && !text.contains("..")
            && !text.contains("@{")
            && text.chars().all(is_allowed)
            && text.split('/').all(is_component);
        if is_good {
            Ok(Self(text.into()))
        } else {
            let rule = "the name of a branch or tag, or a commit";
            Err(GetterError::parameter("ref", rule))
        }
    }
}

impl fmt::Display for GitReference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Display for SshAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ssh://{}@{}", self.user, self.host)?;
        if self.port != SSH_PORT {
            write!(formatter, ":{}", self.port)?;
        }
        formatter.write_str(&self.path)
    }
}
