//! Pulling and deleting blobs.
//!
//! Spec: <https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-blobs>

use atoll_core::digest::Digest;
use atoll_core::kind::ErrorKind;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::answer::{blob, content};
use super::errors::digest_invalid;
use crate::extract::{CanDelete, CanPull};
use crate::http::blob_response::blob_response;
use crate::http::conditional::client_holds;
use crate::render::oci::{Code, OciError};
use crate::state::Server;

const OCTET_STREAM: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// `GET /v2/<name>/blobs/<digest>`, whole or in part
pub(super) async fn get(
    State(server): State<Server>,
    CanPull { reader, repository }: CanPull,
    Path((_, digest)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, OciError> {
    let digest: Digest = digest
        .parse()
        .map_err(|error| digest_invalid(&digest, &error))?;
    if client_holds(&headers, &digest) {
        server.app.pull.find_blob(&repository, &digest).await?;
        return Ok((StatusCode::NOT_MODIFIED, content(&digest)).into_response());
    }
    let source = server
        .app
        .pull
        .open_blob(&reader, &repository, &digest)
        .await?;
    let mut described = blob(&digest);
    described.insert(CONTENT_TYPE, OCTET_STREAM);
    let size = source.size();
    let answer = blob_response(source, &headers, described);
    match answer.headers().get(CONTENT_RANGE) {
        Some(range) if answer.status() == StatusCode::RANGE_NOT_SATISFIABLE => Err(OciError::new(
            ErrorKind::RangeUnsatisfiable,
            Code::RangeInvalid,
            format!("the range lies outside of the blob, which has {size} bytes"),
        )
        .with_header(CONTENT_RANGE, range.clone())),
        _ => Ok(answer),
    }
}

/// `HEAD /v2/<name>/blobs/<digest>`: never starts a fill
pub(super) async fn head(
    State(server): State<Server>,
    CanPull { repository, .. }: CanPull,
    Path((_, digest)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, OciError> {
    let digest: Digest = digest
        .parse()
        .map_err(|error| digest_invalid(&digest, &error))?;
    let size = server.app.pull.find_blob(&repository, &digest).await?.size;
    if client_holds(&headers, &digest) {
        return Ok((StatusCode::NOT_MODIFIED, content(&digest)).into_response());
    }
    let mut described = blob(&digest);
    described.insert(CONTENT_TYPE, OCTET_STREAM);
    described.insert(CONTENT_LENGTH, size.into());
    Ok((described, Body::empty()).into_response())
}

/// `DELETE /v2/<name>/blobs/<digest>`: the blob is no longer part of this repository
pub(super) async fn delete(
    State(server): State<Server>,
    CanDelete { repository }: CanDelete,
    Path((_, digest)): Path<(String, String)>,
) -> Result<StatusCode, OciError> {
    let digest: Digest = digest
        .parse()
        .map_err(|error| digest_invalid(&digest, &error))?;
    server
        .app
        .registry
        .delete_blob(&repository, &digest)
        .await?;
    Ok(StatusCode::ACCEPTED)
}
