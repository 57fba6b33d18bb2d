//! Whether the built-in server certificate still does.

use std::fmt;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls_pki_types::{CertificateDer, UnixTime};
use time::OffsetDateTime;

use super::facts::CertificateFacts;
use super::served::Served;
use super::{Authority, CertificateNames};

/// Why a server certificate is issued anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// There is none, or its files are broken.
    Missing,
    /// The server is called something else now.
    NamesChanged,
    /// Less than a third of its life is left.
    NearExpiry,
    /// Its life has not begun: the clock was wrong when it was made.
    NotYetValid,
    /// It does not verify against the authority, which was replaced.
    OtherAuthority,
}

impl fmt::Display for Renewal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Missing => "there was none",
            Self::NamesChanged => "the server's names changed",
            Self::NearExpiry => "less than a third of its life was left",
            Self::NotYetValid => "it was dated in the future",
            Self::OtherAuthority => "the authority was replaced",
        })
    }
}

/// Decides whether a certificate has to be issued anew.
pub(super) fn renewal(
    served: &Served,
    authority: &Authority,
    names: &CertificateNames,
    provider: &Arc<CryptoProvider>,
    now: OffsetDateTime,
) -> Option<Renewal> {
    let facts = &served.facts;
    if now < facts.not_before {
        return Some(Renewal::NotYetValid);
    }
    // A certificate that ends with its authority can't be renewed for longer.
    let is_cut_short = facts.not_after >= authority.facts().not_after;
    if is_in_last_third(facts, now) && !(is_cut_short && now <= facts.not_after) {
        return Some(Renewal::NearExpiry);
    }
    if facts.names != *names {
        return Some(Renewal::NamesChanged);
    }
    let is_verified = served
        .certified
        .end_entity_cert()
        .is_ok_and(|leaf| verify(leaf, authority, names, provider, now).is_ok());
    (!is_verified).then_some(Renewal::OtherAuthority)
}

fn is_in_last_third(facts: &CertificateFacts, now: OffsetDateTime) -> bool {
    let life = facts.not_after - facts.not_before;
    facts.not_after - now < life / 3
}

/// Looks at a certificate as a client does.
pub(super) fn verify(
    leaf: &CertificateDer<'_>,
    authority: &Authority,
    names: &CertificateNames,
    provider: &Arc<CryptoProvider>,
    now: OffsetDateTime,
) -> Result<(), String> {
    let mut roots = RootCertStore::empty();
    roots
        .add(authority.certificate().clone())
        .map_err(|error| error.to_string())?;
    let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), Arc::clone(provider))
        .build()
        .map_err(|error| error.to_string())?;
    let seconds = u64::try_from(now.unix_timestamp()).unwrap_or(0);
    let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
    for name in names.iter().filter_map(super::CertificateName::server_name) {
        verifier
            .verify_server_cert(leaf, &[], &name, &[], now)
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}
