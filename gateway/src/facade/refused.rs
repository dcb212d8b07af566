//! How the interface says no.

use std::borrow::Cow;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use booking::BookingError;
use catalog::reads::ReadError;
use catalog::write::WriteError;
use serde::Serialize;

use crate::web::error::ApiError;
use crate::web::extract::Json;

/// Why something was not done.
#[derive(Debug)]
pub enum Refused {
    /// 400.
    Malformed(Cow<'static, str>),
    /// 404.
    Unknown,
    /// 422: it made sense, and the rules say no.
    Unprocessable(String),
    /// As it is anywhere else: too large, too busy, our own failure.
    Other(ApiError),
}

pub type FacadeResult<T> = Result<T, Refused>;

/// The body of every error.
#[derive(Debug, Serialize)]
struct ErrorBody<'a> {
    error: &'a str,
}

impl Refused {
    pub fn malformed(why: impl Into<Cow<'static, str>>) -> Self {
        Self::Malformed(why.into())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, error) = match &self {
            Self::Malformed(why) => (StatusCode::BAD_REQUEST, &**why),
            Self::Unknown => (StatusCode::NOT_FOUND, "there is no such thing"),
            Self::Unprocessable(why) => (StatusCode::UNPROCESSABLE_ENTITY, why.as_str()),
            // the layer around all routes writes it
            Self::Other(error) => return error.clone().into_response(),
        };
        (status, Json(ErrorBody { error })).into_response()
    }
}

impl From<BookingError> for Refused {
    fn from(error: BookingError) -> Self {
        match error {
            BookingError::NotFound => Self::Unknown,
            BookingError::Refused(refusal) => Self::Unprocessable(refusal.to_string()),
            error => Self::Other(error.into()),
        }
    }
}

impl From<ReadError> for Refused {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NotFound => Self::Unknown,
            error => Self::Other(error.into()),
        }
    }
}

impl From<WriteError> for Refused {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::NotFound => Self::Unknown,
            WriteError::Invalid(invalid) => Self::malformed(invalid.to_string()),
            error => Self::Other(error.into()),
        }
    }
}

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self::Other(error)
    }
}

/// What no path of the interface is.
pub async fn nothing_here() -> Refused {
    Refused::Unknown
}
