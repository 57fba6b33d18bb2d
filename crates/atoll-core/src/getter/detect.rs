//! Short forms without a scheme: forges, `git@host:path`, and buckets by their host.

use super::GetterError;
use crate::excerpt::excerpt;

/// What a short form stands for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Detected {
    pub(super) getter: &'static str,
    pub(super) url: String,
}

const FORGES: [&str; 3] = ["github.com", "gitlab.com", "bitbucket.org"];

/// Reads a short form; `None` where it is none.
pub(super) fn detect(text: &str) -> Result<Option<Detected>, GetterError> {
    let (path, query) = match text.split_once('?') {
        Some((path, query)) => (path, format!("?{query}")),
        None => (text, String::new()),
    };
    let Some((host, rest)) = path.split_once('/') else {
        return Ok(None);
    };
    if FORGES.contains(&host) {
        return forge(host, rest, &query).map(Some);
    }
    let getter = if host.ends_with(".amazonaws.com") {
        "s3"
    } else if host.ends_with("googleapis.com") {
        "gcs"
    } else {
        return Ok(None);
    };
    let url = format!("https://{text}");
    Ok(Some(Detected { getter, url }))
}

fn forge(host: &str, path: &str, query: &str) -> Result<Detected, GetterError> {
    let path = path.trim_end_matches('/');
    let parts: Vec<&str> = path.split('/').collect();
    let is_repository = parts.iter().all(|part| !part.is_empty())
        // Only GitLab has groups in groups, and go-getter ends at two there too.
        && parts.len() == 2;
    if !is_repository {
        return Err(GetterError::Repository(excerpt(&format!("{host}/{path}"))));
    }
    let bare = path.strip_suffix(".git").unwrap_or(path);
    Ok(Detected {
        getter: "git",
        url: format!("https://{host}/{bare}.git{query}"),
    })
}
