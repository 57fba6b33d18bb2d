//! Who may use the management API.

use atoll_core::kind::ErrorKind;
use atoll_core::permission::{Access, Action, Principal, may_administer};
use atoll_core::repository::RepositoryName;
use axum::extract::FromRequestParts;
use http::request::Parts;

use super::errors::ApiError;
use crate::extract::{Caller, CallerResult};
use crate::state::Server;

/// The caller may run the installation.
pub(super) struct Administrator;

/// Somebody, whose right to publish is known once the address is: see [`CanPublish::check`]. Nobody is turned away before
/// a byte of the body is read.
pub(super) struct CanPublish {
    principal: Principal,
}

/// Whoever asks: nobody too, but not with a bad credential.
pub(super) struct Anybody(pub(super) Principal);

pub(super) async fn caller(parts: &mut Parts, server: &Server) -> Result<Caller, ApiError> {
    let Ok(CallerResult(caller)) = CallerResult::from_request_parts(parts, server).await;
    caller.map_err(|error| ApiError::of(error.kind(), &*error))
}

impl FromRequestParts<Server> for Administrator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, ApiError> {
        match may_administer(&caller(parts, server).await?.principal) {
            Access::Allowed => Ok(Self),
            Access::Unauthenticated => Err(token_needed("do this")),
            Access::Hidden | Access::Forbidden | Access::Reserved => Err(ApiError::new(
                ErrorKind::Forbidden,
                "this token may not administer the server; it needs the scope admin",
            )),
        }
    }
}

impl FromRequestParts<Server> for Anybody {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, ApiError> {
        Ok(Self(caller(parts, server).await?.principal))
    }
}

impl FromRequestParts<Server> for CanPublish {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, ApiError> {
        match caller(parts, server).await?.principal {
            Principal::Anonymous => Err(token_needed("publish")),
            principal @ (Principal::Token { .. } | Principal::Local) => Ok(Self { principal }),
        }
    }
}

impl CanPublish {
    /// Whether they may publish in this repository. To strangers it is absent, whether it exists or not.
    pub(super) async fn check(
        &self,
        server: &Server,
        repository: &RepositoryName,
    ) -> Result<(), ApiError> {
        match server
            .app
            .registry
            .access(&self.principal, Action::Push, repository)
            .await?
        {
            Access::Allowed => Ok(()),
            Access::Unauthenticated => Err(token_needed("publish")),
            Access::Hidden => Err(ApiError::new(
                ErrorKind::NotFound,
                format!(
                    "{repository} is unknown, or this token has no right to see it; to publish, it needs the scope push:{repository}"
                ),
            )),
            Access::Forbidden => Err(ApiError::new(
                ErrorKind::Forbidden,
                format!(
                    "this token may not publish in {repository}; it needs the scope push:{repository}"
                ),
            )),
            Access::Reserved => Err(ApiError::new(
                ErrorKind::Forbidden,
                format!("nobody publishes in {repository}: the tree is another host's"),
            )),
        }
    }
}

pub(super) fn token_needed(attempted: &str) -> ApiError {
    ApiError::new(
        ErrorKind::Unauthenticated,
        format!("a token is needed to {attempted}; `atoll token create` makes one"),
    )
}
