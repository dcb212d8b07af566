//! `/docs`: how to begin, every call of the API, and every error, in the house's own look.
//!
//! The reference is made of the OpenAPI document when it is first asked for and kept; no script is needed to read it.

mod errors;
mod prose;
mod reference;
mod schema;

use std::sync::{Arc, OnceLock};

use askama::Template as _;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;
use utoipa::openapi::OpenApi;

use crate::api::base::{Base, is_configured};
use crate::pages::show::{GUARDS, PageResult, show};
use crate::pages::static_files;
use crate::pages::view::Page;
use crate::pages::view::docs::StartPage;
use crate::web::app::App;
use crate::web::class::Class;
use crate::web::error::ApiError;
use crate::web::policy::CachePolicy;
use crate::web::routes::Routes;

/// The reference, once it was written.
#[derive(Clone)]
struct Written {
    document: Arc<Value>,
    html: Arc<OnceLock<Bytes>>,
}

/// The routes of the pages for developers.
///
/// Takes     `files`: whether the pages' files need a route here, since there is no storefront beside.
pub fn routes(document: &OpenApi, files: bool) -> Routes {
    let document = serde_json::to_value(document).unwrap_or_else(|fault| unreachable!("a document is plain data: {fault}"));
    let written = Written { document: Arc::new(document), html: Arc::default() };
    let all = Routes::default()
        .get(Class::Reads, "/docs", start)
        .get(Class::Reads, "/docs/", start)
        .get(Class::Reads, "/docs/reference", move || reference_page(written.clone()))
        .get(Class::Reads, "/docs/errors", errors::errors_page);
    if files { all.get(Class::Reads, "/assets/{digest}/{*path}", static_files::static_file) } else { all }
}

/// From a search to a ticket, in curl and JavaScript.  `GET /docs`
async fn start(app: App, Base(base): Base) -> PageResult {
    // an address that the request's own `Host` gave is for whoever asked, not for a cache
    let policy = if is_configured(&app.config) { CachePolicy::Asset } else { CachePolicy::Private };
    let about = "From a search to a ticket in five calls, with curl and with JavaScript.";
    show(&StartPage { page: Page::public("Getting started", about, "/docs"), base }, policy)
}

/// Every call.  `GET /docs/reference`
async fn reference_page(Written { document, html }: Written) -> PageResult<Response> {
    let bytes = match html.get() {
        Some(bytes) => bytes.clone(),
        None => {
            let page = reference::reference(&document).render().map_err(ApiError::fault)?;
            // two that came at once wrote the same
            html.get_or_init(|| Bytes::from(page)).clone()
        }
    };
    Ok((GUARDS, CachePolicy::Asset, [(CONTENT_TYPE, "text/html; charset=utf-8")], bytes).into_response())
}
