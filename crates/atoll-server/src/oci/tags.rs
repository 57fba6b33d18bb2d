//! The list of a repository's tags.
//!
//! Spec: <https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags>

use atoll_core::kind::ErrorKind;
use atoll_core::reference::Tag;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::LINK;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::json;

use super::answer::value;
use super::errors::name_unknown;
use crate::extract::{CanPull, Parameters};
use crate::render::oci::{Code, OciError};
use crate::state::Server;

/// The longest page of a list, in entries; a longer one is cut and linked on.
pub(super) const PAGE_MAX: usize = 10_000;

#[derive(Deserialize)]
pub(super) struct Page {
    n: Option<String>,
    last: Option<String>,
}

impl Page {
    /// The page's length in entries: what the client asked for, at most [`PAGE_MAX`].
    pub(super) fn length(&self) -> Result<usize, OciError> {
        let Some(text) = &self.n else {
            return Ok(PAGE_MAX);
        };
        // A number too long for us is a wish for everything; a negative one, or none at all, is a mistake.
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if digits {
            return Ok(text.parse().unwrap_or(PAGE_MAX).min(PAGE_MAX));
        }
        let message = format!("n is the number of entries wanted, not {text:?}");
        Err(OciError::new(
            ErrorKind::Invalid,
            Code::PaginationNumberInvalid,
            message,
        ))
    }

    /// The entry after which the page begins; it need not exist.
    pub(super) fn last(&self) -> Option<&str> {
        self.last.as_deref()
    }
}

/// The header that leads to the page after `last`.
pub(super) fn next_page(path: &str, length: usize, last: &str) -> HeaderMap {
    let last = utf8_percent_encode(last, NON_ALPHANUMERIC);
    HeaderMap::from_iter([(
        LINK,
        value(&format!("<{path}?n={length}&last={last}>; rel=\"next\"")),
    )])
}

/// `GET /v2/<name>/tags/list[?n=<number>&last=<tag>]`
pub(super) async fn list(
    State(server): State<Server>,
    CanPull { reader, repository }: CanPull,
    Parameters(page): Parameters<Page>,
) -> Result<Response, OciError> {
    let length = page.length()?;
    let tags = server
        .app
        .pull
        .list_tags(&reader, &repository, length, page.last())
        .await?;
    let tags = tags.ok_or_else(|| name_unknown(&repository))?;
    let next = match tags.names.last() {
        Some(last) if tags.more => next_page(
            &format!("/v2/{repository}/tags/list"),
            length,
            last.as_str(),
        ),
        _ => HeaderMap::new(),
    };
    let names: Vec<&str> = tags.names.iter().map(Tag::as_str).collect();
    Ok((
        next,
        Json(json!({"name": repository.as_str(), "tags": names})),
    )
        .into_response())
}
