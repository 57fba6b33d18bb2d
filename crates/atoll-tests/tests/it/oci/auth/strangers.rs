//! What a caller may not see does not exist.

use atoll_core::digest::Digest;
use atoll_testkit::server::{Client, Reply, TestServer};
use http::{Method, StatusCode};

use super::push_image;

/// Every request that names a repository, of things that are there where the repository is `acme/app`.
async fn all_requests(
    client: &Client,
    repository: &str,
    blob: &Digest,
    manifest: &Digest,
) -> Vec<(String, Reply)> {
    let requests = [
        (Method::GET, "tags/list".to_owned()),
        (Method::GET, "manifests/v1".to_owned()),
        (Method::HEAD, "manifests/v1".to_owned()),
        (Method::GET, format!("manifests/{manifest}")),
        (Method::PUT, "manifests/v1".to_owned()),
        (Method::PUT, format!("manifests/{manifest}")),
        (Method::DELETE, "manifests/v1".to_owned()),
        (Method::DELETE, format!("manifests/{manifest}")),
        (Method::GET, format!("blobs/{blob}")),
        (Method::HEAD, format!("blobs/{blob}")),
        (Method::DELETE, format!("blobs/{blob}")),
        (Method::GET, format!("referrers/{manifest}")),
        (Method::POST, "blobs/uploads/".to_owned()),
        (Method::POST, format!("blobs/uploads/?digest={blob}")),
        (Method::POST, format!("blobs/uploads/?mount={blob}")),
        (Method::GET, "blobs/uploads/x".to_owned()),
        (Method::PATCH, "blobs/uploads/x".to_owned()),
        (Method::PUT, format!("blobs/uploads/x?digest={blob}")),
        (Method::DELETE, "blobs/uploads/x".to_owned()),
    ];
    let mut replies = Vec::new();
    for (method, tail) in requests {
        let request = client.request(method.clone(), &format!("/v2/{repository}/{tail}"));
        replies.push((format!("{method} {tail}"), client.send(request).await));
    }
    replies
}

/// An answer without what differs from request to request, and with the repository's name made the same.
fn essence(reply: &Reply, repository: &str) -> (StatusCode, Vec<(String, String)>, String) {
    let same = |text: &str| text.replace(repository, "REPOSITORY");
    let mut headers: Vec<(String, String)> = reply
        .headers
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "date" | "x-request-id" | "content-length"))
        .map(|(name, value)| (name.to_string(), same(value.to_str().unwrap())))
        .collect();
    headers.sort();
    (
        reply.status,
        headers,
        same(&String::from_utf8_lossy(&reply.body)),
    )
}

#[tokio::test]
async fn strangers_and_nobody_hear_the_same_whether_it_exists_or_not() {
    let server = TestServer::start().await;
    let (blob, document) = push_image(&server.robot("push:acme/*").await, "acme/app", "v1").await;
    let stranger = server.token("push:other/*").await;
    let bearer = super::bearer(&server, Some(&stranger), &["repository:acme/app:pull,push"]).await;
    let anonymous = super::bearer(&server, None, &["repository:acme/app:pull"]).await;
    let callers = [
        ("nobody", server.nobody(), StatusCode::UNAUTHORIZED),
        (
            "a stranger",
            server.nobody().with_token(&stranger),
            StatusCode::NOT_FOUND,
        ),
        ("a stranger's bearer", bearer, StatusCode::UNAUTHORIZED),
        ("an anonymous bearer", anonymous, StatusCode::UNAUTHORIZED),
    ];
    for (who, client, expected) in callers {
        let there = all_requests(&client, "acme/app", &blob.digest, &document.digest).await;
        let absent = all_requests(&client, "acme/none", &blob.digest, &document.digest).await;
        for ((what, there), (_, absent)) in there.iter().zip(&absent) {
            assert_eq!(there.status, expected, "{who}: {what}");
            assert_eq!(
                essence(there, "acme/app"),
                essence(absent, "acme/none"),
                "{who}: {what}"
            );
        }
    }
}

#[tokio::test]
async fn a_stranger_is_told_of_a_name_that_is_unknown() {
    let server = TestServer::start().await;
    push_image(&server.robot("push:acme/*").await, "acme/app", "v1").await;
    let stranger = server.robot("pull:acme/application pull:acm").await;
    let reply = stranger.get("/v2/acme/app/manifests/v1").await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (StatusCode::NOT_FOUND, "NAME_UNKNOWN")
    );
    let catalog = stranger.get("/v2/_catalog").await;
    assert_eq!(catalog.json(), serde_json::json!({"repositories": []}));
}
