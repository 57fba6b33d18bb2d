//! Requests that come at the same time.

use std::time::Duration;

use atoll_core::digest::Algorithm;
use atoll_core::manifest::media_types::OCI_MANIFEST;
use atoll_testkit::server::TestServer;
use http::StatusCode;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{PATIENCE, answer, head};
use crate::oci::content::{Blob, Document, artifact};
use crate::oci::on_postgres;

#[tokio::test]
async fn two_requests_do_not_write_to_one_upload() {
    let server = TestServer::start().await;
    let token = server.token("push:acme/*").await;
    let (client, bearer) = (
        server.nobody().with_token(&token),
        format!("Bearer {token}"),
    );
    let opened = client.post("/v2/acme/app/blobs/uploads/", "").await;
    let location = opened.header("location").to_owned();
    let mut slow = TcpStream::connect(server.address()).await.unwrap();
    slow.write_all(
        head(
            "PATCH",
            &location,
            &[("authorization", &bearer), ("content-length", "10")],
        )
        .as_bytes(),
    )
    .await
    .unwrap();
    slow.write_all(b"01234").await.unwrap();
    let wait = async {
        loop {
            let reply = client.get(&location).await;
            if reply.status == StatusCode::CONFLICT {
                return reply;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let busy = timeout(PATIENCE, wait)
        .await
        .expect("the upload is busy while it is written");
    assert_eq!(busy.code(), "BLOB_UPLOAD_INVALID");
    slow.write_all(b"56789").await.unwrap();
    assert!(answer(&mut slow).await.starts_with("HTTP/1.1 202 "));
    let blob = Blob::new(Algorithm::Sha256, "0123456789");
    let reply = client
        .put(
            &format!("{location}?digest={}", blob.digest),
            "application/octet-stream",
            "",
        )
        .await;
    assert_eq!(reply.status, StatusCode::CREATED, "{reply:?}");
}

#[tokio::test]
async fn two_pushes_of_one_blob_at_once_both_succeed() {
    let server = TestServer::start().await;
    let client = server.robot("push:acme/*").await;
    for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
        let blob = Blob::filled(algorithm, "race", 300_000);
        let pushes = (0..12).map(|number| {
            let path = format!(
                "/v2/acme/app-{}/blobs/uploads/?digest={}",
                number % 3,
                blob.digest
            );
            let (client, bytes) = (client.clone(), blob.bytes.clone());
            async move { client.post(&path, bytes).await.status }
        });
        let statuses = futures_util::future::join_all(pushes).await;
        assert!(
            statuses.iter().all(|status| *status == StatusCode::CREATED),
            "{statuses:?}"
        );
        for number in 0..3 {
            assert_eq!(
                client
                    .get(&format!("/v2/acme/app-{number}/blobs/{}", blob.digest))
                    .await
                    .body,
                blob.bytes
            );
        }
    }
}

#[tokio::test]
async fn pushes_to_one_repository_at_once_all_succeed_on_postgres() {
    let Some(server) =
        on_postgres("pushes_to_one_repository_at_once_all_succeed_on_postgres").await
    else {
        return;
    };
    let client = server.robot("push:acme/*").await;
    let pushes = (0..24).map(|number| {
        let client = client.clone();
        async move {
            let blob = Blob::new(Algorithm::Sha256, format!("{{\"number\":{}}}", number % 12));
            let path = format!("/v2/acme/app/blobs/uploads/?digest={}", blob.digest);
            let stored = client.post(&path, blob.bytes.clone()).await;
            assert_eq!(stored.status, StatusCode::CREATED, "{stored:?}");
            let mounted = client
                .post(
                    &format!(
                        "/v2/acme/copy/blobs/uploads/?mount={}&from=acme/app",
                        blob.digest
                    ),
                    "",
                )
                .await;
            assert_eq!(mounted.status, StatusCode::CREATED, "{mounted:?}");
            let document = Document::new(
                Algorithm::Sha256,
                OCI_MANIFEST,
                &artifact(&blob, "text/x", &[]),
            );
            let path = format!(
                "/v2/acme/app/manifests/{}?tag=latest&tag=t{number}",
                document.digest
            );
            let pushed = client.put(&path, document.media_type, document.bytes).await;
            assert_eq!(pushed.status, StatusCode::CREATED, "{pushed:?}");
        }
    });
    futures_util::future::join_all(pushes).await;
    let tags = client.get("/v2/acme/app/tags/list").await.json();
    assert_eq!(tags["tags"].as_array().map(Vec::len), Some(25), "{tags}");
}
