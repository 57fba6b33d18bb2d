//! Paths below `/v2/`, where a repository's name has slashes of its own.
//!
//! A repository may legally be called `a/blobs/uploads` or `x/tags`, so the *last* marker in a path decides.
//! [`canonical`] turns the name into one percent-encoded segment; after that the table in [`super::routes`]
//! is an ordinary one.

use std::borrow::Cow;

use http::Uri;
use http::uri::PathAndQuery;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// What is encoded in a name: the slashes, and `%` so that an encoded slash stays visible as one.
const NAME: &AsciiSet = &CONTROLS
    .add(b'/')
    .add(b'%')
    .add(b'?')
    .add(b'#')
    .add(b'{')
    .add(b'}');

const MARKERS: [&str; 5] = [
    "/blobs/uploads",
    "/blobs/",
    "/manifests/",
    "/tags/list",
    "/referrers/",
];

/// Rewrites the URI of a registry request so that the repository's name is one segment; others are left as they are.
pub(crate) fn rewrite(uri: &mut Uri) {
    let Some(path) = canonical(uri.path()) else {
        return;
    };
    let text = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.into_owned(),
    };
    let Ok(path_and_query) = PathAndQuery::try_from(text) else {
        return;
    };
    let mut parts = std::mem::take(uri).into_parts();
    parts.path_and_query = Some(path_and_query);
    *uri =
        Uri::from_parts(parts).expect("only the path of a valid URI was replaced by a valid one");
}

/// The path with its name encoded, or nothing where it is no repository's path.
fn canonical(path: &str) -> Option<Cow<'_, str>> {
    if path == "/v2" {
        return Some(Cow::Borrowed("/v2/"));
    }
    let rest = path.strip_prefix("/v2/")?;
    let (start, marker) = MARKERS
        .iter()
        .filter_map(|marker| rest.rfind(marker).map(|at| (at, *marker)))
        .max_by_key(|(at, m)| (*at, m.len()))?;
    let (name, tail) = rest.split_at_checked(start)?;
    // `…/blobs/uploads` opens a session with and without the final slash.
    let tail = if marker == "/blobs/uploads" && tail == marker {
        "/blobs/uploads/"
    } else {
        tail
    };
    Some(Cow::Owned(format!(
        "/v2/{}{tail}",
        utf8_percent_encode(name, NAME)
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(text: &str) -> String {
        let mut uri: Uri = text.parse().unwrap();
        rewrite(&mut uri);
        uri.to_string()
    }

    #[test]
    fn a_name_becomes_one_segment() {
        assert_eq!(
            rewritten("/v2/a/b/c/manifests/v1?x=1"),
            "/v2/a%2Fb%2Fc/manifests/v1?x=1"
        );
        assert_eq!(rewritten("/v2/a/blobs/uploads"), "/v2/a/blobs/uploads/");
        assert_eq!(
            rewritten("/v2/a/blobs/uploads/x?digest=sha256:0"),
            "/v2/a/blobs/uploads/x?digest=sha256:0"
        );
        assert_eq!(rewritten("/v2"), "/v2/");
    }

    #[test]
    fn the_last_marker_decides() {
        assert_eq!(
            rewritten("/v2/a/blobs/uploads/manifests/v1"),
            "/v2/a%2Fblobs%2Fuploads/manifests/v1"
        );
        assert_eq!(rewritten("/v2/x/tags/tags/list"), "/v2/x%2Ftags/tags/list");
        assert_eq!(
            rewritten("/v2/a/manifests/b/blobs/sha256:0"),
            "/v2/a%2Fmanifests%2Fb/blobs/sha256:0"
        );
    }

    #[test]
    fn encoded_slashes_are_not_slashes() {
        assert_eq!(
            rewritten("/v2/a%2fb/manifests/v1"),
            "/v2/a%252fb/manifests/v1"
        );
    }

    #[test]
    fn other_paths_are_left_alone() {
        for path in ["/v2/", "/v2/_catalog", "/mirror/a/manifests/b", "/healthz"] {
            assert_eq!(rewritten(path), path);
        }
    }
}
