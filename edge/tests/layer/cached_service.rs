//! The house that every test of the layer builds: a cache before a service whose answers are as the test says.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use edge::{EdgeConfig, EdgeLayer};
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::BodyExt as _;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tower::util::BoxCloneSyncService;
use tower::{Layer as _, ServiceExt as _, service_fn};

/// A body of known length, or one that comes as it comes.
#[derive(Default)]
pub struct Sent {
    bytes: Option<Bytes>,
    known: bool,
    /// Never ends.
    open: bool,
}

impl Body for Sent {
    type Data = Bytes;
    type Error = Infallible;
    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.bytes.take() {
            Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            None if self.open => Poll::Pending,
            None => Poll::Ready(None),
        }
    }
    fn size_hint(&self) -> http_body::SizeHint {
        let length = self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64);
        if self.known { http_body::SizeHint::with_exact(length) } else { http_body::SizeHint::default() }
    }
}

pub type Answered = Response<Vec<u8>>;
type Cached = BoxCloneSyncService<Request<()>, Response<edge::EdgeBody<Sent>>, Infallible>;

/// A cache before a service that answers with `head` headers and the number of its calls.
pub struct CachedService {
    pub edge: EdgeLayer,
    pub service: Cached,
    calls: Arc<AtomicUsize>,
    pub gate: Arc<Notify>,
}

/// What the service does besides.
#[derive(Clone, Copy, Default)]
pub struct Way {
    /// Fails from its second call on.
    pub fails_later: bool,
    pub status: u16,
    pub waits: bool,
    pub open: bool,
    pub echo: Option<&'static str>,
    pub large: bool,
    pub unknown_length: bool,
}

pub fn cache(head: &'static [(&'static str, &'static str)], way: Way) -> CachedService {
    let (calls, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let (counted, opened) = (Arc::clone(&calls), Arc::clone(&gate));
    let inner = service_fn(move |request: Request<()>| {
        let (calls, gate) = (Arc::clone(&counted), Arc::clone(&opened));
        async move {
            let call = calls.fetch_add(1, Ordering::SeqCst) + 1;
            if way.waits {
                gate.notified().await;
            }
            let echo = way.echo.map_or_else(String::new, |name| format!("{:?}", request.headers().get(name)));
            let text = if way.large { "x".repeat(5_000) } else { format!("call {call} {echo}") };
            let failed = way.fails_later && call > 1;
            let mut response = Response::builder().status(if failed {
                503
            } else if way.status == 0 {
                200
            } else {
                way.status
            });
            for (name, value) in head.iter().filter(|_| !failed) {
                response = response.header(*name, *value);
            }
            let body = Sent { bytes: Some(text.into()), known: !way.open && !way.unknown_length, open: way.open };
            Ok::<_, Infallible>(response.body(body).expect("a response"))
        }
    });
    let edge = EdgeLayer::new(EdgeConfig { max_bytes: 1 << 20, max_body: 1_000 });
    CachedService { service: BoxCloneSyncService::new(edge.layer(inner)), edge, calls, gate }
}

impl CachedService {
    pub async fn send(&self, request: Request<()>) -> Answered {
        let response = self.service.clone().oneshot(request).await.expect("no error");
        let (head, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes().to_vec();
        Response::from_parts(head, body)
    }

    pub async fn get(&self, uri: &str) -> Answered {
        self.send(Request::get(uri).body(()).expect("a request")).await
    }

    pub async fn get_with(&self, name: &str, value: &str) -> Answered {
        self.send(Request::get("/x").header(name, value).body(()).expect("a request")).await
    }

    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

pub const PUBLIC: &[(&str, &str)] = &[("cache-control", "public, max-age=60"), ("surrogate-key", "event:1 venue:2")];

pub fn etag(answer: &Answered) -> String {
    answer.headers()["etag"].to_str().expect("text").to_owned()
}

pub fn said(answer: &Answered) -> &str {
    answer.headers()["cache-status"].to_str().expect("text")
}

/// A GET under way beside the test.
pub fn ask(
    cache: &Arc<CachedService>,
    uri: &'static str,
    headers: &'static [(&'static str, &'static str)],
) -> JoinHandle<Answered> {
    let cache = Arc::clone(cache);
    let request = headers.iter().fold(Request::get(uri), |request, (name, value)| request.header(*name, *value));
    tokio::spawn(async move { cache.send(request.body(()).expect("a request")).await })
}

/// Lets everybody go as far as he can without the test: the clock of the tests that call this stands, and moves only once nobody else can.
pub async fn all_wait() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}
