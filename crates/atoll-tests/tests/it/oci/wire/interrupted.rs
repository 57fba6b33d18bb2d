//! Uploads that break off and go on.

use std::time::Duration;

use atoll_core::digest::Algorithm;
use atoll_server::serve::ConnectionLimits;
use atoll_testkit::server::{Client, TestServer};
use http::{Method, StatusCode};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{PATIENCE, answer, head};
use crate::oci::content::Blob;

/// Waits until an upload has that many bytes.
async fn arrived(client: &Client, location: &str, last: usize) {
    let mut seen = String::new();
    let wait = async {
        loop {
            let status = client.get(location).await;
            seen = format!("{status:?}");
            if status.status == StatusCode::NO_CONTENT
                && status.header("range") == format!("0-{last}")
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = timeout(PATIENCE, wait).await;
    assert!(waited.is_ok(), "the bytes that were sent count: {seen}");
}

/// Waits until a request to an upload is at work: it has bytes, or is busy.
async fn begun(client: &Client, location: &str) {
    let wait = async {
        while client.get(location).await.header("range") == "0-0" {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = timeout(PATIENCE, wait).await;
    assert!(waited.is_ok(), "the request never began");
}

#[tokio::test]
async fn bytes_that_arrived_before_the_client_broke_off_count() {
    let server = TestServer::start().await;
    let token = server.token("push:acme/*").await;
    let (client, bearer) = (
        server.nobody().with_token(&token),
        format!("Bearer {token}"),
    );
    let whole = [("content-range", "0-2999")];
    for (method, range) in [("PATCH", &whole[..0]), ("PATCH", &whole), ("PUT", &whole)] {
        let blob = Blob::filled(Algorithm::Sha256, method, 3000);
        let opened = client.post("/v2/acme/app/blobs/uploads/", "").await;
        let location = opened.header("location").to_owned();
        let closing = format!("{location}?digest={}", blob.digest);
        let path = if method == "PUT" { &closing } else { &location };
        let headers = [
            &[
                ("authorization", bearer.as_str()),
                ("content-length", "3000"),
            ],
            range,
        ]
        .concat();
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream
            .write_all(head(method, path, &headers).as_bytes())
            .await
            .unwrap();
        stream.write_all(&blob.bytes[..1234]).await.unwrap();
        // A server that had not begun to read may see the end first, and what it never read does not count.
        begun(&client, &location).await;
        stream.shutdown().await.unwrap();
        drop(stream);
        arrived(&client, &location, 1233).await;
        let request = client
            .request(Method::PATCH, &location)
            .header("content-range", "1234-2999");
        let reply = client.send(request.body(blob.bytes.slice(1234..))).await;
        assert_eq!(reply.status, StatusCode::ACCEPTED, "{method}: {reply:?}");
        let reply = client.put(&closing, "application/octet-stream", "").await;
        assert_eq!(reply.status, StatusCode::CREATED, "{method}: {reply:?}");
    }
}

#[tokio::test]
async fn an_upload_goes_on_after_the_server_was_restarted() {
    let server = TestServer::start().await;
    let token = server.token("push:acme/*").await;
    let client = server.nobody().with_token(&token);
    let opened = client
        .post("/v2/acme/app/blobs/uploads/?digest-algorithm=sha512", "")
        .await;
    let location = opened.header("location").to_owned();
    assert_eq!(
        client
            .send(client.request(Method::PATCH, &location).body("before "))
            .await
            .status,
        StatusCode::ACCEPTED
    );
    let server = TestServer::builder().on(server.stop().await).start().await;
    let client = server.nobody().with_token(&token);
    let status = client.get(&location).await;
    assert_eq!(
        (status.status, status.header("range")),
        (StatusCode::NO_CONTENT, "0-6")
    );
    let blob = Blob::new(Algorithm::Sha512, "before and after");
    let reply = client
        .put(
            &format!("{location}?digest={}", blob.digest),
            "application/octet-stream",
            "and after",
        )
        .await;
    assert_eq!(reply.status, StatusCode::CREATED, "{reply:?}");
    assert_eq!(
        client
            .get(&format!("/v2/acme/app/blobs/{}", blob.digest))
            .await
            .body,
        blob.bytes
    );
}

#[tokio::test]
async fn an_upload_whose_client_falls_silent_ends_and_can_go_on() {
    let limits = ConnectionLimits {
        body_idle: Duration::from_millis(300),
        ..ConnectionLimits::default()
    };
    let server = TestServer::builder()
        .connection_limits(limits)
        .start()
        .await;
    let token = server.token("push:acme/*").await;
    let client = server.nobody().with_token(&token);
    let blob = Blob::filled(Algorithm::Sha256, "silent", 3000);
    let opened = client.post("/v2/acme/app/blobs/uploads/", "").await;
    let location = opened.header("location").to_owned();
    let bearer = format!("Bearer {token}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-length", "3000"),
    ];
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream
        .write_all(head("PATCH", &location, &headers).as_bytes())
        .await
        .unwrap();
    stream.write_all(&blob.bytes[..1234]).await.unwrap();
    let said = answer(&mut stream).await;
    assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
    assert!(said.contains("connection: close"), "{said}");
    assert!(said.contains("no byte of the request arrived"), "{said}");
    arrived(&client, &location, 1233).await;
    let closing = format!("{location}?digest={}", blob.digest);
    let rest = blob.bytes.slice(1234..);
    let reply = client.put(&closing, "application/octet-stream", rest).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{reply:?}");
}
