//! The sheet of a concert: one mark a place, the sold ones filled.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Response};

use super::asked::Named;
use super::concerts::event;
use super::memory::Memory;
use super::refused::FacadeResult;
use crate::web::app::App;

/// The sheet.  `GET /api/v1/concerts/{id}/seats`
pub async fn get(app: App, Extension(facade): Extension<Arc<Memory>>, Named(text): Named) -> FacadeResult<Response> {
    let plan = facade.plans.get(&app, event(&text)?).await?;
    let headers = [(CONTENT_TYPE, HeaderValue::from_static("image/svg+xml")), (ETAG, plan.tag.clone())];
    Ok((headers, Body::from(plan.svg.clone())).into_response())
}
