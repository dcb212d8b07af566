//! All routes put together, with the layers around them.

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, Uri};
use axum::middleware;
use axum::response::{IntoResponse as _, Response};
use edge::{EdgeConfig, EdgeLayer};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate as _, SizeAbove};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::config::Role;
use crate::error::{ApiError, Code};
use crate::{health, observe, openapi, pages, policy, routes};

/// Shorter bodies are not worth compressing.
const MIN_COMPRESSED_BYTES: u64 = 512;

/// The whole server as one service.
pub fn router(app: App) -> Router {
    let (api, document) = documented(&app);
    let compression = CompressionLayer::new().compress_when(
        SizeAbove::new(MIN_COMPRESSED_BYTES)
            .and(NotForContentType::const_new("image/png"))
            .and(NotForContentType::const_new("font/"))
            .and(NotForContentType::SSE),
    );
    let pages = if app.config.roles.has(Role::Storefront) { pages::router() } else { Router::new() };
    api.merge(openapi::router(&document))
        .merge(pages)
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .layer(middleware::from_fn(policy::apply))
        .layer(DefaultBodyLimit::max(app.config.body_limit_bytes))
        .layer(compression)
        .layer(middleware::from_fn(policy::mark_encoding))
        .layer(middleware::from_fn_with_state(app.clone(), observe::observe))
        .with_state(app)
}

/// The API's router and its document, as far as the roles go.
pub fn documented(app: &App) -> (Router<App>, OpenApi) {
    let roles = app.config.roles;
    let mut all = OpenApiRouter::with_openapi(openapi::frame());
    if roles.has(Role::Catalog) {
        all = all.merge(routes::catalog());
    }
    if roles.has(Role::Booking) {
        all = all.merge(routes::booking());
    }
    if roles.has(Role::Renderer) {
        let passing = || EdgeLayer::new(EdgeConfig { max_bytes: 0, max_body: 0 });
        all = all.merge(routes::drawings(if roles.has(Role::Edge) { app.edge.clone() } else { passing() }));
    }
    let (router, mut document) = all.merge(health::router()).split_for_parts();
    openapi::finish(&mut document);
    (router, document)
}

/// What leads nowhere: a page for a browser, a problem for a program.
async fn no_route(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Response {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("");
    let page = app.config.roles.has(Role::Storefront) && accepted.contains("text/html") && !uri.path().starts_with("/v1/");
    if page { pages::not_found_page() } else { ApiError::not_found().detail("there is no such path").into_response() }
}

async fn no_method() -> ApiError {
    ApiError::new(Code::MethodNotAllowed)
}
