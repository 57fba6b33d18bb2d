//! Pushing blobs: in one request, in one stream, in chunks, or not at all because the blob is here already.
//!
//! Spec: <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-blobs>

use atoll_app::registry::{ContentRange, Received, Session};
use atoll_core::digest::{Algorithm, Digest};
use atoll_core::kind::ErrorKind;
use atoll_core::permission::Principal;
use atoll_core::repository::RepositoryName;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_RANGE, LOCATION, RANGE};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::answer::{UPLOAD_UUID, blob_created, received_range, value};
use super::errors::{digest_invalid, upload_unknown};
use crate::extract::{CanPush, Parameters};
use crate::http::body::received_from;
use crate::render::oci::{Code, OciError};
use crate::state::Server;

#[derive(Deserialize)]
pub(super) struct OpenQuery {
    digest: Option<String>,
    mount: Option<String>,
    from: Option<String>,
    #[serde(rename = "digest-algorithm")]
    digest_algorithm: Option<String>,
}

/// `POST /v2/<name>/blobs/uploads/`: opens a session, or takes the whole blob, or links one from another repository.
pub(super) async fn open(
    State(server): State<Server>,
    CanPush {
        principal,
        repository,
    }: CanPush,
    Parameters(query): Parameters<OpenQuery>,
    body: Body,
) -> Result<Response, OciError> {
    let registry = &server.app.registry;
    if let Some(text) = &query.mount {
        let digest: Digest = text.parse().map_err(|error| digest_invalid(text, &error))?;
        let from = query
            .from
            .as_deref()
            .map(str::parse::<RepositoryName>)
            .transpose()
            .map_err(|error| {
                OciError::new(
                    ErrorKind::Invalid,
                    Code::NameInvalid,
                    format!("the repository to mount from: {error}"),
                )
            })?;
        let pull = &server.app.pull;
        if pull
            .mount(&principal, &repository, &digest, from.as_ref())
            .await?
        {
            return Ok((StatusCode::CREATED, blob_created(&repository, &digest)).into_response());
        }
    }
    if let Some(text) = &query.digest {
        let digest: Digest = text.parse().map_err(|error| digest_invalid(text, &error))?;
        registry
            .push_blob(&principal, &repository, &digest, received_from(body))
            .await?;
        return Ok((StatusCode::CREATED, blob_created(&repository, &digest)).into_response());
    }
    let algorithm = match query.digest_algorithm.as_deref() {
        Some(text) => text.parse().map_err(|error| digest_invalid(text, &error))?,
        None => Algorithm::Sha256,
    };
    let session = registry.open_upload(&principal, &repository, algorithm);
    Ok((
        StatusCode::ACCEPTED,
        session_headers(&server, &repository, &session, 0),
    )
        .into_response())
}

/// `GET <session>`: how much has arrived.
pub(super) async fn status(
    State(server): State<Server>,
    CanPush {
        principal,
        repository,
    }: CanPush,
    Path((_, session)): Path<(String, String)>,
) -> Result<Response, OciError> {
    let session = unseal(&server, &session, &principal, &repository)?;
    let received = server.app.registry.upload_length(&session).await?;
    Ok((
        StatusCode::NO_CONTENT,
        session_headers(&server, &repository, &session, received),
    )
        .into_response())
}

/// `PATCH <session>`: a chunk, or the whole as a stream.
pub(super) async fn append(
    State(server): State<Server>,
    CanPush {
        principal,
        repository,
    }: CanPush,
    Path((_, session)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, OciError> {
    let session = unseal(&server, &session, &principal, &repository)?;
    let chunk = Received {
        range: content_range(&headers)?,
        ..received_from(body)
    };
    let received = server.app.registry.append(&session, chunk).await?;
    Ok((
        StatusCode::ACCEPTED,
        session_headers(&server, &repository, &session, received),
    )
        .into_response())
}

#[derive(Deserialize)]
pub(super) struct FinishQuery {
    digest: Option<String>,
}

/// `PUT <session>?digest=<digest>`: the last bytes, if any, and the end.
pub(super) async fn finish(
    State(server): State<Server>,
    CanPush {
        principal,
        repository,
    }: CanPush,
    Path((_, session)): Path<(String, String)>,
    Parameters(query): Parameters<FinishQuery>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, OciError> {
    let text = query.digest.ok_or_else(|| {
        OciError::new(
            ErrorKind::Invalid,
            Code::DigestInvalid,
            "an upload is finished with the blob's digest: PUT …?digest=sha256:…",
        )
    })?;
    let digest: Digest = text
        .parse()
        .map_err(|error| digest_invalid(&text, &error))?;
    let session = unseal(&server, &session, &principal, &repository)?;
    let last = Received {
        range: content_range(&headers)?,
        ..received_from(body)
    };
    server
        .app
        .registry
        .finish_upload(&session, last, &digest)
        .await?;
    Ok((StatusCode::CREATED, blob_created(&repository, &digest)).into_response())
}

/// `DELETE <session>`: gives the upload up.
pub(super) async fn cancel(
    State(server): State<Server>,
    CanPush {
        principal,
        repository,
    }: CanPush,
    Path((_, session)): Path<(String, String)>,
) -> Result<StatusCode, OciError> {
    let session = unseal(&server, &session, &principal, &repository)?;
    server.app.registry.cancel_upload(&session).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn unseal(
    server: &Server,
    text: &str,
    principal: &Principal,
    repository: &RepositoryName,
) -> Result<Session, OciError> {
    Session::unseal(&server.app.sealer, text, principal, repository).map_err(|_| upload_unknown())
}

fn content_range(headers: &HeaderMap) -> Result<Option<ContentRange>, OciError> {
    let Some(header) = headers.get(CONTENT_RANGE) else {
        return Ok(None);
    };
    let text = header.to_str().unwrap_or_default();
    match text.parse() {
        Ok(range) => Ok(Some(range)),
        Err(error) => Err(OciError::new(
            ErrorKind::RangeUnsatisfiable,
            Code::RangeInvalid,
            format!("Content-Range {text:?}: {error}"),
        )),
    }
}

fn session_headers(
    server: &Server,
    repository: &RepositoryName,
    session: &Session,
    received: u64,
) -> HeaderMap {
    let location = format!(
        "/v2/{repository}/blobs/uploads/{}",
        session.seal(&server.app.sealer)
    );
    HeaderMap::from_iter([
        (LOCATION, value(&location)),
        (RANGE, received_range(received)),
        (UPLOAD_UUID, value(&session.id.to_string())),
    ])
}
