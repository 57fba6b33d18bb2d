//! A module in a path, and the caller's right to read it.

use atoll_app::RootError;
use atoll_app::mirror::FetchRight;
use atoll_core::address::{Hostname, ModuleAddr};
use atoll_core::kind::ErrorKind;
use atoll_core::version::Version;
use axum::extract::FromRequestParts;
use http::Method;
use http::request::Parts;

use super::errors::TerraformError;
use super::origin::{Origin, PathParameters, origin};
use super::rights::{Wanted, authorize, caller};
use crate::state::Server;

/// What stands between a repository and a namespace, where both share one segment of an address.
const REPOSITORY_SEPARATOR: &str = "__";

/// A module that the caller may read, and the other parameters of the path.
pub(super) struct CanReadModule {
    pub(super) module: ModuleAddr,
    pub(super) right: FetchRight,
    parameters: PathParameters,
}

impl CanReadModule {
    /// The version in the path.
    pub(super) fn version(&self) -> Result<Version, TerraformError> {
        let text = self.parameters.or_empty("version");
        // Clients ask for what a list says, and some lists have a `v`.
        Version::parse_lenient(text).map_err(|error| {
            let words = format!("{} has no version {text:?}: {error}", self.module);
            TerraformError::new(ErrorKind::NotFound, words)
        })
    }

    /// The version in the path, where the route has one.
    pub(super) fn named_version(&self) -> Result<Option<Version>, TerraformError> {
        let named = self.parameters.get("version").is_some();
        named.then(|| self.version()).transpose()
    }

    /// On whose account a fetch goes; none where nothing may be fetched.
    pub(super) fn client(&self) -> Option<String> {
        self.right.client().map(str::to_owned)
    }
}

impl FromRequestParts<Server> for CanReadModule {
    type Rejection = TerraformError;

    async fn from_request_parts(
        parts: &mut Parts,
        server: &Server,
    ) -> Result<Self, TerraformError> {
        let parameters = PathParameters::from_request_parts(parts, server).await?;
        let caller = caller(parts, server).await?;
        let module = resolve(parts, server, &parameters).await?.current();
        let right = authorize(server, &caller, &Wanted::Module(&module)).await?;
        // A look never starts a fetch.
        let right = if parts.method == Method::HEAD {
            FetchRight::No
        } else {
            right
        };
        Ok(Self {
            module,
            right,
            parameters,
        })
    }
}

/// The module that a path means.
async fn resolve(
    parts: &Parts,
    server: &Server,
    parameters: &PathParameters,
) -> Result<ModuleAddr, TerraformError> {
    let part = |name: &str| parameters.or_empty(name);
    let (name, system) = (part("name"), part("system"));
    if let Some(qualified) = parameters.get("qualified") {
        let (hostname, namespace) = split(server, qualified)?;
        return address(hostname, namespace, name, system);
    }
    match origin(parts, server, parameters)? {
        Origin::Of(hostname) => address(hostname, part("namespace"), name, system),
        Origin::Root => {
            let meant = server.app.root.module(part("namespace"), name, system);
            meant.await.map_err(|error| root_error(&error))
        }
    }
}

/// `REPOSITORY__NAMESPACE`, as Artifactory puts both into an address that has no other place for the repository.
fn split<'a>(server: &Server, qualified: &'a str) -> Result<(Hostname, &'a str), TerraformError> {
    let known = qualified
        .match_indices(REPOSITORY_SEPARATOR)
        .find_map(|(at, separator)| {
            let key = qualified.get(..at)?;
            let namespace = qualified.get(at + separator.len()..)?;
            Some((server.app.origins.of_repository(key)?, namespace))
        });
    known.ok_or_else(|| {
        let words = format!(
            "{qualified:?} is no REPOSITORY{REPOSITORY_SEPARATOR}NAMESPACE of a repository that is here; there are: {}",
            server.app.origins.repositories().join(", ")
        );
        TerraformError::new(ErrorKind::NotFound, words)
    })
}

fn address(
    hostname: Hostname,
    namespace: &str,
    name: &str,
    system: &str,
) -> Result<ModuleAddr, TerraformError> {
    ModuleAddr::new(hostname, namespace, name, system).map_err(|error| {
        TerraformError::new(ErrorKind::NotFound, format!("no such module: {error}"))
    })
}

pub(super) fn root_error(error: &RootError) -> TerraformError {
    match error.kind() {
        kind @ ErrorKind::NotFound => TerraformError::new(kind, error.to_string()),
        kind => TerraformError::failure(kind, error),
    }
}
