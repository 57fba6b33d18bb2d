//! One line of log and one sample for each request.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use http::{HeaderName, HeaderValue};
use uuid::Uuid;
use uuid::fmt::Simple;

use super::meters::Meters;

/// The target of the lines that there is one of for each request.
pub const REQUEST_LINES: &str = "atoll::request";

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken over from a proxy, in bytes.
const REQUEST_ID_BYTES_MAX: usize = 64;

tokio::task_local! {
    /// The id of the request that a task works on. A span would say the same, and costs a hundred times as much.
    static CURRENT: Arc<str>;
}

/// The id of the request that this task works on, for lines of the log.
pub fn current_request_id() -> Option<Arc<str>> {
    CURRENT.try_with(Arc::clone).ok()
}

/// Names requests and counts them.
pub(crate) struct Requests {
    ids: RequestIds,
    meters: Meters,
}

impl Requests {
    /// Those of one server.
    pub(crate) fn new() -> Self {
        Self {
            ids: RequestIds::random(),
            meters: Meters::new(),
        }
    }

    /// Gives the request an id, has it answered, and writes down what became of it.
    pub(crate) async fn observe<F: Future<Output = Response>>(
        &self,
        request: Request,
        answer: impl FnOnce(Request) -> F,
    ) -> Response {
        let started = Instant::now();
        let id = request_id(&request, &self.ids);
        let route = request.extensions().get::<MatchedPath>().cloned();
        let method = request.method().clone();
        let uri = request.uri().clone();
        let running = self.meters.begin();
        let mut response = CURRENT.scope(Arc::clone(&id), answer(request)).await;
        drop(running);
        let seconds = started.elapsed().as_secs_f64();
        let (route, status) = (route.as_ref(), response.status());
        let route = route.map_or("none", MatchedPath::as_str);
        self.meters.answered(&method, route, status, seconds);
        let cache = response.headers().get(crate::http::CACHE_STATUS);
        let cache = cache.and_then(|value| value.to_str().ok());
        tracing::info!(
            target: REQUEST_LINES,
            {
                request.id = %id,
                http.method = method.as_str(),
                http.path = shown_path(uri.path()).as_ref(),
                http.status = status.as_u16(),
                http.seconds = seconds,
                cache = cache.unwrap_or_default(),
            },
            "answered"
        );
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        response
    }
}

/// The client's or a proxy's id where it is a plain one, else a new one.
fn request_id(request: &Request, ids: &RequestIds) -> Arc<str> {
    let given = request
        .headers()
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok());
    let plain = |text: &&str| {
        !text.is_empty()
            && text.len() <= REQUEST_ID_BYTES_MAX
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    given.filter(plain).map_or_else(|| ids.next(), Arc::from)
}

/// Ids that no other request has, of this server or another: asking the kernel for randomness each time costs as much as a small
/// answer.
struct RequestIds {
    server: u64,
    next: AtomicU64,
    /// Odd, so that no two numbers have one product.
    factor: u64,
    mask: u64,
}

impl RequestIds {
    /// The ids of one server.
    fn random() -> Self {
        let (server, factor) = Uuid::new_v4().as_u64_pair();
        let (mask, _) = Uuid::new_v4().as_u64_pair();
        Self {
            server,
            next: AtomicU64::new(0),
            factor: factor | 1,
            mask,
        }
    }

    /// The next one. How many there were is not to be read off it.
    fn next(&self) -> Arc<str> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let number = number.wrapping_mul(self.factor) ^ self.mask;
        let id = Uuid::from_u64_pair(self.server, number).simple();
        Arc::from(&*id.encode_lower(&mut [0; Simple::LENGTH]))
    }
}

/// A path as it may be logged: an address that is itself a right to read is cut short.
fn shown_path(path: &str) -> Cow<'_, str> {
    if let Some(rest) = path.strip_prefix("/files/") {
        let name = rest.split_once('/').map_or("", |(_, name)| name);
        return Cow::Owned(format!("/files/…/{name}"));
    }
    match path.rsplit_once("/blobs/uploads/") {
        Some((name, _)) => Cow::Owned(format!("{name}/blobs/uploads/…")),
        None => Cow::Borrowed(path),
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use axum::body::Body;
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    fn request(method: &str) -> Request {
        let request = Request::builder().method(method).uri("/");
        request.body(Body::empty()).unwrap()
    }

    #[test]
    fn ids_are_of_one_request_of_one_server_and_do_not_count() {
        let servers = [RequestIds::random(), RequestIds::random()];
        let ids = servers.each_ref().map(|ids| [ids.next(), ids.next()]);
        let distinct: std::collections::BTreeSet<&Arc<str>> = ids.iter().flatten().collect();
        assert_eq!(distinct.len(), 4, "{ids:?}");
        let servers = ids.each_ref().map(|[first, _]| first.get(..16));
        assert_ne!(servers[0], servers[1]);
        let number = |id: &str| u64::from_str_radix(id.get(16..).unwrap(), 16).unwrap();
        for [first, second] in &ids {
            assert_eq!(first.len(), 32);
            assert!(number(first).abs_diff(number(second)) > 1, "{ids:?}");
        }
    }

    #[test]
    fn rights_in_paths_are_not_logged() {
        assert_eq!(shown_path("/files/secret/x.zip"), "/files/…/x.zip");
        assert_eq!(
            shown_path("/v2/a%2Fb/blobs/uploads/secret"),
            "/v2/a%2Fb/blobs/uploads/…"
        );
        assert_eq!(shown_path("/v2/a/tags/list"), "/v2/a/tags/list");
    }

    #[test]
    fn methods_that_clients_invent_are_one_series() {
        let recorder = PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            let requests = Requests::new();
            for method in ["GET", "BREW", "WHEN", "PROPFIND", "get"] {
                let asked = pin!(
                    requests.observe(request(method), |_| { ready(Response::new(Body::empty())) })
                );
                assert!(polled(asked).is_ready(), "{method}");
            }
        });
        let text = recorder.handle().render();
        let series: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("atoll_http_requests_total{"))
            .collect();
        assert_eq!(series.len(), 2, "{text}");
        assert!(text.contains("method=\"OTHER\""), "{text}");
    }

    #[test]
    fn a_client_that_hangs_up_does_not_run_for_ever() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let running = |count: &str| {
            let text = recorder.handle().render();
            let line = format!("atoll_http_requests_running {count}");
            assert!(text.lines().any(|found| found == line), "{text}");
        };
        metrics::with_local_recorder(&recorder, || {
            let requests = Requests::new();
            {
                let asked = pin!(requests.observe(request("GET"), |_| pending()));
                assert!(polled(asked).is_pending());
                running("1");
            }
            running("0");
        });
    }

    fn polled<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }
}
