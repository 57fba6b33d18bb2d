//! A whole configuration.

use std::fmt::{self, Write as _};

use atoll_app::upstreams::UpstreamMode;
use atoll_core::time_micros::Micros;
use atoll_upstream::Credential;

use super::super::settings::{
    DEFAULT_METRICS, MetricsSettings, Origin, Settings, TerraformUpstream, TlsSettings,
};
use super::upstream::{joined, write_upstream};

/// Says what a configuration means, and what comes next at a moment. Secrets are not in it.
pub(crate) fn describe(settings: &Settings, now: Micros) -> String {
    let mut text = String::new();
    // Writing to a string can't fail.
    let _ = write_all(settings, now, &mut text);
    text
}

fn write_all(settings: &Settings, now: Micros, out: &mut String) -> fmt::Result {
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
        write_upstream(upstream, now, out)?;
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
    if server.opentofu_direct_modules {
        writeln!(out, "modules        OpenTofu gets them directly")?;
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
    write!(out, "at the root    self first")?;
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
            "claimed        namespaces in which something is published; they never fall through"
        );
    }
    let names = settings.namespaces.join(", ");
    writeln!(
        out,
        "claimed        {names}, and namespaces in which something is published; they never fall through"
    )
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
    for upstream in &settings.upstreams {
        warnings.extend(warnings_of(upstream));
    }
    warnings
}

fn warnings_of(upstream: &TerraformUpstream) -> Vec<String> {
    let TerraformUpstream { policy, source } = upstream;
    let name = &policy.hostname;
    let mut warnings = Vec::new();
    let has_credential = !matches!(source.credential, Credential::None);
    if has_credential && policy.anonymous.may_read() {
        warnings.push(format!("what {name} only shows to whoever logs in is served to everybody: `anonymous = \"none\"` changes that"));
    }
    let (is_scheduled, selects) = match &policy.sync {
        Some(sync) => (sync.schedule.is_some(), !sync.select.is_empty()),
        None => (false, false),
    };
    if policy.mode == UpstreamMode::Scheduled && !(is_scheduled && selects) {
        warnings.push(format!(
            "{name} is not asked on demand, and its `sync` has no `schedule` with a `select`: only `atoll mirror sync` fetches from it"
        ));
    } else if is_scheduled && !selects {
        warnings.push(format!(
            "the `schedule` of {name} fetches nothing: its `sync` has no `select`"
        ));
    }
    warnings
}
