//! Modules: publishing, explaining, deprecating and deleting them.

use atoll_app::modules::{ModuleDetails, NewModule, Notice, PublishedModule};
use atoll_core::address::{Hostname, ModuleAddr};
use atoll_core::module::describe::{CallSource, Need, NeedKind};
use atoll_core::version::Version;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::CanPublish;
use super::errors::ApiError;
use super::fields::Fields;
use super::form::Form;
use super::input::JsonBody;
use super::module_access::{CanDelete, CanPublishModule, CanRead, CanSpeakFor};
use crate::http::body::received_from;
use crate::state::Server;

/// `POST /api/v1/modules`: a form with the fields namespace, name, system and version, and one file.
pub(super) async fn publish_form(
    State(server): State<Server>,
    caller: CanPublish,
    mut form: Form,
) -> Result<(StatusCode, Json<PublishedModule>), ApiError> {
    let mut fields = Fields::new(&["namespace", "name", "system", "version"]);
    while let Some(part) = form.next().await? {
        if part.file_name().is_none() {
            fields.take(part).await?;
            continue;
        }
        let (namespace, name) = (fields.required("namespace")?, fields.required("name")?);
        let system = fields.required("system")?;
        let module = own(namespace, name, system)?;
        let version: Version = fields.parsed("version")?;
        caller.check(&server, &module.repository()).await?;
        let archive = part
            .hand_on(|body| async {
                server
                    .app
                    .modules
                    .receive(&words(&module, &version), body)
                    .await
            })
            .await?;
        if form.next().await?.is_some() {
            return Err(ApiError::invalid(
                "there is something behind the file; fields come first, and a module is one file",
            ));
        }
        let new = NewModule {
            module,
            version,
            archive,
        };
        let published = server.app.modules.publish(new).await?;
        return Ok((StatusCode::CREATED, Json(published)));
    }
    Err(ApiError::invalid(
        "there is no file in the form; a module is a zip or tar archive",
    ))
}

/// `PUT /api/v1/modules/self/{namespace}/{name}/{system}/{version}`: the archive as the body.
pub(super) async fn publish(
    State(server): State<Server>,
    CanPublishModule { module, version }: CanPublishModule,
    body: Body,
) -> Result<(StatusCode, Json<PublishedModule>), ApiError> {
    let modules = &server.app.modules;
    let archive = modules
        .receive(&words(&module, &version), received_from(body))
        .await?;
    let new = NewModule {
        module,
        version,
        archive,
    };
    Ok((StatusCode::CREATED, Json(modules.publish(new).await?)))
}

/// `GET /api/v1/modules/{hostname}/{namespace}/{name}/{system}[/{version}]`: what a module is, and what it needs.
pub(super) async fn show(
    State(server): State<Server>,
    request: CanRead,
) -> Result<Json<Value>, ApiError> {
    let (module, version) = (&request.module, request.version.as_ref());
    let details = server
        .app
        .modules
        .details(module, version, &request.right)
        .await?;
    Ok(Json(shown(module, &details)))
}

/// `DELETE /api/v1/modules/{hostname}/{namespace}/{name}/{system}/{version}`
pub(super) async fn delete(
    State(server): State<Server>,
    CanDelete { module, version }: CanDelete,
) -> Result<StatusCode, ApiError> {
    server.app.modules.delete(&module, &version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/v1/modules/{hostname}/{namespace}/{name}/{system}/{version}/tombstone`: brings back what was deleted of another
/// registry.
pub(super) async fn undelete(
    State(server): State<Server>,
    CanDelete { module, version }: CanDelete,
) -> Result<StatusCode, ApiError> {
    server.app.modules.undelete(&module, &version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is said against a module or version.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NoticeBody {
    message: String,
    successor: Option<String>,
}

/// `PUT /api/v1/modules/{hostname}/{namespace}/{name}/{system}[/{version}]/deprecation`
pub(super) async fn deprecate(
    State(server): State<Server>,
    CanSpeakFor { module, version }: CanSpeakFor,
    JsonBody(body): JsonBody<NoticeBody>,
) -> Result<StatusCode, ApiError> {
    let notice = Notice {
        message: body.message,
        successor: body.successor,
    };
    let modules = &server.app.modules;
    modules.deprecate(&module, version.as_ref(), notice).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/v1/modules/{hostname}/{namespace}/{name}/{system}[/{version}]/deprecation`
pub(super) async fn undeprecate(
    State(server): State<Server>,
    CanSpeakFor { module, version }: CanSpeakFor,
) -> Result<StatusCode, ApiError> {
    let modules = &server.app.modules;
    modules.undeprecate(&module, version.as_ref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn own(namespace: &str, name: &str, system: &str) -> Result<ModuleAddr, ApiError> {
    ModuleAddr::new(Hostname::self_(), namespace, name, system)
        .map_err(|error| ApiError::invalid(error.to_string()))
}

pub(super) fn version(text: &str) -> Result<Version, ApiError> {
    text.parse()
        .map_err(|error| ApiError::invalid(format!("version {text:?}: {error}")))
}

fn words(module: &ModuleAddr, version: &Version) -> String {
    format!("{module} {version}")
}

fn shown(module: &ModuleAddr, details: &ModuleDetails) -> Value {
    let stored = &details.module;
    let description = details.description.clone().unwrap_or_default();
    let source = stored.source.as_ref();
    let source = source.map(|source| json!({"address": source, "commit": stored.commit}));
    let notice = details.notice.as_ref();
    let notice =
        notice.map(|notice| json!({"message": notice.message, "successor": notice.successor}));
    let versions: Vec<String> = details.versions.iter().map(ToString::to_string).collect();
    json!({
        "address": module.to_string(),
        "version": stored.version.to_string(),
        "versions": versions,
        "origin": stored.origin.to_string(),
        "proof": stored.proof.to_string(),
        "source": source,
        "captured_at": stored.captured_at.to_rfc3339(),
        "size_bytes": stored.size,
        "digest": stored.zip.to_string(),
        "subdir": stored.subdir,
        "deprecation": notice,
        "needs": description.needs().iter().map(need).collect::<Vec<_>>(),
        "description": description,
    })
}

fn need(need: &Need) -> Value {
    json!({"kind": kind(&need.what), "source": need.source, "version": need.version, "from": need.from})
}

/// The word for what is needed.
fn kind(what: &NeedKind) -> &str {
    match what {
        NeedKind::Provider => "provider",
        NeedKind::Module(CallSource::Local) => "local",
        NeedKind::Module(CallSource::Registry { .. }) => "registry",
        NeedKind::Module(CallSource::Git) => "git",
        NeedKind::Module(CallSource::Https) => "https",
        NeedKind::Module(CallSource::Other { getter }) => getter,
    }
}
