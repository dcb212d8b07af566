//! Errors as a client sees them: the problem document (RFC 9457) made of a word of [the table](Code).
//!
//! A handler answers `Err(ApiError)`; the response carries the [`ApiError`] as an extension, and the outermost middleware
//! (`observe.rs`) writes the body, since only it knows the request's id. Of what in the rooms it is made, `causes.rs` says.

use std::borrow::Cow;
use std::error::Error;
use std::sync::Arc;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};

pub use super::code::{Code, errors_markdown};

/// What a client is told where WebSocket is spoken and it did not ask for it.
const UPGRADE: [(HeaderName, &str); 3] =
    [(header::UPGRADE, "websocket"), (header::CONNECTION, "upgrade"), (header::SEC_WEBSOCKET_VERSION, "13")];

/// One wrong field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// The field's path or the parameter's name.
    pub field: String,
    pub detail: String,
}

/// The problem document as OpenAPI shows it; further members depend on the code.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Problem<'a> {
    /// Where the code is explained.
    pub r#type: String,
    pub title: &'a str,
    pub status: u16,
    /// The stable word to program against.
    pub code: &'a str,
    pub detail: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub errors: &'a [FieldError],
    pub request_id: &'a str,
    /// Members that belong to the code, such as `opens_at` or `seats`.
    #[serde(flatten)]
    #[schema(additional_properties, value_type = Object)]
    pub extra: &'a Map<String, Value>,
}

/// What a handler answers when it cannot do what was asked.
#[derive(Debug, Clone)]
pub struct ApiError(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    code: Code,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    extra: Map<String, Value>,
    retry_after_seconds: Option<u64>,
    headers: Vec<(HeaderName, HeaderValue)>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

pub type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    /// An error that says what its code means.
    pub fn new(code: Code) -> Self {
        Self(Box::new(Inner {
            code,
            detail: Cow::Borrowed(code.meaning()),
            errors: Vec::new(),
            extra: Map::new(),
            retry_after_seconds: None,
            headers: Vec::new(),
            source: None,
        }))
    }

    /// One wrong field or parameter (422 `invalid`).
    pub fn invalid(field: impl Into<String>, detail: impl Into<String>) -> Self {
        let (field, detail) = (field.into(), detail.into());
        Self::new(Code::Invalid).detail(format!("{field}: {detail}")).field(field, detail)
    }

    pub fn not_found() -> Self {
        Self::new(Code::NotFound)
    }

    /// A failure of ours: logged once with its sources, told to the client without them. Where the database is away or full, the
    /// client is told to come back.
    pub fn fault(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let source = source.into();
        let mut error = if is_away(&*source) { Self::new(Code::Busy).retry_after(1) } else { Self::new(Code::Internal) };
        error.0.source = Some(Arc::from(source));
        error
    }

    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Cow::Owned(detail.into());
        self
    }

    #[must_use]
    pub fn field(mut self, field: impl Into<String>, detail: impl Into<String>) -> Self {
        self.0.errors.push(FieldError { field: field.into(), detail: detail.into() });
        self
    }

    /// Adds a member of the code, such as `opens_at`.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.extra.insert(name.to_owned(), value.into());
        self
    }

    /// Says where to wait for what is held or sold at this event; other refusals stay as they are.
    #[must_use]
    pub fn at_event(self, event: domain::EventId) -> Self {
        match self.code() {
            Code::SeatsHeld | Code::SoldOut => self.with("waitlist_url", format!("/v1/events/{event}/waitlist")),
            _ => self,
        }
    }

    /// Adds `Retry-After`.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after_seconds = Some(seconds);
        self
    }

    /// Adds the headers that tell a limit.
    #[must_use]
    pub fn limited(mut self, headers: [(HeaderName, HeaderValue); 2]) -> Self {
        self.0.headers.extend(headers);
        self
    }

    /// After how many seconds to come back, if that is known.
    pub fn retry_after_seconds(&self) -> Option<u64> {
        self.0.retry_after_seconds
    }

    pub fn code(&self) -> Code {
        self.0.code
    }

    pub fn status(&self) -> StatusCode {
        self.0.code.http()
    }

    /// What failed within, for the log.
    pub fn source(&self) -> Option<&(dyn Error + Send + Sync)> {
        self.0.source.as_deref()
    }

    /// What the façade says of this error in one request.
    pub fn short<'a>(&'a self, request_id: &'a str) -> Short<'a> {
        Short { error: &self.0.detail, request_id }
    }

    /// The problem document of this error in one request.
    pub fn problem<'a>(&'a self, request_id: &'a str) -> Problem<'a> {
        let code = self.0.code;
        Problem {
            r#type: format!("/docs/errors#{}", code.as_str()),
            title: code.title(),
            status: code.status(),
            code: code.as_str(),
            detail: &self.0.detail,
            errors: &self.0.errors,
            request_id,
            extra: &self.0.extra,
        }
    }
}

/// An error without the words of a problem document.
#[derive(Debug, Serialize)]
pub struct Short<'a> {
    error: &'a str,
    request_id: &'a str,
}

/// Whether an error comes of a database that is away.
fn is_away(error: &(dyn Error + 'static)) -> bool {
    let sources = std::iter::successors(Some(error), |error: &&(dyn Error + 'static)| (*error).source());
    // one that many share stands for itself, and its own source would skip it
    let shared = |error: &'_ (dyn Error + 'static)| {
        error.downcast_ref::<Arc<sqlx::Error>>().is_some_and(|error| pg::away(error).is_some())
    };
    let alone =
        |error: &'_ (dyn Error + 'static)| error.downcast_ref::<sqlx::Error>().is_some_and(|error| pg::away(error).is_some());
    sources.into_iter().any(|error| alone(error) || shared(error))
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.0.code.as_str(), self.0.detail)
    }
}

/// Gives status and headers, and itself as an extension from which `observe.rs` writes the body.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        if let Some(seconds) = self.0.retry_after_seconds {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response.headers_mut().extend(self.0.headers.iter().cloned());
        if self.code() == Code::Unauthorized {
            let scheme = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        if self.code() == Code::UpgradeRequired {
            response.headers_mut().extend(UPGRADE.map(|(name, value)| (name, HeaderValue::from_static(value))));
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_is_away_is_no_fault_of_ours_however_deep_it_stands() {
        let away = || sqlx::Error::PoolTimedOut;
        let told = [
            ApiError::fault(away()),
            ApiError::fault(booking::Fault::Database(away())),
            booking::BookingError::from(booking::Fault::Database(away())).into(),
            people::Fault::Database(away()).into(),
            catalog::write::WriteError::Fault(away()).into(),
        ];
        for error in told {
            assert_eq!((error.code(), error.0.retry_after_seconds), (Code::Busy, Some(1)), "{error}");
        }
        assert_eq!(ApiError::fault(sqlx::Error::RowNotFound).code(), Code::Internal);
    }

    #[test]
    fn a_problem_carries_its_field_and_its_members() {
        let error = ApiError::new(Code::SaleNotOpen).with("opens_at", "2027-01-01T00:00:00Z").field("event", "not yet");
        let json = serde_json::to_value(error.problem("r-1")).expect("plain data");
        assert_eq!(json["status"], 409);
        assert_eq!(json["code"], "sale_not_open");
        assert_eq!(json["opens_at"], "2027-01-01T00:00:00Z");
        assert_eq!(json["errors"][0]["field"], "event");
        assert_eq!(json["request_id"], "r-1");
    }

    #[test]
    fn what_failed_within_is_not_told() {
        let error = ApiError::fault(std::io::Error::other("password=secret"));
        let json = serde_json::to_string(&error.problem("r-1")).expect("plain data");
        assert!(!json.contains("secret"), "{json}");
        assert!(error.source().is_some());
    }
}
