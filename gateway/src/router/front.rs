//! In front of the router: a public answer that was given before to the same URL, in the same state of the index, goes out as the
//! bytes it was then, compressed or not, before any route is looked for.
//!
//! A handler makes its answer keepable with [`Keepable`], naming the state it speaks of; search does once it is asked for again.
//! Nothing is purged: an answer of another state is never given, and makes room when the cache is full.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::{ConnectInfo, Request};
use axum::http::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, IF_NONE_MATCH, TRANSFER_ENCODING};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use domain::Stopwatch;
use futures::future::{Either, Ready, ready};
use tower::Service;

use crate::router::{observe, router};
use crate::web::app::App;
use crate::web::class::Class;
use crate::web::door::Door;
use crate::web::kept::{Answer, Keepable, url};
use crate::web::policy;
use crate::web::requests::{REQUEST_ID, RequestId};
use crate::web::routes::Table;
use crate::web::wire::{self, Unfit};

/// A longer answer is made anew each time.
const MAX_BODY: u64 = 1 << 20;
/// What belongs to one request, not to the answer.
const OF_ONE_REQUEST: [&str; 4] = ["x-request-id", "ratelimit", "ratelimit-policy", "date"];

/// The route and class of a request whose answer may be given again. Of several Accept-Encoding fields the key would see the first alone; who shows a token is counted by the router.
fn may_be_kept<'a>(table: &'a Table, request: &Request) -> Option<(&'a str, Class)> {
    let codings = request.headers().get_all(ACCEPT_ENCODING).iter().count();
    let (headers, extensions) = (request.headers(), request.extensions());
    let door = extensions.get::<Door>().is_none_or(|door| *door == Door::Main);
    let anybody = door && *request.method() == Method::GET && codings <= 1 && !headers.contains_key(AUTHORIZATION);
    table.kept(request.uri().path()).filter(|_| anybody)
}

/// The router with the kept answers in front.
#[derive(Clone)]
pub struct Front<S> {
    app: App,
    table: Arc<Table>,
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
    S: Service<Request, Response = Response, Error = Infallible>,
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
        let Some(route) = may_be_kept(&self.table, &request) else { return Either::Left(self.inner.call(request)) };
        if let Some(response) = again(&self.app, route, &request) {
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
fn again(app: &App, (route, class): (&str, Class), request: &Request) -> Option<Response> {
    let watch = Stopwatch::start();
    let answer = app.kept.find(app.catalog.state()?, request)?;
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    // who asks too often is told so by the layer that tells everyone
    let allowed = app.limits.check(class, peer, request.headers()).ok()?;
    let mut response = Response::new(Body::from(answer.body.clone()));
    *response.headers_mut() = answer.head.clone();
    let RequestId(id) = observe::request_id(app, request.headers());
    if let Ok(id) = HeaderValue::try_from(&*id) {
        response.headers_mut().insert(REQUEST_ID.clone(), id);
    }
    if let Some(allowed) = allowed {
        allowed.write(response.headers_mut());
    }
    response.headers_mut().insert("cache-status", HeaderValue::from_static("boxoffice; hit"));
    let response = policy::not_modified(request.headers().get(IF_NONE_MATCH), response);
    app.catalog.given_again();
    app.requests.count(request.method(), route, response.status().as_u16(), watch.seconds());
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
        Err(fault) => return axum::response::IntoResponse::into_response(crate::web::error::ApiError::fault(fault)),
    };
    parts.headers.remove(TRANSFER_ENCODING);
    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    let mut head = parts.headers.clone();
    for name in OF_ONE_REQUEST {
        head.remove(name);
    }
    app.kept.insert(key, Answer { url, coding, state, head, body: body.clone() });
    Response::from_parts(parts, Body::from(body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::Extension;
    use axum::response::IntoResponse as _;
    use catalog::search::{EventAvailability, State};
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
            async move { ([("etag", "\"tag\"")], Extension(Keepable(state)), format!("answer {n}")).into_response() }
        };
        let other = || async { Extension(Keepable(State { generation: 0, commit: 0, badges: 0, minute: 0 })) };
        let inner = Router::new().route("/v1/search", axum::routing::get(answer)).route("/v1/other", axum::routing::get(other));
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
