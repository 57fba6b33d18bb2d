//! What was published stays as it is.

use atoll_app::registry::RepositoryChange;
use atoll_core::digest::Algorithm;
use atoll_core::manifest::media_types::OCI_MANIFEST;
use atoll_testkit::server::{Client, Reply, TestServer};
use http::StatusCode;
use serde_json::json;

use super::content::{Blob, Document, artifact, index};

const OK: (u16, &str) = (201, "");
const TAKEN: (u16, &str) = (409, "DENIED");

/// An artifact that follows from its number.
fn numbered(number: u32) -> (Blob, Document) {
    let blob = Blob::new(Algorithm::Sha256, format!("{{\"number\":{number}}}"));
    let document = Document::new(
        Algorithm::Sha256,
        OCI_MANIFEST,
        &artifact(&blob, "application/vnd.example.numbered", &[]),
    );
    (blob, document)
}

async fn push(client: &Client, repository: &str, tag: &str, number: u32) -> (u16, String) {
    let (blob, document) = numbered(number);
    client
        .post(
            &format!("/v2/{repository}/blobs/uploads/?digest={}", blob.digest),
            blob.bytes,
        )
        .await;
    said(
        &client
            .put(
                &format!("/v2/{repository}/manifests/{tag}"),
                document.media_type,
                document.bytes,
            )
            .await,
    )
}

fn said(reply: &Reply) -> (u16, String) {
    (reply.status.as_u16(), reply.code())
}

async fn tags(client: &Client, repository: &str) -> serde_json::Value {
    client
        .get(&format!("/v2/{repository}/tags/list"))
        .await
        .json()["tags"]
        .clone()
}

#[tokio::test]
async fn an_immutable_repository_keeps_its_tags_and_remembers_what_was_deleted() {
    let server = TestServer::start().await;
    let robot = server.robot("push:acme/* delete:acme/*").await;
    let change = RepositoryChange {
        visibility: None,
        immutable_tags: Some(true),
    };
    server
        .app()
        .registry
        .change_settings(&"acme/fixed".parse().unwrap(), change)
        .await
        .unwrap();
    stays(&robot, "acme/fixed", "any-tag").await;
}

#[tokio::test]
async fn a_version_in_a_typed_family_stays_and_other_tags_move() {
    let server = TestServer::start().await;
    for repository in [
        "files/reports",
        "charts/acme/app",
        "tools/terraform",
        "extensions/acme/ext",
    ] {
        let robot = server
            .robot(&format!("push:{repository} delete:{repository}"))
            .await;
        stays(&robot, repository, "1.2.3").await;
        stays(&robot, repository, "1.2.3-rc.1_build.5").await;
        for number in [1, 2, 1] {
            assert_eq!(
                push(&robot, repository, "latest", number).await,
                (201, String::new()),
                "{repository}"
            );
        }
        let path = format!("/v2/{repository}/manifests/latest");
        assert_eq!(
            robot.delete(&path).await.status,
            StatusCode::ACCEPTED,
            "{repository}"
        );
        assert_eq!(
            push(&robot, repository, "latest", 2).await,
            (201, String::new()),
            "{repository}"
        );
    }
}

#[tokio::test]
async fn elsewhere_tags_move_and_deletes_leave_nothing() {
    let server = TestServer::start().await;
    let robot = server.robot("push:acme/* delete:acme/*").await;
    for number in [1, 2] {
        assert_eq!(
            push(&robot, "acme/app", "1.2.3", number).await,
            (201, String::new())
        );
    }
    assert_eq!(
        robot.delete("/v2/acme/app/manifests/1.2.3").await.status,
        StatusCode::ACCEPTED
    );
    assert_eq!(
        push(&robot, "acme/app", "1.2.3", 1).await,
        (201, String::new())
    );
    let (blob, document) = numbered(1);
    assert_eq!(
        robot
            .delete(&format!("/v2/acme/app/blobs/{}", blob.digest))
            .await
            .status,
        StatusCode::ACCEPTED
    );
    assert_eq!(
        robot
            .delete(&format!("/v2/acme/app/manifests/{}", document.digest))
            .await
            .status,
        StatusCode::ACCEPTED
    );
}

/// Publishes, tries to replace, deletes, and publishes again.
async fn stays(robot: &Client, repository: &str, tag: &str) {
    let path = format!("/v2/{repository}/manifests/{tag}");
    let (_, first) = numbered(1);
    for (number, expected) in [(1, OK), (1, OK), (2, TAKEN)] {
        let (status, code) = push(robot, repository, tag, number).await;
        assert_eq!(
            (status, code.as_str()),
            expected,
            "{repository}:{tag} {number}"
        );
    }
    assert_eq!(
        robot.get(&path).await.body,
        first.bytes,
        "{repository}:{tag}"
    );
    for reference in [tag, first.digest.as_str()] {
        let deleted = robot
            .delete(&format!("/v2/{repository}/manifests/{reference}"))
            .await;
        assert_eq!(deleted.status, StatusCode::ACCEPTED, "{repository}:{tag}");
        assert_eq!(
            robot.head(&path).await.status,
            StatusCode::NOT_FOUND,
            "{repository}:{tag}"
        );
        for (number, expected) in [(2, TAKEN), (1, OK), (2, TAKEN)] {
            let (status, code) = push(robot, repository, tag, number).await;
            assert_eq!(
                (status, code.as_str()),
                expected,
                "{repository}:{tag} deleted by {reference}, {number}"
            );
        }
    }
}

#[tokio::test]
async fn parts_of_a_version_are_deleted_with_the_version() {
    let server = TestServer::start().await;
    let robot = server.robot("push:files/* delete:files/*").await;
    assert_eq!(
        push(&robot, "files/set", numbered(1).1.digest.as_str(), 1).await,
        (201, String::new())
    );
    let (blob, child) = numbered(1);
    let parent = index(&[child.descriptor()]).to_string();
    let published = robot
        .put(
            "/v2/files/set/manifests/1.0.0",
            "application/vnd.oci.image.index.v1+json",
            parent,
        )
        .await;
    assert_eq!(published.status, StatusCode::CREATED, "{published:?}");
    for part in [
        format!("blobs/{}", blob.digest),
        format!("manifests/{}", child.digest),
    ] {
        let refused = robot.delete(&format!("/v2/files/set/{part}")).await;
        assert_eq!(said(&refused), (405, "DENIED".to_owned()), "{part}");
        assert!(
            refused.json()["errors"][0]["message"]
                .as_str()
                .unwrap()
                .contains("files/set:1.0.0"),
            "{refused:?}"
        );
    }
    assert_eq!(
        robot.delete("/v2/files/set/manifests/1.0.0").await.status,
        StatusCode::ACCEPTED
    );
    for part in [
        format!("manifests/{}", child.digest),
        format!("blobs/{}", blob.digest),
    ] {
        assert_eq!(
            robot.delete(&format!("/v2/files/set/{part}")).await.status,
            StatusCode::ACCEPTED,
            "{part}"
        );
    }
}

#[tokio::test]
async fn a_push_sets_all_of_its_tags_or_none() {
    let server = TestServer::start().await;
    let robot = server.robot("push:files/*").await;
    assert_eq!(
        push(&robot, "files/both", "2.0.0", 1).await,
        (201, String::new())
    );
    let (_, other) = numbered(2);
    push(&robot, "files/both", "warm-up", 2).await;
    let path = format!(
        "/v2/files/both/manifests/{}?tag=1.0.0&tag=2.0.0&tag=3.0.0",
        other.digest
    );
    let refused = robot.put(&path, other.media_type, other.bytes).await;
    assert_eq!(said(&refused), (409, "DENIED".to_owned()));
    assert_eq!(
        tags(&robot, "files/both").await,
        json!(["2.0.0", "warm-up"])
    );
}

#[tokio::test]
async fn what_is_no_layout_of_its_family_is_refused() {
    let server = TestServer::start().await;
    let robot = server.robot("push:providers/*").await;
    let (status, code) = push(&robot, "providers/self/acme/app", "1.0.0", 1).await;
    assert_eq!((status, code.as_str()), (400, "MANIFEST_INVALID"));
    assert_eq!(
        push(&robot, "providers/self/acme/app", "sha256-0.sig", 1).await,
        (201, String::new())
    );
    assert_eq!(
        tags(&robot, "providers/self/acme/app").await,
        json!(["sha256-0.sig"])
    );
}
