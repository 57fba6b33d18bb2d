//! `/token`: short-lived bearers for registry clients.
//!
//! Spec: <https://distribution.github.io/distribution/spec/auth/token/>

use atoll_app::access::{BEARER_SECS, Bearer};
use atoll_core::kind::ErrorKind;
use atoll_core::permission::{Action, Principal, Scope, Scopes};
use atoll_core::repository::RepositoryName;
use axum::extract::rejection::FormRejection;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::{Form, Json};
use http::header::CACHE_CONTROL;
use serde::Deserialize;
use serde_json::json;
use url::form_urlencoded;

use crate::extract::{Caller, CallerResult};
use crate::render::oci::{Code, OciError};
use crate::state::Server;

/// The scope that clients ask for before they list repositories.
const CATALOG: &str = "registry:catalog:*";

/// How long the names in a bearer may be together, in bytes: it travels in a header of every request.
const NAMES_BYTES_MAX: usize = 12 * 1024;

/// How many scopes one request may name.
const SCOPES_MAX: usize = 200;

/// `GET /token?service=…&scope=repository:<name>:pull,push&scope=…`: the intersection of what is asked for and what the
/// caller may do; asking for more is not an error.
pub(super) async fn get(
    State(server): State<Server>,
    CallerResult(caller): CallerResult,
    RawQuery(query): RawQuery,
) -> Result<Response, OciError> {
    let caller = known(caller)?;
    let query = query.unwrap_or_default();
    let wanted = form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == "scope");
    let wanted: Vec<String> = wanted
        .flat_map(|(_, text)| text.split(' ').map(str::to_owned).collect::<Vec<_>>())
        .collect();
    Ok(grant(&server, &caller, &wanted))
}

/// The OAuth 2 flavour.
#[derive(Deserialize)]
pub(super) struct TokenRequest {
    grant_type: Option<String>,
    password: Option<String>,
    refresh_token: Option<String>,
    scope: Option<String>,
}

/// `POST /token`
///
/// Spec: <https://distribution.github.io/distribution/spec/auth/oauth/>
pub(super) async fn post(
    State(server): State<Server>,
    form: Result<Form<TokenRequest>, FormRejection>,
) -> Result<Response, OciError> {
    let Form(request) = form.map_err(|rejection| {
        OciError::new(
            ErrorKind::Invalid,
            Code::Unsupported,
            format!(
                "a token is asked for with a form: {}",
                rejection.body_text()
            ),
        )
    })?;
    let credential = match request.grant_type.as_deref() {
        Some("password") => request.password,
        // A token is its own refresh token: it lasts until it ends or is revoked.
        Some("refresh_token") => request.refresh_token,
        _ => None,
    };
    let Some(credential) = credential else {
        let message = "grant_type is password (with the token as password) or refresh_token";
        return Err(OciError::new(
            ErrorKind::Invalid,
            Code::Unsupported,
            message,
        ));
    };
    let caller = match server.app.tokens.authenticate(&credential).await {
        Ok(Some(known)) => Caller::known(known),
        Ok(None) => return Err(bad_credentials()),
        Err(error) if error.kind() == ErrorKind::Unauthenticated => return Err(bad_credentials()),
        Err(error) => return Err(OciError::failure(error.kind(), &error)),
    };
    let wanted: Vec<String> = request
        .scope
        .unwrap_or_default()
        .split(' ')
        .map(str::to_owned)
        .collect();
    Ok(grant(&server, &caller, &wanted))
}

fn known(
    caller: Result<Caller, std::sync::Arc<atoll_app::access::AuthenticateError>>,
) -> Result<Caller, OciError> {
    match caller {
        // Somebody who shows a password wants to be known by it; anonymous is for those who show none.
        Ok(caller) if caller.foreign_credential => Err(bad_credentials()),
        Ok(caller) => Ok(caller),
        Err(error) if error.kind() == ErrorKind::Unauthenticated => Err(bad_credentials()),
        Err(error) => Err(OciError::failure(error.kind(), &*error)),
    }
}

fn bad_credentials() -> OciError {
    OciError::new(
        ErrorKind::Unauthenticated,
        Code::Unauthorized,
        "the password is an Atoll token, and this one is unknown, expired or revoked; `atoll token create` makes one",
    )
    .with_challenge(Some(http::HeaderValue::from_static(
        "Basic realm=\"atoll\"",
    )))
}

fn grant(server: &Server, caller: &Caller, wanted: &[String]) -> Response {
    let (mut scopes, mut granted, mut room) = (Vec::new(), Vec::new(), NAMES_BYTES_MAX);
    for text in wanted
        .iter()
        .filter(|text| !text.is_empty())
        .take(SCOPES_MAX)
    {
        if text == CATALOG {
            // The catalogue shows what the caller may pull; so a bearer for it may pull what its token may.
            scopes.extend(readable(&caller.principal));
            granted.push(text.clone());
        } else if let Some((name, actions)) = repository_scope(text) {
            let allowed = allowed(&caller.principal, &name, &actions);
            let actions: Vec<&str> = allowed.iter().map(|action| action.as_str()).collect();
            room = room.saturating_sub(name.as_str().len() * actions.len());
            if actions.is_empty() || room == 0 {
                continue;
            }
            granted.push(format!("repository:{name}:{}", actions.join(",")));
            scopes.extend(
                allowed
                    .into_iter()
                    .filter_map(|action| Scope::on_repository(action, &name)),
            );
        }
    }
    let now = atoll_app::now();
    let bearer = Bearer {
        token_prefix: caller.token_prefix.as_deref().map(str::to_owned),
        scopes: Scopes::from(scopes),
        expires_at_secs: now.as_secs() + BEARER_SECS,
    };
    let text = bearer.seal(&server.app.sealer);
    let issued_at = now.to_rfc3339();
    let body = json!({
        "token": text, "access_token": text, "expires_in": BEARER_SECS, "issued_at": issued_at, "scope": granted.join(" "),
    });
    ([(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// The rights to pull among a caller's rights.
fn readable(principal: &Principal) -> Vec<Scope> {
    match principal {
        Principal::Token { scopes, .. } => scopes.iter().map(Scope::to_pull).collect(),
        Principal::Anonymous | Principal::Local => Vec::new(),
    }
}

fn allowed(principal: &Principal, name: &RepositoryName, wanted: &[Action]) -> Vec<Action> {
    match principal {
        // What anybody may read is decided at each request; a bearer of nobody's carries no rights.
        Principal::Anonymous => Vec::new(),
        Principal::Local => wanted.to_vec(),
        Principal::Token { scopes, .. } => scopes.intersect_repository(name, wanted),
    }
}

/// Reads `repository:<name>:<actions>`: the type from the left and the actions from the right, as a name may hold colons.
fn repository_scope(text: &str) -> Option<(RepositoryName, Vec<Action>)> {
    let rest = text.strip_prefix("repository:")?;
    let (name, actions) = rest.rsplit_once(':')?;
    let name = name.parse().ok()?;
    let mut wanted = Vec::new();
    for action in actions.split(',') {
        match action {
            "pull" => wanted.push(Action::Pull),
            "push" => wanted.push(Action::Push),
            "delete" => wanted.push(Action::Delete),
            "*" => wanted.extend([Action::Pull, Action::Push, Action::Delete]),
            _ => {}
        }
    }
    Some((name, wanted))
}
