//! A provider in a path, and the caller's right to read it.

use atoll_app::mirror::FetchRight;
use atoll_core::address::ProviderAddr;
use atoll_core::kind::ErrorKind;
use axum::extract::FromRequestParts;
use http::request::Parts;

use super::errors::TerraformError;
use super::module_path::root_error;
use super::origin::{Origin, PathParameters, origin};
use super::rights::{Wanted, authorize, caller};
use crate::state::Server;

/// A provider that the caller may read, and the other parameters of the path.
pub(super) struct CanReadProvider {
    pub(super) provider: ProviderAddr,
    pub(super) right: FetchRight,
    parameters: PathParameters,
}

impl CanReadProvider {
    /// Another parameter of the path; empty where the route has none of that name.
    pub(super) fn parameter(&self, name: &str) -> &str {
        self.parameters.or_empty(name)
    }

    /// On whose account a fetch goes; none where nothing may be fetched.
    pub(super) fn client(&self) -> Option<String> {
        self.right.client().map(str::to_owned)
    }
}

impl FromRequestParts<Server> for CanReadProvider {
    type Rejection = TerraformError;

    async fn from_request_parts(
        parts: &mut Parts,
        server: &Server,
    ) -> Result<Self, TerraformError> {
        let parameters = PathParameters::from_request_parts(parts, server).await?;
        let caller = caller(parts, server).await?;
        let provider = resolve(parts, server, &parameters).await?;
        let right = authorize(server, &caller, &Wanted::Provider(&provider)).await?;
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
    parameters: &PathParameters,
) -> Result<ProviderAddr, TerraformError> {
    let part = |name: &str| parameters.or_empty(name);
    let (namespace, type_name) = (part("namespace"), part("type"));
    match origin(parts, server, parameters)? {
        Origin::Of(hostname) => {
            ProviderAddr::new(hostname, namespace, type_name).map_err(|error| {
                TerraformError::new(ErrorKind::NotFound, format!("no such provider: {error}"))
            })
        }
        Origin::Root => {
            let meant = server.app.root.provider(namespace, type_name);
            meant.await.map_err(|error| root_error(&error))
        }
    }
}
