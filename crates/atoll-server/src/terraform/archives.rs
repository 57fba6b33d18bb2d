//! Archives behind short-lived addresses. Clients send no token to them, so the address itself is the right to read.

use atoll_app::Grant;
use atoll_app::access::Purpose;
use atoll_app::mirror::ServedFrom;
use atoll_app::registry::BlobSource;
use atoll_core::digest::Digest;
use atoll_core::entity_tag;
use atoll_core::kind::ErrorKind;
use atoll_core::repository::RepositoryName;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::errors::TerraformError;
use super::path::CanReadProvider;
use crate::http::CACHE_STATUS;
use crate::http::blob_response::blob_response;
use crate::http::conditional::client_holds;
use crate::state::Server;

/// How long an address works, in seconds: longer than the slowest download of a plan that was made from it.
const GRANT_SECS: i64 = 3600;

/// The address of a file of a provider, for whoever may read the provider now.
pub(super) fn address(
    server: &Server,
    request: &CanReadProvider,
    digest: &Digest,
    file_name: &str,
) -> String {
    let repository = request.provider.repository();
    granted(server, repository, request.client(), digest, file_name)
}

/// The address of a file, for whoever may read the repository now.
pub(super) fn granted(
    server: &Server,
    repository: RepositoryName,
    client: Option<String>,
    digest: &Digest,
    file_name: &str,
) -> String {
    let grant = Grant {
        digest: digest.clone(),
        repository,
        client,
        expires_at_secs: atoll_app::now().as_secs() + GRANT_SECS,
    };
    format!(
        "/files/{}/{file_name}",
        server.app.sealer.seal(Purpose::Grant, &grant)
    )
}

/// `GET /files/<grant>/<file name>`, whole or in part
pub(super) async fn get(
    State(server): State<Server>,
    Path((grant, file_name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, TerraformError> {
    let grant = open(&server, &grant)?;
    let mut described = described(&grant.digest, &file_name);
    if client_holds(&headers, &grant.digest) {
        return Ok((StatusCode::NOT_MODIFIED, described).into_response());
    }
    let source = server.app.files.open(&grant).await?;
    let served_from = match source {
        BlobSource::Held(_) => ServedFrom::Hit,
        BlobSource::Filling { .. } => ServedFrom::Fetched,
    };
    described.insert(CACHE_STATUS, HeaderValue::from_static(served_from.as_str()));
    Ok(blob_response(source, &headers, described))
}

/// `HEAD /files/<grant>/<file name>`: never starts a fill
pub(super) async fn head(
    State(server): State<Server>,
    Path((grant, file_name)): Path<(String, String)>,
) -> Result<Response, TerraformError> {
    let grant = open(&server, &grant)?;
    let size = server.app.files.size(&grant).await?;
    let mut described = described(&grant.digest, &file_name);
    described.insert(CONTENT_LENGTH, size.into());
    Ok((described, Body::empty()).into_response())
}

fn open(server: &Server, text: &str) -> Result<Grant, TerraformError> {
    let grant: Option<Grant> = server.app.sealer.open(Purpose::Grant, text).ok();
    grant.filter(|grant| grant.expires_at_secs > atoll_app::now().as_secs()).ok_or_else(|| {
        TerraformError::new(
            ErrorKind::NotFound,
            "this download address has expired or was not given by this server; run the command again to get a new one",
        )
    })
}

fn described(digest: &Digest, file_name: &str) -> HeaderMap {
    let zip = std::path::Path::new(file_name)
        .extension()
        .is_some_and(|extension| extension == "zip");
    let media_type = if zip {
        "application/zip"
    } else {
        "application/octet-stream"
    };
    let tag =
        HeaderValue::try_from(entity_tag::of(digest)).expect("a digest in quotes is visible ASCII");
    HeaderMap::from_iter([
        (CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (ACCEPT_RANGES, HeaderValue::from_static("bytes")),
        (
            CACHE_CONTROL,
            HeaderValue::from_static("private, no-transform"),
        ),
        (ETAG, tag),
    ])
}
