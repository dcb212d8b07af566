//! Series: what several events are dates of.

pub mod body;
mod write;

use axum::response::{IntoResponse, Response};
use catalog::model::{CityDates, NameFilter, Position};
use domain::SeriesId;

use crate::api::catalogue::filters;
use crate::api::catalogue::version::Versioned;
use crate::api::listing::{Listing, PageAsked, PageParams};
use crate::api::refusals::{BadList, Refuses, no};
use crate::web::app::App;
use crate::web::error::ApiResult;
use crate::web::extract::{Json, Params, Path};
use crate::web::finder::OneList;
use crate::web::policy::CachePolicy;
use body::{CityDatesBody, SeriesBody, SeriesDatesBody};

pub use write::*;

const FILTERS: [&str; 4] = ["category", "external_id", "source", "sort"];
const ORDERS: [(&str, bool); 2] = [("title", false), ("-title", true)];

/// How a list of series is narrowed and ordered; a comma list means any of it.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "only its description is used")]
pub struct SeriesListParams {
    category: Option<String>,
    external_id: Option<String>,
    /// Who calls it by its external id.
    source: Option<String>,
    /// title or -title.
    sort: Option<String>,
}

fn filter(params: &Params) -> ApiResult<NameFilter> {
    Ok(NameFilter {
        category: filters::values(params, "category")?,
        external_id: filters::values(params, "external_id")?,
        source: filters::values(params, "source")?,
        descending: filters::sort(params, &ORDERS)?,
        ..NameFilter::default()
    })
}

/// Lists series by title.
#[utoipa::path(
    get, path = "/v1/series", operation_id = "list_series", tag = "catalogue",
    params(SeriesListParams, PageParams),
    responses((status = 200, body = Listing<SeriesBody>), Refuses<BadList>),
)]
pub async fn list_series(app: App, _one: OneList, params: Params) -> ApiResult<Response> {
    let filter = filter(&params)?;
    let page: PageAsked<Position> = PageAsked::read(&app, "/v1/series", "", params, &FILTERS)?;
    let found = app.reads.all_series(&filter, page.limit, page.after.as_ref()).await?;
    let bodies = found.items.into_iter().map(SeriesBody::from).collect();
    let (link, body) = page.answer(&app, bodies, found.next);
    Ok((CachePolicy::Search.tagged(["series"]), link, Json(body)).into_response())
}

/// Shows a series.
#[utoipa::path(
    get, path = "/v1/series/{id}", operation_id = "get_series", tag = "catalogue",
    params(("id" = uuid::Uuid, Path, description = "The series.")),
    responses((status = 200, body = SeriesBody), Refuses<(no::NotFound,)>),
)]
pub async fn get_series(app: App, id: Path<SeriesId>) -> ApiResult<Response> {
    let found = app.reads.series(*id).await?;
    let tags = CachePolicy::Search.tagged([format!("series-{}", *id)]);
    Ok((tags, Versioned { version: found.version, body: SeriesBody::from(found) }).into_response())
}

/// Lists a series' dates, grouped by city and venue; cities and venues in the order of their first date.
///
/// A page has up to `limit` cities; at most the soonest 1,000 dates are grouped, `/v1/events?series_id=` has the rest.
#[utoipa::path(
    get, path = "/v1/series/{id}/events", operation_id = "list_series_events", tag = "catalogue",
    params(
        ("id" = uuid::Uuid, Path, description = "The series."),
        ("from" = Option<String>, Query, description = "Leaves earlier dates out: an RFC 3339 time, or a day in UTC."),
        PageParams,
    ),
    responses((status = 200, body = SeriesDatesBody), Refuses<(BadList, no::NotFound)>),
)]
pub async fn list_series_events(app: App, _one: OneList, series: Path<SeriesId>, params: Params) -> ApiResult<Response> {
    let from = filters::from(&params)?;
    let page: PageAsked<CityKey> = PageAsked::read(&app, &format!("/v1/series/{}/events", *series), "", params, &["from"])?;
    let (found, mut cities) = app.reads.series_dates(*series, from).await?;
    if let Some(seen) = page.after.as_ref().and_then(|after| cities.iter().position(|city| city_key(city) == *after)) {
        cities.drain(..=seen);
    }
    let keys: Vec<CityKey> = cities.iter().map(city_key).collect();
    cities.truncate(page.limit.into());
    let next = keys.get(cities.len()).and_then(|_| keys.get(cities.len().saturating_sub(1))).cloned();
    let (link, listing) = page.answer(&app, cities.into_iter().map(CityDatesBody::from).collect(), next);
    let body = SeriesDatesBody { series: SeriesBody::from(found), items: listing.items, next_cursor: listing.next_cursor };
    Ok((CachePolicy::Search.tagged([&*format!("series-{}", *series), "events"]), link, Json(body)).into_response())
}

/// What tells one group from another: the city's id, or its name where it has none.
type CityKey = (Option<uuid::Uuid>, String, String);

fn city_key(dates: &CityDates) -> CityKey {
    (dates.city_id.map(|id| id.0), dates.country.clone(), dates.city.clone())
}
