//! A client of HTTP/1 that costs next to nothing: answers are counted, not kept.

use std::net::SocketAddr;
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// How much is read at once, in bytes.
const BUFFER_BYTES: usize = 256 * 1024;

/// Some registries give manifests only to those who say that they take them.
pub(crate) const ACCEPT: &str = "Accept: application/vnd.oci.image.manifest.v1+json, */*";

/// One connection, used for one request after the other.
pub(crate) struct Connection {
    stream: TcpStream,
    host: String,
    buffer: Vec<u8>,
}

/// An answer whose body was read and thrown away, except for its beginning.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// How many bytes the body had.
    pub(crate) bytes: u64,
    /// When the first byte of the body was here.
    pub(crate) first_byte: Instant,
    /// Where it sends the client.
    pub(crate) location: Option<String>,
    /// The first bytes of the body.
    pub(crate) body: Vec<u8>,
}

/// How much of a body is kept, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    Nothing,
    All,
}

struct Head {
    status: u16,
    length: u64,
    location: Option<String>,
    /// Where the body begins.
    end: usize,
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)
            .await
            .with_context(|| format!("failed to connect to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            host: address.to_string(),
            buffer: vec![0; BUFFER_BYTES],
        })
    }

    /// Asks for a path and keeps the body.
    pub(crate) async fn get(&mut self, path: &str, authorization: Option<&str>) -> Result<Answer> {
        let head = request("GET", path, &self.host, authorization, None);
        self.exchange(head.as_bytes(), &[], false, Keep::All).await
    }

    /// Sends a request with a body that lies in pieces.
    pub(crate) async fn send(
        &mut self,
        method: &str,
        path: &str,
        authorization: Option<&str>,
        body: &[&[u8]],
    ) -> Result<Answer> {
        let length = body.iter().map(|piece| piece.len() as u64).sum();
        let head = request(method, path, &self.host, authorization, Some(length));
        self.exchange(head.as_bytes(), body, false, Keep::Nothing)
            .await
    }

    /// Sends a head and a body as they are, and reads the answer.
    pub(crate) async fn exchange(
        &mut self,
        head: &[u8],
        body: &[&[u8]],
        is_head: bool,
        keep: Keep,
    ) -> Result<Answer> {
        self.stream.write_all(head).await?;
        for piece in body {
            self.stream.write_all(piece).await?;
        }
        let mut filled = 0;
        let head = loop {
            filled += self.read_at(filled).await?;
            if let Some(head) = parse(self.buffer.get(..filled).unwrap_or_default())? {
                break head;
            }
            ensure!(
                filled < self.buffer.len(),
                "a head of more than {BUFFER_BYTES} bytes"
            );
        };
        let mut kept = Vec::new();
        let mut bytes = (filled - head.end) as u64;
        if keep == Keep::All {
            kept.extend_from_slice(self.buffer.get(head.end..filled).unwrap_or_default());
        }
        let mut first_byte = Instant::now();
        let length = if is_head || head.status == 204 {
            0
        } else {
            head.length
        };
        let mut waiting = bytes == 0;
        while bytes < length {
            let read = self.read_at(0).await?;
            if waiting {
                (first_byte, waiting) = (Instant::now(), false);
            }
            if keep == Keep::All {
                kept.extend_from_slice(self.buffer.get(..read).unwrap_or_default());
            }
            bytes += read as u64;
        }
        ensure!(
            bytes == length,
            "{bytes} bytes came, of {length} that were promised"
        );
        Ok(Answer {
            status: head.status,
            bytes,
            first_byte,
            location: head.location,
            body: kept,
        })
    }

    async fn read_at(&mut self, at: usize) -> Result<usize> {
        let read = self
            .stream
            .read(self.buffer.get_mut(at..).unwrap_or_default())
            .await?;
        ensure!(read > 0, "the server closed the connection");
        Ok(read)
    }
}

/// A request's head.
pub(crate) fn request(
    method: &str,
    path: &str,
    host: &str,
    authorization: Option<&str>,
    length: Option<u64>,
) -> String {
    let authorization =
        authorization.map_or_else(String::new, |value| format!("Authorization: {value}\r\n"));
    let length = length.map_or_else(String::new, |length| {
        format!("Content-Type: application/octet-stream\r\nContent-Length: {length}\r\n")
    });
    format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n{ACCEPT}\r\n{authorization}{length}\r\n")
}

fn parse(bytes: &[u8]) -> Result<Option<Head>> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let text = std::str::from_utf8(bytes.get(..end).unwrap_or_default())
        .context("a head that is no text")?;
    let mut lines = text.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1)?.parse().ok())
        .context("no status")?;
    let (mut length, mut location) = (0, None);
    for line in lines {
        let Some((name, value)) = line.split_once(':') else {
            bail!("no header: {line:?}")
        };
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-length") {
            length = value
                .parse()
                .with_context(|| format!("a length of {value:?}"))?;
        } else if ["location", "x-terraform-get"]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
        {
            location = Some(value.to_owned());
        } else {
            ensure!(
                !name.eq_ignore_ascii_case("transfer-encoding"),
                "an answer without a length: {text}"
            );
        }
    }
    Ok(Some(Head {
        status,
        length,
        location,
        end: end + 4,
    }))
}
