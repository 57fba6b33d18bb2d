//! What refers to a manifest: signatures, SBOMs, proofs.
//!
//! Spec: <https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers>

use atoll_core::digest::Digest;
use atoll_core::manifest::media_types;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::{CONTENT_TYPE, LINK};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::json;

use super::answer::{FILTERS_APPLIED, value};
use super::errors::digest_invalid;
use crate::extract::{CanPull, Parameters};
use crate::render::oci::OciError;
use crate::state::Server;

#[derive(Deserialize)]
pub(super) struct Filter {
    #[serde(rename = "artifactType")]
    artifact_type: Option<String>,
    last: Option<String>,
}

/// `GET /v2/<name>/referrers/<digest>[?artifactType=<type>]`
pub(super) async fn list(
    State(server): State<Server>,
    CanPull { repository, .. }: CanPull,
    Path((_, digest)): Path<(String, String)>,
    Parameters(filter): Parameters<Filter>,
) -> Result<Response, OciError> {
    let subject: Digest = digest
        .parse()
        .map_err(|error| digest_invalid(&digest, &error))?;
    let after = filter.last.as_deref().map(|text| {
        text.parse::<Digest>()
            .map_err(|error| digest_invalid(text, &error))
    });
    let wanted = filter.artifact_type.as_deref();
    let referrers = server
        .app
        .pull
        .list_referrers(&repository, &subject, wanted, after.transpose()?.as_ref())
        .await?;
    let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, value(media_types::OCI_INDEX))]);
    if wanted.is_some() {
        headers.insert(FILTERS_APPLIED, value("artifactType"));
    }
    if let Some(last) = referrers.next {
        let filter = wanted
            .map(|wanted| utf8_percent_encode(wanted, NON_ALPHANUMERIC).to_string())
            .map(|wanted| format!("&artifactType={wanted}"))
            .unwrap_or_default();
        let link =
            format!("</v2/{repository}/referrers/{subject}?last={last}{filter}>; rel=\"next\"");
        headers.insert(LINK, value(&link));
    }
    let index = json!({"schemaVersion": 2, "mediaType": media_types::OCI_INDEX, "manifests": referrers.descriptors});
    Ok((headers, Body::from(index.to_string())).into_response())
}
