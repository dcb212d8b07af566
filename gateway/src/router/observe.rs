//! The outermost layer: gives a request its id and span, counts and times it, and writes the body of every error.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, STRICT_TRANSPORT_SECURITY, VARY};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use domain::{EventId, Stopwatch};
use futures::FutureExt as _;
use tracing::Instrument as _;

use crate::router::plain::Plain;
use crate::web::app::App;
use crate::web::class::Class;
use crate::web::coding::Accepted;
use crate::web::door::Door;
use crate::web::error::{ApiError, Code};
use crate::web::extract::json_bytes;
use crate::web::policy::SURROGATE_KEY;
use crate::web::renewal::Renewal;
use crate::web::requests::{REQUEST_ID, RequestId, Running};
use crate::web::routes::RouteTable;
use crate::web::unbroken::Unbroken;
use crate::web::wire::Unfit;
use crate::web::{client, coding, order_key, partner, policy, trial};

/// Under this, another published interface is served, whose errors have a form of their own.
const FACADE: &str = "/api/v1/";

/// The route of what the router did not find.
const NO_ROUTE: &str = "(none)";

/// What pages may load: only what we serve. Styles may stand in attributes, scripts may not.
const PAGE_POLICY: &str = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; \
                           base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// For a year, browsers that were here by https come by nothing else.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// What the layer around all routes knows.
#[derive(Clone)]
pub struct Observer {
    pub app: App,
    pub plain: Arc<Plain>,
    pub table: Arc<RouteTable>,
}

/// Middleware: everything that belongs to every request.
pub async fn observe(State(observer): State<Observer>, mut request: Request, next: Next) -> Response {
    let (watch, app) = (Stopwatch::start(), &observer.app);
    let id = request_id(app, request.headers());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    let method = request.method().clone();
    // at debug, since a span costs every request and only failures are logged at info: those name their request themselves
    let span = tracing::debug_span!("request", id = &*id.0, %method, route);
    let _running = Running::begin(&app.requests);
    request.extensions_mut().insert(id.clone());
    let renewal = Renewal::default();
    request.extensions_mut().insert(renewal.clone());
    come_from_its_client(app, &mut request);
    let response = answer(&observer, route, request, next).instrument(span.clone()).await;
    let mut response = span.in_scope(|| finish(response, &id, &method, route));
    renewal.write(response.headers_mut());
    if app.config.is_https() {
        response.headers_mut().insert(STRICT_TRANSPORT_SECURITY, HSTS);
    }
    app.requests.count(&method, route, response.status().as_u16(), watch.seconds());
    response
}

/// What another node passed on comes from whom that node saw: the last hop that it names, as it showed the secret of nodes.
fn come_from_its_client(app: &App, request: &mut Request) {
    if app.is_passed_on(request.headers())
        && let Some(client) = client::take_last_hop(request.headers_mut())
    {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(client, 0)));
    }
}

/// Limits, then the handler: whatever comes of it says in its headers how much is left.
async fn answer(Observer { app, plain, table }: &Observer, route: &str, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let class = table.class_of(request.method(), route, request.uri().path());
    let allowed = match app.limits.check(class, peer, request.headers()) {
        Ok(allowed) => allowed,
        Err(refused) => return into_response(refused),
    };
    let keyed = order_key::is_shown(request.uri());
    if let Err(refused) = if keyed { app.limits.check(Class::Links, peer, request.headers()) } else { Ok(None) } {
        return into_response(refused);
    }
    let mut response = match fit(app, class, &request).and_then(|()| plain.check(request.method(), route, request.uri())) {
        Ok(()) => {
            let longest = table.longest_body(route, app.config.body_limit_bytes);
            in_time(app, (class, longest), request, next).await
        }
        Err(refused) => into_response(refused),
    };
    if let Some(allowed) = allowed {
        allowed.write(response.headers_mut());
    }
    if keyed {
        order_key::keep_secret(response.headers_mut());
    }
    response
}

/// Refuses what is wrong whatever the route, and what is not answered at the door by which it came.
fn fit(app: &App, class: Class, request: &Request) -> Result<(), ApiError> {
    if let Some(Unfit(error)) = request.extensions().get() {
        return Err(error.clone());
    }
    let door = request.extensions().get::<Door>().copied().unwrap_or(Door::Main);
    door.admit(class, app.config.admin_listen.is_some())
}

/// The handler's answer, or what is said when it takes too long or panics.
async fn in_time(app: &App, (class, longest): (Class, usize), request: Request, next: Next) -> Response {
    let handled = async {
        // what another node passed on was counted there
        let counted = match app.is_passed_on(request.headers()) {
            true => Ok(()),
            false => partner::count(app, class, request.headers()).await,
        };
        match counted {
            Ok(()) => handle(app, longest, request, next).await,
            Err(spent) => Ok(into_response(spent)),
        }
    };
    match tokio::time::timeout(app.config.request_timeout, handled).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => into_response(ApiError::fault(format!("panic: {}", panic_text(&*panic)))),
        Err(_) => into_response(ApiError::new(Code::Timeout).retry_after(1)),
    }
}

/// Runs the handler. What writes runs to its end even if the caller hangs up or the time is over: a future dropped while it begins a
/// transaction would give its connection back inside that transaction.
async fn handle(app: &App, longest: usize, request: Request, next: Next) -> std::thread::Result<Response> {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let answering = trial::scope(app.config.sandbox, finished(longest, request, next));
    let answering = Box::pin(AssertUnwindSafe(answering).catch_unwind());
    if reads { answering.await } else { Unbroken::new(answering).await }
}

/// The handler's answer with its cache headers, compressed if that is wanted.
async fn finished(limit: usize, mut request: Request, next: Next) -> Response {
    DefaultBodyLimit::max(limit).apply(&mut request);
    let (asked, accepted) = (policy::Preconditions::of(&request), Accepted::of(request.headers()));
    let response = policy::finish(asked, next.run(request).await).await;
    coding::code(accepted, response).await
}

fn into_response(error: ApiError) -> Response {
    axum::response::IntoResponse::into_response(error)
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

/// The caller's id if it is 1 to 128 letters, digits, `-`, `_` or `.`; otherwise a new UUIDv7.
pub(crate) fn request_id(app: &App, headers: &HeaderMap) -> RequestId {
    let sane = |text: &&str| {
        (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    match headers.get(&REQUEST_ID).and_then(|value| value.to_str().ok()).filter(sane) {
        Some(text) => RequestId(text.into()),
        None => RequestId(EventId::at(app.clock.now()).to_string().into()),
    }
}

/// Writes error bodies and the headers of every answer.
fn finish(mut response: Response, id: &RequestId, method: &Method, route: &str) -> Response {
    if response.status().is_client_error() || response.status().is_server_error() {
        response = write_problem(response, id, method, route);
    }
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::try_from(&*id.0) {
        headers.insert(REQUEST_ID.clone(), value);
    }
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    if *method == Method::GET || *method == Method::HEAD {
        headers.entry(&SURROGATE_KEY).or_insert_with(|| surrogate_key(route));
    }
    if headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html")) {
        write_page_headers(headers);
    }
    response
}

/// The tag of an answer that names no thing of its own: the last word of its route, so that an edge can forget all of a kind.
fn surrogate_key(route: &str) -> HeaderValue {
    let word = route.rsplit('/').find(|word| !word.is_empty() && !word.starts_with('{')).unwrap_or("home");
    let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    HeaderValue::try_from(if plain { word } else { "none" }).unwrap_or(HeaderValue::from_static("none"))
}

fn write_page_headers(headers: &mut HeaderMap) {
    headers.entry("content-security-policy").or_insert(HeaderValue::from_static(PAGE_POLICY));
    headers.entry("referrer-policy").or_insert(HeaderValue::from_static("same-origin"));
    headers.insert("x-frame-options", HeaderValue::from_static("DENY"));
}

/// The problem document of an error; what is a problem or a page already stays.
fn write_problem(response: Response, id: &RequestId, method: &Method, route: &str) -> Response {
    let (mut parts, body) = response.into_parts();
    let error = match parts.extensions.remove::<ApiError>() {
        Some(error) => error,
        None if is_finished(&parts.headers) => return Response::from_parts(parts, body),
        None => ApiError::new(Code::of_status(parts.status)),
    };
    if parts.status.is_server_error() {
        log_fault(&error, id, method, route);
    } else {
        tracing::debug!(%error, "refused");
    }
    if is_finished(&parts.headers) {
        return Response::from_parts(parts, body);
    }
    let facade = route.starts_with(FACADE);
    let bytes = if facade { json_bytes(&error.short(&id.0)) } else { json_bytes(&error.problem(&id.0)) }.unwrap_or_default();
    let kind = if facade { "application/json" } else { "application/problem+json" };
    for name in [CONTENT_LENGTH, ETAG, VARY] {
        parts.headers.remove(name);
    }
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    parts.headers.entry("cache-control").or_insert(HeaderValue::from_static("no-store"));
    Response::from_parts(parts, Body::from(bytes))
}

fn is_finished(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    kind.starts_with(b"application/problem+json") || kind.starts_with(b"application/json") || kind.starts_with(b"text/html")
}

/// Logs a failure of ours once, with everything that led to it.
fn log_fault(error: &ApiError, id: &RequestId, method: &Method, route: &str) {
    let mut causes = Vec::new();
    let mut cause = error.source().map(|source| source as &dyn std::error::Error);
    while let Some(source) = cause {
        causes.push(source.to_string());
        cause = source.source();
    }
    tracing::error!(id = &*id.0, %method, route, code = error.code().as_str(), causes = causes.join(": "), "{}", error);
}
