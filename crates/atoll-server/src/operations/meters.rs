//! What is counted of requests. Each counter is looked up by its labels once and kept: the look-up costs more than the count.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use http::{Method, StatusCode};
use metrics::{Counter, Gauge, Histogram};

/// The meters of one server.
pub(crate) struct Meters {
    running: Gauge,
    routes: RwLock<HashMap<String, RouteMeters>>,
}

struct RouteMeters {
    seconds: Histogram,
    answers: HashMap<(&'static str, StatusCode), Counter>,
}

impl Meters {
    /// Meters of the process's recorder, which is there already if there is one at all.
    pub(crate) fn new() -> Self {
        Self {
            running: metrics::gauge!("atoll_http_requests_running"),
            routes: RwLock::default(),
        }
    }

    /// Counts a request as running until this is dropped.
    pub(crate) fn begin(&self) -> Running {
        self.running.increment(1.0);
        Running(self.running.clone())
    }

    /// Counts an answer. A route is a template, or a word where there was none.
    pub(crate) fn answered(&self, method: &Method, route: &str, status: StatusCode, seconds: f64) {
        let answer = (method_label(method), status);
        if !self.count_known(answer, route, seconds) {
            self.learn(answer, route);
            self.count_known(answer, route, seconds);
        }
    }

    fn count_known(&self, answer: (&'static str, StatusCode), route: &str, seconds: f64) -> bool {
        let routes = self.routes.read().unwrap_or_else(PoisonError::into_inner);
        let Some(meters) = routes.get(route) else {
            return false;
        };
        let Some(counter) = meters.answers.get(&answer) else {
            return false;
        };
        counter.increment(1);
        meters.seconds.record(seconds);
        true
    }

    fn learn(&self, (method, status): (&'static str, StatusCode), route: &str) {
        let counter = metrics::counter!(
            "atoll_http_requests_total",
            "method" => method,
            "route" => route.to_owned(),
            "status" => status.as_str().to_owned()
        );
        let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
        let meters = routes.entry(route.to_owned()).or_insert_with(|| RouteMeters {
            seconds: metrics::histogram!("atoll_http_request_seconds", "route" => route.to_owned()),
            answers: HashMap::new(),
        });
        meters.answers.insert((method, status), counter);
    }
}

/// A request whose response's head is not sent yet. A client that hangs up drops the work on it wherever it is, so the count goes
/// down when this is dropped and not at a line that may never be reached.
pub(crate) struct Running(Gauge);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.decrement(1.0);
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
