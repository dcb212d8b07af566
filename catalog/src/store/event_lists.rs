//! Events as details and lists show them: with venue, city, series and the names on the bill.

use std::collections::HashMap;

use domain::{CityId, EventId, SeriesId, VenueId};
use jiff::Timestamp;
use sqlx::{PgConnection, Row, postgres::PgRow, types::Json};
use uuid::Uuid;

use super::event_sources::{precision, status};
use super::{column, event_performers, filter};
use crate::model::{
    Cast, CastMember, CityDates, Event, EventFilter, EventRow, EventSeries, EventSort, EventVenue, Page, Position, VenueDates,
};

/// The most dates of a series that one grouped answer shows.
pub const MAX_SERIES_DATES: u16 = 1_000;

pub async fn get(conn: &mut PgConnection, id: EventId) -> sqlx::Result<Option<Event>> {
    let row = sqlx::query("-- events.get\nSELECT * FROM event_cards WHERE id = $1").bind(id.0).fetch_optional(&mut *conn).await?;
    Ok(with_bills(conn, row.iter().collect()).await?.pop())
}

/// An event's row alone, to be changed and written back.
pub async fn row_of(conn: &mut PgConnection, id: EventId) -> sqlx::Result<Option<EventRow>> {
    Ok(get(conn, id).await?.map(|event| event.row))
}

/// Lists events.
///
/// Cost      by date: a walk of an index; by name: sorts all events that match.
pub async fn list(
    conn: &mut PgConnection,
    wanted: &EventFilter,
    sort: EventSort,
    limit: u16,
    after: Option<&Position>,
) -> sqlx::Result<Page<Event>> {
    let (key, descending) = match sort {
        EventSort::Date => ("starts_at", false),
        EventSort::DateDescending => ("starts_at", true),
        EventSort::Name => ("title", false),
        EventSort::NameDescending => ("title", true),
    };
    let mut query = filter::Statement::new("-- events.list\nSELECT * FROM event_cards WHERE true");
    restrict(&mut query, wanted);
    filter::behind(&mut query, key, descending, after);
    filter::ordered(&mut query, key, descending, limit);
    let rows = query.build().fetch_all(&mut *conn).await?;
    let events = with_bills(conn, rows.iter().collect()).await?;
    Ok(filter::page(events, limit, |last| match key {
        "title" => Position::Name(last.row.title.clone(), last.row.id.0),
        _ => Position::Date(last.row.starts_at, last.row.id.0),
    }))
}

fn restrict(query: &mut filter::Statement, wanted: &EventFilter) {
    filter::any_id(query, "venue_id", wanted.venue_id.iter().map(|id| id.0));
    filter::any_id(query, "series_id", wanted.series_id.iter().map(|id| id.0));
    filter::any_city(query, &wanted.city);
    filter::any_text(query, "country", &wanted.country);
    filter::any_text(query, "category", &wanted.category);
    filter::any_text(query, "external_id", &wanted.external_id);
    if !wanted.performer_id.is_empty() {
        query.push(" AND id IN (SELECT event_id FROM cast_cards WHERE true");
        filter::any_id(query, "performer_id", wanted.performer_id.iter().map(|id| id.0));
        query.push(")");
    }
    if let Some(from) = wanted.from {
        query.push(" AND starts_at >= ").push_bind(column::bind(from));
    }
    if let Some(to) = wanted.to {
        query.push(" AND starts_at < ").push_bind(column::bind(to));
    }
}

/// A series' dates grouped by city and venue: cities and venues in the order of their first date, dates by time.
///
/// Takes     `from`: leaves earlier dates out.
/// Gives     at most [`MAX_SERIES_DATES`] dates, the soonest; the list of events has the rest.
pub async fn series_dates(conn: &mut PgConnection, series: SeriesId, from: Option<Timestamp>) -> sqlx::Result<Vec<CityDates>> {
    let wanted = EventFilter { series_id: vec![series], from, ..EventFilter::default() };
    let dates = list(conn, &wanted, EventSort::Date, MAX_SERIES_DATES, None).await?;
    Ok(group(dates.items))
}

fn group(events: Vec<Event>) -> Vec<CityDates> {
    let mut cities: Vec<CityDates> = Vec::new();
    let mut at: HashMap<Option<VenueId>, (usize, usize)> = HashMap::new();
    for event in events {
        let venue_id = event.venue.as_ref().map(|venue| venue.id);
        let (city, venue) = *at.entry(venue_id).or_insert_with(|| place_of(&mut cities, event.venue.as_ref()));
        cities[city].venues[venue].events.push(event);
    }
    cities
}

/// Finds or makes the group of a venue's city and makes the venue's group in it.
fn place_of(cities: &mut Vec<CityDates>, venue: Option<&EventVenue>) -> (usize, usize) {
    let text = |of: fn(&EventVenue) -> &String| venue.map(of).cloned().unwrap_or_default();
    let new = CityDates {
        city_id: venue.and_then(|venue| venue.city_id),
        city: text(|venue| &venue.city),
        region: text(|venue| &venue.region),
        country: text(|venue| &venue.country),
        venues: Vec::new(),
    };
    let same = |city: &CityDates| (city.city_id, &city.city, &city.country) == (new.city_id, &new.city, &new.country);
    let city = cities.iter().position(same).unwrap_or(cities.len());
    if city == cities.len() {
        cities.push(new);
    }
    cities[city].venues.push(VenueDates { venue: venue.cloned(), events: Vec::new() });
    (city, cities[city].venues.len() - 1)
}

async fn with_bills(conn: &mut PgConnection, rows: Vec<&PgRow>) -> sqlx::Result<Vec<Event>> {
    let ids = rows.iter().map(|row| row.try_get("id")).collect::<sqlx::Result<Vec<Uuid>>>()?;
    let mut bills = if ids.is_empty() { HashMap::new() } else { event_performers::named(conn, &ids).await? };
    rows.into_iter().zip(ids).map(|(row, id)| event(row, bills.remove(&EventId(id)).unwrap_or_default())).collect()
}

fn event(row: &PgRow, cast: Vec<CastMember>) -> sqlx::Result<Event> {
    Ok(Event {
        row: event_row(row, &cast)?,
        cast,
        venue: venue(row)?,
        series: series(row)?,
        capacity: column::maybe_natural(row, "capacity")?,
        edition: column::natural(row, "edition")?,
        version: row.try_get("version")?,
        created_at: column::instant(row, "created_at")?,
        updated_at: column::instant(row, "updated_at")?,
    })
}

fn event_row(row: &PgRow, cast: &[CastMember]) -> sqlx::Result<EventRow> {
    let bare =
        |member: &CastMember| Cast { performer_id: member.performer_id, role: member.role.clone(), instrument: member.instrument.clone() };
    Ok(EventRow {
        id: EventId(row.try_get("id")?),
        external_id: row.try_get("external_id")?,
        slug: row.try_get("slug")?,
        title: row.try_get("title")?,
        description: row.try_get("description")?,
        category: row.try_get("category")?,
        genre: row.try_get("genre")?,
        event_type: row.try_get("event_type")?,
        season: row.try_get("season")?,
        topics: row.try_get("topics")?,
        works: row.try_get::<Json<_>, _>("works")?.0,
        series_id: row.try_get::<Option<Uuid>, _>("series_id")?.map(Into::into),
        venue_id: row.try_get::<Option<Uuid>, _>("venue_id")?.map(Into::into),
        performers: cast.iter().map(bare).collect(),
        starts_at: column::instant(row, "starts_at")?,
        ends_at: column::maybe_instant(row, "ends_at")?,
        start_precision: precision(row)?,
        timezone: row.try_get("timezone")?,
        status: status(row)?,
        url: row.try_get("url")?,
        online: row.try_get("online")?,
        source: row.try_get("source")?,
        popularity: column::natural(row, "popularity")?,
        seat_map_id: row.try_get::<Option<Uuid>, _>("seat_map_id")?.map(Into::into),
        tiers: row.try_get::<Json<_>, _>("tiers")?.0,
        tier_of: row.try_get::<Json<_>, _>("tier_of")?.0,
        sale_opens_at: column::maybe_instant(row, "sale_opens_at")?,
        sale_closes_at: column::maybe_instant(row, "sale_closes_at")?,
        buyer_limit: column::maybe_natural(row, "buyer_limit")?,
        queue_required: row.try_get("queue_required")?,
    })
}

fn venue(row: &PgRow) -> sqlx::Result<Option<EventVenue>> {
    let Some(id) = row.try_get::<Option<Uuid>, _>("venue_id")? else { return Ok(None) };
    let text = |column: &str| Ok::<String, sqlx::Error>(row.try_get::<Option<String>, _>(column)?.unwrap_or_default());
    let city = text("city_name")?;
    Ok(Some(EventVenue {
        id: VenueId(id),
        slug: text("venue_slug")?,
        name: text("venue_name")?,
        address: text("venue_address")?,
        postal_code: text("postal_code")?,
        city_id: row.try_get::<Option<Uuid>, _>("city_id")?.filter(|_| !city.is_empty()).map(CityId),
        city,
        region: text("region")?,
        country: text("country")?,
        country_name: text("country_name")?,
        place: column::place(row, "lat", "lon")?,
    }))
}

fn series(row: &PgRow) -> sqlx::Result<Option<EventSeries>> {
    let Some(id) = row.try_get::<Option<Uuid>, _>("series_id")? else { return Ok(None) };
    Ok(Some(EventSeries {
        id: SeriesId(id),
        slug: row.try_get("series_slug")?,
        title: row.try_get("series_title")?,
        kind: row.try_get("series_kind")?,
    }))
}
