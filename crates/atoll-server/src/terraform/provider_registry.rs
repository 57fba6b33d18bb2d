//! The provider registry protocol.
//!
//! Spec: <https://developer.hashicorp.com/terraform/internals/provider-registry-protocol>

use atoll_app::mirror::{CapturedPlatform, ProviderList};
use atoll_app::providers::SignedVersion;
use atoll_core::kind::ErrorKind;
use atoll_core::platform::Platform;
use atoll_core::release::Release;
use atoll_core::version::Version;
use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};

use super::archives::address;
use super::documents::{Key, Kind, json_answer};
use super::errors::TerraformError;
use super::path::CanReadProvider;
use crate::state::Server;

/// `GET …/v1/providers/<namespace>/<type>/versions`: every version, without paging.
pub(super) async fn versions(
    State(server): State<Server>,
    request: CanReadProvider,
) -> Result<Response, TerraformError> {
    let list = server
        .app
        .providers
        .list(&request.provider, &request.right)
        .await?;
    let key = Key::plain(Kind::RegistryVersions, &request);
    let body = server
        .documents
        .of(key, &list.versions, || version_list(&list));
    Ok(json_answer(body, list.freshness))
}

/// `GET …/v1/providers/<namespace>/<type>/<version>/download/<os>/<arch>`
pub(super) async fn package(
    State(server): State<Server>,
    request: CanReadProvider,
) -> Result<Response, TerraformError> {
    let no_package = || {
        let (version, os, arch) = (
            request.parameter("version"),
            request.parameter("os"),
            request.parameter("arch"),
        );
        TerraformError::new(
            ErrorKind::NotFound,
            format!(
                "{} {version} has no package for {os}_{arch}",
                request.provider
            ),
        )
    };
    let version: Version = request
        .parameter("version")
        .parse()
        .map_err(|_| no_package())?;
    let platform = Platform::new(request.parameter("os"), request.parameter("arch"))
        .map_err(|_| no_package())?;
    let found = server
        .app
        .providers
        .platform(&request.provider, &version, &platform, &request.right)
        .await?;
    let package = found
        .captured
        .find_platform(&platform)
        .ok_or_else(no_package)?;
    let signed = server
        .app
        .providers
        .signed(&request.provider, &found)
        .await?;
    let key = Key::granting(
        Kind::RegistryPackage,
        &request,
        &format!("{version}/{platform}"),
    );
    let body = server.documents.of(key, &signed, || {
        description(&server, &request, &signed, package)
    });
    Ok(json_answer(body, found.freshness))
}

fn version_list(list: &ProviderList) -> Value {
    let versions: Vec<Value> = list
        .versions
        .iter()
        .map(|listed| {
            let platforms: Vec<Value> =
                listed.platforms.iter().map(|platform| json!({"os": platform.os(), "arch": platform.arch()})).collect();
            json!({"version": listed.version.to_string(), "protocols": listed.protocols, "platforms": platforms})
        })
        .collect();
    let warnings = if list.warnings.is_empty() {
        Value::Null
    } else {
        json!(*list.warnings)
    };
    json!({"versions": versions, "warnings": warnings})
}

/// A package as the protocol describes it.
fn description(
    server: &Server,
    request: &CanReadProvider,
    signed: &SignedVersion,
    package: &CapturedPlatform,
) -> Value {
    let version = &signed.captured;
    let names = Release {
        type_: request.provider.type_name(),
        version: &version.version,
    };
    let platform = &package.platform;
    json!({
        "protocols": version.protocols,
        "os": platform.os(),
        "arch": platform.arch(),
        "filename": package.file_name,
        "download_url": address(server, request, &package.digest, &package.file_name),
        "shasum": package.digest.hex(),
        "shasums_url": address(server, request, &signed.sums, &names.sums_name()),
        "shasums_signature_url": address(server, request, &signed.signature, &names.signature_name()),
        "signing_keys": {"gpg_public_keys": signed.keys},
    })
}
