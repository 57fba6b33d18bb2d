//! How an upstream is reached.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use atoll_app::upstreams::UpstreamPolicy;
use atoll_upstream::{AllowedAddress, Credential, Protocol, SecretText, UpstreamSettings};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use url::Url;

use super::super::error::chain_text;
use super::super::syntax::Block;

/// Reads the keys that say how an upstream is reached. `None` where its address can't be told.
pub(super) fn source(block: &Block<'_, '_>, policy: &UpstreamPolicy) -> Option<UpstreamSettings> {
    let label = policy.hostname.as_str();
    let mut source = match block.text("url", base_url) {
        Some(url) => UpstreamSettings::at(label, url),
        None => match UpstreamSettings::new(label) {
            Ok(source) => source,
            Err(error) => {
                block.reader.report(&block.span, chain_text(&error));
                return None;
            }
        },
    };
    source.protocol = block.text("protocol", protocol).unwrap_or_default();
    source.ca_pem = ca_pem(block);
    source.credential = credential(block);
    source.proxy = block.text("proxy", proxy);
    source.resolve = block.list("resolve", address).unwrap_or_default();
    source.allow_addresses = block
        .list("allow_addresses", str::parse::<AllowedAddress>)
        .unwrap_or_default();
    source.ssh_key_file = ssh_file(block, "ssh_key_file");
    source.ssh_known_hosts_file = ssh_file(block, "ssh_known_hosts_file");
    source.offline = policy.is_offline();
    Some(source)
}

fn base_url(text: &str) -> Result<Url, String> {
    // Texts with a user or password in them are not shown.
    let url = Url::parse(text).map_err(|error| format!("`url` is not a URL: {error}"))?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err(format!("`url` must be https or http, not {}", url.scheme()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "`url` must not have credentials in it: use `token`, or `username` and `password`"
                .to_owned(),
        );
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("`url` must not have a query or fragment".to_owned());
    }
    Ok(url)
}

fn proxy(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("`proxy` is not a URL: {error}"))?;
    if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none_or(str::is_empty) {
        return Err("`proxy` must be http://HOST:PORT or https://HOST:PORT".to_owned());
    }
    Ok(url)
}

fn protocol(text: &str) -> Result<Protocol, String> {
    match text {
        "registry" => Ok(Protocol::Registry),
        "network_mirror" => Ok(Protocol::NetworkMirror),
        _ => Err(format!(
            "`protocol` is `registry` or `network_mirror`, not {text:?}"
        )),
    }
}

fn address(text: &str) -> Result<IpAddr, String> {
    text.parse()
        .map_err(|_| format!("{text:?} is not an IP address"))
}

/// Read only when git is; that it is there can be said now.
fn ssh_file(block: &Block<'_, '_>, key: &str) -> Option<PathBuf> {
    let path = block.path(key)?;
    let reason = match std::fs::metadata(&path) {
        Ok(found) if found.is_file() => return Some(path),
        Ok(_) => "it is not a file".to_owned(),
        Err(error) => error.to_string(),
    };
    let span = block.key_span(key).unwrap_or_else(|| block.span.clone());
    let message = format!("`{key}` {}: {reason}", path.display());
    block.reader.report(&span, message);
    None
}

fn ca_pem(block: &Block<'_, '_>) -> Option<Vec<u8>> {
    let path = block.path("ca_file")?;
    match read_certificates(&path) {
        Ok(pem) => Some(pem),
        Err(reason) => {
            let span = block
                .key_span("ca_file")
                .unwrap_or_else(|| block.span.clone());
            block
                .reader
                .report(&span, format!("`ca_file` {}: {reason}", path.display()));
            None
        }
    }
}

fn read_certificates(path: &Path) -> Result<Vec<u8>, String> {
    let pem = super::super::syntax::read_text(path)?.into_bytes();
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match certificates {
        Ok(certificates) if certificates.is_empty() => {
            Err("there is no PEM certificate in it".to_owned())
        }
        Ok(_) => Ok(pem),
        Err(error) => Err(error.to_string()),
    }
}

fn credential(block: &Block<'_, '_>) -> Credential {
    let token = block.text("token", token);
    let username = block.text("username", username);
    let password = block.text("password", password);
    let spans = ["token", "username", "password"].map(|key| block.key_span(key));
    let report = |span: &Option<_>, message| {
        if let Some(span) = span {
            block.reader.report(span, message);
        }
    };
    match &spans {
        [None, None, None] => Credential::None,
        [Some(_), None, None] => token.map_or(Credential::None, Credential::Bearer),
        [None, Some(_), Some(_)] => match (username, password) {
            (Some(username), Some(password)) => Credential::Basic { username, password },
            _ => Credential::None,
        },
        [token, ..] if token.is_some() => {
            report(token, "`token` and `username` exclude each other");
            Credential::None
        }
        [_, username @ Some(_), None] => {
            report(username, "`username` needs a `password` beside it");
            Credential::None
        }
        [_, _, password] => {
            report(password, "`password` needs a `username` beside it");
            Credential::None
        }
    }
}

fn token(text: &str) -> Result<SecretText, &'static str> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("`token` must be printable ASCII without spaces, and not empty");
    }
    Ok(SecretText::new(text))
}

fn username(text: &str) -> Result<String, &'static str> {
    if text.is_empty() || text.contains(':') || text.chars().any(char::is_control) {
        return Err("`username` must have neither colons nor control characters, and not be empty");
    }
    Ok(text.to_owned())
}

fn password(text: &str) -> Result<SecretText, &'static str> {
    if text.chars().any(char::is_control) {
        return Err("`password` must not have control characters");
    }
    Ok(SecretText::new(text))
}
