//! What the server says when it is ready: one line for each fact.

use std::net::SocketAddr;

use atoll_core::digest::Digest;
use atoll_server::tls::TlsIdentity;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tracing::info;

use crate::config::{LogFormat, Origin, Settings};
use crate::output;

/// What is only known once it runs.
pub(super) struct Facts<'a> {
    pub(super) address: SocketAddr,
    pub(super) metrics: Option<SocketAddr>,
    pub(super) tls: Option<&'a TlsIdentity>,
}

/// Says that the server is ready, and what comes next.
pub(super) fn ready(settings: &Settings, facts: &Facts<'_>) {
    for line in lines(settings, facts) {
        say(settings, &line);
    }
}

/// Says that the server stops.
pub(super) fn stopping(settings: &Settings) {
    say(
        settings,
        "stopping; running transfers may finish, a second signal breaks them off",
    );
}

/// Where machines read the log, every line is one of theirs.
fn say(settings: &Settings, line: &str) {
    match settings.log.format {
        LogFormat::Text => output::note(line),
        LogFormat::Json => info!("{line}"),
    }
}

fn lines(settings: &Settings, facts: &Facts<'_>) -> Vec<String> {
    let scheme = if facts.tls.is_some() { "https" } else { "http" };
    let mut lines = vec![format!(
        "atoll {} listens on {scheme}://{}",
        env!("CARGO_PKG_VERSION"),
        facts.address
    )];
    lines.push(format!(
        "clients use {}",
        settings.server.public_url_at(facts.address)
    ));
    let configuration = match &settings.origin {
        Origin::File(path) => path.display().to_string(),
        Origin::Defaults => "defaults".to_owned(),
    };
    lines.push(format!(
        "data is in {}, configuration: {configuration}",
        settings.data_dir.display()
    ));
    if settings.offline {
        lines.push("offline: nothing is ever dialled but the database".to_owned());
    }
    if let Some(pem) = facts.tls.and_then(TlsIdentity::ca_pem) {
        lines.push(format!(
            "clients have to trust the built-in authority, SHA-256 {}",
            fingerprint(pem)
        ));
        lines.push(format!(
            "  it is at /ca.pem and printed by: atoll ca export{}",
            place(settings)
        ));
    }
    if let Some(metrics) = facts.metrics {
        lines.push(format!("metrics are at http://{metrics}/metrics"));
    }
    lines.push(format!(
        "a token to publish with: atoll token create --name me --scope admin{}",
        place(settings)
    ));
    lines
}

/// The flag that leads another command to this installation.
fn place(settings: &Settings) -> String {
    match &settings.origin {
        Origin::File(path) => format!(" --config {}", path.display()),
        Origin::Defaults => format!(" --data-dir {}", settings.data_dir.display()),
    }
}

/// As browsers and `openssl x509 -fingerprint` show it.
fn fingerprint(pem: &str) -> String {
    let Ok(der) = CertificateDer::from_pem_slice(pem.as_bytes()) else {
        return "unknown".to_owned();
    };
    let digest = Digest::sha256(&der);
    let mut text = String::new();
    for (position, digit) in digest.hex().chars().enumerate() {
        if position > 0 && position % 2 == 0 {
            text.push(':');
        }
        text.push(digit.to_ascii_uppercase());
    }
    text
}
