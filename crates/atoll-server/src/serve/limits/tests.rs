//! Clients that are silent, on a real socket and with short limits.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::{get, post};
use bytes::Bytes;
use futures_util::stream;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::ConnectionLimits;
use crate::serve::Listener;

/// The limit that a test is about, and how long one may take that it is not about.
const SHORT: Duration = Duration::from_millis(400);
const LONG: Duration = Duration::from_mins(10);

/// How long something that ends may take to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// What opens a connection of HTTP/2: the preface and settings that give an answer no room at all.
const H2_WITHOUT_ROOM: &[u8] =
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x04\x00\x00\x00\x00";
/// `GET /endless` on the first stream.
const H2_GET_ENDLESS: &[u8] =
    b"\x00\x00\x0f\x01\x05\x00\x00\x00\x01\x82\x86\x04\x08/endless\x41\x01a";

fn no_limits() -> ConnectionLimits {
    ConnectionLimits {
        header_read: LONG,
        body_idle: LONG,
        write_stall: LONG,
        keep_alive_idle: LONG,
        h2_ping_interval: LONG,
        h2_ping_timeout: LONG,
    }
}

/// A server that takes bodies at `/`, and at `/endless` sends one without an end.
struct Served {
    address: SocketAddr,
    /// How many endless bodies are being sent.
    sending: Arc<AtomicUsize>,
    _stop: DropGuard,
}

/// An endless body, until it is given up.
struct Sending(Arc<AtomicUsize>);

impl Sending {
    fn begin(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(count))
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Served {
    fn start(limits: ConnectionLimits) -> Self {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = Listener::bind(address).unwrap().with_limits(limits);
        let address = listener.address();
        let sending = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&sending);
        let send = move || {
            let chunk = Bytes::from(vec![7; 64 * 1024]);
            let chunks = stream::unfold(Sending::begin(&count), move |sending| {
                let chunk = chunk.clone();
                async move { Some((Ok::<_, std::io::Error>(chunk), sending)) }
            });
            std::future::ready(Body::from_stream(chunks))
        };
        let routes = Router::new()
            .route("/", post(async |body: Bytes| body.len().to_string()))
            .route("/endless", get(send));
        let stop = CancellationToken::new();
        tokio::spawn(serve(listener, routes, stop.clone()));
        Self {
            address,
            sending,
            _stop: stop.drop_guard(),
        }
    }

    async fn connect(&self, first: &[u8]) -> TcpStream {
        let mut client = TcpStream::connect(self.address).await.unwrap();
        client.write_all(first).await.unwrap();
        client
    }

    fn sending(&self) -> usize {
        self.sending.load(Ordering::SeqCst)
    }

    async fn sends(&self, count: usize) {
        let reached = async {
            while self.sending() != count {
                sleep(Duration::from_millis(10)).await;
            }
        };
        let reached = timeout(PATIENCE, reached).await;
        assert!(reached.is_ok(), "{} instead of {count}", self.sending());
    }
}

async fn serve(listener: Listener, routes: Router, stop: CancellationToken) {
    listener.serve(routes, None, stop).await.unwrap();
}

/// What arrives until the connection ends, which it must.
async fn rest(mut client: TcpStream) -> String {
    let mut received = Vec::new();
    let read = timeout(PATIENCE, client.read_to_end(&mut received)).await;
    // A reset is an end too.
    let _ = read.expect("the connection should have ended");
    String::from_utf8_lossy(&received).into_owned()
}

#[tokio::test]
async fn a_client_that_sends_no_more_of_its_body_is_told_so() {
    let served = Served::start(ConnectionLimits {
        body_idle: SHORT,
        ..no_limits()
    });
    let head = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n012";
    let answer = rest(served.connect(head).await).await.to_lowercase();
    assert!(answer.starts_with("http/1.1 408 "), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
}

#[tokio::test]
async fn a_body_may_take_longer_than_the_limit_while_it_moves() {
    let served = Served::start(ConnectionLimits {
        body_idle: SHORT,
        ..no_limits()
    });
    let head = b"POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 10\r\n\r\n";
    let mut client = served.connect(head).await;
    for _ in 0..10 {
        sleep(SHORT / 4).await;
        client.write_all(b"x").await.unwrap();
    }
    let answer = rest(client).await;
    assert!(
        answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("10"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_cut_off_and_a_slow_one_is_not() {
    let served = Served::start(ConnectionLimits {
        write_stall: SHORT,
        ..no_limits()
    });
    let request = b"GET /endless HTTP/1.1\r\nhost: a\r\n\r\n";
    let mut slow = served.connect(request).await;
    let deaf = served.connect(request).await;
    served.sends(2).await;
    let reading = async {
        let mut buffer = vec![0; 512 * 1024];
        loop {
            let read = slow.read_exact(&mut buffer).await;
            assert!(read.is_ok(), "a slow client was cut off: {read:?}");
            sleep(SHORT / 4).await;
        }
    };
    tokio::select! {
        () = reading => {}
        () = served.sends(1) => {}
    }
    // The slow one goes on for as long again.
    for _ in 0..8 {
        let mut buffer = vec![0; 512 * 1024];
        slow.read_exact(&mut buffer).await.unwrap();
        sleep(SHORT / 4).await;
    }
    assert_eq!(served.sending(), 1);
    drop(deaf);
}

#[tokio::test]
async fn a_client_of_http2_that_gives_an_answer_no_room_is_cut_off() {
    let served = Served::start(ConnectionLimits {
        write_stall: SHORT,
        ..no_limits()
    });
    let first = [H2_WITHOUT_ROOM, H2_GET_ENDLESS].concat();
    let client = served.connect(&first).await;
    served.sends(1).await;
    let _ = rest(client).await;
    served.sends(0).await;
}

#[tokio::test]
async fn a_client_of_http2_that_answers_no_ping_is_cut_off() {
    let served = Served::start(ConnectionLimits {
        h2_ping_interval: SHORT,
        h2_ping_timeout: SHORT,
        ..no_limits()
    });
    let first = [H2_WITHOUT_ROOM, H2_GET_ENDLESS].concat();
    let client = served.connect(&first).await;
    served.sends(1).await;
    let _ = rest(client).await;
    served.sends(0).await;
}

#[tokio::test]
async fn a_connection_without_a_request_is_closed() {
    let served = Served::start(ConnectionLimits {
        keep_alive_idle: SHORT,
        ..no_limits()
    });
    let asked = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\n\r\nx";
    // Nothing at all, half a preface, an idle connection of each version.
    for first in [&b""[..], b"PRI * HT", H2_WITHOUT_ROOM, asked] {
        let received = rest(served.connect(first).await).await;
        assert_eq!(received.starts_with("HTTP/1.1 200 "), first == asked);
    }
}
