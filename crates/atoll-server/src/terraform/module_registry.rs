//! The module registry protocol.
//!
//! Spec: <https://developer.hashicorp.com/terraform/internals/module-registry-protocol>

use atoll_app::modules::{ModuleList, StoredModule};
use atoll_core::layout::module::package_file_name;
use atoll_core::version::Version;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, USER_AGENT, VARY};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::archives::granted;
use super::documents::{Key, Kind, json_answer};
use super::errors::TerraformError;
use super::module_path::CanReadModule;
use crate::http::{CACHE_STATUS, cache_status};
use crate::state::Server;

/// Where clients read an address from.
const LOCATION: HeaderName = HeaderName::from_static("x-terraform-get");

/// The first OpenTofu that fetches packages by itself, by its minor version.
const DIRECT_SINCE: (u64, u64) = (1, 12);

/// `GET …/v1/modules/<namespace>/<name>/<system>/versions`: every version, without paging.
pub(super) async fn versions(
    State(server): State<Server>,
    request: CanReadModule,
) -> Result<Response, TerraformError> {
    let (module, right) = (&request.module, &request.right);
    let list = server.app.modules.list(module, right).await?;
    let key = Key::of_module(Kind::ModuleVersions, &request);
    let body = server
        .documents
        .of(key, &list.versions, || version_list(&list));
    Ok(json_answer(body, list.freshness))
}

fn version_list(list: &ModuleList) -> Value {
    let versions: Vec<Value> = list
        .versions
        .iter()
        .map(|listed| json!({"version": listed.version.to_string()}))
        .collect();
    json!({"modules": [{"versions": versions}]})
}

/// `GET …/v1/modules/<namespace>/<name>/<system>/<version>/download`: where the package is.
///
/// Every client reads the header of a 204; OpenTofu can be told, where the configuration says so, to fetch the package itself.
pub(super) async fn download(
    State(server): State<Server>,
    request: CanReadModule,
    headers: HeaderMap,
) -> Result<Response, TerraformError> {
    let version = request.version()?;
    let (module, right) = (&request.module, &request.right);
    let found = server.app.modules.version(module, &version, right).await?;
    let location = location(&server, &request, &found.module);
    let mut answer = HeaderMap::from_iter([
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (CACHE_STATUS, cache_status(found.freshness)),
        (LOCATION, location.header),
    ]);
    if server.identity.opentofu_direct_modules {
        answer.insert(VARY, HeaderValue::from(USER_AGENT));
        if let Some(direct) = location.direct.filter(|_| fetches_directly(&headers)) {
            let body = json!({"location": direct, "use_registry_credentials": true});
            return Ok((answer, Json(body)).into_response());
        }
    }
    Ok((StatusCode::NO_CONTENT, answer).into_response())
}

/// The address of a package.
struct Location {
    /// For go-getter, which strips the checksum and verifies by it: clients keep no lock of modules.
    header: HeaderValue,
    /// Plain; none where the module is not the package's root, which OpenTofu can't be told so.
    direct: Option<String>,
}

fn location(server: &Server, request: &CanReadModule, module: &StoredModule) -> Location {
    let file_name = package_file_name(request.module.name(), &module.version);
    let (repository, client) = (module.repository.clone(), request.client());
    let plain = granted(server, repository, client, &module.zip, &file_name);
    let inside = module
        .subdir
        .as_deref()
        .map(|subdir| format!("//{subdir}"))
        .unwrap_or_default();
    // go-getter reads the digest as we write it, `sha256:<hex>`.
    let header = format!("{plain}{inside}?checksum={}", module.zip);
    Location {
        // The projection takes no directory in other characters.
        header: HeaderValue::try_from(header).expect("an address is visible ASCII"),
        direct: module.subdir.is_none().then_some(plain),
    }
}

/// Whether the client is an OpenTofu that fetches packages by itself.
fn fetches_directly(headers: &HeaderMap) -> bool {
    let agent = headers
        .get(USER_AGENT)
        .and_then(|value| value.to_str().ok());
    let version = agent.and_then(|agent| {
        let rest = agent.strip_prefix("OpenTofu/")?;
        rest.split([' ', '+']).next()?.parse::<Version>().ok()
    });
    version.is_some_and(|version| (version.major(), version.minor()) >= DIRECT_SINCE)
}
