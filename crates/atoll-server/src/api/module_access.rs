//! Modules in paths of the management API, and what the caller may do with them.

use atoll_app::mirror::FetchRight;
use atoll_core::address::ModuleAddr;
use atoll_core::kind::ErrorKind;
use atoll_core::permission::{Access, Action, may_administer};
use atoll_core::version::Version;
use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::Deserialize;

use super::access::{CanPublish, caller, token_needed};
use super::errors::ApiError;
use super::input::PathOf;
use super::modules::version;
use crate::extract::Caller;
use crate::state::Server;

/// A module that the caller may read.
pub(super) struct CanRead {
    pub(super) module: ModuleAddr,
    pub(super) version: Option<Version>,
    pub(super) right: FetchRight,
}

/// A version of a module of ours that the caller may publish.
pub(super) struct CanPublishModule {
    pub(super) module: ModuleAddr,
    pub(super) version: Version,
}

/// A version that the caller may delete.
pub(super) struct CanDelete {
    pub(super) module: ModuleAddr,
    pub(super) version: Version,
}

/// A module, or a version of it, that the caller may say something about in its owner's name: who publishes it, and for
/// modules of others who runs this server.
pub(super) struct CanSpeakFor {
    pub(super) module: ModuleAddr,
    pub(super) version: Option<Version>,
}

#[derive(Deserialize)]
struct ModulePath {
    hostname: String,
    namespace: String,
    name: String,
    system: String,
    version: Option<String>,
}

/// A request for something of a module.
struct Asked {
    caller: Caller,
    module: ModuleAddr,
    version: Option<Version>,
}

impl Asked {
    async fn read(parts: &mut Parts, server: &Server) -> Result<Self, ApiError> {
        let caller = caller(parts, server).await?;
        let PathOf(path) = PathOf::<ModulePath>::from_request_parts(parts, server).await?;
        let hostname = server.app.origins.resolve(&path.hostname);
        let hostname = hostname.map_err(|error| ApiError::invalid(error.to_string()))?;
        let module = ModuleAddr::new(hostname, &path.namespace, &path.name, &path.system)
            .map_err(|error| ApiError::invalid(error.to_string()))?;
        Ok(Self {
            caller,
            module: module.current(),
            version: path.version.as_deref().map(version).transpose()?,
        })
    }

    /// Refuses who may not do this. To strangers the module is absent, whether it exists or not.
    async fn check(
        &self,
        server: &Server,
        action: Action,
        attempted: &str,
    ) -> Result<(), ApiError> {
        let (principal, module) = (&self.caller.principal, &self.module);
        let registry = &server.app.registry;
        let repository = module.repository();
        match registry.access(principal, action, &repository).await? {
            Access::Allowed => Ok(()),
            Access::Unauthenticated => Err(token_needed(attempted)),
            Access::Hidden => Err(ApiError::new(
                ErrorKind::NotFound,
                format!("there is no module {module} here, or this token has no right to see it"),
            )),
            Access::Forbidden | Access::Reserved => Err(ApiError::new(
                ErrorKind::Forbidden,
                format!("this token may not {attempted} {module}"),
            )),
        }
    }
}

impl FromRequestParts<Server> for CanRead {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, ApiError> {
        let asked = Asked::read(parts, server).await?;
        asked.check(server, Action::Pull, "read").await?;
        let hostname = asked.module.hostname();
        let right = server.app.pull.right(&asked.caller.reader(), hostname);
        Ok(Self {
            module: asked.module,
            version: asked.version,
            right,
        })
    }
}

impl FromRequestParts<Server> for CanPublishModule {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, ApiError> {
        let publisher = CanPublish::from_request_parts(parts, server).await?;
        let asked = Asked::read(parts, server).await?;
        let hostname = asked.module.hostname();
        if !hostname.is_self() {
            let words = format!(
                "what is published here has the host `self`; modules of {hostname} come from there"
            );
            return Err(ApiError::invalid(words));
        }
        publisher.check(server, &asked.module.repository()).await?;
        let version = asked
            .version
            .ok_or_else(|| ApiError::invalid("a module is published with its version"))?;
        Ok(Self {
            module: asked.module,
            version,
        })
    }
}

impl FromRequestParts<Server> for CanDelete {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, ApiError> {
        let asked = Asked::read(parts, server).await?;
        asked.check(server, Action::Delete, "delete").await?;
        let version = asked
            .version
            .ok_or_else(|| ApiError::invalid("a version is deleted by its number"))?;
        Ok(Self {
            module: asked.module,
            version,
        })
    }
}

impl FromRequestParts<Server> for CanSpeakFor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, ApiError> {
        let asked = Asked::read(parts, server).await?;
        if asked.module.hostname().is_self() {
            asked.check(server, Action::Push, "deprecate").await?;
        } else {
            asked.check(server, Action::Pull, "deprecate").await?;
            match may_administer(&asked.caller.principal) {
                Access::Allowed => {}
                Access::Unauthenticated => return Err(token_needed("deprecate")),
                Access::Hidden | Access::Forbidden | Access::Reserved => {
                    let module = &asked.module;
                    let words = format!(
                        "only who has the scope admin may deprecate {module}, which others publish"
                    );
                    return Err(ApiError::new(ErrorKind::Forbidden, words));
                }
            }
        }
        Ok(Self {
            module: asked.module,
            version: asked.version,
        })
    }
}
