//! What there is of modules, as the public registry tells it: lists, searches and details.
//!
//! Spec: <https://developer.hashicorp.com/terraform/registry/api-docs>

use atoll_app::modules::{ModuleSearch, Shelf, ShelfPart};
use atoll_core::address::Hostname;
use atoll_core::kind::ErrorKind;
use atoll_core::repository::RepositoryName;
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
use super::origin::{Origin, PathParameters, origin};
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
    parameters: PathParameters,
}

impl FromRequestParts<Server> for Looks {
    type Rejection = TerraformError;

    async fn from_request_parts(
        parts: &mut Parts,
        server: &Server,
    ) -> Result<Self, TerraformError> {
        let parameters = PathParameters::from_request_parts(parts, server).await?;
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
    /// Ours, in `next_url`: the list goes on behind this repository, and nothing is counted again but what is still to be passed over.
    after: Option<String>,
    skip: Option<usize>,
}

/// `GET …/v1/modules`, `…/v1/modules/<namespace>`, `…/v1/modules/<namespace>/<name>` and `…/v1/modules/search?q=`
pub(super) async fn list(
    State(server): State<Server>,
    looks: Looks,
    query: Result<Query<Search>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Value>, TerraformError> {
    let Query(search) =
        query.map_err(|error| TerraformError::new(ErrorKind::Invalid, error.body_text()))?;
    let limit = search.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
    let after = search.after.as_deref().map(str::parse::<RepositoryName>);
    let after = after
        .transpose()
        .map_err(|error| TerraformError::new(ErrorKind::Invalid, format!("`after`: {error}")))?;
    let part = ShelfPart {
        after: after.map(|name| name.to_string()),
        skip: match search.after {
            Some(_) => search.skip.unwrap_or_default(),
            None => search.offset,
        },
        limit,
    };
    let shelf = match search.of(&looks) {
        Some(wanted) => {
            let principal = &looks.caller.principal;
            let shelf = server.app.modules.shelf(principal, &wanted, part).await;
            shelf.map_err(|error| TerraformError::failure(error.kind(), &error))?
        }
        None => Shelf {
            modules: Vec::new(),
            next: None,
        },
    };
    let mut meta = Map::from_iter([
        ("limit".to_owned(), json!(limit)),
        ("current_offset".to_owned(), json!(search.offset)),
    ]);
    if let Some(next) = &shelf.next {
        let offset = search.offset.saturating_add(shelf.modules.len());
        // While modules are still passed over, the same number would lead here again.
        if next.skip == 0 {
            meta.insert("next_offset".to_owned(), json!(offset));
        }
        meta.insert("next_url".to_owned(), json!(search.url_of(offset, next)));
    }
    Ok(Json(
        json!({"meta": meta, "modules": module_json::list(&shelf.modules)}),
    ))
}

impl Search {
    /// Where another part of the same list is. Relative, so that it holds below every prefix.
    fn url_of(&self, offset: usize, next: &ShelfPart) -> String {
        let mut query = Serializer::for_suffix("?".to_owned(), "?".len());
        query
            .append_pair("limit", &next.limit.to_string())
            .append_pair("offset", &offset.to_string());
        let skip = (next.skip > 0).then(|| next.skip.to_string());
        for (name, value) in [
            ("after", &next.after),
            ("skip", &skip),
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

    /// What is looked for; nothing where two namespaces are named.
    fn of(&self, looks: &Looks) -> Option<ModuleSearch> {
        let in_path = looks.parameters.get("namespace");
        let namespace = match (in_path, &self.namespace) {
            (Some(one), Some(other)) if !one.eq_ignore_ascii_case(other) => return None,
            (one, other) => one.or(other.as_deref()).map(str::to_owned),
        };
        Some(ModuleSearch {
            hostname: looks.hostname.clone(),
            namespace,
            name: looks.parameters.get("name").map(str::to_owned),
            system: self.provider.clone(),
            text: self.q.clone().unwrap_or_default(),
        })
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
