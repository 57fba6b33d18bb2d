//! Many requests over a few connections, in one thread.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use futures_util::future::try_join_all;

use crate::http1::{Connection, Keep, request};
use crate::sample::Done;

/// A request that is made over and over.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    method: &'static str,
    path: String,
    authorization: Option<String>,
}

impl Ask {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self {
            method: "GET",
            path: path.into(),
            authorization: None,
        }
    }

    pub(crate) fn head(path: impl Into<String>) -> Self {
        Self {
            method: "HEAD",
            ..Self::get(path)
        }
    }

    /// With an `Authorization` header.
    #[must_use]
    pub(crate) fn by(mut self, authorization: Option<&str>) -> Self {
        self.authorization = authorization.map(str::to_owned);
        self
    }
}

struct Ready {
    head: Vec<u8>,
    is_head: bool,
    path: String,
}

/// Makes requests in turn until the time is up. Each connection starts at another place in the list.
pub(crate) async fn load(
    address: SocketAddr,
    asks: &[Ask],
    connections: usize,
    length: Duration,
) -> Result<Done> {
    let asks: Vec<Ready> = asks.iter().map(|ask| ready(ask, address)).collect();
    let end = Instant::now() + length;
    let start_of = |index: usize| index * asks.len() / connections;
    let clients = (0..connections).map(|index| client(address, &asks, start_of(index), end));
    let mut latencies = Vec::new();
    let (mut bytes, mut requests) = (0, 0);
    for (client_bytes, client_latencies) in try_join_all(clients).await? {
        bytes += client_bytes;
        requests += client_latencies.len() as u64;
        latencies.extend(client_latencies);
    }
    Ok(Done {
        bytes,
        requests,
        p99_millis: p99(&mut latencies),
    })
}

fn ready(ask: &Ask, address: SocketAddr) -> Ready {
    let head = request(
        ask.method,
        &ask.path,
        &address.to_string(),
        ask.authorization.as_deref(),
        None,
    );
    Ready {
        head: head.into_bytes(),
        is_head: ask.method == "HEAD",
        path: ask.path.clone(),
    }
}

async fn client(
    address: SocketAddr,
    asks: &[Ready],
    start: usize,
    end: Instant,
) -> Result<(u64, Vec<f32>)> {
    let mut connection = Connection::open(address).await?;
    let mut latencies = Vec::new();
    let mut bytes = 0;
    for ask in asks.iter().cycle().skip(start) {
        let started = Instant::now();
        if started >= end {
            break;
        }
        let answer = connection
            .exchange(&ask.head, &[], ask.is_head, Keep::Nothing)
            .await;
        let answer = answer.with_context(|| format!("request for {}", ask.path))?;
        ensure!(
            answer.status == 200,
            "{} was answered with {}",
            ask.path,
            answer.status
        );
        latencies.push(started.elapsed().as_secs_f32());
        bytes += answer.bytes;
    }
    Ok((bytes, latencies))
}

/// What one request in a hundred exceeds, in milliseconds.
pub(crate) fn p99(latencies: &mut [f32]) -> f64 {
    latencies.sort_by(f32::total_cmp);
    let at = latencies.len().saturating_sub(1) * 99 / 100;
    latencies
        .get(at)
        .map_or(f64::NAN, |seconds| f64::from(*seconds) * 1000.0)
}
