//! What a configuration means, in words.

use std::fmt::{self, Write as _};

use atoll_app::upstreams::{Anonymous, UpstreamMode};
use atoll_core::pattern::{Pattern, PatternList};
use atoll_core::proof::Proof;
use atoll_upstream::{Credential, Protocol, SafeUrl, UpstreamSettings};

use super::settings::{
    DEFAULT_METRICS, MetricsSettings, Origin, Settings, TerraformUpstream, TlsSettings,
};
use super::units;

/// Says what a configuration means. Secrets are not in it.
pub(crate) fn describe(settings: &Settings) -> String {
    let mut text = String::new();
    // Writing to a string can't fail.
    let _ = write_all(settings, &mut text);
    text
}

fn write_all(settings: &Settings, out: &mut String) -> fmt::Result {
    match &settings.origin {
        Origin::File(path) => writeln!(out, "configuration  {}", path.display())?,
        Origin::Defaults => writeln!(out, "configuration  defaults; no file was found")?,
    }
    writeln!(out, "data           {}", settings.data_dir.display())?;
    writeln!(out, "database       {}", settings.database)?;
    writeln!(out, "master key     {}", settings.secret_file.display())?;
    write_server(settings, out)?;
    match settings.metrics {
        MetricsSettings::Off => writeln!(out, "metrics        nowhere")?,
        MetricsSettings::At(listen) => {
            writeln!(out, "metrics        http://{listen}/metrics")?;
        }
        MetricsSettings::Usual => writeln!(
            out,
            "metrics        http://{DEFAULT_METRICS}/metrics, unless somebody else has that address"
        )?,
    }
    writeln!(
        out,
        "log            {}, {}",
        settings.log.format.as_str(),
        settings.log.level
    )?;
    if settings.offline {
        writeln!(
            out,
            "network        offline: nothing is ever dialled but the database"
        )?;
    } else {
        writeln!(
            out,
            "network        online: upstreams are asked for what is not here"
        )?;
    }
    write_order(settings, out)?;
    for upstream in &settings.upstreams {
        write_upstream(upstream, out)?;
    }
    for warning in warnings(settings) {
        writeln!(out, "\nwarning: {warning}")?;
    }
    Ok(())
}

fn write_server(settings: &Settings, out: &mut String) -> fmt::Result {
    let server = &settings.server;
    let reach = if server.is_local() {
        "this machine only"
    } else {
        "other machines too"
    };
    writeln!(out, "listens on     {}, for {reach}", server.listen)?;
    writeln!(
        out,
        "clients use    {}",
        server.public_url_at(server.listen)
    )?;
    match &server.tls {
        TlsSettings::Builtin => {
            writeln!(
                out,
                "TLS            certificate of the built-in authority in {}",
                settings.tls_dir().display()
            )?;
            writeln!(out, "               for {}", server.certificate_names())?;
        }
        TlsSettings::Files { certificate, key } => {
            writeln!(
                out,
                "TLS            certificate in {}, key in {}",
                certificate.display(),
                key.display()
            )?;
        }
        TlsSettings::Off => writeln!(out, "TLS            none: plain HTTP")?,
    }
    writeln!(
        out,
        "free disk      {} stays free; below, nothing more is fetched",
        server.min_free
    )?;
    let collected = if server.collect {
        "every hour"
    } else {
        "when `atoll gc` is run"
    };
    writeln!(
        out,
        "collecting     what nothing refers to any more goes {collected}"
    )
}

fn write_order(settings: &Settings, out: &mut String) -> fmt::Result {
    write!(out, "at the root    what is published here")?;
    for upstream in settings
        .upstreams
        .iter()
        .filter(|upstream| !upstream.policy.root.is_empty())
    {
        write!(
            out,
            ", then {} for {}",
            upstream.policy.hostname,
            joined(&upstream.policy.root)
        )?;
    }
    writeln!(out)?;
    if settings.namespaces.is_empty() {
        return writeln!(
            out,
            "claimed        namespaces in which something is published"
        );
    }
    let names = settings.namespaces.join(", ");
    writeln!(
        out,
        "claimed        {names}, and namespaces in which something is published"
    )
}

fn write_upstream(upstream: &TerraformUpstream, out: &mut String) -> fmt::Result {
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
    writeln!(
        out,
        "  remembers    lists for {} s, absence for {} s, that it was away for {} s",
        policy.retrieval_cache_period_secs,
        policy.missed_cache_period_secs,
        policy.assumed_offline_period_secs
    )
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

fn joined<T: ToString>(items: &[T]) -> String {
    items
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

/// What is permitted but seldom meant.
fn warnings(settings: &Settings) -> Vec<String> {
    let server = &settings.server;
    let mut warnings = Vec::new();
    let is_https = server
        .public_url
        .as_ref()
        .map_or(server.tls != TlsSettings::Off, |url| {
            url.scheme() == "https"
        });
    if !is_https {
        warnings.push(
            "clients of the Terraform protocols insist on https: have TLS here or in front"
                .to_owned(),
        );
    }
    if server.tls == TlsSettings::Off && !server.is_local() {
        warnings
            .push("tokens travel unencrypted to the address that the server listens on".to_owned());
    }
    if !server.impersonate.is_empty() && server.tls != TlsSettings::Builtin {
        let names = joined(&server.impersonate);
        warnings.push(format!(
            "`impersonate` only changes the built-in certificate: yours must name {names} itself"
        ));
    }
    for TerraformUpstream { policy, source } in &settings.upstreams {
        let has_credential = !matches!(source.credential, Credential::None);
        if has_credential && policy.anonymous.may_read() {
            let name = &policy.hostname;
            warnings.push(format!("what {name} only shows to whoever logs in is served to everybody: `anonymous = \"none\"` changes that"));
        }
    }
    warnings
}
