//! The HTTP clients of one upstream: one for what the operator wrote, one for what answers name.

use std::net::IpAddr;
use std::sync::Arc;

use reqwest::{Client, ClientBuilder, Proxy, redirect};
use rustls::ClientConfig;

use crate::address::{AddressRules, Route};
use crate::dialer::Dialer;
use crate::resolver::{Check, CheckedResolver};
use crate::{AllowedAddress, UpstreamSettings, UpstreamSettingsError};

/// Clients that differ in what their resolver lets through. They share nothing, so that a connection which one of
/// them opened is never reused under the other's rules.
pub(crate) struct Clients {
    written: Client,
    learnt: Client,
    /// For ports that entries of `allow_addresses` are limited to: a resolver sees no ports.
    learnt_at: Vec<(u16, Client)>,
    /// For programs that speak for themselves, through a forwarder of ours.
    dialer: Dialer,
}

impl Clients {
    pub(crate) fn build(
        settings: &UpstreamSettings,
        rules: &AddressRules,
        allowed: &Arc<[AllowedAddress]>,
        tls: &ClientConfig,
        base: impl Fn() -> ClientBuilder,
    ) -> Result<Self, UpstreamSettingsError> {
        let build = |check: Check| {
            let overrides = own_addresses(settings);
            let resolver = Arc::new(CheckedResolver { overrides, check });
            build_client(settings, tls, base().dns_resolver(resolver))
        };
        let learnt = |port: Option<u16>| {
            if settings.proxy.is_some() {
                // The only name this client resolves is the proxy's, which the operator wrote.
                return build(Check::Nothing);
            }
            build(Check::Public {
                rules: rules.clone(),
                allowed: Arc::clone(allowed),
                port,
            })
        };
        let mut ports: Vec<u16> = allowed
            .iter()
            .filter_map(AllowedAddress::network_port)
            .collect();
        ports.sort_unstable();
        ports.dedup();
        Ok(Self {
            written: build(Check::Nothing)?,
            learnt: learnt(None)?,
            dialer: Dialer::new(settings, rules, allowed),
            learnt_at: ports
                .into_iter()
                .map(|port| Ok((port, learnt(Some(port))?)))
                .collect::<Result<_, _>>()?,
        })
    }

    /// What opens connections that no HTTP client does.
    pub(crate) fn dialer(&self) -> &Dialer {
        &self.dialer
    }

    /// The client for a route.
    pub(crate) fn get(&self, route: Route) -> &Client {
        match route {
            Route::Written => &self.written,
            Route::Learnt { port } => {
                let at_port = self.learnt_at.iter().find(|(named, _)| *named == port);
                at_port.map_or(&self.learnt, |(_, client)| client)
            }
        }
    }
}

/// The upstream's own host, with the addresses the operator gave it.
pub(crate) fn own_addresses(settings: &UpstreamSettings) -> Option<(Box<str>, Vec<IpAddr>)> {
    let host = settings.url.host_str()?;
    (!settings.resolve.is_empty()).then(|| (host.into(), settings.resolve.clone()))
}

fn build_client(
    settings: &UpstreamSettings,
    tls: &ClientConfig,
    base: ClientBuilder,
) -> Result<Client, UpstreamSettingsError> {
    let label = || settings.label.clone();
    let mut builder = base
        .redirect(redirect::Policy::none())
        .no_proxy()
        .tls_backend_preconfigured(tls.clone());
    if let Some(url) = &settings.proxy {
        let proxy = Proxy::all(url.clone()).map_err(|source| UpstreamSettingsError::Proxy {
            label: label(),
            source,
        })?;
        builder = builder.proxy(proxy);
    }
    builder
        .build()
        .map_err(|source| UpstreamSettingsError::Client {
            label: label(),
            source,
        })
}
