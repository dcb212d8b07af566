//! In front of the router: a public answer that was given before to the same URL, in the same state of the index, goes out as the
//! bytes it was then, compressed or not, before any route is looked for.
//!
//! A handler makes its answer keepable with [`Keepable`], naming the state it speaks of; search does once it is asked for again.
//! Nothing is purged: an answer of another state is never given, and makes room when the cache is full.

use std::convert::Infallible;
use std::future::Future;
use std::hash::{BuildHasher as _, RandomState};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::{ConnectInfo, Request};
use axum::http::header::{ACCEPT_ENCODING, CONTENT_LENGTH, IF_NONE_MATCH, TRANSFER_ENCODING};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use catalog::search::State;
use domain::Stopwatch;
use futures::future::{Either, Ready, ready};
use moka::sync::Cache;
use tower::Service;

use crate::app::App;
use crate::limits::Class;
use crate::observe::{self, REQUEST_ID, RequestId};
use crate::{policy, router};

/// The route of what is kept: the one whose answers depend on nothing but the URL, the coding and the state.
const ROUTE: &str = "/v1/search";
/// A longer answer is made anew each time.
const MAX_BODY: u64 = 1 << 20;
/// What an entry costs beyond its bytes.
const ENTRY_BYTES: usize = 1_000;
/// What belongs to one request, not to the answer.
const OF_ONE_REQUEST: [&str; 4] = ["x-request-id", "ratelimit", "ratelimit-policy", "date"];

/// Put among a response's extensions: it may be given again as long as the index is in this state.
#[derive(Debug, Clone, Copy)]
pub struct Keepable(pub State);

/// The kept answers of one server.
pub struct Kept {
    answers: Cache<u64, Arc<Answer>>,
    hasher: RandomState,
}

struct Answer {
    url: String,
    coding: Option<HeaderValue>,
    state: State,
    head: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn answers(&self, request: &Request) -> bool {
        Some(self.url.as_str()) == url(request) && self.coding.as_ref() == request.headers().get(ACCEPT_ENCODING)
    }

    fn weight(&self) -> u32 {
        u32::try_from(self.url.len() + self.body.len() + ENTRY_BYTES).unwrap_or(u32::MAX)
    }
}

impl Kept {
    /// Keeps at most so many bytes; the least used go first.
    pub fn new(bytes: u64) -> Self {
        let answers = Cache::builder().max_capacity(bytes).weigher(|_, answer: &Arc<Answer>| answer.weight()).build();
        Self { answers, hasher: RandomState::new() }
    }

    fn key(&self, request: &Request) -> u64 {
        self.hasher.hash_one((url(request), request.headers().get(ACCEPT_ENCODING)))
    }

    /// Finds what was answered to the same URL in the present state. Two URLs of one key are told apart.
    fn find(&self, app: &App, request: &Request) -> Option<Arc<Answer>> {
        let state = app.catalog.state()?;
        self.answers.get(&self.key(request)).filter(|answer| answer.state == state && answer.answers(request))
    }
}

fn url(request: &Request) -> Option<&str> {
    request.uri().path_and_query().map(|url| url.as_str())
}

/// Of several Accept-Encoding fields the key would see the first alone.
fn may_be_kept(request: &Request) -> bool {
    let codings = request.headers().get_all(ACCEPT_ENCODING).iter().count();
    *request.method() == Method::GET && request.uri().path() == ROUTE && codings <= 1
}

/// The router with the kept answers in front.
#[derive(Clone)]
pub struct Front<S> {
    app: App,
    inner: S,
}

/// The whole server as one service.
pub fn service(app: App) -> Front<Router> {
    Front { inner: router::router(app.clone()), app }
}

type Answered = Result<Response, Infallible>;

impl<S> Service<Request> for Front<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<S::Future, Either<Ready<Answered>, Pin<Box<dyn Future<Output = Answered> + Send>>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        if !may_be_kept(&request) {
            return Either::Left(self.inner.call(request));
        }
        if let Some(response) = again(&self.app, &request) {
            return Either::Right(Either::Left(ready(Ok(response))));
        }
        let app = self.app.clone();
        let (key, url, coding) =
            (app.kept.key(&request), url(&request).map(str::to_owned), request.headers().get(ACCEPT_ENCODING).cloned());
        let answering = self.inner.call(request);
        Either::Right(Either::Right(Box::pin(async move {
            let Ok(response) = answering.await;
            let Some(url) = url else { return Ok(response) };
            Ok(keep(&app, (key, url, coding), response).await)
        })))
    }
}

/// The kept answer as this request's own: counted, limited, with its id, and 304 to who has it.
fn again(app: &App, request: &Request) -> Option<Response> {
    let watch = Stopwatch::start();
    let answer = app.kept.find(app, request)?;
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    // who asks too often is told so by the layer that tells everyone
    let allowed = app.limits.check(Class::Search, peer, request.headers()).ok()?;
    let mut response = Response::new(Body::from(answer.body.clone()));
    *response.headers_mut() = answer.head.clone();
    let RequestId(id) = observe::request_id(app, request.headers());
    if let Ok(id) = HeaderValue::try_from(&*id) {
        response.headers_mut().insert(REQUEST_ID.clone(), id);
    }
    if let Some(allowed) = allowed {
        allowed.write(response.headers_mut());
    }
    let response = policy::not_modified(request.headers().get(IF_NONE_MATCH), response);
    app.catalog.given_again();
    app.requests.count(request.method(), ROUTE, response.status().as_u16(), watch.seconds());
    Some(response)
}

/// Keeps a whole answer that says it may be kept.
async fn keep(app: &App, (key, url, coding): (u64, String, Option<HeaderValue>), response: Response) -> Response {
    let Some(Keepable(state)) = response.extensions().get::<Keepable>().copied() else { return response };
    let short = response.body().size_hint().upper().is_none_or(|bytes| bytes <= MAX_BODY);
    if response.status() != StatusCode::OK || !short {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // what is compressed has no length before it is
    let body = match axum::body::to_bytes(body, 2 * MAX_BODY as usize).await {
        Ok(body) => body,
        Err(fault) => return axum::response::IntoResponse::into_response(crate::error::ApiError::fault(fault)),
    };
    parts.headers.remove(TRANSFER_ENCODING);
    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    let mut head = parts.headers.clone();
    for name in OF_ONE_REQUEST {
        head.remove(name);
    }
    app.kept.answers.insert(key, Arc::new(Answer { url, coding, state, head, body: body.clone() }));
    Response::from_parts(parts, Body::from(body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::Extension;
    use axum::response::IntoResponse as _;
    use catalog::search::EventAvailability;
    use sqlx::PgPool;

    /// An app with an index, over a router that counts how often it is asked.
    async fn front(pool: PgPool, home: &tempfile::TempDir, asked: &Arc<AtomicUsize>) -> Front<Router> {
        let app = App::for_testing(pool, home.path()).await.expect("an app");
        crate::commands::reindex::build(&app.pool, home.path(), crate::commands::reindex::FIRST).await.expect("an index");
        app.catalog.reload_if_changed().expect("a generation");
        let (counted, catalog) = (asked.clone(), app.catalog.clone());
        let answer = move || {
            let n = counted.fetch_add(1, Ordering::SeqCst);
            let state = catalog.state().expect("an index");
            async move { ([("etag", "\"tag\"")], Extension(Keepable(state)), format!("answer {n}")).into_response() }
        };
        let other = || async { Extension(Keepable(State { generation: 0, commit: 0, badges: 0, minute: 0 })) };
        let inner = Router::new().route(ROUTE, axum::routing::get(answer)).route("/v1/other", axum::routing::get(other));
        Front { app, inner }
    }

    async fn ask(
        front: &mut Front<Router>,
        method: Method,
        url: &str,
        headers: &[(&'static str, &'static str)],
    ) -> (u16, String) {
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let Ok(response) = front.call(request.body(Body::empty()).expect("a request")).await;
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), 1_000).await.expect("a body");
        (status, String::from_utf8(body.to_vec()).expect("text"))
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn an_answer_is_given_again_to_the_same_url_in_the_same_state_only(pool: PgPool) {
        let (home, asked) = (tempfile::tempdir().expect("a directory"), Arc::new(AtomicUsize::new(0)));
        let mut front = front(pool, &home, &asked).await;
        let one = "/v1/search?q=a";
        let first = ask(&mut front, Method::GET, one, &[]).await;
        assert_eq!(ask(&mut front, Method::GET, one, &[]).await, first);
        assert_eq!(ask(&mut front, Method::GET, one, &[("if-none-match", "\"tag\"")]).await, (304, String::new()));
        assert_eq!(asked.load(Ordering::SeqCst), 1, "the router was asked once");
        for (url, method, headers, times) in [
            (one, Method::GET, &[("accept-encoding", "br")][..], 2),
            ("/v1/search?q=b", Method::GET, &[], 3),
            (one, Method::HEAD, &[], 4),
            (one, Method::GET, &[("accept-encoding", "br"), ("accept-encoding", "gzip")], 5),
            (one, Method::GET, &[("accept-encoding", "br"), ("accept-encoding", "gzip")], 6),
        ] {
            ask(&mut front, method, url, headers).await;
            assert_eq!(asked.load(Ordering::SeqCst), times, "{url} {headers:?} is another question");
        }
        let sold = EventAvailability {
            event_id: domain::EventId::at(front.app.clock.now()),
            available: 0,
            held: 0,
            sold: 9,
            capacity: 9,
            as_of: front.app.clock.now(),
        };
        front.app.catalog.overlay().update([sold]);
        assert_eq!(ask(&mut front, Method::GET, one, &[]).await.1, "answer 6", "what was sold shows");
    }
}
