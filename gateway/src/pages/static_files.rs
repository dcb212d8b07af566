//! Serving the files of `assets.rs`: for ever under the digest of today, briefly under one of yesterday.

use axum::extract::Path;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use crate::pages::assets;
use crate::pages::show::PageResult;
use crate::web::app::App;
use crate::web::error::ApiError;
use crate::web::policy::CachePolicy;

/// A file.  `GET /assets/{digest}/{path}`
///
/// Gives     today's file, also to a page that was loaded before the program changed.
pub async fn static_file(Path((digest, path)): Path<(String, String)>) -> PageResult<Response> {
    let (bytes, kind) = assets::file(&path).ok_or_else(ApiError::not_found)?;
    let policy = if digest == *assets::DIGEST { CachePolicy::Immutable } else { CachePolicy::Asset };
    Ok((policy, [(CONTENT_TYPE, kind)], axum::body::Bytes::from_owner(bytes)).into_response())
}

/// What browsers ask for unasked.  `GET /favicon.ico`
pub async fn icon() -> PageResult<Response> {
    let (bytes, kind) = assets::file("icon.svg").ok_or_else(ApiError::not_found)?;
    Ok((CachePolicy::Asset, [(CONTENT_TYPE, kind)], axum::body::Bytes::from_owner(bytes)).into_response())
}

/// What crawlers may read: the catalogue, not what belongs to buyers.  `GET /robots.txt`
pub async fn robots(app: App) -> Response {
    let closed = ["/holds/", "/orders/", "/me", "/sandbox/", "/search/results", "/v1/"].map(|path| format!("Disallow: {path}\n"));
    let text = format!("User-agent: *\n{}\nSitemap: {}/sitemap.xml\n", closed.concat(), app.config.public_url);
    (CachePolicy::Asset, [(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

/// The map's geometry, for ever the same under its id.  `GET /assets/maps/{file}`
pub async fn map_geometry(app: App, Path(file): Path<String>) -> PageResult {
    let id = file.strip_suffix(".json").and_then(|id| id.parse().ok()).ok_or_else(ApiError::not_found)?;
    let map = app.studio.floor_plan(&app.reads, id).await?;
    let json = serde_json::to_vec(&super::find::geometry::Geometry::from(&*map)).map_err(ApiError::fault)?;
    let kind = (CONTENT_TYPE, "application/json");
    Ok((CachePolicy::Immutable, [kind], json).into_response())
}
