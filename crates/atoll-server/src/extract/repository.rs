//! A repository in a registry path, and the caller's right on it.

use atoll_app::Reader;
use atoll_core::kind::ErrorKind;
use atoll_core::permission::{Access, Action, Principal};
use atoll_core::repository::RepositoryName;
use axum::extract::{FromRequestParts, RawPathParams};
use http::HeaderValue;
use http::request::Parts;
use url::form_urlencoded;

use super::caller::{Caller, CallerResult, Via};
use crate::render::oci::{Code, OciError};
use crate::state::Server;

/// The caller may read the repository.
pub(crate) struct CanPull {
    pub(crate) reader: Reader,
    pub(crate) repository: RepositoryName,
}

/// The caller may write to the repository.
pub(crate) struct CanPush {
    pub(crate) principal: Principal,
    pub(crate) repository: RepositoryName,
}

/// The caller may delete from the repository.
pub(crate) struct CanDelete {
    pub(crate) repository: RepositoryName,
}

impl FromRequestParts<Server> for CanPull {
    type Rejection = OciError;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, OciError> {
        let (caller, repository) = authorize(parts, server, Action::Pull).await?;
        Ok(Self {
            reader: caller.reader(),
            repository,
        })
    }
}

impl FromRequestParts<Server> for CanPush {
    type Rejection = OciError;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, OciError> {
        let (caller, repository) = authorize(parts, server, Action::Push).await?;
        Ok(Self {
            principal: caller.principal,
            repository,
        })
    }
}

impl FromRequestParts<Server> for CanDelete {
    type Rejection = OciError;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, OciError> {
        let (_, repository) = authorize(parts, server, Action::Delete).await?;
        Ok(Self { repository })
    }
}

async fn authorize(
    parts: &mut Parts,
    server: &Server,
    action: Action,
) -> Result<(Caller, RepositoryName), OciError> {
    let text = path_parameter(parts, server, "name").await?;
    let caller = known_caller(parts, server, action, &text).await?;
    let name: RepositoryName = match text.parse() {
        Ok(name) => name,
        Err(error) => {
            return Err(OciError::new(
                ErrorKind::Invalid,
                Code::NameInvalid,
                format!("repository name {text:?}: {error}"),
            ));
        }
    };
    let access = server
        .app
        .registry
        .access(&caller.principal, action, &name)
        .await
        .map_err(|error| OciError::failure(error.kind(), &error))?;
    match access {
        Access::Allowed => Ok((caller, name)),
        Access::Unauthenticated => Err(unauthorized(server, parts, action, name.as_str(), None)),
        Access::Hidden | Access::Forbidden if caller.via == Via::Bearer => Err(unauthorized(
            server,
            parts,
            action,
            name.as_str(),
            Some("insufficient_scope"),
        )),
        Access::Hidden => Err(OciError::new(
            ErrorKind::NotFound,
            Code::NameUnknown,
            format!("repository {name} is unknown, or this token has no right to see it"),
        )),
        Access::Forbidden => Err(OciError::new(
            ErrorKind::Forbidden,
            Code::Denied,
            format!("this token may not {action} {name}; it needs the scope {action}:{name}"),
        )),
        Access::Reserved => Err(OciError::new(
            ErrorKind::Forbidden,
            Code::Denied,
            format!(
                "nobody pushes to {name}: the tree is another host's, and only its upstream, imports and bundles fill it; what is published here has the host `self`"
            ),
        )),
    }
}

/// The caller, or a 401 where their credential is ours and not good.
async fn known_caller(
    parts: &mut Parts,
    server: &Server,
    action: Action,
    name: &str,
) -> Result<Caller, OciError> {
    let Ok(CallerResult(caller)) = CallerResult::from_request_parts(parts, server).await;
    match caller {
        Ok(caller) => Ok(caller),
        Err(error) if error.kind() == ErrorKind::Unauthenticated => Err(unauthorized(
            server,
            parts,
            action,
            name,
            Some("invalid_token"),
        )),
        Err(error) => Err(OciError::failure(error.kind(), &*error)),
    }
}

fn unauthorized(
    server: &Server,
    parts: &Parts,
    action: Action,
    name: &str,
    error: Option<&str>,
) -> OciError {
    let message = match error {
        Some("invalid_token") => "the token is unknown, expired or revoked".to_owned(),
        Some(_) => format!("this bearer does not cover {action} on {name}; ask for one that does"),
        None => format!("a token is needed to {action} {name}"),
    };
    let actions = if action == Action::Push {
        "pull,push".to_owned()
    } else {
        action.to_string()
    };
    let source = mounted_from(parts).map(|source| format!(" repository:{source}:pull"));
    let scope = format!("repository:{name}:{actions}{}", source.unwrap_or_default());
    OciError::new(ErrorKind::Unauthenticated, Code::Unauthorized, message)
        .with_challenge(challenge(server, parts, Some(&scope), error))
}

/// The repository that a request mounts a blob from: a bearer without the right to pull there can't.
fn mounted_from(parts: &Parts) -> Option<RepositoryName> {
    let query = parts.uri.query().filter(|query| query.contains("mount="))?;
    let (_, source) = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "from")?;
    source.parse().ok()
}

/// The challenge of a 401: where a bearer is to be had, and for which scope.
///
/// Basic works as well, but is not offered: docker answers every challenge that it is given, and fails for want of a
/// password where nobody needs one; other clients take the realm of the last challenge for that of the first.
pub(crate) fn challenge(
    server: &Server,
    parts: &Parts,
    scope: Option<&str>,
    error: Option<&str>,
) -> Option<HeaderValue> {
    let origin = server.origin_of(parts);
    // A name that is no repository's can hold anything; it is left out of the header then.
    let plain = |b: u8| (b.is_ascii_graphic() || b == b' ') && b != b'"' && b != b'\\';
    let scope = scope
        .filter(|scope| scope.bytes().all(plain))
        .map(|scope| format!(",scope=\"{scope}\""))
        .unwrap_or_default();
    let error = error
        .map(|error| format!(",error=\"{error}\""))
        .unwrap_or_default();
    let bearer = format!("Bearer realm=\"{origin}/token\",service=\"atoll\"{scope}{error}");
    HeaderValue::try_from(bearer).ok()
}

/// A parameter of the matched path, decoded; empty where the route has none of that name.
async fn path_parameter(
    parts: &mut Parts,
    server: &Server,
    name: &str,
) -> Result<String, OciError> {
    match RawPathParams::from_request_parts(parts, server).await {
        Ok(parameters) => Ok(parameters
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.to_owned())
            .unwrap_or_default()),
        Err(_) => Err(OciError::new(
            ErrorKind::Invalid,
            Code::NameInvalid,
            "the path is not UTF-8 when its escapes are read",
        )),
    }
}
