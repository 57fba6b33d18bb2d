//! Which registry a request is for.

use atoll_core::address::Hostname;
use atoll_core::kind::ErrorKind;
use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;

use super::errors::TerraformError;
use crate::state::{Server, host_of};

/// Which registry a request is for.
pub(super) enum Origin {
    /// The one that its path names, or the network's DNS.
    Of(Hostname),
    /// The root of this server, where what an address means depends on the address.
    Root,
}

/// The parameters of a path, decoded.
pub(super) struct PathParameters(RawPathParams);

impl PathParameters {
    /// The parameter of this name, where the route has one.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut all = self.0.iter();
        all.find_map(|(known, value)| (known == name).then_some(value))
    }

    /// The parameter of this name; empty where the route has none.
    pub(super) fn or_empty(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }
}

impl FromRequestParts<Server> for PathParameters {
    type Rejection = TerraformError;

    async fn from_request_parts(
        parts: &mut Parts,
        server: &Server,
    ) -> Result<Self, TerraformError> {
        let raw = RawPathParams::from_request_parts(parts, server).await;
        raw.map(Self)
            .map_err(|error| TerraformError::new(ErrorKind::Invalid, error.to_string()))
    }
}

/// The host or repository that the path names; else the host that the request was sent to.
pub(super) fn origin(
    parts: &Parts,
    server: &Server,
    parameters: &PathParameters,
) -> Result<Origin, TerraformError> {
    let origins = &server.app.origins;
    if let Some(text) = parameters.get("hostname") {
        let named = origins.resolve(text);
        return named
            .map(Origin::Of)
            .map_err(|error| TerraformError::new(ErrorKind::NotFound, error.to_string()));
    }
    if let Some(key) = parameters.get("repository") {
        let named = origins.of_repository(key);
        return named.map(Origin::Of).ok_or_else(|| {
            let known = origins.repositories().join(", ");
            let words = format!(
                "there is no repository {key:?} here; `aliases` of an upstream names one, and there are: {known}"
            );
            TerraformError::new(ErrorKind::NotFound, words)
        });
    }
    let host = origins.of_host_header(host_of(parts));
    Ok(if host.is_self() {
        Origin::Root
    } else {
        Origin::Of(host)
    })
}
