//! Manifests, byte for byte.
//!
//! Spec: <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests>

use atoll_app::registry::{ManifestPush, StoredManifest};
use atoll_core::kind::ErrorKind;
use atoll_core::reference::{Reference, Tag};
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, IF_MATCH, LOCATION};
use http::{HeaderMap, StatusCode};
use url::form_urlencoded;

use super::answer::{OCI_SUBJECT, OCI_TAG, content, value};
use super::errors::{manifest_unknown, reference_invalid};
use crate::extract::{CanDelete, CanPull, CanPush, ManifestBytes};
use crate::http::conditional::client_holds;
use crate::render::oci::{Code, OciError};
use crate::state::Server;

/// How many tags one push may set.
const TAGS_MAX: usize = 1000;

/// How many lines of tags an answer has: some clients take a hundred header lines in all.
const TAG_LINES_MAX: usize = 50;

/// `GET /v2/<name>/manifests/<reference>`
pub(super) async fn get(
    State(server): State<Server>,
    CanPull { reader, repository }: CanPull,
    Path((_, reference)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, OciError> {
    let reference = parse(&reference)?;
    let found = server
        .app
        .pull
        .find_manifest(&reader, &repository, &reference)
        .await?;
    let manifest = found.ok_or_else(|| manifest_unknown(&repository, &reference))?;
    if client_holds(&headers, &manifest.digest) {
        return Ok((StatusCode::NOT_MODIFIED, content(&manifest.digest)).into_response());
    }
    Ok((described(&manifest), manifest.body).into_response())
}

/// `HEAD /v2/<name>/manifests/<reference>`
pub(super) async fn head(
    State(server): State<Server>,
    CanPull { reader, repository }: CanPull,
    Path((_, reference)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, OciError> {
    let reference = parse(&reference)?;
    let found = server
        .app
        .pull
        .find_manifest(&reader, &repository, &reference)
        .await?;
    let manifest = found.ok_or_else(|| manifest_unknown(&repository, &reference))?;
    if client_holds(&headers, &manifest.digest) {
        return Ok((StatusCode::NOT_MODIFIED, content(&manifest.digest)).into_response());
    }
    let mut answer = described(&manifest);
    answer.insert(CONTENT_LENGTH, manifest.body.len().into());
    Ok((answer, Body::empty()).into_response())
}

/// `PUT /v2/<name>/manifests/<reference>[?tag=a&tag=b]`
///
/// Spec: <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests>
pub(super) async fn put(
    State(server): State<Server>,
    CanPush { repository, .. }: CanPush,
    Path((_, reference)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    ManifestBytes(body): ManifestBytes,
) -> Result<Response, OciError> {
    let reference = parse(&reference)?;
    let tags = extra_tags(query.as_deref().unwrap_or_default())?;
    let text = |name| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    let push = ManifestPush {
        reference,
        tags,
        content_type: text(CONTENT_TYPE),
        if_match: text(IF_MATCH),
        body,
    };
    let pushed = server.app.registry.push_manifest(&repository, push).await?;
    let mut answer = HeaderMap::from_iter([
        (
            LOCATION,
            value(&format!("/v2/{repository}/manifests/{}", pushed.digest)),
        ),
        (
            super::answer::CONTENT_DIGEST,
            value(&pushed.digest.to_string()),
        ),
    ]);
    if let Some(subject) = pushed.subject {
        answer.insert(OCI_SUBJECT, value(&subject.to_string()));
    }
    for line in tag_lines(&pushed.tags) {
        answer.append(OCI_TAG, value(&line));
    }
    Ok((StatusCode::CREATED, answer).into_response())
}

/// The tags that were set, a line each, or several a line where there are more than clients take lines.
fn tag_lines(tags: &[Tag]) -> Vec<String> {
    let per_line = tags.len().div_ceil(TAG_LINES_MAX).max(1);
    let line = |tags: &[Tag]| tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(", ");
    tags.chunks(per_line).map(line).collect()
}

/// `DELETE /v2/<name>/manifests/<reference>`: a digest with all its tags, or one tag.
///
/// Spec: <https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#content-management>
pub(super) async fn delete(
    State(server): State<Server>,
    CanDelete { repository }: CanDelete,
    Path((_, reference)): Path<(String, String)>,
) -> Result<StatusCode, OciError> {
    let reference = parse(&reference)?;
    if server
        .app
        .registry
        .delete_manifest(&repository, &reference)
        .await?
    {
        Ok(StatusCode::ACCEPTED)
    } else {
        Err(manifest_unknown(&repository, &reference))
    }
}

fn parse(text: &str) -> Result<Reference, OciError> {
    text.parse()
        .map_err(|error| reference_invalid(text, &error))
}

fn described(manifest: &StoredManifest) -> HeaderMap {
    let mut headers = content(&manifest.digest);
    headers.insert(CONTENT_TYPE, value(&manifest.media_type));
    headers
}

/// The tags of a push by digest: every `tag` parameter.
fn extra_tags(query: &str) -> Result<Vec<Tag>, OciError> {
    let mut tags = Vec::new();
    for (key, text) in form_urlencoded::parse(query.as_bytes()) {
        if key != "tag" {
            continue;
        }
        if tags.len() == TAGS_MAX {
            let message = format!("one push may set at most {TAGS_MAX} tags");
            return Err(OciError::new(ErrorKind::Invalid, Code::TagInvalid, message));
        }
        let tag = text.parse().map_err(|error| {
            OciError::new(
                ErrorKind::Invalid,
                Code::TagInvalid,
                format!("tag {text:?}: {error}"),
            )
        })?;
        tags.push(tag);
    }
    Ok(tags)
}
