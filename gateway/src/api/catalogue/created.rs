//! 201 with the record's ETag and place.

use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::api::booking::replay::Replayed;
use crate::api::catalogue::version::Versioned;
use crate::web::policy::CachePolicy;

pub fn answer_created<T: Serialize>(location: String, replayed: bool, record: Versioned<T>) -> Response {
    (StatusCode::CREATED, CachePolicy::Private, Replayed(replayed), [(LOCATION, location)], record).into_response()
}
