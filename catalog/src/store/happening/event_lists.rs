//! Events as details and lists show them: with venue, city, series and the names on the bill.

use std::collections::HashMap;

use domain::{CityId, EventId, SeriesId, VenueId};
use jiff::Timestamp;
use sqlx::{PgConnection, Row, postgres::PgRow, types::Json};
use uuid::Uuid;

use crate::model::{
    Cast, CastMember, CityDates, Event, EventFilter, EventRow, EventSeries, EventSort, EventVenue, More, Page, Pictured,
    Position, VenueDates,
};
use crate::store::event_sources::{orphan_rule, precision, status};
use crate::store::{column, event_performers, filter};

/// The most dates of a series that one grouped answer shows.
pub const MAX_SERIES_DATES: u16 = 1_000;

pub async fn get(conn: &mut PgConnection, id: EventId) -> sqlx::Result<Option<Event>> {
    let row =
        sqlx::query("-- events.get\nSELECT * FROM event_records WHERE id = $1").bind(id.0).fetch_optional(&mut *conn).await?;
    Ok(with_bills(conn, row.iter().collect()).await?.pop())
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
    let mut query = filter::Statement::new("-- events.list\nSELECT * FROM event_records WHERE true");
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
    if !wanted.city.is_empty() || !wanted.country.is_empty() {
        // Few venues first: a walk of all events by date would find a small city late.
        query.push(" AND venue_id = ANY(ARRAY(SELECT id FROM venue_cards WHERE true");
        filter::any_city(query, &wanted.city);
        filter::any_text(query, "country", &wanted.country);
        query.push("))");
    }
    filter::any_name(query, "category", &wanted.category);
    filter::any_text(query, "external_id", &wanted.external_id);
    filter::any_text(query, "source", &wanted.source);
    if !wanted.performer_id.is_empty() {
        query.push(" AND id IN (SELECT event_id FROM cast_cards WHERE true");
        filter::any_id(query, "performer_id", wanted.performer_id.iter().map(|id| id.0));
        query.push(")");
    }
    if let Some(from) = wanted.from {
        query.push(" AND ");
        filter::not_over(query, from);
    }
    if let Some(to) = wanted.to {
        query.push(" AND starts_at < ").push_bind(column::bind(to));
    }
}

/// A series' dates grouped by city and venue: cities and venues in the order of their first date, dates by time.
///
/// Takes     `from`: leaves earlier dates out.
/// Gives     at most `MAX_SERIES_DATES` dates, the soonest; the list of events has the rest.
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
        image: Pictured::default(),
        capacity: column::maybe_natural(row, "capacity")?,
        edition: column::natural(row, "edition")?,
        version: row.try_get("version")?,
        created_at: column::instant(row, "created_at")?,
        updated_at: column::instant(row, "updated_at")?,
    })
}

fn event_row(row: &PgRow, cast: &[CastMember]) -> sqlx::Result<EventRow> {
    let bare = |member: &CastMember| Cast {
        performer_id: member.performer_id,
        role: member.role.clone(),
        instrument: member.instrument.clone(),
    };
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
        doors_at: column::maybe_instant(row, "doors_at")?,
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
        orphan_rule: orphan_rule(row)?,
        more: More {
            language: row.try_get("language")?,
            released: row.try_get::<&str, _>("released")?.parse().ok(),
            extras: row.try_get::<Json<_>, _>("extras")?.0,
        },
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{NewEvent, NewVenue, Series};
    use crate::write::fixture::{self, cast, new_event, new_venue};
    use sqlx::PgPool;

    fn at(day: i8) -> Timestamp {
        format!("2027-03-{day:02}T09:00:00Z").parse().expect("an instant")
    }

    async fn titles(pool: &PgPool, wanted: &EventFilter, sort: EventSort, limit: u16) -> Vec<String> {
        let mut conn = pool.acquire().await.expect("a connection");
        let (mut titles, mut after) = (Vec::new(), None);
        loop {
            let page = list(&mut conn, wanted, sort, limit, after.as_ref()).await.expect("a page");
            assert!(page.items.len() <= usize::from(limit));
            titles.extend(page.items.into_iter().map(|event| event.row.title));
            let Some(next) = page.next else { return titles };
            let sealed = serde_json::to_string(&next).expect("plain data");
            after = Some(serde_json::from_str(&sealed).expect("the same position"));
        }
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn every_order_is_walked_without_gap_or_repeat(pool: PgPool) {
        // Two share an instant, two a title: the id breaks the tie. One title looks like an instant.
        for (title, day) in [("Bee", 1), ("Ant", 2), ("2027-03-02T09:00:00Z", 2), ("Ant", 3), ("Cow", 4)] {
            fixture::event(&pool, NewEvent { starts_at: at(day), ..new_event(title) }).await;
        }
        let table = [(EventSort::Date, EventSort::DateDescending), (EventSort::Name, EventSort::NameDescending)];
        for (up, down) in table {
            let whole = titles(&pool, &EventFilter::default(), up, 100).await;
            let mut back = titles(&pool, &EventFilter::default(), down, 2).await;
            back.reverse();
            assert_eq!((whole.len(), &whole), (5, &back));
            for limit in 1..=4 {
                assert_eq!(titles(&pool, &EventFilter::default(), up, limit).await, whole, "{up:?} by {limit}");
            }
        }
    }

    async fn tour(pool: &PgPool) -> (Series, Vec<VenueId>) {
        let series = fixture::series(pool, "Tour").await;
        let owls = fixture::performer(pool, "Owls").await;
        let mut venues = Vec::new();
        for (city, name) in [("Brisbane", "Hall"), ("Sydney", "House"), ("Brisbane", "Club")] {
            let new = NewVenue { city: city.into(), ..new_venue(name) };
            let venue =
                crate::write::venues::create(pool, &fixture::clock(), &domain::Actor::house(), new, None).await.expect("a venue");
            venues.push(venue.record.row.id);
        }
        for (day, venue) in [(1, 0), (2, 1), (3, 0), (4, 2)] {
            let new = NewEvent {
                series_id: Some(series.row.id),
                venue_id: Some(venues[venue]),
                category: if day == 4 { "talks".into() } else { "concerts".into() },
                performers: if day == 2 { vec![cast(&owls, "guest"), cast(&owls, "host")] } else { vec![] },
                starts_at: at(day),
                source: if day == 3 { "box".into() } else { String::new() },
                ..new_event(&format!("Day {day}"))
            };
            fixture::event(pool, new).await;
        }
        (series, venues)
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn filters_hold_together(pool: PgPool) {
        let (series, venues) = tour(&pool).await;
        let owls = {
            let mut conn = pool.acquire().await.expect("a connection");
            crate::store::performers::list(&mut conn, &Default::default(), 1, None).await.expect("a page").items.remove(0).row.id
        };
        let table = [
            (EventFilter { venue_id: vec![venues[0]], ..Default::default() }, "Day 1,Day 3"),
            (EventFilter { city: vec!["brisbane".into()], ..Default::default() }, "Day 1,Day 3,Day 4"),
            (EventFilter { city: vec!["Sydney".into(), "brisbane".into()], ..Default::default() }, "Day 1,Day 2,Day 3,Day 4"),
            (EventFilter { country: vec!["NZ".into()], ..Default::default() }, ""),
            (EventFilter { performer_id: vec![owls], ..Default::default() }, "Day 2"),
            (EventFilter { series_id: vec![series.row.id], category: vec!["talks".into()], ..Default::default() }, "Day 4"),
            (EventFilter { from: Some(at(2)), to: Some(at(4)), ..Default::default() }, "Day 2,Day 3"),
            (EventFilter { external_id: vec!["x".into()], ..Default::default() }, ""),
            (EventFilter { source: vec!["box".into()], ..Default::default() }, "Day 3"),
            (EventFilter { source: vec!["fox".into()], ..Default::default() }, ""),
        ];
        for (wanted, found) in table {
            assert_eq!(titles(&pool, &wanted, EventSort::Date, 10).await.join(","), found, "{wanted:?}");
        }
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn what_only_has_a_day_is_listed_and_counted_until_it_is_over_where_it_is(pool: PgPool) {
        use crate::model::{CityFilter, Kind, Precision};
        let (series, venue) = (fixture::series(&pool, "Fairs").await.row.id, fixture::venue(&pool, "Ground").await.row);
        // midnight in Brisbane
        let starts_at = "2027-03-12T14:00:00Z".parse().expect("an instant");
        for (title, start_precision) in [("All day", Precision::Day), ("Midnight", Precision::Minute)] {
            let (series_id, venue_id) = (Some(series), Some(venue.id));
            fixture::event(&pool, NewEvent { starts_at, start_precision, series_id, venue_id, ..new_event(title) }).await;
        }
        let city = venue.city_id.expect("a city");
        let last = starts_at.checked_add(jiff::SignedDuration::from_secs(86_399)).expect("an instant");
        let over = Precision::Day.over(starts_at, "Australia/Brisbane");
        let table: [(Timestamp, &[&str]); 3] = [(starts_at, &["All day", "Midnight"]), (last, &["All day"]), (over, &[])];
        for (from, listed) in table {
            let wanted = EventFilter { from: Some(from), ..EventFilter::default() };
            let mut found = titles(&pool, &wanted, EventSort::Date, 10).await;
            found.sort_unstable();
            assert_eq!(found, listed, "{from}");
            let mut conn = pool.acquire().await.expect("a connection");
            let tallies = crate::store::tallies::tallies(&mut conn, Kind::City, None, from).await.expect("tallies");
            assert_eq!(tallies[&city.0].upcoming, listed.len() as u64, "{from}");
            let there = crate::store::series::in_city(&mut conn, city, Some(from), 10, None).await.expect("a page");
            let upcoming = CityFilter { upcoming_from: Some(from), ..CityFilter::default() };
            let cities = crate::store::cities::list(&mut conn, &upcoming, 10, None).await.expect("a page");
            assert_eq!((there.items.len(), cities.items.len()), (listed.len().min(1), listed.len().min(1)), "{from}");
        }
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn the_database_and_the_program_end_a_day_alike(pool: PgPool) {
        use crate::model::Precision;
        let table = [
            ("2027-03-12T14:00:00Z", "Australia/Brisbane", "2027-03-13T14:00:00Z"),
            ("2027-03-28T00:30:00Z", "Europe/London", "2027-03-28T23:00:00Z"),
            ("2027-10-30T23:00:00Z", "Europe/London", "2027-11-01T00:00:00Z"),
            // the next day begins at one o'clock
            ("2027-09-04T04:00:00Z", "America/Santiago", "2027-09-05T04:00:00Z"),
            ("2027-03-12T14:00:00Z", "Nowhere/Town", "2027-03-13T14:00:00Z"),
        ];
        for (starts_at, zone, over) in table {
            let [starts_at, over] = [starts_at, over].map(|text| text.parse::<Timestamp>().expect("an instant"));
            assert_eq!(Precision::Day.over(starts_at, zone), over, "{zone}");
            let statement = "SELECT day_over($1, $2) AS over";
            let row = sqlx::query(statement).bind(column::bind(starts_at)).bind(zone).fetch_one(&pool).await.expect("an end");
            assert_eq!(column::instant(&row, "over").expect("an instant"), over, "{zone}");
        }
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_series_is_seen_by_city_and_venue_and_time(pool: PgPool) {
        let (series, _) = tour(&pool).await;
        let mut conn = pool.acquire().await.expect("a connection");
        let cities = series_dates(&mut conn, series.row.id, Some(at(1))).await.expect("dates");
        let spelled: Vec<String> = cities
            .iter()
            .flat_map(|city| city.venues.iter().map(move |group| (city, group)))
            .map(|(city, group)| {
                let days: Vec<_> = group.events.iter().map(|event| event.row.title.as_str()).collect();
                format!("{}/{}: {}", city.city, group.venue.as_ref().map_or("", |venue| &venue.name), days.join(", "))
            })
            .collect();
        assert_eq!(spelled, ["Brisbane/Hall: Day 1, Day 3", "Brisbane/Club: Day 4", "Sydney/House: Day 2"]);
        let brisbane = cities[0].city_id.expect("a city");
        let there = crate::store::series::in_city(&mut conn, brisbane, Some(at(1)), 10, None).await.expect("a page");
        assert_eq!(there.items.len(), 1);
        assert!(
            crate::store::series::in_city(&mut conn, brisbane, Some(at(5)), 10, None).await.expect("a page").items.is_empty()
        );
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn tallies_count_an_event_once_for_a_performer_with_two_roles(pool: PgPool) {
        use crate::model::Kind;
        let (series, venues) = tour(&pool).await;
        let mut conn = pool.acquire().await.expect("a connection");
        let performers = crate::store::tallies::tallies(&mut conn, Kind::Performer, None, at(1)).await.expect("tallies");
        assert_eq!(performers.values().map(|tally| tally.events).collect::<Vec<_>>(), [1]);
        let of_series =
            crate::store::tallies::tallies(&mut conn, Kind::Series, Some(&[series.row.id.0]), at(3)).await.expect("tallies");
        let tally = of_series[&series.row.id.0];
        assert_eq!(
            (tally.events, tally.upcoming, tally.first, tally.next, tally.last),
            (4, 2, Some(at(1)), Some(at(3)), Some(at(4)))
        );
        let of_venues = crate::store::tallies::tallies(&mut conn, Kind::Venue, None, at(2)).await.expect("tallies");
        assert_eq!((of_venues.len(), of_venues[&venues[0].0].upcoming), (3, 1));
        let of_cities = crate::store::tallies::tallies(&mut conn, Kind::City, None, at(1)).await.expect("tallies");
        assert_eq!(of_cities.len(), 2);
    }
}
