//! What there is of modules, as the public registry tells it: lists, searches and details.
//!
//! Spec: <https://developer.hashicorp.com/terraform/registry/api-docs>

use atoll_app::modules::ShelvedModule;
use atoll_core::address::Hostname;
use atoll_core::kind::ErrorKind;
use axum::Json;
use axum::extract::{FromRequestParts, Query, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::LOCATION;
use http::request::Parts;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::form_urlencoded::Serializer;

use super::errors::TerraformError;
use super::module_json;
use super::module_path::CanReadModule;
use super::origin::{Origin, Parameters, origin, parameters};
use super::rights::caller;
use crate::extract::Caller;
use crate::state::Server;

/// How many modules a page has where the client does not say.
const PAGE: usize = 15;

/// How many modules a page has at most.
const PAGE_MAX: usize = 100;

/// Somebody who looks through the modules of a host; they see what they may read.
pub(super) struct Looks {
    caller: Caller,
    hostname: Hostname,
    parameters: Parameters,
}

impl FromRequestParts<Server> for Looks {
    type Rejection = TerraformError;

    async fn from_request_parts(
        parts: &mut Parts,
        server: &Server,
    ) -> Result<Self, TerraformError> {
        let parameters = parameters(parts, server).await?;
        let caller = caller(parts, server).await?;
        let hostname = match origin(parts, server, &parameters)? {
            Origin::Of(hostname) => hostname,
            Origin::Root => Hostname::self_(),
        };
        Ok(Self {
            caller,
            hostname,
            parameters,
        })
    }
}

/// Which part of a list, and what of it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    offset: usize,
    limit: Option<usize>,
    q: Option<String>,
    provider: Option<String>,
    namespace: Option<String>,
}

/// `GET …/v1/modules`, `…/v1/modules/<namespace>`, `…/v1/modules/<namespace>/<name>` and `…/v1/modules/search?q=`
pub(super) async fn list(
    State(server): State<Server>,
    looks: Looks,
    query: Result<Query<Search>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Value>, TerraformError> {
    let Query(search) =
        query.map_err(|error| TerraformError::new(ErrorKind::Invalid, error.body_text()))?;
    let shelf = server
        .app
        .modules
        .shelf(&looks.caller.principal, &looks.hostname)
        .await
        .map_err(|error| TerraformError::failure(error.kind(), &error))?;
    let found: Vec<ShelvedModule> = shelf
        .into_iter()
        .filter(|shelved| search.finds(&looks.parameters, shelved))
        .collect();
    let limit = search.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
    let page: Vec<ShelvedModule> = found
        .iter()
        .skip(search.offset)
        .take(limit)
        .cloned()
        .collect();
    let next = search.offset.saturating_add(limit);
    let mut meta = Map::from_iter([
        ("limit".to_owned(), json!(limit)),
        ("current_offset".to_owned(), json!(search.offset)),
    ]);
    if next < found.len() {
        meta.insert("next_offset".to_owned(), json!(next));
        meta.insert("next_url".to_owned(), json!(search.url_of(next, limit)));
    }
    Ok(Json(
        json!({"meta": meta, "modules": module_json::list(&page)}),
    ))
}

impl Search {
    /// Where another part of the same list is. Relative, so that it holds below every prefix.
    fn url_of(&self, offset: usize, limit: usize) -> String {
        let mut query = Serializer::for_suffix("?".to_owned(), "?".len());
        query
            .append_pair("limit", &limit.to_string())
            .append_pair("offset", &offset.to_string());
        for (name, value) in [
            ("q", &self.q),
            ("provider", &self.provider),
            ("namespace", &self.namespace),
        ] {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        query.finish()
    }

    fn finds(&self, parameters: &Parameters, shelved: &ShelvedModule) -> bool {
        let module = &shelved.module;
        let same = |wanted: Option<&String>, actual: &str| {
            wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(actual))
        };
        let q = self.q.as_deref().unwrap_or_default().to_ascii_lowercase();
        same(parameters.get("namespace"), module.namespace())
            && same(parameters.get("name"), module.name())
            && same(self.namespace.as_ref(), module.namespace())
            && same(self.provider.as_ref(), module.system())
            && module.path().to_ascii_lowercase().contains(&q)
    }
}

/// `GET …/v1/modules/<namespace>/<name>/<system>` and `…/<version>`
pub(super) async fn details(
    State(server): State<Server>,
    request: CanReadModule,
) -> Result<Json<Value>, TerraformError> {
    let version = request.named_version()?;
    let (module, right) = (&request.module, &request.right);
    let found = server
        .app
        .modules
        .details(module, version.as_ref(), right)
        .await?;
    Ok(Json(module_json::details(module, &found)))
}

/// `GET …/v1/modules/<namespace>/<name>/<system>/download`: to the newest release.
pub(super) async fn newest(
    State(server): State<Server>,
    request: CanReadModule,
) -> Result<Response, TerraformError> {
    let (module, right) = (&request.module, &request.right);
    let newest = server.app.modules.newest(module, right).await?;
    // Relative, so that it holds below every prefix.
    let location = format!("./{newest}/download");
    Ok((StatusCode::FOUND, [(LOCATION, location)]).into_response())
}
