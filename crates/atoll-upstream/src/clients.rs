//! The HTTP clients of one upstream: one for what the operator wrote, one for what answers name.

use std::sync::Arc;

use reqwest::{Client, ClientBuilder, Proxy, redirect};
use rustls::ClientConfig;

use crate::address::{AddressRules, Route};
use crate::resolver::{Check, CheckedResolver};
use crate::{AllowedAddress, UpstreamSettings, UpstreamSettingsError};

/// Clients that differ in what their resolver lets through. They share nothing, so that a connection which one of
/// them opened is never reused under the other's rules.
pub(crate) struct Clients {
    written: Client,
    learnt: Client,
    /// For ports that entries of `allow_addresses` are limited to: a resolver sees no ports.
    learnt_at: Vec<(u16, Client)>,
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
            let overrides = match settings.url.host_str() {
                Some(host) if !settings.resolve.is_empty() => {
                    Some((host.into(), settings.resolve.clone()))
                }
                _ => None,
            };
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
            learnt_at: ports
                .into_iter()
                .map(|port| Ok((port, learnt(Some(port))?)))
                .collect::<Result<_, _>>()?,
        })
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
