//! Lists of tags, page by page.

use atoll_core::manifest::media_types::OCI_INDEX;
use serde_json::json;

use super::codes::{PAGINATION_NUMBER_INVALID, UNSUPPORTED};
use super::suite::Suite;
use crate::oci::content::{Document, index};

/// In the order of their bytes.
const TAGS: [&str; 8] = ["0", "1.10", "1.9", "A", "Z", "_", "a", "z"];

pub(super) async fn run(suite: &Suite) {
    let repository = suite.repository("tags");
    suite.at("tags");
    let document = Document::new(suite.algorithm, OCI_INDEX, &index(&[]));
    let untagged = format!("/v2/{repository}/manifests/{}", document.digest);
    suite.status(
        "push without a tag",
        &suite.put_manifest(&untagged, &document).await,
        201,
    );
    let list = format!("/v2/{repository}/tags/list");
    suite.equal(
        "no tags",
        suite.get(&list).await.json(),
        json!({"name": repository, "tags": []}),
    );
    let mut shuffled = TAGS;
    shuffled.reverse();
    shuffled.swap(1, 5);
    for tag in shuffled {
        let path = format!("/v2/{repository}/manifests/{}?tag={tag}", document.digest);
        suite.status("push", &suite.put_manifest(&path, &document).await, 201);
    }
    let whole = suite.get(&list).await;
    suite.status("all", &whole, 200);
    suite.equal("the type", whole.header("content-type"), "application/json");
    suite.equal(
        "all in order",
        whole.json(),
        json!({"name": repository, "tags": TAGS}),
    );
    suite.equal("no next page", whole.header("link"), "");
    let head = suite.head(&list).await;
    suite.status("HEAD", &head, 200);
    suite.equal(
        "HEAD's length",
        head.header("content-length"),
        whole.header("content-length"),
    );
    for length in 1..=TAGS.len() + 1 {
        pages(suite, &list, length).await;
    }
    last(suite, &list).await;
    numbers(suite, &list).await;
}

/// Follows the links from page to page.
async fn pages(suite: &Suite, list: &str, length: usize) {
    suite.at(format!("pages of {length} tags"));
    let mut path = format!("{list}?n={length}");
    let mut found: Vec<String> = Vec::new();
    loop {
        let reply = suite.get(&path).await;
        suite.status("a page", &reply, 200);
        let tags: Vec<String> =
            serde_json::from_value(reply.json()["tags"].clone()).unwrap_or_default();
        let link = reply.header("link").to_owned();
        suite.check(
            "a full page, or the last",
            tags.len() == length || link.is_empty(),
        );
        found.extend(tags);
        suite.equal(
            "a link while there is more",
            !link.is_empty(),
            found.len() < TAGS.len(),
        );
        match next(&link) {
            Some(next) if found.len() < TAGS.len() => path = next,
            _ => break,
        }
    }
    suite.equal("all pages together", found, TAGS);
}

async fn last(suite: &Suite, list: &str) {
    suite.at("last");
    for (last, from) in [
        ("0", 1),
        ("1.9", 3),
        ("z", 8),
        ("1.8", 2),
        ("~", 8),
        ("", 0),
        ("A", 4),
        ("%5F", 6),
    ] {
        let reply = suite.get(&format!("{list}?last={last}")).await;
        suite.equal(
            &format!("after {last:?}"),
            reply.json()["tags"].clone(),
            json!(TAGS.iter().skip(from).collect::<Vec<_>>()),
        );
        let one = suite.get(&format!("{list}?last={last}&n=1")).await;
        suite.equal(
            &format!("one after {last:?}"),
            one.json()["tags"].clone(),
            json!(TAGS.iter().skip(from).take(1).collect::<Vec<_>>()),
        );
    }
}

async fn numbers(suite: &Suite, list: &str) {
    suite.at("n");
    let none = suite.get(&format!("{list}?n=0")).await;
    suite.equal("0", none.json()["tags"].clone(), json!([]));
    suite.equal("0 has no next page", none.header("link"), "");
    for large in ["1000", "99999999", "99999999999999999999999"] {
        suite.equal(
            large,
            suite.get(&format!("{list}?n={large}")).await.json()["tags"].clone(),
            json!(TAGS),
        );
    }
    for bad in ["-1", "x", "1.5", ""] {
        suite.refused(
            &format!("{bad:?}"),
            &suite.get(&format!("{list}?n={bad}")).await,
            PAGINATION_NUMBER_INVALID,
        );
    }
    suite.refused(
        "two of them",
        &suite.get(&format!("{list}?n=1&n=2")).await,
        UNSUPPORTED,
    );
}

/// The address in a Link header.
fn next(link: &str) -> Option<String> {
    let (address, relation) = link.strip_prefix('<')?.split_once('>')?;
    relation
        .contains("rel=\"next\"")
        .then(|| address.to_owned())
}
