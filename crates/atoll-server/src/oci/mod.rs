//! The OCI distribution protocol below `/v2/`.
//!
//! Spec: <https://github.com/opencontainers/distribution-spec/blob/main/spec.md>

mod answer;
mod blobs;
mod catalog;
pub(crate) mod challenge;
mod errors;
mod manifests;
pub(crate) mod path;
mod ping;
mod referrers;
mod tags;
mod token;
mod uploads;

use atoll_core::kind::ErrorKind;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue};

use crate::render::oci::{Code, OciError};
use crate::routes::Routes;

const API_VERSION: HeaderName = HeaderName::from_static("docker-distribution-api-version");
const API_VERSION_VALUE: HeaderValue = HeaderValue::from_static("registry/2.0");

/// The routes of the registry. A name is one segment here, see [`path`].
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/v2/", ping::ping)
        .get("/v2/_catalog", catalog::list)
        .get("/v2/_oci/ext/discover", ping::extensions)
        .get("/v2/{name}/blobs/{digest}", blobs::get)
        .head("/v2/{name}/blobs/{digest}", blobs::head)
        .delete("/v2/{name}/blobs/{digest}", blobs::delete)
        .post("/v2/{name}/blobs/uploads/", uploads::open)
        .get("/v2/{name}/blobs/uploads/{session}", uploads::status)
        .patch("/v2/{name}/blobs/uploads/{session}", uploads::append)
        .put("/v2/{name}/blobs/uploads/{session}", uploads::finish)
        .delete("/v2/{name}/blobs/uploads/{session}", uploads::cancel)
        .get("/v2/{name}/manifests/{reference}", manifests::get)
        .head("/v2/{name}/manifests/{reference}", manifests::head)
        .put("/v2/{name}/manifests/{reference}", manifests::put)
        .delete("/v2/{name}/manifests/{reference}", manifests::delete)
        .get("/v2/{name}/tags/list", tags::list)
        .get("/v2/{name}/referrers/{digest}", referrers::list)
        .get("/token", token::get)
        .post("/token", token::post)
        .other_methods(unsupported)
        .answer_header(API_VERSION, API_VERSION_VALUE)
}

async fn unsupported() -> OciError {
    OciError::new(
        ErrorKind::Unsupported,
        Code::Unsupported,
        "the registry protocol does not have this method here",
    )
}

/// The answer to a path below `/v2/` that the protocol does not have.
pub(crate) fn absent() -> Response {
    let error = OciError::new(
        ErrorKind::NotFound,
        Code::Unsupported,
        "the registry protocol has nothing at this address",
    );
    error
        .with_header(API_VERSION, API_VERSION_VALUE)
        .into_response()
}
