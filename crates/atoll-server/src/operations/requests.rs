//! One line of log and one sample for each request.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue, Method};
use tracing::Instrument as _;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken over from a proxy, in bytes.
const REQUEST_ID_BYTES_MAX: usize = 64;

/// Middleware: gives the request an id, and writes down what became of it.
pub(crate) async fn observe(
    State(ids): State<Arc<RequestIds>>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let id = request_id(&request, &ids);
    let method = request.method().clone();
    let path = shown_path(request.uri().path());
    let span = tracing::info_span!("request", request.id = %id);
    let running = Running::begin();
    let mut response = next.run(request).instrument(span.clone()).await;
    drop(running);
    let seconds = started.elapsed().as_secs_f64();
    let route = response.extensions_mut().remove::<MatchedPath>();
    let route = route
        .as_ref()
        .map_or("none", MatchedPath::as_str)
        .to_owned();
    let status = response.status();
    metrics::counter!("atoll_http_requests_total", "method" => method_label(&method), "route" => route.clone(), "status" => status.as_str().to_owned())
        .increment(1);
    metrics::histogram!("atoll_http_request_seconds", "route" => route).record(seconds);
    let cache = response
        .headers()
        .get(crate::http::CACHE_STATUS)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    span.in_scope(|| {
        tracing::info!(
            http.method = method.as_str(),
            http.path = path,
            http.status = status.as_u16(),
            http.seconds = seconds,
            cache,
            "answered"
        );
    });
    if let Ok(value) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// A request whose response's head is not sent yet. A client that hangs up drops the work on it wherever it is, so the count goes
/// down when this is dropped and not at a line that may never be reached.
struct Running;

impl Running {
    fn begin() -> Self {
        metrics::gauge!("atoll_http_requests_running").increment(1.0);
        Self
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        metrics::gauge!("atoll_http_requests_running").decrement(1.0);
    }
}

/// A method as it may be a label: clients can invent methods, and every label is a series that is kept for good.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

/// Middleware of each route: lets [`observe`] know which one it was.
pub(crate) async fn remember_route(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    response
}

/// The client's or a proxy's id where it is a plain one, else a new one.
fn request_id(request: &Request, ids: &RequestIds) -> String {
    let given = request
        .headers()
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok());
    let plain = |text: &&str| {
        !text.is_empty()
            && text.len() <= REQUEST_ID_BYTES_MAX
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    given
        .filter(plain)
        .map_or_else(|| ids.next(), str::to_owned)
}

/// Ids that no other request has, of this server or another: asking the kernel for randomness each time costs as much as a small
/// answer.
#[derive(Debug)]
pub(crate) struct RequestIds {
    server: u64,
    next: AtomicU64,
    /// Odd, so that no two numbers have one product.
    factor: u64,
    mask: u64,
}

impl RequestIds {
    /// The ids of one server.
    pub(crate) fn random() -> Self {
        let (server, factor) = uuid::Uuid::new_v4().as_u64_pair();
        let (mask, _) = uuid::Uuid::new_v4().as_u64_pair();
        Self {
            server,
            next: AtomicU64::new(0),
            factor: factor | 1,
            mask,
        }
    }

    /// The next one. How many there were is not to be read off it.
    fn next(&self) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let number = number.wrapping_mul(self.factor) ^ self.mask;
        format!("{:016x}{number:016x}", self.server)
    }
}

/// A path as it may be logged: an address that is itself a right to read is cut short.
fn shown_path(path: &str) -> String {
    if let Some(rest) = path.strip_prefix("/files/") {
        return format!(
            "/files/…/{}",
            rest.split_once('/').map_or("", |(_, name)| name)
        );
    }
    match path.rsplit_once("/blobs/uploads/") {
        Some((name, _)) => format!("{name}/blobs/uploads/…"),
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use axum::body::Body;
    use axum::routing::any;
    use axum::{Router, middleware};
    use metrics_exporter_prometheus::PrometheusBuilder;
    use tower::ServiceExt as _;

    use super::*;

    fn ids() -> Arc<RequestIds> {
        Arc::new(RequestIds::random())
    }

    fn request(method: &str) -> Request {
        let request = Request::builder().method(method).uri("/");
        request.body(Body::empty()).unwrap()
    }

    #[test]
    fn ids_are_of_one_request_of_one_server_and_do_not_count() {
        let servers = [RequestIds::random(), RequestIds::random()];
        let ids = servers.each_ref().map(|ids| [ids.next(), ids.next()]);
        let distinct: std::collections::BTreeSet<&String> = ids.iter().flatten().collect();
        assert_eq!(distinct.len(), 4, "{ids:?}");
        let servers = ids.each_ref().map(|[first, _]| first.get(..16));
        assert_ne!(servers[0], servers[1]);
        let number = |id: &String| u64::from_str_radix(id.get(16..).unwrap(), 16).unwrap();
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
        let routes = Router::new()
            .route("/", any("here"))
            .layer(middleware::from_fn_with_state(ids(), observe));
        metrics::with_local_recorder(&recorder, || {
            for method in ["GET", "BREW", "WHEN", "PROPFIND", "get"] {
                let asked = pin!(routes.clone().oneshot(request(method)));
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
        let routes = Router::new()
            .route("/", any(std::future::pending::<&str>))
            .layer(middleware::from_fn_with_state(ids(), observe));
        let running = |count: &str| {
            let text = recorder.handle().render();
            let line = format!("atoll_http_requests_running {count}");
            assert!(text.lines().any(|found| found == line), "{text}");
        };
        metrics::with_local_recorder(&recorder, || {
            {
                let asked = pin!(routes.oneshot(request("GET")));
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
