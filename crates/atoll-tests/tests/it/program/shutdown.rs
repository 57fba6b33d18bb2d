//! A server that is told to stop while it works.

use atoll_core::digest::Digest;
use atoll_testkit::atoll::Atoll;
use http::StatusCode;
use tokio::net::TcpStream;

use super::wire::Connection;
use super::world::{eventually, is, noise, push_blob};

#[tokio::test(flavor = "multi_thread")]
async fn a_running_download_finishes_and_nobody_new_is_let_in() {
    let Some(atoll) = Atoll::find_for("a_running_download_finishes_and_nobody_new_is_let_in")
    else {
        return;
    };
    let server = atoll.serve_plainly().await;
    let token = atoll.token("push:acme/app").await;
    let client = server.client(&token);
    let blob = noise(1, 16 << 20);
    let digest = Digest::sha256(&blob);
    is(
        &push_blob(&client, "acme/app", blob.clone()).await,
        StatusCode::CREATED,
    );
    let mut reader = Connection::open(&server).await;
    reader
        .request("GET", &format!("/v2/acme/app/blobs/{digest}"), &token, "")
        .await;
    assert!(reader.head().await.starts_with("HTTP/1.1 200"));
    let mut body = reader.body(10_000).await;

    // An upload too.
    let path = format!(
        "/v2/acme/app/blobs/uploads/?digest={}",
        Digest::sha256(b"late")
    );
    let mut writer = Connection::open(&server).await;
    writer
        .request("POST", &path, &token, "content-length: 4\r\n")
        .await;
    writer.send(b"la").await;

    server.terminate();
    eventually("it says that it stops", async || {
        server.log().contains("stopping")
    })
    .await;
    eventually("nobody new is let in", async || {
        TcpStream::connect(server.host()).await.is_err()
    })
    .await;
    body.extend(reader.body(blob.len() - body.len()).await);
    assert_eq!(Digest::sha256(&body), digest);
    writer.send(b"te").await;
    assert!(writer.head().await.starts_with("HTTP/1.1 201"));
    // Connections on which nothing happens hold nobody up: the client above has some.
    assert!(server.ended().await.success());
    drop((client, reader, writer));
    let server = atoll.serve_plainly().await;
    let late = format!("/v2/acme/app/blobs/{}", Digest::sha256(b"late"));
    is(&server.client(&token).get(&late).await, StatusCode::OK);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_does_not_wait() {
    let Some(atoll) = Atoll::find_for("a_second_signal_does_not_wait") else {
        return;
    };
    let server = atoll.serve_plainly().await;
    let token = atoll.token("push:acme/app").await;
    let blob = noise(1, 16 << 20);
    is(
        &push_blob(&server.client(&token), "acme/app", blob.clone()).await,
        StatusCode::CREATED,
    );
    let mut reader = Connection::open(&server).await;
    reader
        .request(
            "GET",
            &format!("/v2/acme/app/blobs/{}", Digest::sha256(&blob)),
            &token,
            "",
        )
        .await;
    reader.head().await;
    server.terminate();
    eventually("it says that it stops", async || {
        server.log().contains("stopping")
    })
    .await;
    server.terminate();
    eventually("it says why", async || server.log().contains("broken off")).await;
    assert_eq!(server.ended().await.code(), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_of_tls_hold_nobody_up() {
    let Some(atoll) = Atoll::find_for("clients_of_tls_hold_nobody_up") else {
        return;
    };
    let server = atoll.serve(&[]).await;
    let client = server.nobody();
    is(&client.get("/readyz").await, StatusCode::OK);
    // The connection is open, and nothing runs on it.
    server.stop().await;
    drop(client);
}
