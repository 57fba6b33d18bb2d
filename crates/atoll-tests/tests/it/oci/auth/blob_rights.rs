//! Blobs belong to repositories: to know a digest is not to have the right to its bytes.

use atoll_core::digest::Algorithm;
use atoll_testkit::server::TestServer;
use http::StatusCode;

use super::push_image;
use crate::oci::content::{Blob, Document, artifact};

#[tokio::test]
async fn another_repositorys_blob_is_not_there() {
    let server = TestServer::start().await;
    let (secret, document) =
        push_image(&server.robot("push:acme/*").await, "acme/secret", "v1").await;
    let mine = server.robot("push:mine/* delete:mine/*").await;
    push_image(&mine, "mine/app", "v1").await;
    for path in [
        format!("blobs/{}", secret.digest),
        format!("manifests/{}", document.digest),
    ] {
        let path = format!("/v2/mine/app/{path}");
        assert_eq!(
            mine.get(&path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
        assert_eq!(
            mine.head(&path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
        assert_eq!(
            mine.delete(&path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    // A manifest that names it does not bring it in either.
    let thief = Document::new(
        Algorithm::Sha256,
        document.media_type,
        &artifact(&secret, "text/thief", &[]),
    );
    let reply = mine
        .put(
            "/v2/mine/app/manifests/thief",
            thief.media_type,
            thief.bytes,
        )
        .await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (StatusCode::NOT_FOUND, "MANIFEST_BLOB_UNKNOWN")
    );
}

#[tokio::test]
async fn a_mount_needs_the_right_to_pull_from_the_source() {
    let server = TestServer::start().await;
    let (secret, _) = push_image(&server.robot("push:acme/*").await, "acme/secret", "v1").await;
    let absent = Blob::filled(Algorithm::Sha256, "absent", 100);
    let mine = server.robot("push:mine/*").await;
    for query in ["&from=acme/secret", "", "&from=acme/none"] {
        for digest in [&secret.digest, &absent.digest] {
            let reply = mine
                .post(
                    &format!("/v2/mine/app/blobs/uploads/?mount={digest}{query}"),
                    "",
                )
                .await;
            // The same for what is there as for what is not.
            assert_eq!(reply.status, StatusCode::ACCEPTED, "{digest} {query}");
            assert_eq!(
                mine.head(&format!("/v2/mine/app/blobs/{digest}"))
                    .await
                    .status,
                StatusCode::NOT_FOUND
            );
        }
    }
    let both = server.token("push:mine/* pull:acme/secret").await;
    let path = |to: &str| {
        format!(
            "/v2/mine/{to}/blobs/uploads/?mount={}&from=acme/secret",
            secret.digest
        )
    };
    // A bearer that was not asked for the source does not have it, though its token does.
    let narrow = super::bearer(&server, Some(&both), &["repository:mine/a:pull,push"]).await;
    assert_eq!(
        narrow.post(&path("a"), "").await.status,
        StatusCode::ACCEPTED
    );
    let wide = super::bearer(
        &server,
        Some(&both),
        &["repository:mine/b:pull,push", "repository:acme/secret:pull"],
    )
    .await;
    assert_eq!(wide.post(&path("b"), "").await.status, StatusCode::CREATED);
    let token = server.nobody().with_token(&both);
    assert_eq!(token.post(&path("c"), "").await.status, StatusCode::CREATED);
    let anywhere = format!("/v2/mine/d/blobs/uploads/?mount={}", secret.digest);
    assert_eq!(token.post(&anywhere, "").await.status, StatusCode::CREATED);
    assert_eq!(
        token
            .get(&format!("/v2/mine/d/blobs/{}", secret.digest))
            .await
            .body,
        secret.bytes
    );
}

#[tokio::test]
async fn an_upload_is_of_one_token_and_one_repository() {
    let server = TestServer::start().await;
    let token = server.token("push:acme/*").await;
    let owner = server.nobody().with_token(&token);
    let opened = owner.post("/v2/acme/app/blobs/uploads/", "").await;
    let location = opened.header("location").to_owned();
    let other = server.robot("push:acme/*").await;
    let elsewhere = location.replace("/acme/app/", "/acme/other/");
    for (client, path) in [(&other, &location), (&owner, &elsewhere)] {
        let replies = [
            client.get(path).await,
            client
                .send(client.request(http::Method::PATCH, path).body("x"))
                .await,
            client
                .put(
                    &format!("{path}?digest={}", Blob::new(Algorithm::Sha256, "x").digest),
                    "application/octet-stream",
                    "x",
                )
                .await,
            client.delete(path).await,
        ];
        for reply in replies {
            assert_eq!(
                (reply.status, reply.code().as_str()),
                (StatusCode::NOT_FOUND, "BLOB_UPLOAD_UNKNOWN"),
                "{path}"
            );
        }
    }
    // Bearers come and go while a long push goes on; they are all the same token's.
    let mut location = location;
    for piece in ["one", "two"] {
        let bearer = super::bearer(&server, Some(&token), &["repository:acme/app:pull,push"]).await;
        let reply = bearer
            .send(bearer.request(http::Method::PATCH, &location).body(piece))
            .await;
        assert_eq!(reply.status, StatusCode::ACCEPTED, "{reply:?}");
        location = reply.header("location").to_owned();
    }
    // A 401 on the way leaves the session as it was.
    let expired = server.nobody().with_token("atoll.expired");
    let reply = expired
        .send(
            expired
                .request(http::Method::PATCH, &location)
                .body("three"),
        )
        .await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    let blob = Blob::new(Algorithm::Sha256, "onetwo");
    let reply = owner
        .put(
            &format!("{location}?digest={}", blob.digest),
            "application/octet-stream",
            "",
        )
        .await;
    assert_eq!(reply.status, StatusCode::CREATED, "{reply:?}");
}
