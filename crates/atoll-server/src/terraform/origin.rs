//! Which registry a request is for.

use std::collections::HashMap;

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

/// The parameters of a path.
pub(super) type Parameters = HashMap<String, String>;

/// Reads the parameters of a path, decoded.
pub(super) async fn parameters(
    parts: &mut Parts,
    server: &Server,
) -> Result<Parameters, TerraformError> {
    let raw = RawPathParams::from_request_parts(parts, server).await;
    let raw = raw.map_err(|error| TerraformError::new(ErrorKind::Invalid, error.to_string()))?;
    Ok(raw
        .iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect())
}

/// The host or repository that the path names; else the host that the request was sent to.
pub(super) fn origin(
    parts: &Parts,
    server: &Server,
    parameters: &Parameters,
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
