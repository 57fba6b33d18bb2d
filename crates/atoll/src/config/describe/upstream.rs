//! One upstream.

use std::fmt::{self, Write as _};

use atoll_app::upstreams::{Anonymous, SyncPolicy, UpstreamMode};
use atoll_core::pattern::{Pattern, PatternList};
use atoll_core::proof::Proof;
use atoll_core::time_micros::Micros;
use atoll_upstream::{Credential, Protocol, SafeUrl, UpstreamSettings};

use super::super::settings::TerraformUpstream;
use super::super::units;

/// Says where an upstream is and what is served from it.
pub(super) fn write_upstream(
    upstream: &TerraformUpstream,
    now: Micros,
    out: &mut String,
) -> fmt::Result {
    let TerraformUpstream { policy, source } = upstream;
    writeln!(out, "\nupstream {}", policy.hostname)?;
    let protocol = match source.protocol {
        Protocol::Registry => "registry",
        Protocol::NetworkMirror => "network mirror",
    };
    writeln!(
        out,
        "  at           {} ({protocol})",
        SafeUrl::from(&source.url)
    )?;
    let asked = match policy.mode {
        _ if policy.blacked_out => "never: it is blacked out, and nothing of it is served",
        UpstreamMode::OnDemand => "at the first request for something",
        UpstreamMode::Scheduled => "never by a request: only a sync fetches",
        UpstreamMode::Offline => "never: only what is held is served",
    };
    writeln!(out, "  asked        {asked}")?;
    writeln!(
        out,
        "  serves       {}",
        served(policy.patterns.allow.as_ref(), &policy.patterns.exclude)
    )?;
    let anonymous = match policy.anonymous {
        Anonymous::Fetch => "everybody may read, and cause a fetch",
        Anonymous::Read => "everybody may read what is held; a fetch needs a token",
        Anonymous::None => "reading needs a token",
    };
    writeln!(out, "  who          {anonymous}")?;
    writeln!(
        out,
        "  proof        {}",
        proof(policy.require_proof, policy.pin_keys)
    )?;
    if let Some(bytes) = policy.max_bytes {
        writeln!(out, "  at most      {} are held", units::words(bytes))?;
    }
    write_source(source, out)?;
    if !policy.aliases.is_empty() {
        writeln!(out, "  also called  {}", policy.aliases.join(", "))?;
    }
    if let Some(sync) = &policy.sync {
        write_sync(sync, now, out)?;
    }
    writeln!(
        out,
        "  remembers    lists for {} s, absence for {} s, that it was away for {} s",
        policy.retrieval_cache_period_secs,
        policy.missed_cache_period_secs,
        policy.assumed_offline_period_secs
    )
}

fn write_sync(sync: &SyncPolicy, now: Micros, out: &mut String) -> fmt::Result {
    let selected = if sync.select.is_empty() {
        "nothing".to_owned()
    } else {
        joined(&sync.select)
    };
    let platforms = if sync.platforms.is_empty() {
        "every platform".to_owned()
    } else {
        joined(&sync.platforms)
    };
    writeln!(out, "  ahead        {selected}, for {platforms}")?;
    match sync.schedule {
        Some(time) => writeln!(
            out,
            "  scheduled    daily at {time} UTC, next at {}",
            time.next_after(now)
        ),
        None => writeln!(out, "  scheduled    never: `atoll mirror sync` fetches it"),
    }
}

/// How an upstream is reached, where that is not the usual way.
fn write_source(source: &UpstreamSettings, out: &mut String) -> fmt::Result {
    match &source.credential {
        Credential::None => {}
        Credential::Bearer(_) => writeln!(out, "  logs in      with a token")?,
        Credential::Basic { username, .. } => writeln!(out, "  logs in      as {username}")?,
    }
    if let Some(proxy) = &source.proxy {
        writeln!(out, "  proxy        {}", SafeUrl::from(proxy))?;
    }
    if source.ca_pem.is_some() {
        writeln!(
            out,
            "  trusts       the system's authorities and those in `ca_file`"
        )?;
    }
    if let Some(path) = &source.ssh_key_file {
        writeln!(out, "  git by ssh   with the key {}", path.display())?;
    }
    if let Some(path) = &source.ssh_known_hosts_file {
        writeln!(out, "  ssh hosts    those in {}", path.display())?;
    }
    if !source.resolve.is_empty() {
        writeln!(
            out,
            "  found at     {}, whatever DNS says",
            joined(&source.resolve)
        )?;
    }
    if !source.allow_addresses.is_empty() {
        writeln!(
            out,
            "  may lead to  public addresses and {}",
            joined(&source.allow_addresses)
        )?;
    }
    Ok(())
}

fn served(allow: Option<&PatternList>, exclude: &PatternList) -> String {
    let list = |patterns: &PatternList| {
        joined(&patterns.iter().map(Pattern::to_string).collect::<Vec<_>>())
    };
    let mut text = match allow {
        None => "everything".to_owned(),
        Some(allow) if allow.is_empty() => "nothing".to_owned(),
        Some(allow) => list(allow),
    };
    if !exclude.is_empty() {
        text.push_str(", but not ");
        text.push_str(&list(exclude));
    }
    text
}

fn proof(required: Proof, pin_keys: bool) -> String {
    let required = match required {
        Proof::Hashed => "none is required",
        Proof::Unsigned => "checksums of the registry are required",
        Proof::Own | Proof::Signed => "a signature is required",
    };
    let keys = if pin_keys {
        ", by a key that its namespace was signed with before"
    } else {
        ""
    };
    format!("{required}{keys}")
}

pub(super) fn joined<T: ToString>(items: &[T]) -> String {
    items
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}
