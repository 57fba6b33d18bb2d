//! Publishing providers, and taking over those of other hosts.

use std::collections::BTreeMap;

use atoll_app::providers::publish::RELEASE_ZIPS_MAX;
use atoll_app::providers::{Import, Imported, Published, ReleaseZip};
use atoll_core::address::{Hostname, ProviderAddr};
use atoll_core::platform::Platform;
use axum::Json;
use axum::extract::State;
use http::StatusCode;

use super::access::{Administrator, CanPublish};
use super::errors::ApiError;
use super::fields::Fields;
use super::form::Form;
use super::release;
use crate::state::Server;

/// The largest list of hashes, in bytes.
const HASHES_BYTES_MAX: usize = 1024 * 1024;

/// `POST /api/v1/providers`: a whole release, or one platform of a version that is not signed by its publisher.
pub(super) async fn publish(
    State(server): State<Server>,
    caller: CanPublish,
    mut form: Form,
) -> Result<(StatusCode, Json<Published>), ApiError> {
    let release = release::receive(&server, &caller, &mut form).await?;
    let published = server.app.providers.publish(release).await?;
    Ok((StatusCode::CREATED, Json(published)))
}

/// `POST /api/v1/imports/providers`: zips of one version of another host's provider.
pub(super) async fn import(
    State(server): State<Server>,
    _: Administrator,
    mut form: Form,
) -> Result<(StatusCode, Json<Imported>), ApiError> {
    let import = receive(&server, &mut form).await?;
    let imported = server.app.providers.import_version(import).await?;
    Ok((StatusCode::CREATED, Json(imported)))
}

async fn receive(server: &Server, form: &mut Form) -> Result<Import, ApiError> {
    let mut fields = Fields::new(&["hostname", "namespace", "type", "version"]);
    let mut hashes: BTreeMap<Platform, Vec<String>> = BTreeMap::new();
    let mut zips = Vec::new();
    while let Some(part) = form.next().await? {
        match part.file_name().map(str::to_owned) {
            None if part.name() == "hashes" => {
                let bytes = part.document(HASHES_BYTES_MAX).await?;
                hashes = serde_json::from_slice(&bytes).map_err(|error| {
                    ApiError::invalid(format!(
                        "hashes is an object with a list of hashes for each platform: {error}"
                    ))
                })?;
            }
            None => fields.take(part).await?,
            Some(_) if zips.len() == RELEASE_ZIPS_MAX => {
                return Err(ApiError::invalid(format!(
                    "a version has at most {RELEASE_ZIPS_MAX} zips"
                )));
            }
            Some(name) => zips.push(ReleaseZip {
                name,
                blob: part.store(&server.app.registry).await?,
            }),
        }
    }
    let hostname: Hostname = fields.parsed("hostname")?;
    let (namespace, type_name) = (fields.required("namespace")?, fields.required("type")?);
    let provider = ProviderAddr::new(hostname, namespace, type_name).map_err(|error| {
        ApiError::invalid(format!(
            "{namespace}/{type_name} can't be a provider: {error}"
        ))
    })?;
    Ok(Import {
        provider,
        version: fields.parsed("version")?,
        zips,
        hashes,
    })
}
