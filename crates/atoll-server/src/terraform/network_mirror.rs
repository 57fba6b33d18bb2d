//! The provider network mirror protocol.
//!
//! Spec: <https://developer.hashicorp.com/terraform/internals/provider-network-mirror-protocol>

use std::collections::BTreeMap;

use atoll_app::mirror::{CapturedVersion, ProviderList};
use atoll_core::kind::ErrorKind;
use atoll_core::version::Version;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use serde_json::{Value, json};

use super::documents::{Key, Kind, json_answer};
use super::errors::TerraformError;
use super::path::CanReadProvider;
use crate::state::Server;

/// `GET /mirror/<hostname>/<namespace>/<type>/index.json` and `…/<version>.json`
pub(super) async fn document(
    State(server): State<Server>,
    request: CanReadProvider,
) -> Result<Response, TerraformError> {
    let file = request.parameter("document");
    if file == "index.json" {
        return index(&server, &request).await;
    }
    let version = file
        .strip_suffix(".json")
        .and_then(|text| text.parse::<Version>().ok());
    let version = version.ok_or_else(|| {
        TerraformError::new(
            ErrorKind::NotFound,
            format!("the mirror has index.json and VERSION.json for a provider, not {file:?}"),
        )
    })?;
    let found = server
        .app
        .providers
        .version(&request.provider, &version, &request.right)
        .await?;
    let key = Key::granting(Kind::MirrorArchives, &request, &version.to_string());
    let body = server.documents.of(key, &found.captured, || {
        archives(&server, &request, &found.captured)
    });
    Ok(json_answer(body, found.freshness))
}

async fn index(server: &Server, request: &CanReadProvider) -> Result<Response, TerraformError> {
    let list = server
        .app
        .providers
        .list(&request.provider, &request.right)
        .await?;
    let key = Key::plain(Kind::MirrorIndex, request);
    let body = server.documents.of(key, &list.versions, || versions(&list));
    Ok(json_answer(body, list.freshness))
}

fn versions(list: &ProviderList) -> Value {
    let versions: BTreeMap<String, Value> = list
        .versions
        .iter()
        .map(|listed| (listed.version.to_string(), json!({})))
        .collect();
    json!({"versions": versions})
}

#[derive(Serialize)]
struct Archive {
    url: String,
    hashes: Vec<String>,
}

fn archives(server: &Server, request: &CanReadProvider, captured: &CapturedVersion) -> Value {
    let archives: BTreeMap<String, Archive> = captured
        .platforms
        .iter()
        .map(|package| {
            let url =
                super::archives::address(server, request, &package.digest, &package.file_name);
            // A client takes one match for enough; both name the same bytes, and `h1:` outlives the zip.
            let hashes = package
                .h1
                .iter()
                .map(ToString::to_string)
                .chain([format!("zh:{}", package.digest.hex())])
                .collect();
            (package.platform.to_string(), Archive { url, hashes })
        })
        .collect();
    json!({"archives": archives})
}
