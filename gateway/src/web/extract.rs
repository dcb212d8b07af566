//! What handlers take out of a request: JSON bodies, ids in the path, query parameters, idempotency keys.
//!
//! Every refusal names the field: syntax is 400 `json_malformed`, a wrong shape 422 `invalid`, a malformed id in the path 404.

use std::ops::{Deref, RangeInclusive};
use std::str::FromStr;

use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use catalog::write;
use percent_encoding::percent_decode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::web::error::{ApiError, Code};

static IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Longer answers grow.
const USUAL_ANSWER_BYTES: usize = 1 << 10;

/// A JSON body, in and out.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = ApiError;
    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        json(request).await.map(Json)
    }
}

/// Reads a JSON body.
pub async fn json<T: DeserializeOwned>(request: Request) -> Result<T, ApiError> {
    check_media_type(request.headers())?;
    parse(&body(request, &()).await?)
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match json_bytes(&self.0) {
            Ok(bytes) => ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], Body::from(bytes)).into_response(),
            Err(fault) => ApiError::fault(fault).into_response(),
        }
    }
}

/// Writes JSON into room for most answers: axum's `Json` grows a `BytesMut` piece by piece, a tenth of a hold's instructions.
pub fn json_bytes<T: Serialize>(value: &T) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = Vec::with_capacity(USUAL_ANSWER_BYTES);
    serde_json::to_writer(&mut bytes, value)?;
    Ok(bytes)
}

/// Reads a whole body, within the limit.
pub async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, ApiError> {
    Bytes::from_request(request, state).await.map_err(|rejection: BytesRejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::new(Code::BodyTooLarge),
        _ => ApiError::new(Code::BadRequest).detail("the body broke off"),
    })
}

/// JSON or nothing said: anything else is 415.
fn check_media_type(headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(kind) = headers.get(CONTENT_TYPE) else { return Ok(()) };
    let essence = kind.to_str().unwrap_or("").split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    let json = essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"));
    if json { Ok(()) } else { Err(ApiError::new(Code::MediaTypeUnsupported)) }
}

/// Parses JSON; the path of the wrong field is looked for only when there is one.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ApiError::new(Code::JsonMalformed).detail("the body is empty"));
    }
    // serde would take an array for a struct, field by field
    if bytes.trim_ascii_start().starts_with(b"[") && serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok() {
        return Err(ApiError::invalid("body", "must be a JSON object"));
    }
    serde_json::from_slice(bytes).map_err(|error| name_the_field::<T>(bytes, &error))
}

fn name_the_field<T: DeserializeOwned>(bytes: &[u8], error: &serde_json::Error) -> ApiError {
    // null for one of several words is a wrong shape that serde_json calls wrong syntax
    if serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_err() {
        return ApiError::new(Code::JsonMalformed).detail(error.to_string());
    }
    let Err(error) = serde_path_to_error::deserialize::<_, T>(&mut serde_json::Deserializer::from_slice(bytes)) else {
        return ApiError::new(Code::JsonMalformed).detail(error.to_string());
    };
    let path = error.path().to_string();
    let detail = error.inner().to_string();
    let detail = detail.rsplit_once(" at line ").map_or(detail.as_str(), |(what, _)| what).to_owned();
    ApiError::invalid(write::wrong_field(&path, &detail), detail)
}

/// The last part of the path in braces; one that does not parse names nothing: 404.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<T> Deref for Path<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| ApiError::not_found())?;
        let last = params.iter().last().and_then(|(_, text)| text.parse().ok());
        last.map(Path).ok_or_else(ApiError::not_found)
    }
}

/// The last two parts of the path in braces; one that does not parse names nothing: 404.
#[derive(Debug, Clone, Copy)]
pub struct PathPair<A, B>(pub A, pub B);

impl<S: Send + Sync, A: FromStr, B: FromStr> FromRequestParts<S> for PathPair<A, B> {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| ApiError::not_found())?;
        let texts: Vec<&str> = params.iter().map(|(_, text)| text).collect();
        let [.., first, second] = texts[..] else { return Err(ApiError::not_found()) };
        let pair = first.parse().ok().zip(second.parse().ok());
        pair.map(|(first, second)| PathPair(first, second)).ok_or_else(ApiError::not_found)
    }
}

/// The query's parameters in their order, decoded.
#[derive(Debug, Clone, Default)]
pub struct Params(pub Vec<(String, String)>);

impl Params {
    pub fn read(query: &str) -> Result<Self, ApiError> {
        let pairs = pairs(query.as_bytes())?;
        // no text of ours holds one, and PostgreSQL takes none
        match pairs.iter().find(|(name, value)| name.contains('\0') || value.contains('\0')) {
            Some((name, _)) => Err(ApiError::invalid(name.replace('\0', ""), "must not contain NUL")),
            None => Ok(Self(pairs)),
        }
    }

    /// The one value of a parameter; given twice is refused.
    pub fn one(&self, name: &str) -> Result<Option<&str>, ApiError> {
        let mut values = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(ApiError::invalid(name, "is given twice")),
            (value, None) => Ok(value),
        }
    }

    /// The one value of a parameter, parsed.
    pub fn parsed<T: FromStr<Err: std::fmt::Display>>(&self, name: &str) -> Result<Option<T>, ApiError> {
        self.one(name)?.map(|text| text.parse().map_err(|error: T::Err| ApiError::invalid(name, error.to_string()))).transpose()
    }

    /// The one value of a parameter that is a whole number within bounds.
    pub fn within(&self, name: &str, bounds: RangeInclusive<u32>) -> Result<Option<u32>, ApiError> {
        let wrong = || ApiError::invalid(name, format!("must be a whole number, {} to {}", bounds.start(), bounds.end()));
        let number = |text: &str| text.parse().ok().filter(|number| bounds.contains(number));
        self.one(name)?.map(|text| number(text).ok_or_else(wrong)).transpose()
    }

    /// Refuses every parameter that is not one of `known`.
    pub fn only(&self, known: &[&str]) -> Result<(), ApiError> {
        match self.0.iter().find(|(key, _)| !known.contains(&key.as_str())) {
            Some((key, _)) if known.is_empty() => {
                Err(ApiError::invalid(key.as_str(), "is unknown; there are no parameters here"))
            }
            Some((key, _)) => Err(ApiError::invalid(key.as_str(), format!("is unknown; known are {}", known.join(", ")))),
            None => Ok(()),
        }
    }

    /// `limit`: 1..=100, 20 when not given.
    pub fn limit(&self) -> Result<u16, ApiError> {
        match self.one("limit")?.map(str::parse) {
            None => Ok(20),
            Some(Ok(limit @ 1..=100)) => Ok(limit),
            Some(_) => Err(ApiError::invalid("limit", "must be a whole number, 1 to 100")),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Self::read(parts.uri.query().unwrap_or(""))
    }
}

/// The pairs of a query or of a form, decoded, in their order.
///
/// Refuses   what is not UTF-8: the error names its field.
/// Source    URL Standard (WHATWG), section 5.1, but for that.
pub fn pairs(text: &[u8]) -> Result<Vec<(String, String)>, ApiError> {
    let refused = |name: &[u8]| ApiError::invalid(String::from_utf8_lossy(name), "must be UTF-8, percent-encoded");
    let pair = |text: &[u8]| {
        let end = text.iter().position(|byte| *byte == b'=').unwrap_or(text.len());
        let (name, value) = (decoded(&text[..end]), decoded(text.get(end + 1..).unwrap_or_default()));
        let name = String::from_utf8(name).map_err(|fault| refused(fault.as_bytes()))?;
        let value = String::from_utf8(value).map_err(|_| refused(name.as_bytes()))?;
        Ok((name, value))
    };
    text.split(|byte| *byte == b'&').filter(|text| !text.is_empty()).map(pair).collect()
}

fn decoded(text: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    if spaced.contains(&b'%') { percent_decode(&spaced).collect() } else { spaced }
}

/// A body with the key under which its outcome is kept; the key is required.
///
/// `fingerprint` is the SHA-256 of method, path and body: the same key with another fingerprint is a reuse.
#[derive(Debug, Clone)]
pub struct Idempotent<T> {
    pub key: String,
    pub fingerprint: [u8; 32],
    pub body: T,
}

/// A body with an idempotency key that may be left out.
#[derive(Debug, Clone)]
pub struct MaybeIdempotent<T> {
    pub key: Option<String>,
    pub fingerprint: [u8; 32],
    pub body: T,
}

/// A call without fields: an empty body or `{}`.
#[derive(Debug, Clone, Copy, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Idempotent<T> {
    type Rejection = ApiError;
    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let key = idempotency_key(request.headers())?.ok_or_else(|| ApiError::new(Code::KeyMissing))?;
        let MaybeIdempotent { fingerprint, body, .. } = MaybeIdempotent::from_request(request, state).await?;
        Ok(Self { key, fingerprint, body })
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for MaybeIdempotent<T> {
    type Rejection = ApiError;
    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let key = idempotency_key(request.headers())?;
        let mut hash = Sha256::new();
        hash.update(request.method().as_str());
        hash.update([0]);
        hash.update(request.uri().path());
        hash.update([0]);
        let headers = check_media_type(request.headers());
        let bytes = body(request, state).await?;
        hash.update(&bytes);
        let empty = bytes.is_empty() && std::any::type_name::<T>() == std::any::type_name::<Nothing>();
        let body = if empty { parse(b"{}")? } else { headers.and_then(|()| parse(&bytes))? };
        Ok(Self { key, fingerprint: hash.finalize().into(), body })
    }
}

/// Reads `Idempotency-Key`: 1 to 255 visible ASCII characters.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let mut values = headers.get_all(&IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let bytes = value.as_bytes();
    let visible = (1..=255).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic);
    match (visible && values.next().is_none(), value.to_str()) {
        (true, Ok(text)) => Ok(Some(text.to_owned())),
        _ => Err(ApiError::new(Code::KeyInvalid)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only its shape is used")]
    struct Wanted {
        seats: Vec<String>,
        best: Option<Best>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only its shape is used")]
    struct Best {
        quantity: u32,
    }

    fn refused(body: &str) -> (u16, String) {
        let error = parse::<Wanted>(body.as_bytes()).expect_err(body);
        let problem = error.problem("r");
        (problem.status, problem.errors.first().map(|e| e.field.clone()).unwrap_or_default())
    }

    #[test]
    fn a_wrong_body_names_its_field() {
        let table = [
            ("", 400, ""),
            ("{", 400, ""),
            ("{\"seats\":[]} x", 400, ""),
            ("[]", 422, "body"),
            (r#"[["A-1"], null]"#, 422, "body"),
            ("7", 422, "body"),
            ("{}", 422, "seats"),
            (r#"{"seats":[],"colour":1}"#, 422, "colour"),
            (r#"{"seats":["a",7]}"#, 422, "seats[1]"),
            (r#"{"seats":[],"best":{}}"#, 422, "best.quantity"),
            (r#"{"seats":[],"best":{"quantity":"two"}}"#, 422, "best.quantity"),
            (r#"{"seats":[],"best":{"quantity":1,"row":"A"}}"#, 422, "best.row"),
        ];
        for (body, status, field) in table {
            assert_eq!(refused(body), (status, field.to_owned()), "{body}");
        }
    }

    async fn idempotent(key: Option<&str>, path: &str, body: &str) -> Result<Idempotent<serde_json::Value>, ApiError> {
        let mut request = Request::builder().method("POST").uri(path);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let request = request.body(Body::from(body.to_owned())).expect("a request");
        Idempotent::from_request(request, &()).await
    }

    #[tokio::test]
    async fn a_fingerprint_follows_path_and_body() {
        let first = idempotent(Some("k"), "/a", "{}").await.expect("taken").fingerprint;
        assert_eq!(first, idempotent(Some("other"), "/a", "{}").await.expect("taken").fingerprint);
        assert_ne!(first, idempotent(Some("k"), "/b", "{}").await.expect("taken").fingerprint);
        assert_ne!(first, idempotent(Some("k"), "/a", r#"{"a":1}"#).await.expect("taken").fingerprint);
    }

    #[tokio::test]
    async fn a_key_is_1_to_255_visible_characters() {
        let code =
            |key: Option<String>| async move { idempotent(key.as_deref(), "/a", "{}").await.map(|_| ()).map_err(|e| e.code()) };
        assert_eq!(code(None).await, Err(Code::KeyMissing));
        assert_eq!(code(Some(String::new())).await, Err(Code::KeyInvalid));
        assert_eq!(code(Some("a b".into())).await, Err(Code::KeyInvalid));
        assert_eq!(code(Some("x".repeat(255))).await, Ok(()));
        assert_eq!(code(Some("x".repeat(256))).await, Err(Code::KeyInvalid));
    }

    #[test]
    fn parameters_are_taken_once_and_only_if_known() {
        let params = Params(vec![("limit".into(), "101".into()), ("q".into(), "a".into()), ("q".into(), "b".into())]);
        assert!(params.limit().is_err() && params.one("q").is_err() && params.only(&["limit"]).is_err());
        assert_eq!(Params::default().limit().ok(), Some(20));
        let decoded = Params::read("q=a%20b+c%2B%3D%zz=%&&x=&y&=z&%C3%B6=%C3%B6+\u{fffd}").expect("readable").0;
        let expected = [("q", "a b c+=%zz=%"), ("x", ""), ("y", ""), ("", "z"), ("ö", "ö \u{fffd}")];
        assert_eq!(decoded, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        for (refused, field) in
            [("a=b&q=%ff", "q"), ("q=%C3&x=1", "q"), ("q=%EF%BF%BD%ff", "q"), ("%ff=1", "\u{fffd}"), ("q=%00", "q")]
        {
            let error = Params::read(refused).expect_err(refused);
            assert!(format!("{error:?}").contains(&format!("{field:?}")), "{refused}: {error:?}");
        }
    }
}
