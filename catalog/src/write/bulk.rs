//! A whole catalogue at once: the way in for generated data.

use domain::OrganiserId;
use sqlx::PgConnection;

use crate::model::{City, EventRow, PerformerRow, SeatMapRow, SeriesRow, VenueRow};
use crate::store;

/// New records, already checked; references may point to each other or to what is stored.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bulk {
    pub cities: Vec<City>,
    pub venues: Vec<VenueRow>,
    pub seat_maps: Vec<SeatMapRow>,
    pub performers: Vec<PerformerRow>,
    pub series: Vec<SeriesRow>,
    pub events: Vec<EventRow>,
}

/// Copies new records in, in the order in which they refer to each other; they are the house's. Call it again and again for more events.
///
/// Takes     a connection inside the caller's transaction.
/// Refuses   by a database error what the schema refuses: an id or external id that is there, a reference to nothing.
/// Cost      COPY; the change feed is not told: a reindex follows, or `store::changes::append`.
pub async fn insert_bulk(conn: &mut PgConnection, bulk: &Bulk) -> sqlx::Result<()> {
    store::cities::copy_in(conn, &bulk.cities).await?;
    store::venues::copy_in(conn, OrganiserId::HOUSE, &bulk.venues).await?;
    store::seat_maps::copy_in(conn, OrganiserId::HOUSE, &bulk.seat_maps).await?;
    store::performers::copy_in(conn, OrganiserId::HOUSE, &bulk.performers).await?;
    store::series::copy_in(conn, OrganiserId::HOUSE, &bulk.series).await?;
    store::events::copy_in(conn, OrganiserId::HOUSE, &bulk.events).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Cast, NewEvent, NewPerformer, NewSeries, NewVenue};
    use crate::write::fixture::{clock, new_event, new_venue, tiers};
    use crate::write::{events, performers, series, venues};
    use domain::{CityId, EventId, PerformerId, Place, SeatMap, SeatMapId, SeriesId, VenueId};
    use sqlx::PgPool;

    fn everything() -> Bulk {
        let now = clock().now();
        let city = City {
            id: CityId::at(now),
            external_id: Some("2174003".into()),
            slug: "brisbane".into(),
            name: "Brisbane".into(),
            region: "Queensland".into(),
            country: "AU".into(),
            country_name: "Australia".into(),
            place: Place::new(-27.47, 153.02),
            timezone: "Australia/Brisbane".into(),
            population: 2_189_878,
            aliases: vec!["Brissie".into(), "\"{,}\\ ü".into()],
        };
        let venue = venues::row(VenueId::at(now), Some(city.id), NewVenue { capacity: Some(900), ..new_venue("Hall") });
        let map = SeatMapRow { id: SeatMapId::at(now), venue_id: venue.id, version: 1, map: SeatMap::general("Floor", 900) };
        let owls = performers::row(PerformerId::at(now), NewPerformer { name: "Owls".into(), ..NewPerformer::default() });
        let tour = series::row(SeriesId::at(now), NewSeries { title: "Tour".into(), ..NewSeries::default() });
        let cast = Cast { performer_id: owls.id, role: "band".into(), instrument: "drums".into() };
        let new = NewEvent {
            venue_id: Some(venue.id),
            series_id: Some(tour.id),
            performers: vec![cast],
            ends_at: "2027-03-12T11:00:00.123456Z".parse().ok(),
            doors_at: "2027-03-12T08:30:00.654321Z".parse().ok(),
            seat_map_id: Some(map.id),
            sale_opens_at: "2026-12-01T00:00:00Z".parse().ok(),
            buyer_limit: Some(4),
            queue_required: true,
            orphan_rule: domain::OrphanRule::Allow,
            more: crate::model::More {
                language: "pt-BR".into(),
                released: Some(jiff::civil::date(1999, 3, 31)),
                extras: serde_json::Map::from_iter([(
                    "rating".to_owned(),
                    serde_json::json!({ "age": 12.5, "of": ["a", null] }),
                )]),
            },
            ..new_event("Night")
        };
        let event = EventRow { tiers: tiers(&[2_000, 9_900]).tiers, ..events::row_without_tiers(EventId::at(now), new) };
        Bulk {
            cities: vec![city],
            venues: vec![venue],
            seat_maps: vec![map],
            performers: vec![owls],
            series: vec![tour],
            events: vec![event],
        }
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn what_is_copied_in_reads_back_the_same(pool: PgPool) {
        let bulk = everything();
        let mut tx = pool.begin().await.expect("begun");
        insert_bulk(&mut tx, &bulk).await.expect("copied");
        tx.commit().await.expect("committed");
        let mut conn = pool.acquire().await.expect("a connection");
        let venue = store::venues::get(&mut conn, bulk.venues[0].id).await.expect("read").expect("there");
        assert_eq!((&venue.row, venue.city.as_ref()), (&bulk.venues[0], bulk.cities.first()));
        let performer = store::performers::get(&mut conn, bulk.performers[0].id).await.expect("read").expect("there");
        assert_eq!(performer.row, bulk.performers[0]);
        let event = store::events::get(&mut conn, bulk.events[0].id).await.expect("read").expect("there");
        assert_eq!((&event.row, event.capacity), (&bulk.events[0], Some(900)));
        let map = store::seat_maps::get(&mut conn, bulk.seat_maps[0].id).await.expect("read");
        assert_eq!(map.as_ref(), Some(&bulk.seat_maps[0].map));
        let series = store::series::get(&mut conn, bulk.series[0].id).await.expect("read").expect("there");
        assert_eq!(series.row, bulk.series[0]);
        let counts = store::counts(&mut conn).await.expect("counted");
        assert_eq!(counts, store::Counts { events: 1, series: 1, performers: 1, venues: 1, cities: 1 });
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn what_was_copied_in_does_not_differ_when_it_is_written_again(pool: PgPool) {
        let bulk = everything();
        let mut conn = pool.acquire().await.expect("a connection");
        insert_bulk(&mut conn, &bulk).await.expect("copied");
        assert!(!store::events::update(&mut conn, None, &bulk.events[0], false).await.expect("compared"));
        assert!(store::venues::update(&mut conn, None, &bulk.venues, &[]).await.expect("compared").is_empty());
        assert!(store::performers::update(&mut conn, None, &bulk.performers, &[]).await.expect("compared").is_empty());
        assert!(store::series::update(&mut conn, None, &bulk.series, &[]).await.expect("compared").is_empty());
    }
}
