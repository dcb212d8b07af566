//! Events: what can be found and sold.

pub mod body;
pub mod new;
mod write;

use axum::response::{IntoResponse, Response};
use catalog::model::{Event, EventFilter, EventSort, Position};
use catalog::search::Badge;
use domain::{Availability, EventId, EventStatus, PerformerId, VenueId};

use crate::api::catalogue::filters;
use crate::api::catalogue::version::Versioned;
use crate::api::listing::{Listing, PageAsked, PageParams};
use crate::api::refusals::{BadList, Refuses, no};
use crate::web::app::App;
use crate::web::error::{ApiError, ApiResult};
use crate::web::extract::{Json, Params, Path};
use crate::web::finder::OneList;
use crate::web::policy::{CachePolicy, Tagged};
use body::EventBody;

pub use write::*;

const FILTERS: [&str; 11] =
    ["venue_id", "performer_id", "series_id", "city", "country", "category", "external_id", "source", "from", "to", "sort"];
const ORDERS: [(&str, EventSort); 4] = [
    ("date", EventSort::Date),
    ("-date", EventSort::DateDescending),
    ("name", EventSort::Name),
    ("-name", EventSort::NameDescending),
];

/// How a list of events is narrowed and ordered; a comma list means any of it.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "only its description is used")]
pub struct EventListParams {
    venue_id: Option<String>,
    performer_id: Option<String>,
    series_id: Option<String>,
    /// Names in any spelling, slugs or ids of cities.
    city: Option<String>,
    /// ISO 3166-1 alpha-2.
    country: Option<String>,
    category: Option<String>,
    external_id: Option<String>,
    /// Who calls it by its external id.
    source: Option<String>,
    /// Starts at or after, or only has a day that is not over then: an RFC 3339 time, or a day in UTC.
    from: Option<String>,
    /// Starts at or before: an RFC 3339 time, or a day in UTC.
    to: Option<String>,
    /// date, -date, name or -name.
    sort: Option<String>,
}

fn filter(app: &App, params: &Params) -> ApiResult<EventFilter> {
    Ok(EventFilter {
        venue_id: filters::ids(params, "venue_id")?,
        performer_id: filters::ids(params, "performer_id")?,
        series_id: filters::ids(params, "series_id")?,
        city: filters::cities(app, params)?,
        country: filters::countries(params)?,
        category: filters::values(params, "category")?,
        external_id: filters::values(params, "external_id")?,
        source: filters::values(params, "source")?,
        from: filters::from(params)?,
        to: filters::to(params)?,
    })
}

/// The badge of an event: booking's counts where there are any.
pub fn badge(app: &App, event: &Event) -> Badge {
    let row = &event.row;
    let sells = row.seat_map_id.is_some() && !row.tiers.is_empty() && row.sale_opens_at.is_some();
    let plain = |availability| Badge::of_all(availability, event.updated_at);
    match row.status {
        EventStatus::Cancelled => plain(Availability::Cancelled),
        _ if !sells => plain(Availability::NotOnSale),
        _ => app.catalog.overlay().get(row.id).unwrap_or_else(|| plain(Availability::Available)),
    }
}

pub fn event_body(app: &App, event: Event) -> EventBody {
    let badge = badge(app, &event);
    EventBody::of(event, badge)
}

/// An event's page shows its venue, series and bill: it is forgotten with any of them.
pub fn event_tags(event: &Event) -> Tagged {
    let row = &event.row;
    let mut tags = vec![format!("event-{}", row.id)];
    tags.extend(row.venue_id.map(|id| format!("venue-{id}")));
    tags.extend(row.series_id.map(|id| format!("series-{id}")));
    tags.extend(row.performers.iter().take(20).map(|cast| format!("performer-{}", cast.performer_id)));
    CachePolicy::Live.tagged(tags)
}

/// Lists events, the soonest first.
#[utoipa::path(
    get, path = "/v1/events", operation_id = "list_events", tag = "catalogue",
    params(EventListParams, PageParams),
    responses((status = 200, body = Listing<EventBody>), Refuses<BadList>),
)]
pub async fn list_events(app: App, _one: OneList, params: Params) -> ApiResult<Response> {
    let filter = filter(&app, &params)?;
    events_page(&app, "/v1/events", params, filter, "all-events".to_owned()).await
}

/// Lists a venue's events, the soonest first.
#[utoipa::path(
    get, path = "/v1/venues/{id}/events", operation_id = "list_venue_events", tag = "catalogue",
    params(("id" = uuid::Uuid, Path, description = "The venue."), EventListParams, PageParams),
    responses((status = 200, body = Listing<EventBody>), Refuses<(BadList, no::NotFound)>),
)]
pub async fn list_venue_events(app: App, _one: OneList, venue: Path<VenueId>, params: Params) -> ApiResult<Response> {
    let mut filter = filter(&app, &params)?;
    filter.venue_id = of_the_path("venue_id", filter.venue_id, *venue)?;
    app.reads.venue(*venue).await?;
    events_page(&app, &format!("/v1/venues/{}/events", *venue), params, filter, format!("venue-{}", *venue)).await
}

/// Lists a performer's events, the soonest first.
#[utoipa::path(
    get, path = "/v1/performers/{id}/events", operation_id = "list_performer_events", tag = "catalogue",
    params(("id" = uuid::Uuid, Path, description = "The performer."), EventListParams, PageParams),
    responses((status = 200, body = Listing<EventBody>), Refuses<(BadList, no::NotFound)>),
)]
pub async fn list_performer_events(app: App, _one: OneList, performer: Path<PerformerId>, params: Params) -> ApiResult<Response> {
    let mut filter = filter(&app, &params)?;
    filter.performer_id = of_the_path("performer_id", filter.performer_id, *performer)?;
    app.reads.performer(*performer).await?;
    events_page(&app, &format!("/v1/performers/{}/events", *performer), params, filter, format!("performer-{}", *performer)).await
}

/// What the path names; a parameter may say it again, but nothing else.
pub(super) fn of_the_path<T: PartialEq>(name: &str, asked: Vec<T>, path: T) -> ApiResult<Vec<T>> {
    match asked.iter().all(|asked| *asked == path) {
        true => Ok(vec![path]),
        false => Err(ApiError::invalid(name, "the path names another")),
    }
}

async fn events_page(app: &App, path: &str, params: Params, filter: EventFilter, tag: String) -> ApiResult<Response> {
    let sort = filters::sort(&params, &ORDERS)?;
    let page: PageAsked<Position> = PageAsked::read(app, path, "", params, &FILTERS)?;
    let found = app.reads.events(&filter, sort, page.limit, page.after.as_ref()).await?;
    let bodies = found.items.into_iter().map(|event| event_body(app, event)).collect();
    let (link, body) = page.answer(app, bodies, found.next);
    Ok((CachePolicy::Search.tagged([&*tag, "events"]), link, Json(body)).into_response())
}

/// Shows an event.
#[utoipa::path(
    get, path = "/v1/events/{id}", operation_id = "get_event", tag = "catalogue",
    params(("id" = uuid::Uuid, Path, description = "The event.")),
    responses((status = 200, body = EventBody), Refuses<(no::NotFound,)>),
)]
pub async fn get_event(app: App, event: Path<EventId>) -> ApiResult<Response> {
    let event = app.reads.event(*event).await?;
    Ok((event_tags(&event), Versioned { version: event.version, body: event_body(&app, event) }).into_response())
}
