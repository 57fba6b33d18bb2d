//! Requests that are answered before they were read.

use atoll_core::digest::Algorithm;
use atoll_testkit::server::TestServer;
use http::{Method, StatusCode};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{PATIENCE, answer, head};
use crate::oci::content::Blob;

/// Longer than anything on the way can buffer, in bytes.
const LONG: usize = 48 << 20;

/// Sends a whole request before it reads anything, as simple clients do.
async fn send_all(server: &TestServer, head: &str, length: usize) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let send = async {
        stream
            .write_all(head.as_bytes())
            .await
            .expect("the head is taken");
        for _ in 0..length / (1 << 20) {
            stream
                .write_all(&vec![b' '; 1 << 20])
                .await
                .expect("the body is taken");
        }
    };
    timeout(PATIENCE, send)
        .await
        .expect("the request is taken in time");
    let text = answer(&mut stream).await;
    (stream, text)
}

#[tokio::test]
async fn a_client_that_sends_all_before_it_reads_sees_why_it_was_refused() {
    let server = TestServer::start().await;
    let bearer = format!("Bearer {}", server.token("push:acme/*").await);
    let length = LONG.to_string();
    let absent = Blob::new(Algorithm::Sha256, "absent").digest;
    let cases = [
        (
            "PUT",
            "/v2/acme/app/manifests/v1".to_owned(),
            bearer.as_str(),
            "413",
        ),
        (
            "PUT",
            "/v2/acme/app/manifests/v1".to_owned(),
            "Bearer none",
            "401",
        ),
        (
            "POST",
            format!("/v2/other/app/blobs/uploads/?digest={absent}"),
            bearer.as_str(),
            "404",
        ),
        (
            "POST",
            "/v2/acme/app/blobs/uploads/?digest=bad".to_owned(),
            bearer.as_str(),
            "400",
        ),
        (
            "PATCH",
            "/v2/acme/app/blobs/uploads/unknown".to_owned(),
            bearer.as_str(),
            "404",
        ),
        (
            "PUT",
            format!("/v2/acme/app/blobs/uploads/unknown?digest={absent}"),
            bearer.as_str(),
            "404",
        ),
        (
            "POST",
            "/v2/acme/app/tags/list".to_owned(),
            bearer.as_str(),
            "405",
        ),
        ("POST", "/v2/nothing".to_owned(), bearer.as_str(), "404"),
    ];
    for (method, path, authorization, status) in cases {
        let head = head(
            method,
            &path,
            &[
                ("authorization", authorization),
                ("content-length", &length),
            ],
        );
        let (mut stream, text) = send_all(&server, &head, LONG).await;
        assert!(
            text.starts_with(&format!("HTTP/1.1 {status} ")),
            "{method} {path}: {text}"
        );
        assert!(text.contains("\"errors\""), "{method} {path}: {text}");
        // The connection is as good as before.
        stream
            .write_all(super::head("GET", "/v2/", &[("authorization", &bearer)]).as_bytes())
            .await
            .unwrap();
        let text = answer(&mut stream).await;
        assert!(
            text.starts_with("HTTP/1.1 200 "),
            "{method} {path}, then: {text}"
        );
    }
}

#[tokio::test]
async fn a_client_that_asks_first_is_answered_first() {
    let server = TestServer::start().await;
    let bearer = format!("Bearer {}", server.token("push:acme/*").await);
    let blob = Blob::filled(Algorithm::Sha256, "continue", 10_000);
    let path = format!("/v2/acme/app/blobs/uploads/?digest={}", blob.digest);
    let length = blob.bytes.len().to_string();
    let ask = |authorization: &str| {
        head(
            "POST",
            &path,
            &[
                ("authorization", authorization),
                ("content-length", &length),
                ("expect", "100-continue"),
            ],
        )
    };

    let mut refused = TcpStream::connect(server.address()).await.unwrap();
    refused
        .write_all(ask("Bearer none").as_bytes())
        .await
        .unwrap();
    assert!(answer(&mut refused).await.starts_with("HTTP/1.1 401 "));

    let mut taken = TcpStream::connect(server.address()).await.unwrap();
    taken.write_all(ask(&bearer).as_bytes()).await.unwrap();
    assert!(answer(&mut taken).await.starts_with("HTTP/1.1 100 "));
    taken.write_all(&blob.bytes).await.unwrap();
    assert!(answer(&mut taken).await.starts_with("HTTP/1.1 201 "));
}

#[tokio::test]
async fn long_heads_are_read() {
    let server = TestServer::start().await;
    let nobody = server.nobody();
    let foreign = "x".repeat(40_000);
    let reply = nobody
        .send(nobody.request(Method::GET, "/v2/").bearer_auth(foreign))
        .await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    assert_eq!(reply.code(), "UNAUTHORIZED");
}
