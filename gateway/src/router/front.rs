//! In front of the router: a public answer that was given before to the same URL, in the same state of the index, goes out as the
//! bytes it was then, compressed or not, before any route is looked for.
//!
//! A handler makes its answer keepable with [`Keepable`], naming the state it speaks of. Of many who ask the same at once one is answered
//! by the router, and the others are given the same bytes.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::{ConnectInfo, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, IF_NONE_MATCH, SET_COOKIE, TRANSFER_ENCODING};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use catalog::search::State;
use domain::Stopwatch;
use edge::{Collected, Turn};
use futures::future::{Either, Ready, ready};
use tokio::time::Instant;
use tower::Service;

use crate::router::{observe, router};
use crate::web::answer_cache::{AnswerKey, CachedAnswer, Keepable};
use crate::web::app::App;
use crate::web::class::Class;
use crate::web::door::Door;
use crate::web::policy;
use crate::web::requests::{REQUEST_ID, RequestId};
use crate::web::routes::RouteTable;
use crate::web::wire::{self, Unfit};

/// A longer answer is made anew each time.
const MAX_BODY: u64 = 1 << 20;
/// How long one request waits for another's answer before it asks for itself.
const PATIENCE: Duration = Duration::from_secs(10);
/// What belongs to one request, not to the answer.
const OF_ONE_REQUEST: [&str; 4] = ["x-request-id", "ratelimit", "ratelimit-policy", "date"];

/// The route and class of a request whose answer may be given again. Who shows a token is counted by the router.
fn may_be_kept<'a>(table: &'a RouteTable, request: &Request) -> Option<RouteClass<'a>> {
    let door = request.extensions().get::<Door>().is_none_or(|door| *door == Door::Main);
    let anybody = door && *request.method() == Method::GET && !request.headers().contains_key(AUTHORIZATION);
    table.kept(request.uri().path()).filter(|_| anybody)
}

/// A route and what limits it.
type RouteClass<'a> = (&'a str, Class);

/// The router with the kept answers in front.
#[derive(Clone)]
pub struct Front<S> {
    app: App,
    table: Arc<RouteTable>,
    inner: S,
}

/// The whole server as one service.
pub fn service(app: App) -> Front<Router> {
    let (inner, table) = router::router(app.clone());
    Front { inner, app, table }
}

type Answered = Result<Response, Infallible>;

impl<S> Service<Request> for Front<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<S::Future, Either<Ready<Answered>, Pin<Box<dyn Future<Output = Answered> + Send>>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        if let Err(unfit) = wire::check(&request, self.table.longest_body(request.uri().path(), self.app.config.body_limit_bytes))
        {
            request.extensions_mut().insert(Unfit(unfit));
            return Either::Left(self.inner.call(request));
        }
        let Some(place) = may_be_kept(&self.table, &request) else { return Either::Left(self.inner.call(request)) };
        let Some(state) = self.app.catalog.state() else { return Either::Left(self.inner.call(request)) };
        if let Some(response) = again(&self.app, place, &request, state) {
            return Either::Right(Either::Left(ready(Ok(response))));
        }
        // the clone is not known to be ready, the original is
        let clone = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, clone);
        Either::Right(Either::Right(Box::pin(fly(self.app.clone(), Arc::clone(&self.table), inner, request, state))))
    }
}

/// Asks the router for all who ask the same now, or takes what another is given; what cannot be shared each asks for himself.
async fn fly<S>(app: App, table: Arc<RouteTable>, mut inner: S, request: Request, state: State) -> Answered
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    let Some(place) = may_be_kept(&table, &request) else { return inner.call(request).await };
    let old = app.answers.find_old(&request).map(|old| (old, request.headers().clone()));
    let passenger = app.answers.flights.join((app.answers.key(&request), state));
    // a leader that hangs must not hang everybody
    match tokio::time::timeout(PATIENCE, passenger.turn()).await.unwrap_or(Turn::Landed(None)) {
        Turn::Lead(lead) => {
            // between the look before and this turn another may have come back
            if let Some(response) = again(&app, place, &request, state) {
                return Ok(response);
            }
            let (key, asked) = (app.answers.key(&request), AnswerKey::of(&request));
            let response = inner.call(request).await?;
            if let Some((old, response)) = in_place_of(&app, &response, old) {
                lead.land(Some(old));
                return Ok(response);
            }
            let (response, answer) = keep(&app, key, asked, response).await;
            // another refusal says nothing of others: the lead is given up, and the next one asks
            if answer.is_some() || response.status() == StatusCode::OK {
                lead.land(answer);
            }
            Ok(response)
        }
        Turn::Landed(answer) => {
            let shared = answer.filter(|answer| answer.answers(&request));
            match shared.and_then(|answer| given(&app, place, &request, &answer)) {
                Some(response) => Ok(response),
                None => {
                    let response = inner.call(request).await?;
                    Ok(in_place_of(&app, &response, old).map_or(response, |(_, response)| response))
                }
            }
        }
    }
}

/// While too many ask for too much, what was shown a moment ago: better than nothing.
fn in_place_of(
    app: &App,
    response: &Response,
    old: Option<(Arc<CachedAnswer>, HeaderMap)>,
) -> Option<(Arc<CachedAnswer>, Response)> {
    let (old, headers) = old.filter(|_| response.status() == StatusCode::SERVICE_UNAVAILABLE)?;
    let shown = own(app, &headers, &old, "boxoffice; fwd=stale; fwd-status=503");
    Some((old, shown))
}

/// The kept answer to a request, if there is one of this state.
fn again(app: &App, place: RouteClass<'_>, request: &Request, state: State) -> Option<Response> {
    given(app, place, request, app.answers.find(state, request)?.as_ref())
}

/// An answer to a request that the router has not seen: it is counted and limited here.
fn given(app: &App, (route, class): RouteClass<'_>, request: &Request, answer: &CachedAnswer) -> Option<Response> {
    let watch = Stopwatch::start();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    // who asks too often is told so by the layer that tells everyone
    let allowed = app.limits.check(class, peer, request.headers()).ok()?;
    let mut response = own(app, request.headers(), answer, "boxoffice; hit");
    if let Some(allowed) = allowed {
        allowed.write(response.headers_mut());
    }
    app.catalog.given_again();
    app.requests.count(request.method(), route, response.status().as_u16(), watch.seconds());
    Some(response)
}

/// An answer as one request's own: with its id, and 304 to who has it.
fn own(app: &App, headers: &HeaderMap, answer: &CachedAnswer, status: &'static str) -> Response {
    let mut response = Response::new(Body::from(answer.body.clone()));
    *response.headers_mut() = answer.head.clone();
    let RequestId(id) = observe::request_id(app, headers);
    if let Ok(id) = HeaderValue::try_from(&*id) {
        response.headers_mut().insert(REQUEST_ID.clone(), id);
    }
    response.headers_mut().insert("cache-status", HeaderValue::from_static(status));
    policy::not_modified(headers.get(IF_NONE_MATCH), response)
}

/// Keeps a whole answer that says it may be kept.
async fn keep(app: &App, key: u64, asked: AnswerKey, response: Response) -> (Response, Option<Arc<CachedAnswer>>) {
    let Some(Keepable(state)) = response.extensions().get::<Keepable>().copied() else { return (response, None) };
    let short = response.body().size_hint().upper().is_none_or(|bytes| bytes <= MAX_BODY);
    if response.status() != StatusCode::OK || !short || response.headers().contains_key(SET_COOKIE) {
        return (response, None);
    }
    let (mut parts, body) = response.into_parts();
    // what is compressed may have no length before it is
    let body = match edge::collect(body, MAX_BODY as usize).await {
        Collected::Whole(body) => body,
        Collected::Other(body) => return (Response::from_parts(parts, Body::new(body)), None),
    };
    parts.headers.remove(TRANSFER_ENCODING);
    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    let mut head = parts.headers.clone();
    for name in OF_ONE_REQUEST {
        head.remove(name);
    }
    let answer = Arc::new(CachedAnswer { asked, state, head, body: body.clone(), made: Instant::now() });
    app.answers.insert(key, Arc::clone(&answer));
    (Response::from_parts(parts, Body::from(body)), Some(answer))
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
        crate::run::index::build(&app.pool, home.path(), crate::run::index::FIRST).await.expect("an index");
        app.catalog.reload_if_changed().expect("a generation");
        let (counted, catalog) = (asked.clone(), app.catalog.clone());
        let answer = move || {
            let n = counted.fetch_add(1, Ordering::SeqCst);
            let state = catalog.state().expect("an index");
            async move {
                tokio::task::yield_now().await;
                ([("etag", "\"tag\"")], Extension(Keepable(state)), format!("answer {n}")).into_response()
            }
        };
        let counted = asked.clone();
        let other = move || {
            counted.fetch_add(1, Ordering::SeqCst);
            async { "not to be given again" }
        };
        let inner = Router::new().route("/v1/search", axum::routing::get(answer)).route("/v1/suggest", axum::routing::get(other));
        let (_, table) = router::router(app.clone());
        Front { app, inner, table }
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

    /// An app's state moves when something is sold.
    fn sell(front: &Front<Router>) {
        let sold = EventAvailability {
            event_id: domain::EventId::at(front.app.clock.now()),
            available: 0,
            held: 0,
            sold: 9,
            capacity: 9,
            tiers: None,
            as_of: front.app.clock.now(),
        };
        front.app.catalog.overlay().update([sold]);
    }

    /// The control is a page that was never shown: each asks for himself.
    #[sqlx::test(migrations = "../migrations")]
    async fn what_cannot_be_made_anew_is_shown_as_it_was_a_moment_ago(pool: PgPool) {
        let (home, asked) = (tempfile::tempdir().expect("a directory"), Arc::new(AtomicUsize::new(0)));
        let mut front = front(pool, &home, &asked).await;
        let shown = ask(&mut front, Method::GET, "/v1/search?q=a", &[]).await;
        sell(&front);
        let counted = asked.clone();
        let busy = move || {
            counted.fetch_add(1, Ordering::SeqCst);
            async {
                tokio::task::yield_now().await;
                StatusCode::SERVICE_UNAVAILABLE
            }
        };
        front.inner = Router::new().route("/v1/search", axum::routing::get(busy));
        assert_eq!(ask(&mut front, Method::GET, "/v1/search?q=a", &[]).await, shown);
        for (url, status, times) in [("/v1/search?q=a", 200, 1), ("/v1/search?q=b", 503, 50)] {
            asked.store(0, Ordering::SeqCst);
            let crowd = (0..50).map(|_| {
                let mut front = front.clone();
                async move { ask(&mut front, Method::GET, url, &[]).await.0 }
            });
            assert_eq!(futures::future::join_all(crowd).await, vec![status; 50], "{url}");
            assert_eq!(asked.load(Ordering::SeqCst), times, "{url}");
        }
    }

    /// The control is an answer that is not to be given again: each asks for himself.
    #[sqlx::test(migrations = "../migrations")]
    async fn of_many_who_ask_the_same_at_once_one_is_answered_by_the_router(pool: PgPool) {
        let (home, asked) = (tempfile::tempdir().expect("a directory"), Arc::new(AtomicUsize::new(0)));
        let front = front(pool, &home, &asked).await;
        for (url, times) in [("/v1/search?q=a", 1), ("/v1/suggest?q=a", 51)] {
            let crowd = (0..50).map(|_| {
                let mut front = front.clone();
                async move { ask(&mut front, Method::GET, url, &[]).await }
            });
            let answers = futures::future::join_all(crowd).await;
            assert!(answers.iter().all(|answer| *answer == answers[0] && answer.0 == 200), "{answers:?}");
            assert_eq!(asked.load(Ordering::SeqCst), times, "{url}");
        }
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
            (one, Method::GET, &[("accept-encoding", "gzip;q=0.8, br")], 5),
        ] {
            ask(&mut front, method, url, headers).await;
            assert_eq!(asked.load(Ordering::SeqCst), times, "{url} {headers:?} is another question");
        }
        sell(&front);
        assert_eq!(ask(&mut front, Method::GET, one, &[]).await.1, "answer 5", "what was sold shows");
    }

    /// What is compressed is longer than it says before: nothing of it may be lost.
    #[sqlx::test(migrations = "../migrations")]
    async fn an_answer_too_long_to_be_kept_is_given_whole(pool: PgPool) {
        let (home, asked) = (tempfile::tempdir().expect("a directory"), Arc::new(AtomicUsize::new(0)));
        let mut front = front(pool, &home, &asked).await;
        let catalog = front.app.catalog.clone();
        let pieces = move || {
            let state = catalog.state().expect("an index");
            let pieces = (0..300).map(|n| Ok::<_, Infallible>(vec![n as u8; 10_000]));
            async move { (Extension(Keepable(state)), Body::from_stream(futures::stream::iter(pieces))).into_response() }
        };
        front.inner = Router::new().route("/v1/search", axum::routing::get(pieces));
        for _ in 0..2 {
            let request = Request::builder().uri("/v1/search?q=long").body(Body::empty()).expect("a request");
            let Ok(response) = front.call(request).await;
            assert_eq!(response.status(), StatusCode::OK);
            let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("whole");
            assert_eq!((body.len(), body[0], body[2_999_999]), (3_000_000, 0, 43));
        }
    }
}
