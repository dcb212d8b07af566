//! The metrics of requests, and the id by which one is found in the log.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use axum::http::{HeaderName, Method};
use metrics::{Counter, Gauge, Histogram};

pub(crate) static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id by which a request is found in the log.
#[derive(Debug, Clone)]
pub struct RequestId(pub Arc<str>);

/// By method, route and status.
type Seen = HashMap<Method, HashMap<String, HashMap<u16, Meters>>>;

/// The metrics of requests: handles are kept, so that a request costs a look-up and no string.
pub struct Requests {
    seen: RwLock<Seen>,
    in_flight: Gauge,
}

#[derive(Clone)]
struct Meters {
    total: Counter,
    seconds: Histogram,
}

impl Default for Requests {
    fn default() -> Self {
        Self { seen: RwLock::default(), in_flight: metrics::gauge!("http_requests_in_flight") }
    }
}

impl Requests {
    pub(crate) fn count(&self, method: &Method, route: &str, status: u16, seconds: f64) {
        let known = {
            let seen = self.seen.read().unwrap_or_else(PoisonError::into_inner);
            seen.get(method).and_then(|routes| routes.get(route)?.get(&status).cloned())
        };
        let meters = known.unwrap_or_else(|| self.learn(method, route, status));
        meters.total.increment(1);
        meters.seconds.record(seconds);
    }

    /// As many as there are methods × routes × statuses; made-up methods share one name.
    fn learn(&self, method: &Method, route: &str, status: u16) -> Meters {
        let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
        let label = known.into_iter().find(|name| *name == method.as_str()).unwrap_or("OTHER");
        let meters = Meters {
            total: metrics::counter!("http_requests_total", "method" => label, "route" => route.to_owned(), "status" => status.to_string()),
            seconds: metrics::histogram!("http_request_duration_seconds", "method" => label, "route" => route.to_owned()),
        };
        if label != "OTHER" {
            let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
            seen.entry(method.clone()).or_default().entry(route.to_owned()).or_default().insert(status, meters.clone());
        }
        meters
    }
}

/// Counts a request as running until it is dropped, also when its client goes away.
pub struct Running<'a>(&'a Gauge);

impl<'a> Running<'a> {
    pub fn begin(requests: &'a Requests) -> Self {
        requests.in_flight.increment(1.0);
        Self(&requests.in_flight)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}
