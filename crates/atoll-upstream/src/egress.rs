//! The one door.

use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::header::HeaderValue;
use reqwest::{Client, ClientBuilder};
use rustls::RootCertStore;

use crate::address::AddressRules;
use crate::clients::Clients;
use crate::source::{GitRuns, GitSettings};
use crate::trust::{SystemRoots, client_config, parse_ca_pem};
use crate::upstream::Inner;
use crate::{
    Credential, OfflineReason, Timeouts, Upstream, UpstreamSettings, UpstreamSettingsError,
};

/// Carries the ids of the instances that a request has gone through.
pub const LOOP_HEADER: &str = "x-atoll-via";

/// Where systems keep git and ssh.
const PROGRAM_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// What all upstreams have in common.
#[derive(Clone, Debug)]
pub struct EgressSettings {
    /// Never dial anything.
    pub offline: bool,
    /// Unique to this installation, the same for all its replicas: how we know ourselves when we dial ourselves.
    pub instance_id: String,
    /// `User-Agent` of every request.
    pub user_agent: String,
    /// How long we wait.
    pub timeouts: Timeouts,
    /// Where git repositories are put while they are read; the system's directory for temporary files where there is none.
    pub scratch_dir: Option<PathBuf>,
    /// Where git and ssh are looked for, in the way of `PATH`.
    pub program_path: String,
}

impl EgressSettings {
    /// Defaults: online, `atoll/<version>`.
    pub fn new(instance_id: impl Into<String>) -> Self {
        Self {
            offline: false,
            instance_id: instance_id.into(),
            user_agent: concat!("atoll/", env!("CARGO_PKG_VERSION")).to_owned(),
            timeouts: Timeouts::default(),
            scratch_dir: None,
            program_path: PROGRAM_PATH.to_owned(),
        }
    }
}

/// Settings that the door can't be built with.
#[derive(Debug, thiserror::Error)]
pub enum EgressError {
    /// The instance id is sent in a header and compared in a list.
    #[error("instance id {0:?} is not a plain word")]
    InstanceId(String),
    /// The user agent is sent in a header.
    #[error("user agent {0:?} can't be sent in a header")]
    UserAgent(String),
}

/// Where every [`Upstream`] comes from. Cheap to clone.
#[derive(Clone)]
pub struct Egress {
    offline: bool,
    instance_id: Arc<str>,
    via: HeaderValue,
    user_agent: HeaderValue,
    timeouts: Timeouts,
    system_roots: SystemRoots,
    git_runs: GitRuns,
}

impl Egress {
    /// Builds the door.
    pub fn new(settings: EgressSettings) -> Result<Self, EgressError> {
        let EgressSettings {
            offline,
            instance_id,
            user_agent,
            timeouts,
            scratch_dir,
            program_path,
        } = settings;
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if instance_id.is_empty() || !instance_id.bytes().all(is_word) {
            return Err(EgressError::InstanceId(instance_id));
        }
        let via = HeaderValue::from_str(&instance_id)
            .map_err(|_| EgressError::InstanceId(instance_id.clone()))?;
        let user_agent = HeaderValue::from_str(&user_agent)
            .map_err(|_| EgressError::UserAgent(user_agent.clone()))?;
        Ok(Self {
            offline,
            instance_id: instance_id.into(),
            via,
            user_agent,
            timeouts,
            system_roots: SystemRoots::default(),
            git_runs: GitRuns::new(scratch_dir, program_path),
        })
    }

    /// Whether nothing is ever dialled.
    pub fn is_offline(&self) -> bool {
        self.offline
    }

    /// Whether a request that carries this [`LOOP_HEADER`] came from ourselves.
    pub fn is_loop(&self, header: &str) -> bool {
        header.split(',').any(|id| id.trim() == &*self.instance_id)
    }

    /// A client for one upstream. Opens no socket; offline it does not even hold what could open one.
    pub fn upstream(&self, settings: &UpstreamSettings) -> Result<Upstream, UpstreamSettingsError> {
        check_url(settings)?;
        let credential = credential_header(settings)?;
        let own_roots = match &settings.ca_pem {
            Some(pem) => parse_ca_pem(&settings.label, pem)?,
            None => RootCertStore::empty(),
        };
        let label: Arc<str> = settings.label.as_str().into();
        let allowed: Arc<[_]> = settings.allow_addresses.clone().into();
        let is_proxied = settings.proxy.is_some();
        let rules = AddressRules::new(
            Arc::clone(&label),
            settings.url.clone(),
            Arc::clone(&allowed),
            is_proxied,
        );
        let clients = if let Some(reason) = self.offline_reason(settings) {
            Err(reason)
        } else {
            let tls = client_config(&self.system_roots, &label, own_roots)?;
            Ok(Clients::build(settings, &rules, &allowed, &tls, || {
                self.client_builder()
            })?)
        };
        Ok(Upstream::from_inner(Inner {
            label,
            url: settings.url.clone(),
            protocol: settings.protocol,
            rules,
            credential,
            clients,
            via: self.via.clone(),
            timeouts: self.timeouts,
            git: GitSettings::new(settings, self.git_runs.clone()),
        }))
    }

    fn offline_reason(&self, settings: &UpstreamSettings) -> Option<OfflineReason> {
        if self.offline {
            return Some(OfflineReason::Server);
        }
        settings.offline.then_some(OfflineReason::Upstream)
    }

    fn client_builder(&self) -> ClientBuilder {
        Client::builder()
            .user_agent(self.user_agent.clone())
            .connect_timeout(self.timeouts.connect)
            .referer(false)
    }
}

fn check_url(settings: &UpstreamSettings) -> Result<(), UpstreamSettingsError> {
    let url = &settings.url;
    let label = || settings.label.clone();
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(UpstreamSettingsError::Scheme { label: label() });
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(UpstreamSettingsError::UserInfo { label: label() });
    }
    Ok(())
}

fn credential_header(
    settings: &UpstreamSettings,
) -> Result<Option<HeaderValue>, UpstreamSettingsError> {
    let text = match &settings.credential {
        Credential::None => return Ok(None),
        Credential::Bearer(token) => format!("Bearer {}", token.expose()),
        Credential::Basic { username, password } => {
            let pair = format!("{username}:{}", password.expose());
            format!("Basic {}", BASE64_STANDARD.encode(pair))
        }
    };
    let mut value =
        HeaderValue::from_str(&text).map_err(|_| UpstreamSettingsError::Credential {
            label: settings.label.clone(),
        })?;
    value.set_sensitive(true);
    Ok(Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SecretText;

    fn egress() -> Egress {
        Egress::new(EgressSettings::new("0f3c-1")).unwrap()
    }

    #[test]
    fn we_know_ourselves_in_a_chain() {
        assert!(egress().is_loop("0f3c-1"));
        assert!(egress().is_loop("other, 0f3c-1"));
        assert!(!egress().is_loop("0f3c-10"));
        assert!(!egress().is_loop(""));
    }

    #[test]
    fn an_instance_id_is_one_word() {
        for id in ["", "a b", "a,b", "a\n", "é"] {
            assert!(Egress::new(EgressSettings::new(id)).is_err(), "{id:?}");
        }
    }

    #[test]
    fn unusable_settings_are_refused_by_name() {
        let settings = |url: &str| UpstreamSettings::at("tf.corp.example", url.parse().unwrap());
        let error = |settings: UpstreamSettings| egress().upstream(&settings).err().unwrap();
        assert!(matches!(
            error(settings("ftp://a.example")),
            UpstreamSettingsError::Scheme { .. }
        ));
        assert!(matches!(
            error(settings("https://u:p@a.example")),
            UpstreamSettingsError::UserInfo { .. }
        ));
        let mut bad_token = settings("https://a.example");
        bad_token.credential = Credential::Bearer(SecretText::new("line\nbreak"));
        assert!(matches!(
            error(bad_token),
            UpstreamSettingsError::Credential { .. }
        ));
        for pem in [
            "",
            "no certificate",
            "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----",
        ] {
            let mut bad_ca = settings("https://a.example");
            bad_ca.ca_pem = Some(pem.into());
            assert!(
                matches!(error(bad_ca), UpstreamSettingsError::Certificates { .. }),
                "{pem:?}"
            );
        }
    }

    #[test]
    fn secrets_do_not_print() {
        let mut settings = UpstreamSettings::new("tf.corp.example").unwrap();
        settings.credential = Credential::Basic {
            username: "ci".into(),
            password: SecretText::new("hunter2"),
        };
        assert!(!format!("{settings:?}").contains("hunter2"));
        let upstream = egress().upstream(&settings).unwrap();
        assert!(!format!("{upstream:?}").contains("hunter2"));
    }
}
