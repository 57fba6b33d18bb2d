//! A server's own authority, fetched by a machine that does not trust it yet.

use std::error::Error;
use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use atoll_core::digest::Digest;
use reqwest::redirect::Policy;
use reqwest::{Certificate, ClientBuilder};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use url::Url;

use super::answer::{ClientError, is_about_trust, unreachable};
use super::{builder, certificates};

/// The longest authority that is read, in bytes: a certificate has one or two thousand.
const PEM_BYTES_MAX: usize = 64 * 1024;

/// How long one request may take, its answer included: an authority is small.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How a certificate begins.
const BEGIN: &str = "-----BEGIN ";

/// An authority's certificate.
pub(crate) struct Authority {
    /// As clients take it.
    pub(crate) pem: String,
    /// What people compare.
    pub(crate) fingerprint: Fingerprint,
}

/// The SHA-256 of a certificate, as OpenSSL writes it: `5A:0C:…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    hex: String,
}

/// An authority that a server offers.
pub(crate) struct Offered {
    pub(crate) authority: Authority,
    /// Why the connection that it came by could not be verified; none where it was, by somebody who is trusted already.
    pub(crate) doubt: Option<String>,
}

/// Fetches what a server offers at `/ca.pem`. No token is sent. Where an authority is given the connection is verified by it, or not
/// made. Else, where nobody vouches for the connection, the server's certificate must at least be one of that authority's.
pub(crate) async fn offered(server: &Url, ca: Option<&Path>) -> anyhow::Result<Offered> {
    let trusting = match ca {
        Some(ca) => builder().tls_certs_merge(certificates(ca)?),
        None => builder(),
    };
    let why = match get(trusting, server).await {
        Ok(pem) => {
            let is_plain = server.scheme() != "https";
            return Ok(Offered {
                authority: Authority::read(pem, server)?,
                doubt: is_plain.then(|| "it is plain HTTP".to_owned()),
            });
        }
        Err(ClientError::Unreachable { source, .. }) if ca.is_none() && is_about_trust(&source) => {
            root_cause(&source)
        }
        Err(error) => return Err(error.into()),
    };
    let blind = builder().tls_danger_accept_invalid_certs(true);
    let authority = Authority::read(get(blind, server).await?, server)?;
    let only = Certificate::from_pem(authority.pem.as_bytes())
        .with_context(|| format!("failed to read the authority of {server}"))?;
    let again = get(builder().tls_certs_only([only]), server).await;
    let again = again.with_context(|| {
        format!("the authority that {server} offers does not vouch for its own certificate")
    })?;
    ensure!(
        again == authority.pem,
        "{server} offered one authority and then another; ask again"
    );
    Ok(Offered {
        authority,
        doubt: Some(why),
    })
}

impl Authority {
    /// Reads what a server, or a file, has.
    pub(crate) fn read(pem: String, source: impl fmt::Display) -> anyhow::Result<Self> {
        let is_plain = |c: char| c.is_ascii_graphic() || matches!(c, ' ' | '\r' | '\n');
        let is_alone = pem.starts_with(BEGIN) && pem.matches(BEGIN).count() == 1;
        if !is_alone || !pem.chars().all(is_plain) {
            bail!("what {source} has is not one certificate in PEM");
        }
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes())
            .ok()
            .with_context(|| format!("what {source} has is not one certificate in PEM"))?;
        let digest = Digest::sha256(&certificate);
        Ok(Self {
            fingerprint: Fingerprint {
                hex: digest.hex().to_owned(),
            },
            pem,
        })
    }
}

fn root_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

async fn get(builder: ClientBuilder, server: &Url) -> Result<String, ClientError> {
    let name = server.origin().ascii_serialization();
    let failed = |source| unreachable(&name, source);
    // Nobody but the server itself says what its authority is.
    let builder = builder.redirect(Policy::none()).timeout(TIMEOUT);
    let http = builder.build().map_err(failed)?;
    let mut url = server.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().push("ca.pem");
    }
    let mut response = http.get(url).send().await.map_err(failed)?;
    let status = response.status();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        body.extend_from_slice(&chunk);
        if body.len() > PEM_BYTES_MAX {
            break;
        }
    }
    let text = String::from_utf8_lossy(&body).into_owned();
    if body.len() <= PEM_BYTES_MAX && status.is_success() {
        return Ok(text);
    }
    if status == http::StatusCode::NOT_FOUND {
        let message = super::answer::excerpt(text.trim());
        return Err(ClientError::Refused { status, message });
    }
    Err(ClientError::Strange {
        server: name,
        status,
        excerpt: super::answer::excerpt(&text),
    })
}

impl FromStr for Fingerprint {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hex: String = text.chars().filter(|c| *c != ':').collect();
        let hex = hex.to_ascii_lowercase();
        if hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(Self { hex });
        }
        Err("a SHA-256 fingerprint has 64 hexadecimal digits, with or without colons")
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, digit) in self.hex.chars().enumerate() {
            if index > 0 && index % 2 == 0 {
                f.write_str(":")?;
            }
            write!(f, "{}", digit.to_ascii_uppercase())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_read_as_it_is_written() {
        let hex = "5a0c".repeat(16);
        let fingerprint: Fingerprint = hex.parse().unwrap();
        let written = fingerprint.to_string();
        assert!(written.starts_with("5A:0C:5A:"), "{written}");
        assert_eq!(written.parse(), Ok(fingerprint));
        for bad in ["", "5A", &"zz".repeat(32), &"5a".repeat(33)] {
            assert!(bad.parse::<Fingerprint>().is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_not_one_certificate_is_no_authority() {
        let block = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(Authority::read(block.to_owned(), "x").is_ok());
        for bad in [
            String::new(),
            "<html>".to_owned(),
            block.repeat(2),
            format!("{block}\u{1b}[2J"),
            block.replace("CERTIFICATE", "PRIVATE KEY"),
        ] {
            let error = Authority::read(bad, "https://a.example").err().unwrap();
            assert!(error.to_string().contains("https://a.example"), "{error}");
        }
    }
}
