//! From an address to a tar.

use std::sync::Arc;

use atoll_core::getter::{ArchiveFormat, GitSource, GitTransport, SshAddress};
use aws_lc_rs::rand;
use data_encoding::HEXLOWER;
use tokio::sync::SemaphorePermit;
use url::Url;

use super::forwarder::{Forwarder, Greeting};
use super::gate::{Gate, Trouble};
use super::repository::Repository;
use super::sandbox::Sandbox;
use super::settings::GitSettings;
use super::{socks, ssh};
use crate::dialer::{DialError, Dialer};
use crate::source::fetch::Written;
use crate::source::sink::Sink;
use crate::source::{SourceError, SourceLimits};
use crate::trust::pem_bundle;
use crate::upstream::Inner;
use crate::{FetchError, LOOP_HEADER, Upstream};

/// On disk a fetch holds what came and what git makes of it.
const DISK_FACTOR: u64 = 2;
/// What a repository takes with nothing in it, and authorities.
const DISK_BYTES_FREE: u64 = 16 << 20;
const PASSWORD_BYTES: usize = 32;

pub(in crate::source) async fn fetch(
    upstream: &Upstream,
    source: &GitSource,
    mut sink: Sink<'_>,
    limits: SourceLimits,
) -> Result<Written, SourceError> {
    let inner = upstream.inner();
    let origin = sink.origin();
    let place = Place::of(&source.transport, &origin)?;
    let dialer = permitted(inner, &place)?;
    let settings = &inner.git;
    check_programs(settings, &source.transport, &origin)?;
    let _permit = permit(settings, &origin).await?;
    let gate = Arc::new(Gate::new(
        dialer,
        place.target.clone(),
        limits.bytes_max,
        inner.timeouts.connect,
    ));
    let mut sandbox = sandbox(settings, &origin).await?;
    // What stands in a query may be a token, and git prints whole addresses when it fails.
    let mut secrets: Vec<String> = match &source.transport {
        GitTransport::Https(url) => url.query().map(str::to_owned).into_iter().collect(),
        GitTransport::Ssh(_) => Vec::new(),
    };
    let _forwarder = match &source.transport {
        GitTransport::Https(url) => lead_web(inner, url, &gate, &mut sandbox, &mut secrets).await,
        GitTransport::Ssh(address) => {
            lead_ssh(upstream, address, &gate, &mut sandbox, &origin).await
        }
    }?;
    let repository = Repository {
        sandbox: &sandbox,
        runs: &settings.runs,
        url: &place.url,
        origin: &origin,
        disk_bytes_max: limits
            .bytes_max
            .saturating_mul(DISK_FACTOR)
            .saturating_add(DISK_BYTES_FREE),
        bytes_max: limits.bytes_max,
        secrets,
    };
    let obtained = repository.obtain(source.reference.as_ref()).await;
    // Where the way was barred, git's words about it are beside the point.
    let commit = match (obtained, gate.take_trouble()) {
        (Ok(commit), _) => commit,
        (Err(_), Some(trouble)) => return Err(explained(trouble, &place, &sink)),
        (Err(error), None) => return Err(error),
    };
    repository.archive(&commit, &mut sink).await?;
    Ok(Written {
        format: Some(ArchiveFormat::Tar),
        commit: Some(commit),
        size_bytes: sink.finish().await?,
    })
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

async fn permit<'a>(
    settings: &'a GitSettings,
    origin: &str,
) -> Result<SemaphorePermit<'a>, SourceError> {
    let permit = settings.runs.permits.acquire().await;
    permit.map_err(|closed| {
        run_error(
            origin,
            "wait for a turn of git",
            std::io::Error::other(closed),
        )
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
    inner: &Inner,
    url: &Url,
    gate: &Arc<Gate>,
    sandbox: &mut Sandbox,
    secrets: &mut Vec<String>,
) -> Result<Forwarder, SourceError> {
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
        && let Some(credential) = inner
            .credential
            .as_ref()
            .and_then(|value| value.to_str().ok())
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
    let command = ssh::command(&upstream.inner().git, address, forwarder.port());
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

fn explained(trouble: Trouble, place: &Place, sink: &Sink<'_>) -> SourceError {
    let origin = sink.origin();
    match trouble {
        Trouble::TooLarge => sink.too_large(),
        Trouble::Elsewhere(target) => SourceError::Elsewhere { origin, target },
        Trouble::Dial(DialError::Refused(refusal)) => SourceError::Fetch(FetchError::Refused {
            url: (&place.shown).into(),
            refusal: Box::new(refusal),
        }),
        Trouble::Dial(error) => SourceError::Connect {
            origin,
            what: error.to_string(),
        },
        Trouble::Slow(after) => SourceError::Fetch(FetchError::Timeout {
            url: (&place.shown).into(),
            after,
        }),
    }
}
