//! Who is asking.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use atoll_app::Reader;
use atoll_app::access::{AuthenticateError, Authenticated};
use atoll_core::permission::Principal;
use axum::extract::{ConnectInfo, FromRequestParts, Request};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;

use crate::state::Server;

/// How a caller showed who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Via {
    /// Not at all, or with a credential of another system.
    Nothing,
    /// With a token, as Bearer or as the password of Basic.
    Token,
    /// With a short-lived bearer from `/token`; a wider one may help.
    Bearer,
    /// Through the owner-only socket.
    Socket,
}

/// Who is asking, and how they showed it.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) principal: Principal,
    pub(crate) via: Via,
    /// The look-up prefix of the token they hold.
    pub(crate) token_prefix: Option<Arc<str>>,
    /// They sent a credential that is none of ours.
    pub(crate) foreign_credential: bool,
    /// Where they are, where that is known.
    pub(crate) address: Option<IpAddr>,
}

impl Caller {
    fn nobody(foreign_credential: bool) -> Self {
        Self {
            principal: Principal::Anonymous,
            via: Via::Nothing,
            token_prefix: None,
            foreign_credential,
            address: None,
        }
    }

    /// Somebody whose credential was good.
    pub(crate) fn known(known: Authenticated) -> Self {
        let via = if known.bearer {
            Via::Bearer
        } else {
            Via::Token
        };
        Self {
            principal: known.principal,
            via,
            token_prefix: known.token_prefix,
            foreign_credential: false,
            address: None,
        }
    }

    /// The caller as the use cases that read see them.
    pub(crate) fn reader(&self) -> Reader {
        Reader {
            principal: self.principal.clone(),
            address: self.address,
        }
    }

    /// The owner of the installation, on its own socket.
    pub(crate) fn owner() -> Self {
        Self {
            via: Via::Socket,
            principal: Principal::Local,
            ..Self::nobody(false)
        }
    }
}

/// A credential was taken for ours and is not good, or could not be checked. Handlers of every protocol see it as
/// an extension and answer in their own shape.
#[derive(Clone, Debug)]
pub(crate) struct CallerResult(pub(crate) Result<Caller, Arc<AuthenticateError>>);

/// Finds out who is asking, and lets handlers know.
pub(crate) async fn authenticate(server: &Server, request: &mut Request) {
    let address = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0.ip());
    let caller = identify(server, request.headers())
        .await
        .map(|caller| Caller { address, ..caller });
    request
        .extensions_mut()
        .insert(CallerResult(caller.map_err(Arc::new)));
}

async fn identify(server: &Server, headers: &HeaderMap) -> Result<Caller, AuthenticateError> {
    let Some(credential) = credential(headers) else {
        return Ok(Caller::nobody(headers.contains_key(AUTHORIZATION)));
    };
    let Some(known) = server.app.tokens.authenticate(&credential).await? else {
        metrics::counter!("atoll_foreign_credentials_total").increment(1);
        return Ok(Caller::nobody(true));
    };
    Ok(Caller::known(known))
}

/// The token in a request: as Bearer, or as the password of Basic whatever the user's name.
fn credential(headers: &HeaderMap) -> Option<Cow<'_, str>> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(Cow::Borrowed(rest.trim()));
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
    let (_, password) = decoded.split_once(':')?;
    Some(Cow::Owned(password.to_owned()))
}

impl<S: Send + Sync> FromRequestParts<S> for CallerResult {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts
            .extensions
            .get::<Self>()
            .cloned()
            .unwrap_or_else(|| Self(Ok(Caller::nobody(false)))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, value.parse().unwrap());
        credential(&headers).map(Cow::into_owned)
    }

    #[test]
    fn a_token_is_taken_as_bearer_or_as_password() {
        assert_eq!(of("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(of("bearer  abc ").as_deref(), Some("abc"));
        assert_eq!(
            of(&format!("Basic {}", STANDARD.encode("anyone:a:b"))).as_deref(),
            Some("a:b")
        );
        for hostile in ["Basic", "Basic !!!", "Basic YWJj", "Digest x", "Bearer"] {
            assert_eq!(of(hostile), None, "{hostile}");
        }
    }
}
