//! The built-in certificate authority: makes and issues, touches no file.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, DnValue,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, PublicKeyData, SanType,
};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use std::path::Path;
use time::{Duration, OffsetDateTime};

use super::der::{IA5_STRING, PRINTABLE_STRING};
use super::facts::{CertificateFacts, SubjectAttribute};
use super::{CertificateName, CertificateNames, TlsError};

/// How long an authority is valid.
const AUTHORITY_DAYS: i64 = 3650;
/// How long a server certificate is valid: Apple's systems accept 398 days at most.
const LEAF_DAYS: i64 = 397;
/// Certificates begin a little in the past, for clients whose clocks are behind.
const BACKDATED: Duration = Duration::hours(24);
/// Before this moment a clock is not set, and what it dates would have expired once it is.
const EARLIEST_UNIX_SECONDS: i64 = 1_767_225_600;

/// A certificate authority: its certificate and its key.
#[derive(Debug)]
pub struct Authority {
    certificate: CertificateDer<'static>,
    certificate_pem: String,
    facts: CertificateFacts,
    issuer: Issuer<'static, KeyPair>,
}

/// A server certificate and its key, in PEM.
pub struct IssuedLeaf {
    /// The certificate.
    pub certificate_pem: String,
    /// Its private key, PKCS #8.
    pub key_pem: String,
}

impl Authority {
    /// Makes a key for a new authority, in PEM.
    pub fn generate_key() -> Result<String, TlsError> {
        Ok(generate_key("a key for the authority")?.serialize_pem())
    }

    /// Makes a certificate for an authority that has a key already, in PEM.
    pub fn certify(
        key_path: &Path,
        key_pem: &str,
        now: OffsetDateTime,
    ) -> Result<String, TlsError> {
        check_clock(now)?;
        let key = read_key(key_path, key_pem)?;
        let mut params = CertificateParams::default();
        let identifier = params.key_identifier(&key);
        params.distinguished_name = authority_name(&identifier);
        params.not_before = now - BACKDATED;
        params.not_after = params.not_before + Duration::days(AUTHORITY_DAYS);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key).map_err(|source| TlsError::Issue {
            what: "the authority's certificate",
            source,
        })?;
        Ok(certificate.pem())
    }

    /// Rebuilds an authority from its files' contents.
    ///
    /// Subject and key identifier are taken from the certificate as they are: what is issued names exactly them.
    pub fn from_pem(
        certificate_path: &Path,
        certificate_pem: &str,
        key_path: &Path,
        key_pem: &str,
    ) -> Result<Self, TlsError> {
        let certificate =
            CertificateDer::from_pem_slice(certificate_pem.as_bytes()).map_err(|_| {
                TlsError::NoCertificate {
                    path: certificate_path.into(),
                }
            })?;
        let facts =
            CertificateFacts::read(&certificate).ok_or_else(|| TlsError::BadCertificate {
                path: certificate_path.into(),
                position: 1,
            })?;
        let key = read_key(key_path, key_pem)?;
        if key.subject_public_key_info() != facts.public_key_der {
            return Err(TlsError::KeyMismatch {
                certificate: certificate_path.into(),
                key: key_path.into(),
                hint: "",
            });
        }
        let mut params = CertificateParams::default();
        params.distinguished_name = distinguished_name(&facts.subject);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        if let Some(identifier) = &facts.subject_key_identifier {
            params.key_identifier_method = KeyIdMethod::PreSpecified(identifier.clone());
        }
        let issuer = Issuer::new(params, key);
        Ok(Self {
            certificate,
            certificate_pem: certificate_pem.to_owned(),
            facts,
            issuer,
        })
    }

    /// Issues a server certificate with a key of its own.
    pub fn issue(
        &self,
        names: &CertificateNames,
        now: OffsetDateTime,
    ) -> Result<IssuedLeaf, TlsError> {
        check_clock(now)?;
        if !self.is_valid_at(now) {
            return Err(TlsError::AuthorityNotValid {
                from: self.facts.not_before,
                until: self.facts.not_after,
                now,
            });
        }
        let failed = |source| TlsError::Issue {
            what: "a server certificate",
            source,
        };
        let key = generate_key("a key for the server")?;
        let mut params = CertificateParams::default();
        params.distinguished_name = leaf_name(names);
        params.subject_alt_names = alternative_names(names).map_err(failed)?;
        params.not_before = (now - BACKDATED).max(self.facts.not_before);
        params.not_after =
            (params.not_before + Duration::days(LEAF_DAYS)).min(self.facts.not_after);
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &self.issuer).map_err(failed)?;
        Ok(IssuedLeaf {
            certificate_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
        })
    }

    /// The certificate that clients are asked to trust.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// What the certificate says.
    pub fn facts(&self) -> &CertificateFacts {
        &self.facts
    }

    pub(super) fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    pub(super) fn is_valid_at(&self, now: OffsetDateTime) -> bool {
        (self.facts.not_before..=self.facts.not_after).contains(&now)
    }
}

fn check_clock(now: OffsetDateTime) -> Result<(), TlsError> {
    if now.unix_timestamp() < EARLIEST_UNIX_SECONDS {
        return Err(TlsError::Clock { now });
    }
    Ok(())
}

fn generate_key(what: &'static str) -> Result<KeyPair, TlsError> {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)
        .map_err(|source| TlsError::Issue { what, source })
}

fn read_key(path: &Path, pem: &str) -> Result<KeyPair, TlsError> {
    KeyPair::from_pem(pem).map_err(|error| TlsError::BadKey {
        path: path.into(),
        reason: error.to_string(),
    })
}

/// Named after its key, so that the authorities of two servers can be told apart in a trust store.
fn authority_name(key_identifier: &[u8]) -> DistinguishedName {
    let short = key_identifier
        .first_chunk()
        .map_or(0, |bytes| u32::from_be_bytes(*bytes));
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, "Atoll");
    name.push(DnType::CommonName, format!("Atoll CA {short:08x}"));
    name
}

fn distinguished_name(attributes: &[SubjectAttribute]) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    for attribute in attributes {
        let text = attribute.value.as_str();
        let value = match attribute.tag {
            PRINTABLE_STRING => text.try_into().ok().map(DnValue::PrintableString),
            IA5_STRING => text.try_into().ok().map(DnValue::Ia5String),
            _ => None,
        };
        let value = value.unwrap_or_else(|| DnValue::Utf8String(text.to_owned()));
        name.push(DnType::from_oid(&attribute.oid), value);
    }
    name
}

/// Clients look at the alternative names only; this is for people.
fn leaf_name(names: &CertificateNames) -> DistinguishedName {
    /// The longest common name that X.520 allows.
    const COMMON_NAME_CHARS_MAX: usize = 64;
    let is_public = |name: &&CertificateName| match name {
        CertificateName::Dns(text) => &**text != "localhost" && text.len() <= COMMON_NAME_CHARS_MAX,
        CertificateName::Ip(_) => false,
    };
    let common = names
        .iter()
        .find(is_public)
        .map_or_else(|| "localhost".to_owned(), ToString::to_string);
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    name
}

fn alternative_names(names: &CertificateNames) -> Result<Vec<SanType>, rcgen::Error> {
    names
        .iter()
        .map(|name| match name {
            CertificateName::Dns(text) => Ok(SanType::DnsName(text.to_string().try_into()?)),
            CertificateName::Ip(address) => Ok(SanType::IpAddress(*address)),
        })
        .collect()
}
