//! Users: a mock service. The list never changes while we run.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Response};

use super::asked::{Named, id};
use super::memory::Memory;
use super::refused::{FacadeResult, Refused};
use crate::settings::facade::User;
use crate::web::extract::Json;

/// All users.  `GET /api/v1/users`
pub async fn list(Extension(facade): Extension<Arc<Memory>>) -> Response {
    let (body, tag) = (&facade.listed.body, &facade.listed.tag);
    let headers = [(CONTENT_TYPE, HeaderValue::from_static("application/json")), (ETAG, tag.clone())];
    (headers, Body::from(body.clone())).into_response()
}

/// One user.  `GET /api/v1/users/{id}`
pub async fn get(Extension(facade): Extension<Arc<Memory>>, Named(text): Named) -> FacadeResult<Json<User>> {
    id(&text).and_then(|id| facade.users.find(id)).cloned().map(Json).ok_or(Refused::Unknown)
}
