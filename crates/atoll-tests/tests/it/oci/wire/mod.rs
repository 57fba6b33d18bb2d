//! What only shows on the wire: early answers, interrupted requests, long heads.

mod at_once;
mod early;
mod interrupted;

use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_mins(1);

/// A request's head over HTTP/1.1.
fn head(method: &str, path: &str, headers: &[(&str, &str)]) -> String {
    let headers = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"));
    let headers: String = headers.collect();
    format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n")
}

/// Reads up to the end of an answer's head, and its body by Content-Length.
async fn answer(stream: &mut TcpStream) -> String {
    let read = async {
        let mut bytes = Vec::new();
        loop {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = head
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length: "))
                    .map_or(0, |n| n.parse().unwrap());
                if body.len() >= length {
                    return text;
                }
            }
            let mut buffer = [0; 4096];
            let count = stream
                .read(&mut buffer)
                .await
                .expect("the connection is whole");
            assert!(count > 0, "the connection ended after {text:?}");
            bytes.extend_from_slice(&buffer[..count]);
        }
    };
    timeout(PATIENCE, read)
        .await
        .expect("an answer comes in time")
}
