//! Cities: where venues stand, and what is on there.

use axum::response::{IntoResponse, Response};
use catalog::model::{City, CityFilter, CityTally, Position, Tally};
use domain::CityId;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::catalogue::filters;
use crate::api::catalogue::series::body::SeriesBody;
use crate::api::listing::{Listing, PageAsked, PageParams};
use crate::api::refusals::{BadList, Refuses, no};
use crate::web::app::App;
use crate::web::error::{ApiError, ApiResult};
use crate::web::extract::{Json, Params, Path};
use crate::web::finder::OneList;
use crate::web::policy::CachePolicy;

/// A city with venues.
#[derive(Debug, Serialize, ToSchema)]
pub struct CityBody {
    #[schema(example = "city")]
    pub kind: &'static str,
    pub id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    #[schema(example = "brisbane")]
    pub slug: String,
    #[schema(example = "Brisbane")]
    pub name: String,
    pub region: String,
    /// ISO 3166-1 alpha-2.
    #[schema(example = "AU")]
    pub country: String,
    pub country_name: String,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    #[schema(example = "Australia/Brisbane")]
    pub timezone: String,
    pub population: u64,
    pub aliases: Vec<String>,
    /// Events there, past ones too.
    pub events: u64,
    pub upcoming_events: u64,
    pub next_starts_at: Option<Timestamp>,
    pub links: CityLinks,
}

/// Where to go from a city.
#[derive(Debug, Serialize, ToSchema)]
pub struct CityLinks {
    pub series: String,
    pub events: String,
}

impl CityBody {
    fn of(city: City, tally: Tally) -> Self {
        let id = city.id;
        Self {
            kind: "city",
            id: id.0,
            external_id: city.external_id,
            slug: city.slug,
            name: city.name,
            region: city.region,
            country: city.country,
            country_name: city.country_name,
            lat: city.place.map(|place| place.lat),
            lon: city.place.map(|place| place.lon),
            timezone: city.timezone,
            population: city.population,
            aliases: city.aliases,
            events: tally.events,
            upcoming_events: tally.upcoming,
            next_starts_at: tally.next,
            links: CityLinks { series: format!("/v1/cities/{id}/series"), events: format!("/v1/events?city={id}") },
        }
    }
}

/// How a list of cities is narrowed and ordered; a comma list means any of it.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "only its description is used")]
pub struct CityListParams {
    /// ISO 3166-1 alpha-2.
    country: Option<String>,
    external_id: Option<String>,
    /// `yes`: only cities where something is still to come.
    upcoming: Option<String>,
    /// name or -name.
    sort: Option<String>,
}

fn filter(app: &App, params: &Params) -> ApiResult<CityFilter> {
    let upcoming_from = match params.one("upcoming")? {
        None | Some("no") => None,
        Some("yes") => Some(app.clock.now()),
        Some(_) => return Err(ApiError::invalid("upcoming", "must be yes or no")),
    };
    Ok(CityFilter {
        country: filters::countries(params)?,
        external_id: filters::values(params, "external_id")?,
        upcoming_from,
        descending: filters::sort(params, &[("name", false), ("-name", true)])?,
    })
}

/// Lists cities by name.
#[utoipa::path(
    get, path = "/v1/cities", operation_id = "list_cities", tag = "catalogue",
    params(CityListParams, PageParams),
    responses((status = 200, body = Listing<CityBody>), Refuses<BadList>),
)]
pub async fn list_cities(app: App, _one: OneList, params: Params) -> ApiResult<Response> {
    let filter = filter(&app, &params)?;
    let page: PageAsked<Position> =
        PageAsked::read(&app, "/v1/cities", "", params, &["country", "external_id", "upcoming", "sort"])?;
    let found = app.reads.cities(&filter, page.limit, page.after.as_ref(), app.clock.now()).await?;
    let body = |CityTally { city, tally }| CityBody::of(city, tally);
    let (link, body) = page.answer(&app, found.items.into_iter().map(body).collect(), found.next);
    Ok((CachePolicy::Search.tagged(["cities", "events"]), link, Json(body)).into_response())
}

/// Lists the series with a date in a city, by title.
#[utoipa::path(
    get, path = "/v1/cities/{id}/series", operation_id = "list_city_series", tag = "catalogue",
    params(
        ("id" = Uuid, Path, description = "The city."),
        ("from" = Option<String>, Query, description = "Only with a date from then on: an RFC 3339 time, or a day in UTC."),
        PageParams,
    ),
    responses((status = 200, body = Listing<SeriesBody>), Refuses<(BadList, no::NotFound)>),
)]
pub async fn list_city_series(app: App, _one: OneList, city: Path<CityId>, params: Params) -> ApiResult<Response> {
    let from = filters::from(&params)?;
    let page: PageAsked<Position> = PageAsked::read(&app, &format!("/v1/cities/{}/series", *city), "", params, &["from"])?;
    let found = app.reads.series_in(*city, from, page.limit, page.after.as_ref()).await?;
    let (link, body) = page.answer(&app, found.items.into_iter().map(SeriesBody::from).collect(), found.next);
    Ok((CachePolicy::Search.tagged([&*format!("city-{}", *city), "series", "events"]), link, Json(body)).into_response())
}
