//! Uploads that break off and go on.

use std::time::Duration;

use atoll_core::digest::Algorithm;
use atoll_testkit::server::{Client, TestServer};
use http::{Method, StatusCode};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{PATIENCE, head};
use crate::oci::content::Blob;

/// Waits until an upload has that many bytes.
async fn arrived(client: &Client, location: &str, last: usize) {
    let wait = async {
        loop {
            let status = client.get(location).await;
            if status.status == StatusCode::NO_CONTENT
                && status.header("range") == format!("0-{last}")
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, wait)
        .await
        .expect("the bytes that were sent count");
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
