//! Who may keep an answer: handlers name a [`CachePolicy`], one middleware turns it into headers, ETag and 304.
//!
//! The default is no caching and errors are never cached. The habit comes from docs.rs.

use std::fmt::Write as _;

use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};
use sha2::{Digest, Sha256};

use crate::web::extract::Json;

pub static SURROGATE_KEY: HeaderName = HeaderName::from_static("surrogate-key");

/// The tag of whatever may be kept and has none of its own.
const EVERYTHING: &str = "boxoffice";

/// Longest body that is hashed for an ETag; a longer one has to bring its own.
const MAX_HASHED_BYTES: u64 = 64 << 20;

/// Who may keep an answer, and for how long. Purging by `Surrogate-Key` comes before any of these times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CachePolicy {
    /// Nobody keeps it.
    #[default]
    Never,
    /// It is one buyer's or one organiser's.
    Private,
    /// It changes with every sale: seats, live maps, pages that show them.
    Live,
    /// Search and lists: fresh within two seconds of a change.
    Search,
    /// Details, drawings and pages of things that change seldom and are purged when they do.
    Detail,
    /// Static files under a fixed name.
    Asset,
    /// A picture under its address: it never changes there, but may be deleted, and a shared cache may miss that.
    Picture,
    /// What can never change under its URL.
    Immutable,
}

impl CachePolicy {
    pub fn cache_control(self) -> &'static str {
        match self {
            Self::Never => "no-store",
            Self::Private => "private, no-store",
            Self::Live => "public, max-age=0, s-maxage=1, stale-while-revalidate=2",
            Self::Search => "public, max-age=0, s-maxage=1, stale-while-revalidate=1, stale-if-error=300",
            Self::Detail => "public, max-age=0, s-maxage=60, stale-while-revalidate=60, stale-if-error=3600",
            Self::Asset => "public, max-age=300, s-maxage=3600, stale-while-revalidate=3600, stale-if-error=86400",
            Self::Picture => "public, max-age=31536000, s-maxage=3600, immutable",
            Self::Immutable => "public, max-age=31536000, immutable",
        }
    }

    /// Adds `Surrogate-Key` tags, by which an edge forgets the answer when its thing changes.
    pub fn tagged<T: std::fmt::Display>(self, tags: impl IntoIterator<Item = T>) -> Tagged {
        let mut joined = String::new();
        for tag in tags {
            let gap = if joined.is_empty() { "" } else { " " };
            let _ = write!(joined, "{gap}{tag}");
        }
        Tagged { policy: self, tags: HeaderValue::try_from(joined).ok() }
    }
}

/// A policy with its tags.
#[derive(Debug, Clone)]
pub struct Tagged {
    policy: CachePolicy,
    tags: Option<HeaderValue>,
}

impl IntoResponseParts for CachePolicy {
    type Error = std::convert::Infallible;
    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        parts.extensions_mut().insert(self);
        Ok(parts)
    }
}

impl IntoResponseParts for Tagged {
    type Error = std::convert::Infallible;
    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        parts.extensions_mut().insert(self.policy);
        if let Some(tags) = self.tags.filter(|tags| !tags.is_empty()) {
            parts.headers_mut().insert(SURROGATE_KEY.clone(), tags);
        }
        Ok(parts)
    }
}

/// An answer without a body.
impl IntoResponse for CachePolicy {
    fn into_response(self) -> Response {
        (self, ()).into_response()
    }
}

/// 201 with a JSON body, never kept; `Location` when [`Created::at`] names one.
#[derive(Debug, Clone)]
pub struct Created<T> {
    body: T,
    location: Option<String>,
}

#[allow(non_snake_case, reason = "reads as the tuple struct that handlers expect: Created(body)")]
pub fn Created<T>(body: T) -> Created<T> {
    Created { body, location: None }
}

impl<T> Created<T> {
    #[must_use]
    pub fn at(mut self, location: impl Into<String>) -> Self {
        self.location = Some(location.into());
        self
    }
}

impl<T: serde::Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let mut response = (StatusCode::CREATED, Json(self.body)).into_response();
        if let Some(location) = self.location.and_then(|text| HeaderValue::try_from(text).ok()) {
            response.headers_mut().insert(axum::http::header::LOCATION, location);
        }
        response
    }
}

/// What of a request decides how its answer is finished.
#[derive(Debug)]
pub struct Preconditions {
    reads: bool,
    wanted: Option<HeaderValue>,
}

impl Preconditions {
    pub fn of(request: &Request) -> Self {
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        Self { reads, wanted: if reads { request.headers().get(IF_NONE_MATCH).cloned() } else { None } }
    }
}

/// Writes `Cache-Control`, gives every successful GET a strong `ETag`, and answers 304 to a matching `If-None-Match`.
pub async fn finish(asked: Preconditions, response: Response) -> Response {
    let mut response = write_cache_control(response, asked.reads);
    if asked.reads && response.status() == StatusCode::OK {
        response = tag(response).await;
        return not_modified(asked.wanted.as_ref(), response);
    }
    response
}

/// Gives every answer that passes the headers of its policy.
pub async fn apply(request: Request, next: Next) -> Response {
    let asked = Preconditions::of(&request);
    finish(asked, next.run(request).await).await
}

fn write_cache_control(mut response: Response, reads: bool) -> Response {
    let keepable = reads && (response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED);
    let named = response.extensions().get::<CachePolicy>().copied();
    let policy = match named {
        Some(CachePolicy::Private) => CachePolicy::Private,
        Some(policy) if keepable => policy,
        _ => CachePolicy::Never,
    };
    if named.is_some() || !response.headers().contains_key(CACHE_CONTROL) || response.status().is_client_error() {
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(policy.cache_control()));
    }
    // what an edge may keep, it must be able to forget: by the tag of its thing, or all of ours at once
    if !matches!(policy, CachePolicy::Never | CachePolicy::Private) && !response.headers().contains_key(&SURROGATE_KEY) {
        response.headers_mut().insert(SURROGATE_KEY.clone(), HeaderValue::from_static(EVERYTHING));
    }
    response
}

/// Hashes a body that is ready; streams and bodies with an ETag of their own pass.
async fn tag(response: Response) -> Response {
    let exact = response.body().size_hint().exact();
    if response.headers().contains_key(ETAG)
        || exact.is_none_or(|bytes| bytes > MAX_HASHED_BYTES)
        || is_stream(response.headers())
    {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, MAX_HASHED_BYTES as usize).await else {
        return crate::web::error::ApiError::fault("a body that said it was ready could not be read").into_response();
    };
    parts.headers.insert(ETAG, etag(&bytes));
    Response::from_parts(parts, Body::from(bytes))
}

fn is_stream(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}

/// The first 8 bytes of the SHA-256 of the bytes, in hexadecimal: for tags that say more than that.
pub fn digest(bytes: &[u8]) -> String {
    hex::encode(&Sha256::digest(bytes)[..8])
}

/// A strong entity tag: the first 16 bytes of the SHA-256 of the bytes.
pub fn etag(bytes: &[u8]) -> HeaderValue {
    let digest = Sha256::digest(bytes);
    let mut text = String::with_capacity(34);
    text.push('"');
    for byte in &digest[..16] {
        let _ = write!(text, "{byte:02x}");
    }
    text.push('"');
    HeaderValue::try_from(text).unwrap_or_else(|_| unreachable!("hexadecimal digits make a header value"))
}

/// 304 to who has this answer.
pub(crate) fn not_modified(wanted: Option<&HeaderValue>, mut response: Response) -> Response {
    let Some(wanted) = wanted else { return response };
    let Some(current) = response.headers().get(ETAG) else { return response };
    let Some(matched) = matching(wanted, current) else { return response };
    response.headers_mut().insert(ETAG, matched);
    response.headers_mut().remove(CONTENT_TYPE);
    response.headers_mut().remove(axum::http::header::CONTENT_LENGTH);
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    *response.body_mut() = Body::empty();
    response
}

/// The tag out of `If-None-Match` that names the current representation, by weak comparison (RFC 9110, 13.1.2);
/// a tag of an encoded form (`"…-br"`) names it too.
fn matching(wanted: &HeaderValue, current: &HeaderValue) -> Option<HeaderValue> {
    let current_text = current.to_str().ok()?;
    let opaque = current_text.trim_start_matches("W/").trim_matches('"');
    let names = |tag: &str| {
        let tag = tag.trim_start_matches("W/").trim_matches('"');
        tag == opaque || ENCODINGS.iter().any(|coding| tag.strip_suffix(coding).and_then(|t| t.strip_suffix('-')) == Some(opaque))
    };
    let wanted = wanted.to_str().ok()?;
    if wanted.trim() == "*" {
        return Some(current.clone());
    }
    let found = wanted.split(',').map(str::trim).find(|tag| names(tag))?;
    HeaderValue::try_from(found.trim_start_matches("W/")).ok()
}

const ENCODINGS: [&str; 2] = ["br", "gzip"];

/// Says that an answer differs by a request header, such as `Accept`.
pub fn varies_by(headers: &mut HeaderMap, name: &'static str) {
    headers.append(VARY, HeaderValue::from_static(name));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, policy: Option<CachePolicy>) -> Response {
        let mut response = Response::new(Body::from("body"));
        *response.status_mut() = StatusCode::from_u16(status).expect("a status");
        if let Some(policy) = policy {
            response.extensions_mut().insert(policy);
        }
        response
    }

    fn said<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
        response.headers().get(name).map(|value| value.to_str().expect("text"))
    }

    #[test]
    fn what_says_so_may_be_kept_and_an_error_and_whatever_changes_something_never() {
        let (search, private) = (Some(CachePolicy::Search), Some(CachePolicy::Private));
        let (kept, never) = (Some(CachePolicy::Search.cache_control()), Some("no-store"));
        for (policy, status, reads, control, tag) in [
            (None, 200, true, never, None),
            (search, 200, true, kept, Some(EVERYTHING)),
            (search, 304, true, kept, Some(EVERYTHING)),
            (search, 404, true, never, None),
            (search, 500, true, never, None),
            (search, 303, true, never, None),
            (search, 200, false, never, None),
            (private, 200, true, Some("private, no-store"), None),
            (private, 404, false, Some("private, no-store"), None),
        ] {
            let written = write_cache_control(answer(status, policy), reads);
            let line = (said(&written, "cache-control"), said(&written, "surrogate-key"));
            assert_eq!(line, (control, tag), "{policy:?} {status} {reads}");
        }
        let own = |status, policy| {
            let mut response = answer(status, policy);
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("max-age=5"));
            response.headers_mut().insert(SURROGATE_KEY.clone(), HeaderValue::from_static("event-1"));
            write_cache_control(response, true)
        };
        assert_eq!(said(&own(200, None), "cache-control"), Some("max-age=5"), "what a file says of itself stands");
        assert_eq!(said(&own(404, None), "cache-control"), never, "but not of what is not there");
        assert_eq!(said(&own(200, search), "cache-control"), kept);
        assert_eq!(said(&own(200, search), "surrogate-key"), Some("event-1"));
    }

    #[tokio::test]
    async fn what_is_read_whole_has_a_tag_of_its_bytes_and_who_has_it_is_told_so() {
        let finished = async |reads, wanted: Option<&'static str>, response| {
            finish(Preconditions { reads, wanted: wanted.map(HeaderValue::from_static) }, response).await
        };
        let own = etag(b"body");
        let plain = finished(true, None, answer(200, None)).await;
        assert_eq!(plain.headers().get(ETAG), Some(&own));
        assert_eq!(finished(false, None, answer(200, None)).await.headers().get(ETAG), None, "nothing was read");
        assert_eq!(finished(true, None, answer(404, None)).await.headers().get(ETAG), None);
        assert_eq!(finished(true, Some("*"), answer(404, None)).await.status(), StatusCode::NOT_FOUND);
        let again = finished(true, Some("*"), answer(200, None)).await;
        assert_eq!((again.status(), again.headers().get(ETAG)), (StatusCode::NOT_MODIFIED, Some(&own)));
        assert_eq!(finished(true, Some("\"other\""), answer(200, None)).await.status(), StatusCode::OK);

        let mut named = answer(200, None);
        named.headers_mut().insert(ETAG, HeaderValue::from_static("\"7\""));
        assert_eq!(tag(named).await.headers()[ETAG], "\"7\"");
        let mut stream = answer(200, None);
        stream.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        assert_eq!(tag(stream).await.headers().get(ETAG), None);
        let longest = Response::new(Body::from(vec![0; MAX_HASHED_BYTES as usize + 1]));
        assert_eq!(tag(longest).await.headers().get(ETAG), None, "too long to be read for that");
    }

    #[test]
    fn a_tag_names_its_answer_weakly_in_a_list_and_in_a_coding_that_there_is() {
        let table = [
            ("\"a\"", Some("\"a\"")),
            ("W/\"a\"", Some("\"a\"")),
            ("\"b\", \"a\"", Some("\"a\"")),
            ("\"a-br\"", Some("\"a-br\"")),
            ("\"a-gzip\"", Some("\"a-gzip\"")),
            ("*", Some("\"a\"")),
            ("\"a-zip\"", None),
            ("\"abr\"", None),
            ("\"b-br\"", None),
            ("\"b\"", None),
            ("", None),
        ];
        for (wanted, named) in table {
            let found = matching(&HeaderValue::from_static(wanted), &HeaderValue::from_static("\"a\""));
            assert_eq!(found.as_ref().map(|tag| tag.to_str().expect("text")), named, "{wanted}");
        }
    }
}
