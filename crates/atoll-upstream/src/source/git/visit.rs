//! One way to one repository: under the address rules, with a turn of git, a place for it and a forwarder.

use std::sync::Arc;

use atoll_core::getter::{GitSource, GitTransport, SshAddress};
use aws_lc_rs::rand;
use data_encoding::HEXLOWER;
use url::Url;

use super::forwarder::{Forwarder, Greeting};
use super::gate::{Gate, Trouble};
use super::repository::Repository;
use super::sandbox::Sandbox;
use super::settings::{GitSettings, Turn};
use super::ssh::Unusable;
use super::{socks, ssh};
use crate::dialer::{DialError, Dialer};
use crate::source::{SourceError, SourceLimits};
use crate::trust::pem_bundle;
use crate::upstream::Inner;
use crate::{FetchError, LOOP_HEADER, Upstream};

/// On disk a fetch holds what came and what git makes of it.
const DISK_FACTOR: u64 = 2;
/// What a repository takes with nothing in it, and authorities.
const DISK_BYTES_FREE: u64 = 16 << 20;
const PASSWORD_BYTES: usize = 32;

/// A repository that can be reached, until this is dropped.
pub(super) struct Visit<'a> {
    settings: &'a GitSettings,
    place: Place,
    origin: &'a str,
    bytes_max: u64,
    gate: Arc<Gate>,
    /// What must not be repeated.
    secrets: Vec<String>,
    _forwarder: Forwarder,
    sandbox: Sandbox,
    _turn: Turn<'a>,
}

impl<'a> Visit<'a> {
    /// Waits for a turn and opens the way. Nothing is dialled yet.
    pub(super) async fn begin(
        upstream: &'a Upstream,
        source: &GitSource,
        origin: &'a str,
        limits: SourceLimits,
    ) -> Result<Self, SourceError> {
        let inner = upstream.inner();
        let place = Place::of(&source.transport, origin)?;
        let dialer = permitted(inner, &place)?;
        let settings = &inner.git;
        check_programs(settings, &source.transport, origin)?;
        let turn = turn(settings, origin).await?;
        let target = place.target.clone();
        let gate = Arc::new(Gate::new(dialer, target, limits.bytes_max, inner.timeouts));
        let mut sandbox = sandbox(settings, origin).await?;
        // What stands in a query may be a token, and git prints whole addresses when it fails.
        let mut secrets: Vec<String> = match &source.transport {
            GitTransport::Https(url) => url.query().map(str::to_owned).into_iter().collect(),
            GitTransport::Ssh(_) => Vec::new(),
        };
        let forwarder = match &source.transport {
            GitTransport::Https(url) => {
                lead_web(upstream, url, &gate, &mut sandbox, &mut secrets).await
            }
            GitTransport::Ssh(address) => {
                lead_ssh(upstream, address, &gate, &mut sandbox, origin).await
            }
        }?;
        Ok(Self {
            settings,
            place,
            origin,
            bytes_max: limits.bytes_max,
            gate,
            secrets,
            _forwarder: forwarder,
            sandbox,
            _turn: turn,
        })
    }

    pub(super) fn repository(&self) -> Repository<'_> {
        let disk_bytes_max = self.bytes_max.saturating_mul(DISK_FACTOR);
        Repository {
            sandbox: &self.sandbox,
            runs: &self.settings.runs,
            url: &self.place.url,
            origin: self.origin,
            disk_bytes_max: disk_bytes_max.saturating_add(DISK_BYTES_FREE),
            bytes_max: self.bytes_max,
            secrets: &self.secrets,
        }
    }

    /// What came of talking to the repository. Where the way was barred, git's words about it are beside the point.
    pub(super) fn explain<T>(&self, result: Result<T, SourceError>) -> Result<T, SourceError> {
        result.map_err(|error| match self.gate.take_trouble() {
            Some(trouble) => self.explained(trouble),
            None => error,
        })
    }

    fn explained(&self, trouble: Trouble) -> SourceError {
        let (origin, shown) = (self.origin.to_owned(), &self.place.shown);
        match trouble {
            Trouble::TooLarge => SourceError::TooLarge {
                origin,
                bytes_max: self.bytes_max,
            },
            Trouble::Elsewhere(target) => SourceError::Elsewhere { origin, target },
            Trouble::Dial(DialError::Refused(refusal)) => SourceError::Fetch(FetchError::Refused {
                url: shown.into(),
                refusal: Box::new(refusal),
            }),
            Trouble::Dial(error) => SourceError::Connect {
                origin,
                what: error.to_string(),
            },
            Trouble::Slow(after) => SourceError::Fetch(FetchError::Timeout {
                url: shown.into(),
                after,
            }),
        }
    }
}

/// Where a repository is: for git, for the address rules, and for people.
struct Place {
    url: String,
    /// The rules know web addresses: an ssh server is judged as one on its port.
    target: Url,
    shown: Url,
}

impl Place {
    fn of(transport: &GitTransport, origin: &str) -> Result<Self, SourceError> {
        let bad = |error: url::ParseError| SourceError::Git {
            origin: origin.to_owned(),
            what: format!("no address: {error}"),
        };
        match transport {
            GitTransport::Https(url) => Ok(Self {
                url: url.to_string(),
                target: url.clone(),
                shown: url.clone(),
            }),
            GitTransport::Ssh(ssh) => {
                let (user, host, path) = (ssh.user(), ssh.host(), ssh.path());
                let target = format!("https://{host}:{}/", ssh.port());
                Ok(Self {
                    // The port is the forwarder's, and given to ssh.
                    url: format!("ssh://{user}@{host}{path}"),
                    target: target.parse().map_err(bad)?,
                    shown: ssh.to_string().parse().map_err(bad)?,
                })
            }
        }
    }
}

fn permitted(inner: &Inner, place: &Place) -> Result<Dialer, FetchError> {
    let clients = inner
        .clients
        .as_ref()
        .map_err(|reason| FetchError::Offline {
            url: (&place.shown).into(),
            reason: *reason,
        })?;
    let dialer = clients.dialer();
    let checked = dialer.check(&place.target);
    checked.map_err(|refusal| FetchError::Refused {
        url: (&place.shown).into(),
        refusal: Box::new(refusal),
    })?;
    Ok(dialer.clone())
}

fn check_programs(
    settings: &GitSettings,
    transport: &GitTransport,
    origin: &str,
) -> Result<(), SourceError> {
    let missing = |program, package| SourceError::Program {
        origin: origin.to_owned(),
        program,
        package,
    };
    if !settings.runs.has_program("git") {
        return Err(missing("git", "git"));
    }
    if matches!(transport, GitTransport::Ssh(_)) && !settings.runs.has_program("ssh") {
        return Err(missing("ssh", "openssh-client"));
    }
    Ok(())
}

async fn turn<'a>(settings: &'a GitSettings, origin: &str) -> Result<Turn<'a>, SourceError> {
    let turn = settings.turn().await;
    turn.map_err(|closed| {
        let closed = std::io::Error::other(closed);
        run_error(origin, "wait for a turn of git", closed)
    })
}

fn run_error(origin: &str, what: &'static str, source: std::io::Error) -> SourceError {
    SourceError::Run {
        origin: origin.to_owned(),
        what,
        source,
    }
}

async fn sandbox(settings: &GitSettings, origin: &str) -> Result<Sandbox, SourceError> {
    let ca_pem = settings.ca_pem.clone();
    let parent = settings.runs.scratch_dir.clone();
    let creating = tokio::task::spawn_blocking(move || {
        Sandbox::create(parent.as_deref(), &pem_bundle(ca_pem.as_deref()))
    });
    let created = creating.await.map_err(std::io::Error::other);
    let created = created.and_then(|created| created);
    created.map_err(|source| run_error(origin, "prepare a place for git", source))
}

async fn lead_web(
    upstream: &Upstream,
    url: &Url,
    gate: &Arc<Gate>,
    sandbox: &mut Sandbox,
    secrets: &mut Vec<String>,
) -> Result<Forwarder, SourceError> {
    let inner = upstream.inner();
    let shown = crate::SafeUrl::from(url).to_string();
    let password = password().map_err(|source| run_error(&shown, "make a password", source))?;
    let greeting = Greeting::Socks {
        password: password.as_str().into(),
    };
    let forwarder = Forwarder::start(Arc::clone(gate), greeting).await;
    let forwarder = forwarder.map_err(|source| run_error(&shown, "open a way out", source))?;
    let port = forwarder.port();
    let proxy = format!("socks5h://{}:{password}@127.0.0.1:{port}", socks::USER);
    secrets.push(password);
    sandbox.configure("http.proxy", proxy);
    sandbox.set("GIT_ALLOW_PROTOCOL", url.scheme());
    let key = format!("http.{}/.extraHeader", url.origin().ascii_serialization());
    let via = inner.via.to_str().unwrap_or_default();
    sandbox.configure(key.clone(), format!("{LOOP_HEADER}: {via}"));
    if inner.rules.is_own(url)
        && let Some(credential) = upstream.credential().and_then(|value| value.to_str().ok())
    {
        sandbox.configure(key, format!("Authorization: {credential}"));
        let secret = credential
            .split_once(' ')
            .map_or(credential, |(_, secret)| secret);
        secrets.push(secret.to_owned());
    }
    Ok(forwarder)
}

async fn lead_ssh(
    upstream: &Upstream,
    address: &SshAddress,
    gate: &Arc<Gate>,
    sandbox: &mut Sandbox,
    origin: &str,
) -> Result<Forwarder, SourceError> {
    let forwarder = Forwarder::start(Arc::clone(gate), Greeting::Nothing).await;
    let forwarder = forwarder.map_err(|source| run_error(origin, "open a way out", source))?;
    let settings = &upstream.inner().git;
    let command = if upstream.is_anonymous() && settings.ssh_key_file.is_some() {
        Err(Unusable {
            key: "ssh_key_file",
            why: "another host than the upstream's own leads there, and may not choose what the key opens",
        })
    } else {
        ssh::command(settings, address, forwarder.port())
    };
    let command = command.map_err(|unusable| SourceError::Ssh {
        origin: origin.to_owned(),
        key: unusable.key,
        upstream: upstream.label().to_owned(),
        why: unusable.why,
    })?;
    sandbox.set("GIT_SSH_COMMAND", command);
    sandbox.set("GIT_ALLOW_PROTOCOL", "ssh");
    Ok(forwarder)
}

fn password() -> std::io::Result<String> {
    let mut bytes = [0; PASSWORD_BYTES];
    rand::fill(&mut bytes).map_err(std::io::Error::other)?;
    Ok(HEXLOWER.encode(&bytes))
}
