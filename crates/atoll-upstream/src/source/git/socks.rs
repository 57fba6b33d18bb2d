//! The server's side of SOCKS 5, for one user and one destination.
//!
//! Spec: <https://www.rfc-editor.org/rfc/rfc1928>, <https://www.rfc-editor.org/rfc/rfc1929>

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::gate::{Gate, Trouble};

/// Who may use it, by name; the password tells the runs apart.
pub(super) const USER: &str = "git";

const VERSION: u8 = 5;
const METHOD_PASSWORD: u8 = 2;
const METHOD_NONE_FITS: u8 = 0xff;
const COMMAND_CONNECT: u8 = 1;
const ADDRESS_IPV4: u8 = 1;
const ADDRESS_NAME: u8 = 3;
const ADDRESS_IPV6: u8 = 4;
const REPLY_OK: u8 = 0;
const REPLY_NOT_ALLOWED: u8 = 2;
const REPLY_UNREACHABLE: u8 = 4;

/// The client is a program on the same machine.
const GREETING_TIMEOUT: Duration = Duration::from_secs(10);

/// Hears a client out, and connects it to the one place it may reach.
pub(super) async fn welcome(
    client: &mut TcpStream,
    gate: &Gate,
    password: &str,
) -> Option<TcpStream> {
    let asked = timeout(GREETING_TIMEOUT, hear(client, password)).await;
    let (host, port) = asked.ok()?.ok()??;
    if !gate.admits(&host, port) {
        gate.report(Trouble::Elsewhere(format!("{host}:{port}")));
        answer(client, REPLY_NOT_ALLOWED).await.ok()?;
        return None;
    }
    let server = gate.dial().await;
    let code = if server.is_some() {
        REPLY_OK
    } else {
        REPLY_UNREACHABLE
    };
    answer(client, code).await.ok()?;
    server
}

/// Who it is and where it wants to go; `None` for whom it is not meant.
async fn hear(client: &mut TcpStream, password: &str) -> io::Result<Option<(String, u16)>> {
    if client.read_u8().await? != VERSION {
        return Ok(None);
    }
    let methods = read_counted(client).await?;
    if !methods.contains(&METHOD_PASSWORD) {
        client.write_all(&[VERSION, METHOD_NONE_FITS]).await?;
        return Ok(None);
    }
    client.write_all(&[VERSION, METHOD_PASSWORD]).await?;
    let _version = client.read_u8().await?;
    let user = read_counted(client).await?;
    let shown = read_counted(client).await?;
    let same = aws_lc_rs::constant_time::verify_slices_are_equal(&shown, password.as_bytes());
    if user != USER.as_bytes() || same.is_err() {
        client.write_all(&[1, 1]).await?;
        return Ok(None);
    }
    client.write_all(&[1, 0]).await?;
    let mut head = [0; 4];
    client.read_exact(&mut head).await?;
    let [version, command, _, kind] = head;
    if version != VERSION || command != COMMAND_CONNECT {
        return Ok(None);
    }
    let host = match kind {
        ADDRESS_IPV4 => Ipv4Addr::from_bits(client.read_u32().await?).to_string(),
        ADDRESS_IPV6 => Ipv6Addr::from_bits(client.read_u128().await?).to_string(),
        ADDRESS_NAME => String::from_utf8_lossy(&read_counted(client).await?).into_owned(),
        _ => return Ok(None),
    };
    let host = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .to_owned();
    Ok(Some((host, client.read_u16().await?)))
}

/// As many bytes as the first one says.
async fn read_counted(client: &mut TcpStream) -> io::Result<Vec<u8>> {
    let length = client.read_u8().await?;
    let mut bytes = vec![0; usize::from(length)];
    client.read_exact(&mut bytes).await?;
    Ok(bytes)
}

async fn answer(client: &mut TcpStream, code: u8) -> io::Result<()> {
    let reply = [VERSION, code, 0, ADDRESS_IPV4, 0, 0, 0, 0, 0, 0];
    client.write_all(&reply).await
}
