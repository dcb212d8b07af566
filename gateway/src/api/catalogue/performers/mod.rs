//! Performers: people and groups on stage.

pub mod body;
mod write;

use axum::response::{IntoResponse, Response};
use catalog::model::{NameFilter, Position};
use domain::PerformerId;

use crate::api::catalogue::filters;
use crate::api::catalogue::version::Versioned;
use crate::api::listing::{Listing, PageAsked, PageParams};
use crate::api::refusals::{BadList, Refuses, no};
use crate::web::app::App;
use crate::web::error::ApiResult;
use crate::web::extract::{Json, Params, Path};
use crate::web::finder::OneList;
use crate::web::policy::CachePolicy;
use body::PerformerBody;

pub use write::*;

const FILTERS: [&str; 4] = ["country", "external_id", "source", "sort"];
const ORDERS: [(&str, bool); 2] = [("name", false), ("-name", true)];

/// How a list of performers is narrowed and ordered; a comma list means any of it.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "only its description is used")]
pub struct PerformerListParams {
    /// ISO 3166-1 alpha-2.
    country: Option<String>,
    external_id: Option<String>,
    /// Who calls it by its external id.
    source: Option<String>,
    /// name or -name.
    sort: Option<String>,
}

fn filter(params: &Params) -> ApiResult<NameFilter> {
    Ok(NameFilter {
        country: filters::countries(params)?,
        external_id: filters::values(params, "external_id")?,
        source: filters::values(params, "source")?,
        descending: filters::sort(params, &ORDERS)?,
        ..NameFilter::default()
    })
}

/// Lists performers by name.
#[utoipa::path(
    get, path = "/v1/performers", operation_id = "list_performers", tag = "catalogue",
    params(PerformerListParams, PageParams),
    responses((status = 200, body = Listing<PerformerBody>), Refuses<BadList>),
)]
pub async fn list_performers(app: App, _one: OneList, params: Params) -> ApiResult<Response> {
    let filter = filter(&params)?;
    let page: PageAsked<Position> = PageAsked::read(&app, "/v1/performers", "", params, &FILTERS)?;
    let found = app.reads.performers(&filter, page.limit, page.after.as_ref()).await?;
    let bodies = found.items.into_iter().map(PerformerBody::from).collect();
    let (link, body) = page.answer(&app, bodies, found.next);
    Ok((CachePolicy::Search.tagged(["performers"]), link, Json(body)).into_response())
}

/// Shows a performer.
#[utoipa::path(
    get, path = "/v1/performers/{id}", operation_id = "get_performer", tag = "catalogue",
    params(("id" = uuid::Uuid, Path, description = "The performer.")),
    responses((status = 200, body = PerformerBody), Refuses<(no::NotFound,)>),
)]
pub async fn get_performer(app: App, id: Path<PerformerId>) -> ApiResult<Response> {
    let found = app.reads.performer(*id).await?;
    let tags = CachePolicy::Search.tagged([format!("performer-{}", *id)]);
    Ok((tags, Versioned { version: found.version, body: PerformerBody::from(found) }).into_response())
}
