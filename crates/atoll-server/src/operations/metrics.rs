//! Prometheus metrics, on a port of their own.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

/// Bounds of the time until a response's head, in seconds.
const LATENCY_BOUNDS: [f64; 11] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0,
];

/// How often samples are folded, in seconds; without it they would pile up while nobody asks.
const UPKEEP_SECS: u64 = 5;

/// Metrics can't be recorded.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// The recorder can't be made.
    #[error("failed to set up metrics")]
    Build(#[from] BuildError),
    /// Another recorder is there.
    #[error("metrics are recorded by somebody else in this process")]
    Installed,
}

/// The process's metrics.
#[derive(Clone)]
pub struct Metrics {
    handle: PrometheusHandle,
}

impl Metrics {
    /// Starts recording; once for each process.
    pub fn install() -> Result<Self, MetricsError> {
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(
                Matcher::Full("atoll_http_request_seconds".to_owned()),
                &LATENCY_BOUNDS,
            )?
            .build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).map_err(|_| MetricsError::Installed)?;
        describe();
        Ok(Self { handle })
    }

    /// Folds samples from time to time, as long as the process runs.
    pub async fn keep_up(self) {
        let mut ticks = tokio::time::interval(Duration::from_secs(UPKEEP_SECS));
        loop {
            ticks.tick().await;
            self.handle.run_upkeep();
        }
    }

    /// Serves `GET /metrics`.
    pub fn router(self) -> Router {
        Router::new()
            .route("/metrics", get(render))
            .with_state(self)
    }
}

async fn render(State(metrics): State<Metrics>) -> String {
    metrics.handle.render()
}

/// What each metric means; docs/metrics.md lists the same.
fn describe() {
    metrics::describe_counter!(
        "atoll_http_requests_total",
        "Requests, by method, route and status."
    );
    metrics::describe_histogram!(
        "atoll_http_request_seconds",
        "Seconds until the head of the response, by route."
    );
    metrics::describe_gauge!(
        "atoll_http_requests_running",
        "Requests whose response's head is not sent yet."
    );
    metrics::describe_counter!(
        "atoll_foreign_credentials_total",
        "Requests with a credential that is none of ours."
    );
    metrics::describe_counter!(
        "atoll_upstream_requests_total",
        "Requests to upstreams, by upstream and outcome."
    );
    metrics::describe_counter!(
        "atoll_mirror_requests_total",
        "Lists and versions asked of mirrors, by where the answer came from."
    );
    metrics::describe_counter!(
        "atoll_fill_bytes_total",
        "Bytes fetched from upstreams for packages."
    );
    metrics::describe_counter!(
        "atoll_new_signing_keys_total",
        "Signing keys seen for the first time in a namespace that had others."
    );
}
