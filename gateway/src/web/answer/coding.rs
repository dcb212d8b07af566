//! Compressing answers: brotli or gzip for who accepts it, and then another ETag, since another coding is another representation.
//!
//! What is accepted is read once, by [`edge::encoding`], as the caches read it: an answer is kept for who accepts its coding.

use std::convert::Infallible;
use std::future::ready;

use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::Request;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_RANGE, ETAG, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::spawn_blocking;
use tower::{Service as _, service_fn};
use tower_http::compression::Compression;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};

use crate::web::error::ApiError;
use crate::web::policy::varies_by;

/// Shorter bodies are not worth compressing.
const MIN_BYTES: u64 = 512;

/// Longer ones are sent as they are: compressing them for each who asks would be dear.
pub const MAX_BYTES: u64 = 16 << 20;

/// What is in memory and longer is compressed beside the threads that answer: each is taken for less than a millisecond.
const BRIEF: u64 = 16 << 10;

/// Where that is done: so many at once, and so many that wait for them. What comes beyond goes out as it is, at once: whoever asks for much
/// that is long takes bytes, and nobody's time.
static PRESSES: Presses = Presses { free: Semaphore::const_new(2), line: Semaphore::const_new(16) };

struct Presses {
    free: Semaphore,
    line: Semaphore,
}

impl Presses {
    /// A press, none where too many wait for one.
    async fn take(&'static self) -> Option<SemaphorePermit<'static>> {
        if let Ok(free) = self.free.try_acquire() {
            return Some(free);
        }
        let _waiting = self.line.try_acquire().ok()?;
        self.free.acquire().await.ok()
    }
}

/// What is no longer than that, or of unknown length.
#[derive(Clone, Copy)]
struct NotTooLong;

impl Predicate for NotTooLong {
    fn should_compress<B: HttpBody>(&self, response: &axum::http::Response<B>) -> bool {
        response.body().size_hint().exact().is_none_or(|bytes| bytes <= MAX_BYTES)
    }
}

/// The codings that a request names; none for `*`, which names none.
#[derive(Debug)]
pub struct Accepted(&'static str);

impl Accepted {
    pub fn of(headers: &HeaderMap) -> Self {
        Self(edge::encoding(headers))
    }
}

fn worth_it() -> impl Predicate {
    let packed = |kind| NotForContentType::const_new(kind);
    let pictures = packed("image/png").and(packed("image/jpeg")).and(packed("image/webp"));
    SizeAbove::new(MIN_BYTES).and(NotTooLong).and(pictures).and(NotForContentType::const_new("font/")).and(NotForContentType::SSE)
}

/// Compresses the answers of a cache's service, so that they are kept as they go out.
pub async fn apply(request: Request, next: Next) -> Response {
    let accepted = Accepted::of(request.headers());
    code(accepted, next.run(request).await).await
}

/// Compresses the answer if that is wanted and worth it, and was not done before.
pub async fn code(accepted: Accepted, response: Response) -> Response {
    code_at(&PRESSES, accepted, response).await
}

async fn code_at(presses: &'static Presses, accepted: Accepted, response: Response) -> Response {
    let headers = response.headers();
    if headers.contains_key(CONTENT_ENCODING) || headers.contains_key(CONTENT_RANGE) || !worth_it().should_compress(&response) {
        return response;
    }
    if accepted.0.is_empty() {
        return with_vary(response);
    }
    if response.body().size_hint().exact().is_none_or(|bytes| bytes <= BRIEF) {
        return compressed(accepted, response).await;
    }
    match presses.take().await {
        Some(press) => beside(press, compressed(accepted, response).await).await,
        None => with_vary(response),
    }
}

/// The answer with a body that is compressed as it is read.
async fn compressed(accepted: Accepted, response: Response) -> Response {
    let mut asked = Request::new(());
    asked.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static(accepted.0));
    let mut whole = Some(response);
    let inner = service_fn(move |_: Request<()>| ready(Ok::<_, Infallible>(whole.take().unwrap_or_default())));
    let Ok(response) = Compression::new(inner).compress_when(worth_it()).call(asked).await;
    mark(response.map(Body::new))
}

/// Compresses a body that is in memory on a thread of its own.
async fn beside(press: SemaphorePermit<'static>, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let pressed = spawn_blocking(move || {
        let _press = press;
        Handle::current().block_on(to_bytes(body, 2 * MAX_BYTES as usize))
    });
    match pressed.await {
        Ok(Ok(bytes)) => Response::from_parts(parts, Body::from(bytes)),
        Ok(Err(fault)) => ApiError::fault(fault).into_response(),
        Err(fault) => ApiError::fault(fault).into_response(),
    }
}

fn with_vary(mut response: Response) -> Response {
    let said = response.headers().get_all(VARY).iter().any(|names| names.as_bytes().eq_ignore_ascii_case(b"accept-encoding"));
    if !said {
        varies_by(response.headers_mut(), "accept-encoding");
    }
    response
}

/// Another coding has another strong ETag (RFC 9110, 8.8.3.3).
fn mark(mut response: Response) -> Response {
    let Some(coding) = response.headers().get(CONTENT_ENCODING).and_then(|value| value.to_str().ok()) else { return response };
    let tag = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).map(|tag| tag.trim_matches('"'));
    if let Some(encoded) = tag.and_then(|tag| HeaderValue::try_from(format!("\"{tag}-{coding}\"")).ok()) {
        response.headers_mut().insert(ETAG, encoded);
    }
    response
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;
    use axum::http::header::CONTENT_TYPE;

    async fn coded(accepted: &[&'static str], kind: &'static str, bytes: usize) -> HeaderMap {
        let accepts = |value| (ACCEPT_ENCODING, HeaderValue::from_static(value));
        let accepted = Accepted::of(&accepted.iter().copied().map(accepts).collect());
        let mut response = Response::new(Body::from(vec![b'a'; bytes]));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        response.headers_mut().insert(ETAG, HeaderValue::from_static("\"tag\""));
        code(accepted, response).await.headers().clone()
    }

    #[tokio::test]
    async fn what_is_long_enough_is_compressed_for_who_accepts_it_and_has_a_tag_of_its_own() {
        let table = [
            (vec!["br"], "application/json", 600, Some("br"), "\"tag-br\"", true),
            (vec!["gzip;q=0.5, br;q=0.1"], "application/json", 600, Some("br"), "\"tag-br\"", true),
            (vec!["gzip"], "application/json", 600, Some("gzip"), "\"tag-gzip\"", true),
            (vec!["*"], "application/json", 600, None, "\"tag\"", true),
            (vec!["x-gzip"], "application/json", 600, None, "\"tag\"", true),
            (vec!["gzip;q=0, *"], "application/json", 600, None, "\"tag\"", true),
            (vec!["gzip;q=0", "br"], "application/json", 600, Some("br"), "\"tag-br\"", true),
            (vec!["identity"], "application/json", 600, None, "\"tag\"", true),
            (vec![], "application/json", 600, None, "\"tag\"", true),
            (vec!["br"], "application/json", 500, None, "\"tag\"", false),
            (vec!["br"], "application/json", 16 << 20, Some("br"), "\"tag-br\"", true),
            (vec!["br"], "application/json", (16 << 20) + 1, None, "\"tag\"", false),
            (vec!["br"], "image/png", 600, None, "\"tag\"", false),
            (vec![], "image/png", 600, None, "\"tag\"", false),
            (vec!["br"], "text/event-stream", 600, None, "\"tag\"", false),
        ];
        for (accepted, kind, bytes, coding, tag, varies) in table {
            let headers = coded(&accepted, kind, bytes).await;
            let found = headers.get(CONTENT_ENCODING).map(|value| value.to_str().expect("ASCII"));
            assert_eq!((found, headers[ETAG].to_str().expect("ASCII")), (coding, tag), "{accepted:?} {kind} {bytes}");
            assert_eq!(headers.contains_key(VARY), varies, "{accepted:?} {kind} {bytes}");
        }
    }

    /// Both ways: compressed where it is answered, and beside.
    #[tokio::test]
    async fn what_is_compressed_reads_as_it_was_written() {
        for bytes in [600, BRIEF as usize + 1] {
            let plain: Vec<u8> = (0..bytes as u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
            let response = code(Accepted("gzip"), Response::new(Body::from(plain.clone()))).await;
            let exact = response.body().size_hint().exact();
            let packed = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
            assert_eq!(exact.is_some(), bytes > BRIEF as usize, "what is long was compressed already");
            let mut read = Vec::new();
            flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut read).expect("gzip");
            assert_eq!(read, plain);
        }
    }

    /// The control: as soon as one of the line has left, the same answer is compressed.
    #[tokio::test]
    async fn behind_a_full_line_answers_go_out_as_they_are() {
        static BUSY: Presses = Presses { free: Semaphore::const_new(1), line: Semaphore::const_new(1) };
        let long = || Response::new(Body::from(vec![b'a'; BRIEF as usize + 1]));
        let press = BUSY.take().await.expect("free");
        let mut waits = Box::pin(code_at(&BUSY, Accepted("br"), long()));
        assert!(futures::poll!(waits.as_mut()).is_pending());
        let plain = code_at(&BUSY, Accepted("br"), long()).await;
        assert!(!plain.headers().contains_key(CONTENT_ENCODING));
        assert_eq!(plain.headers()[VARY], "accept-encoding", "who accepts less is told apart all the same");
        drop(press);
        for response in [waits.await, code_at(&BUSY, Accepted("br"), long()).await] {
            assert_eq!(response.headers()[CONTENT_ENCODING], "br");
        }
    }
}
