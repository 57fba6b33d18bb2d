//! Who may read what an address names.

use std::fmt;

use atoll_app::Failure;
use atoll_app::mirror::{FetchRight, MirrorError};
use atoll_core::address::{Hostname, ModuleAddr, ProviderAddr};
use atoll_core::kind::ErrorKind;
use atoll_core::permission::{Access, Action};
use atoll_core::repository::RepositoryName;
use axum::extract::FromRequestParts;
use http::request::Parts;

use super::errors::TerraformError;
use crate::extract::{Caller, CallerResult};
use crate::state::Server;

/// What a path names.
pub(super) enum Wanted<'a> {
    Provider(&'a ProviderAddr),
    Module(&'a ModuleAddr),
}

impl Wanted<'_> {
    fn hostname(&self) -> &Hostname {
        match self {
            Self::Provider(provider) => provider.hostname(),
            Self::Module(module) => module.hostname(),
        }
    }

    fn repository(&self) -> RepositoryName {
        match self {
            Self::Provider(provider) => provider.repository(),
            Self::Module(module) => module.repository(),
        }
    }

    async fn knows_host(&self, server: &Server) -> Result<bool, Failure> {
        match self {
            Self::Provider(provider) => server.app.providers.knows_host(provider.hostname()).await,
            Self::Module(module) => server.app.modules.knows_host(module.hostname()).await,
        }
    }
}

impl fmt::Display for Wanted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider(provider) => write!(f, "provider {provider}"),
            Self::Module(module) => write!(f, "module {module}"),
        }
    }
}

/// Who asks; a bad credential of ours is an error.
pub(super) async fn caller(parts: &mut Parts, server: &Server) -> Result<Caller, TerraformError> {
    let Ok(CallerResult(caller)) = CallerResult::from_request_parts(parts, server).await;
    caller.map_err(|error| match error.kind() {
        kind @ ErrorKind::Unauthenticated => TerraformError::new(kind, error.to_string()),
        kind => TerraformError::failure(kind, &*error),
    })
}

/// Whether the caller may read it, and may cause a fetch of it.
pub(super) async fn authorize(
    server: &Server,
    caller: &Caller,
    wanted: &Wanted<'_>,
) -> Result<FetchRight, TerraformError> {
    let failed = |error: Failure| TerraformError::failure(error.kind(), &error);
    let access = server
        .app
        .registry
        .access(&caller.principal, Action::Pull, &wanted.repository())
        .await
        .map_err(failed)?;
    if access != Access::Allowed && !wanted.knows_host(server).await.map_err(failed)? {
        // Not 401: clients would stop there, although nothing of that host is here for anybody.
        return Err(MirrorError::UnknownHost(wanted.hostname().clone()).into());
    }
    match access {
        Access::Allowed => Ok(server.app.pull.right(&caller.reader(), wanted.hostname())),
        Access::Unauthenticated => Err(TerraformError::new(
            ErrorKind::Unauthenticated,
            format!(
                "a token is needed to read {wanted}: add a credentials block for this host to the CLI configuration"
            ),
        )),
        Access::Hidden | Access::Forbidden | Access::Reserved => Err(TerraformError::new(
            ErrorKind::NotFound,
            format!("there is no {wanted} here, or this token has no right to see it"),
        )),
    }
}
