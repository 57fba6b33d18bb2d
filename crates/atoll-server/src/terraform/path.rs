//! A provider in a path, and the caller's right to read it.

use std::collections::HashMap;

use atoll_app::Failure;
use atoll_app::mirror::{FetchRight, MirrorError};
use atoll_core::address::ProviderAddr;
use atoll_core::kind::ErrorKind;
use atoll_core::permission::{Access, Action};
use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;

use super::errors::TerraformError;
use crate::extract::{Caller, CallerResult};
use crate::state::{Server, host_of};

/// A provider that the caller may read, and the other parameters of the path.
pub(super) struct CanReadProvider {
    pub(super) provider: ProviderAddr,
    pub(super) right: FetchRight,
    parameters: HashMap<String, String>,
}

impl CanReadProvider {
    /// Another parameter of the path; empty where the route has none of that name.
    pub(super) fn parameter(&self, name: &str) -> &str {
        self.parameters.get(name).map_or("", String::as_str)
    }
}

impl CanReadProvider {
    /// On whose account a fetch goes; none where nothing may be fetched.
    pub(super) fn client(&self) -> Option<String> {
        match &self.right {
            FetchRight::Yes { client } => Some(client.to_string()),
            FetchRight::No => None,
        }
    }
}

impl FromRequestParts<Server> for CanReadProvider {
    type Rejection = TerraformError;

    async fn from_request_parts(
        parts: &mut Parts,
        server: &Server,
    ) -> Result<Self, TerraformError> {
        let raw = RawPathParams::from_request_parts(parts, server).await;
        let raw =
            raw.map_err(|error| TerraformError::new(ErrorKind::Invalid, error.to_string()))?;
        let parameters: HashMap<String, String> = raw
            .iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        let part = |name: &str| parameters.get(name).map_or("", String::as_str);
        let caller = caller(parts, server).await?;
        let provider = resolve(
            parts,
            server,
            parameters.get("hostname"),
            part("namespace"),
            part("type"),
        )
        .await?;
        let right = authorize(server, &caller, &provider).await?;
        Ok(Self {
            provider,
            right,
            parameters,
        })
    }
}

/// The provider that a path means: of the host that it names, or of the one that the request was sent to.
async fn resolve(
    parts: &Parts,
    server: &Server,
    hostname: Option<&String>,
    namespace: &str,
    type_name: &str,
) -> Result<ProviderAddr, TerraformError> {
    let unknown = |text: String| TerraformError::new(ErrorKind::NotFound, text);
    let host = match hostname {
        Some(text) => server
            .app
            .origins
            .resolve(text)
            .map_err(|error| unknown(error.to_string()))?,
        None => server.app.origins.of_host_header(host_of(parts)),
    };
    if hostname.is_none() && host.is_self() {
        return server
            .app
            .providers
            .at_root(namespace, type_name)
            .await
            .map_err(|error| match error.kind() {
                ErrorKind::NotFound => unknown(error.to_string()),
                kind => TerraformError::failure(kind, &error),
            });
    }
    ProviderAddr::new(host, namespace, type_name)
        .map_err(|error| unknown(format!("no such provider: {error}")))
}

async fn caller(parts: &mut Parts, server: &Server) -> Result<Caller, TerraformError> {
    let Ok(CallerResult(caller)) = CallerResult::from_request_parts(parts, server).await;
    caller.map_err(|error| match error.kind() {
        kind @ ErrorKind::Unauthenticated => TerraformError::new(kind, error.to_string()),
        kind => TerraformError::failure(kind, &*error),
    })
}

async fn authorize(
    server: &Server,
    caller: &Caller,
    provider: &ProviderAddr,
) -> Result<FetchRight, TerraformError> {
    let name = provider.repository();
    let failed = |error: Failure| TerraformError::failure(error.kind(), &error);
    let access = server
        .app
        .registry
        .access(&caller.principal, Action::Pull, &name)
        .await
        .map_err(failed)?;
    if access != Access::Allowed
        && !server
            .app
            .providers
            .knows_host(provider.hostname())
            .await
            .map_err(failed)?
    {
        // Not 401: clients would stop there, although nothing of that host is here for anybody.
        return Err(MirrorError::UnknownHost(provider.hostname().clone()).into());
    }
    match access {
        Access::Allowed => Ok(server.app.pull.right(&caller.reader(), provider)),
        Access::Unauthenticated => Err(TerraformError::new(
            ErrorKind::Unauthenticated,
            format!(
                "a token is needed to read {provider}: add a credentials block for this host to the CLI configuration"
            ),
        )),
        Access::Hidden | Access::Forbidden | Access::Reserved => Err(TerraformError::new(
            ErrorKind::NotFound,
            format!("there is no provider {provider} here, or this token has no right to see it"),
        )),
    }
}
