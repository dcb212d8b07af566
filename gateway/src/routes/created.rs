//! 201 with the record's ETag and place.

use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::policy::CachePolicy;
use crate::routes::replay::Replayed;
use crate::routes::version::Versioned;

pub fn answer_created<T: Serialize>(location: String, replayed: bool, record: Versioned<T>) -> Response {
    (StatusCode::CREATED, CachePolicy::Private, Replayed(replayed), [(LOCATION, location)], record).into_response()
}
