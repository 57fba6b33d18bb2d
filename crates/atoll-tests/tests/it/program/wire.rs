//! HTTP/1.1 by hand, for clients that do what no library does.

use atoll_testkit::atoll::Serving;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The longest head of an answer, in bytes.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// A connection to a server that speaks plain HTTP.
pub(super) struct Connection {
    stream: TcpStream,
}

impl Connection {
    pub(super) async fn open(server: &Serving) -> Self {
        Self {
            stream: TcpStream::connect(server.host()).await.unwrap(),
        }
    }

    /// Sends the head of a request, with these headers and a token.
    pub(super) async fn request(&mut self, method: &str, path: &str, token: &str, headers: &str) {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n{headers}\r\n"
        );
        self.send(head.as_bytes()).await;
    }

    /// Sends bytes as they are.
    pub(super) async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// Reads the head of the answer, byte by byte so as to take nothing of the body.
    pub(super) async fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            assert!(head.len() < HEAD_BYTES_MAX, "an endless head");
            head.push(self.stream.read_u8().await.unwrap());
        }
        String::from_utf8(head).unwrap()
    }

    /// Reads so many bytes of the body.
    pub(super) async fn body(&mut self, length: usize) -> Vec<u8> {
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await.unwrap();
        body
    }
}
