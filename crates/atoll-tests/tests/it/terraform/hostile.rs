//! Paths that nobody means well with.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use http::StatusCode;

use super::world::{CORAL, HOST, LINUX, World};

const SEGMENTS: [&str; 19] = [
    "%00",
    "%ff",
    "%2e%2e",
    "%2F",
    "..",
    ".",
    "%252e",
    "*",
    "-",
    "a%20b",
    "a%0d%0aX-Injected:1",
    "'%22%3Cscript%3E",
    "{}",
    "CON",
    "xn--",
    "xn--a",
    "%F0%9F%90%9A.example",
    "1.0.0.json",
    "a:99999",
];

/// Sends a request as it is written, whatever a well-behaved client would make of it.
async fn raw(world: &World, target: String) -> String {
    let address = world.server().address();
    let work = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "GET {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    });
    work.await.unwrap()
}

#[tokio::test]
async fn hostile_paths_are_refused_and_never_an_error_of_ours() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    let long = "a".repeat(5000);
    for segment in SEGMENTS.into_iter().chain([long.as_str()]) {
        let targets = [
            format!("/mirror/{segment}/acme/coral/index.json"),
            format!("/mirror/{HOST}/{segment}/coral/index.json"),
            format!("/mirror/{HOST}/acme/{segment}/index.json"),
            format!("/mirror/{HOST}/acme/coral/{segment}"),
            format!("/mirror/{HOST}/acme/coral/{segment}.json"),
            format!("/hosts/{segment}/v1/providers/acme/coral/versions"),
            format!("/hosts/{HOST}/v1/providers/acme/coral/{segment}/download/linux/amd64"),
            format!("/hosts/{HOST}/v1/providers/acme/coral/1.0.0/download/{segment}/amd64"),
            format!("/hosts/{HOST}/v1/providers/acme/coral/1.0.0/download/linux/{segment}"),
            format!("/files/{segment}/x.zip"),
            format!("/v1/providers/{segment}/coral/versions"),
        ];
        for target in targets {
            let answer = raw(&world, target.clone()).await;
            let status: u16 = answer.split(' ').nth(1).unwrap().parse().unwrap();
            let fine = target.ends_with("/1.0.0.json")
                && target.starts_with("/mirror/tf.example/acme/coral");
            let refused = (400..500).contains(&status);
            assert!(refused || (fine && status == 200), "{target}: {answer}");
            let (head, _) = answer.split_once("\r\n\r\n").unwrap();
            assert!(
                !head.to_lowercase().contains("x-injected"),
                "{target}: {answer}"
            );
        }
    }
    assert_eq!(world.get("/healthz").await.status, StatusCode::OK);
}
