//! All routes put together, with the layers around them.

use std::collections::HashSet;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate as _, SizeAbove};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::config::{Role, Roles};
use crate::error::{ApiError, Code};
use crate::{health, observe, openapi, policy, routes};

/// Shorter bodies are not worth compressing.
const MIN_COMPRESSED_BYTES: u64 = 512;

/// The whole server as one service.
pub fn router(app: App) -> Router {
    let (api, document) = documented(app.config.roles);
    let hidden = hidden_routes(app.config.roles);
    let compression = CompressionLayer::new().compress_when(
        SizeAbove::new(MIN_COMPRESSED_BYTES)
            .and(NotForContentType::const_new("image/png"))
            .and(NotForContentType::const_new("font/"))
            .and(NotForContentType::SSE),
    );
    api.merge(openapi::router(&document))
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .layer(middleware::from_fn(policy::apply))
        .layer(DefaultBodyLimit::max(app.config.body_limit_bytes))
        .layer(compression)
        .layer(middleware::from_fn(policy::mark_encoding))
        .layer(middleware::from_fn_with_state(Arc::new(hidden), hide))
        .layer(middleware::from_fn_with_state(app.clone(), observe::observe))
        .with_state(app)
}

/// The API's router and its document, as far as the roles go.
pub fn documented(roles: Roles) -> (Router<App>, OpenApi) {
    let all = OpenApiRouter::with_openapi(openapi::frame()).merge(routes::router()).merge(health::router());
    let (router, mut document) = all.split_for_parts();
    let hidden = hidden_in(&document, roles);
    document.paths.paths.retain(|path, _| !hidden.contains(path));
    openapi::finish(&mut document);
    (router, document)
}

/// Paths whose role does not run here.
fn hidden_routes(roles: Roles) -> HashSet<String> {
    if roles == Roles::ALL {
        return HashSet::new();
    }
    hidden_in(&routes::router().into_openapi(), roles)
}

fn hidden_in(document: &OpenApi, roles: Roles) -> HashSet<String> {
    let runs = |path: &&String| {
        let item = &document.paths.paths[*path];
        let tags = openapi::operations(item).into_iter().filter_map(|(_, operation)| operation.tags.as_ref()).flatten();
        tags.into_iter().filter_map(|tag| role_of(tag)).all(|role| roles.has(role))
    };
    document.paths.paths.keys().filter(|path| !runs(path)).cloned().collect()
}

/// The role that serves the operations of a tag; none runs everywhere.
fn role_of(tag: &str) -> Option<Role> {
    match tag {
        "search" | "catalogue" => Some(Role::Catalog),
        "booking" => Some(Role::Booking),
        "drawings" => Some(Role::Renderer),
        _ => None,
    }
}

/// Middleware: what another process serves is not here.
async fn hide(State(hidden): State<Arc<HashSet<String>>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>();
    if !hidden.is_empty() && route.is_some_and(|route| hidden.contains(route.as_str())) {
        return no_route().await.into_response();
    }
    next.run(request).await
}

async fn no_route() -> ApiError {
    ApiError::not_found().detail("there is no such path")
}

async fn no_method() -> ApiError {
    ApiError::new(Code::MethodNotAllowed)
}
