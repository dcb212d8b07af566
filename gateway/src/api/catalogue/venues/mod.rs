//! Venues: places with an address, a time zone and seat maps.

pub mod body;
mod write;

use axum::response::{IntoResponse, Response};
use catalog::model::{NameFilter, Position};
use domain::VenueId;

use crate::api::catalogue::filters;
use crate::api::catalogue::version::Versioned;
use crate::api::listing::{Listing, PageAsked, PageParams};
use crate::api::refusals::{BadList, Refuses, no};
use crate::web::app::App;
use crate::web::error::ApiResult;
use crate::web::extract::{Json, Params, Path};
use crate::web::finder::OneList;
use crate::web::policy::CachePolicy;
use body::VenueBody;

pub use write::*;

const FILTERS: [&str; 5] = ["city", "country", "external_id", "source", "sort"];
const ORDERS: [(&str, bool); 2] = [("name", false), ("-name", true)];

/// How a list of venues is narrowed and ordered; a comma list means any of it.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "only its description is used")]
pub struct VenueListParams {
    /// Names in any spelling, slugs or ids of cities.
    city: Option<String>,
    /// ISO 3166-1 alpha-2.
    country: Option<String>,
    external_id: Option<String>,
    /// Who calls it by its external id.
    source: Option<String>,
    /// name or -name.
    sort: Option<String>,
}

fn filter(app: &App, params: &Params) -> ApiResult<NameFilter> {
    Ok(NameFilter {
        city: filters::cities(app, params)?,
        country: filters::countries(params)?,
        external_id: filters::values(params, "external_id")?,
        source: filters::values(params, "source")?,
        descending: filters::sort(params, &ORDERS)?,
        ..NameFilter::default()
    })
}

/// Lists venues by name.
#[utoipa::path(
    get, path = "/v1/venues", operation_id = "list_venues", tag = "catalogue",
    params(VenueListParams, PageParams),
    responses((status = 200, body = Listing<VenueBody>), Refuses<BadList>),
)]
pub async fn list_venues(app: App, _one: OneList, params: Params) -> ApiResult<Response> {
    let filter = filter(&app, &params)?;
    let page: PageAsked<Position> = PageAsked::read(&app, "/v1/venues", "", params, &FILTERS)?;
    let found = app.reads.venues(&filter, page.limit, page.after.as_ref()).await?;
    let bodies = found.items.into_iter().map(VenueBody::from).collect();
    let (link, body) = page.answer(&app, bodies, found.next);
    Ok((CachePolicy::Search.tagged(["venues"]), link, Json(body)).into_response())
}

/// Shows a venue.
#[utoipa::path(
    get, path = "/v1/venues/{id}", operation_id = "get_venue", tag = "catalogue",
    params(("id" = uuid::Uuid, Path, description = "The venue.")),
    responses((status = 200, body = VenueBody), Refuses<(no::NotFound,)>),
)]
pub async fn get_venue(app: App, id: Path<VenueId>) -> ApiResult<Response> {
    let found = app.reads.venue(*id).await?;
    let tags = CachePolicy::Search.tagged([format!("venue-{}", *id)]);
    Ok((tags, Versioned { version: found.version, body: VenueBody::from(found) }).into_response())
}
