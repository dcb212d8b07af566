//! Users: a mock service. The list never changes while we run.

use std::sync::Arc;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Response};

use super::Facade;
use super::asked::{Named, id};
use super::refused::{Answer, Refused};
use crate::settings::facade::{User, Users};
use crate::web::extract::Json;
use crate::web::policy::etag;

/// The list as it is sent.
pub struct Listed {
    body: Bytes,
    tag: HeaderValue,
}

impl Listed {
    pub fn of(users: &Users) -> Self {
        // texts and ids always write
        let body = Bytes::from(serde_json::to_vec(users.all()).unwrap_or_default());
        Self { tag: etag(&body), body }
    }
}

/// All users.  `GET /api/v1/users`
pub async fn list(Extension(facade): Extension<Arc<Facade>>) -> Response {
    let Listed { body, tag } = &facade.listed;
    let headers = [(CONTENT_TYPE, HeaderValue::from_static("application/json")), (ETAG, tag.clone())];
    (headers, Body::from(body.clone())).into_response()
}

/// One user.  `GET /api/v1/users/{id}`
pub async fn get(Extension(facade): Extension<Arc<Facade>>, Named(text): Named) -> Answer<Json<User>> {
    id(&text).and_then(|id| facade.users.find(id)).cloned().map(Json).ok_or(Refused::Unknown)
}
