//! Events: create, replace, patch, delete, and their tiers.

use std::collections::{BTreeMap, HashSet};

use domain::{
    Actor, Clock, EventId, EventStatus, ImageId, Invalid, OrganiserId, SeatMap, SeatMapId, SeriesId, Tier, TierId, VenueId,
};
use sqlx::{PgConnection, PgPool};

use super::told::{Change, tell, with_image};
use super::{Claim, Created, WriteError, check, claimed, images, matched, seat_maps, terms};
use crate::model::{Event, EventPatch, EventRow, Kind, NewEvent, NewTiers, Venue};
use crate::store::{self, changes};

/// Creates an event; with a `capacity` and no seat map it sells places without numbers.
///
/// Refuses   invalid (names the field), key_reused.
pub async fn create(
    pool: &PgPool,
    clock: &Clock,
    by: &Actor,
    new: NewEvent,
    claim: Option<Claim>,
) -> Result<Created<Event>, WriteError> {
    let new = check::event(new)?;
    let id = EventId::at(clock.now());
    let mut tx = pg::begin_briefly(pool).await?;
    if let Some(before) = claimed(&mut tx, claim, Kind::Event, id.0).await? {
        let record = shown(&mut tx, EventId(before)).await?;
        return Ok(Created { record, replayed: true });
    }
    let image = new.image_id;
    let row = resolve(&mut tx, clock, by, by.organiser, Untouched::nothing(id), new).await?;
    store::events::copy_in(&mut tx, by.organiser, std::slice::from_ref(&row)).await?;
    store::image_links::set(&mut tx, Kind::Event, id.0, image).await?;
    let after = Some(with_image(store::events::told(&row), image));
    let made = Change { owner: by.organiser, action: "events.create", kind: Kind::Event, id: id.0, before: None, after };
    tell(&mut tx, by, made).await?;
    changes::append(&mut tx, Kind::Event, &[id.0]).await?;
    let record = shown(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Created { record, replayed: false })
}

/// Replaces all that an organiser writes of an event; its tiers stay.
///
/// Takes     `if_match`: the version it must still have.
/// Gives     the event: a new version if anything differs, a new edition if what a ticket shows differs.
/// Refuses   not_found, conflict, invalid, seat_map_in_use.
pub async fn replace(
    pool: &PgPool,
    clock: &Clock,
    by: &Actor,
    id: EventId,
    new: NewEvent,
    if_match: Option<i64>,
) -> Result<Event, WriteError> {
    let mut tx = pg::begin_briefly(pool).await?;
    let owner = matched(store::events::lock(&mut tx, by.bounds(), id).await?, if_match)?;
    let before = shown(&mut tx, id).await?;
    let event = write(&mut tx, clock, by, owner, before, new).await?;
    tx.commit().await?;
    Ok(event)
}

/// Changes some fields of an event; otherwise as [`replace`].
pub async fn patch(
    pool: &PgPool,
    clock: &Clock,
    by: &Actor,
    id: EventId,
    patch: EventPatch,
    if_match: Option<i64>,
) -> Result<Event, WriteError> {
    let mut tx = pg::begin_briefly(pool).await?;
    let owner = matched(store::events::lock(&mut tx, by.bounds(), id).await?, if_match)?;
    let before = shown(&mut tx, id).await?;
    let mut new = NewEvent { image_id: before.image.own, ..NewEvent::from(&before.row) };
    let other_places = matches!(patch.capacity, Some(Some(_))) && patch.seat_map_id.is_none();
    patch.apply(&mut new);
    if other_places {
        new.seat_map_id = None;
    }
    let event = write(&mut tx, clock, by, owner, before, new).await?;
    tx.commit().await?;
    Ok(event)
}

/// Puts an event's price categories; each section and area of its seat map must have one of them.
///
/// Refuses   not_found, conflict, invalid.
pub async fn put_tiers(
    pool: &PgPool,
    by: &Actor,
    id: EventId,
    new: NewTiers,
    if_match: Option<i64>,
) -> Result<Event, WriteError> {
    let new = check::tiers(new)?;
    let mut tx = pg::begin_briefly(pool).await?;
    let owner = matched(store::events::lock(&mut tx, by.bounds(), id).await?, if_match)?;
    let before = shown(&mut tx, id).await?;
    let map = map_of(&mut tx, before.row.seat_map_id).await?;
    terms::fit(map.as_ref(), &new.tiers, &new.tier_of)?;
    let row = EventRow { tiers: new.tiers, tier_of: new.tier_of, ..before.row.clone() };
    let image = before.image.own;
    let event = store_row(&mut tx, by, owner, "events.tiers", &before, (row, image)).await?;
    tx.commit().await?;
    Ok(event)
}

/// Deletes an event of which nothing was held or sold.
///
/// Refuses   not_found, conflict, in_use.
pub async fn delete(pool: &PgPool, by: &Actor, id: EventId, if_match: Option<i64>) -> Result<(), WriteError> {
    let mut tx = pg::begin_briefly(pool).await?;
    let owner = matched(store::events::lock(&mut tx, by.bounds(), id).await?, if_match)?;
    let before = shown(&mut tx, id).await?;
    store::events::delete(&mut tx, by.bounds(), id).await?;
    store::image_links::set(&mut tx, Kind::Event, id.0, None).await?;
    let gone = Change {
        owner,
        action: "events.delete",
        kind: Kind::Event,
        id: id.0,
        before: Some(with_image(store::events::told(&before.row), before.image.own)),
        after: None,
    };
    tell(&mut tx, by, gone).await?;
    changes::append(&mut tx, Kind::Event, &[id.0]).await?;
    tx.commit().await?;
    Ok(())
}

/// What a write of the event's body leaves alone.
struct Untouched {
    id: EventId,
    tiers: Vec<Tier>,
    tier_of: BTreeMap<String, TierId>,
}

impl Untouched {
    fn of(row: &EventRow) -> Self {
        Self { id: row.id, tiers: row.tiers.clone(), tier_of: row.tier_of.clone() }
    }

    fn nothing(id: EventId) -> Self {
        Self { id, tiers: Vec::new(), tier_of: BTreeMap::new() }
    }
}

async fn write(
    conn: &mut PgConnection,
    clock: &Clock,
    by: &Actor,
    owner: OrganiserId,
    before: Event,
    new: NewEvent,
) -> Result<Event, WriteError> {
    let new = check::event(new)?;
    let (kept, image) = (Untouched::of(&before.row), new.image_id);
    let row = resolve(conn, clock, by, owner, kept, new).await?;
    let cancels = row.status == EventStatus::Cancelled && before.row.status != EventStatus::Cancelled;
    let action = if cancels { "events.cancel" } else { "events.change" };
    store_row(conn, by, owner, action, &before, (row, image)).await
}

async fn store_row(
    conn: &mut PgConnection,
    by: &Actor,
    owner: OrganiserId,
    action: &'static str,
    before: &Event,
    (row, image): (EventRow, Option<ImageId>),
) -> Result<Event, WriteError> {
    let touched = store::image_links::set(conn, Kind::Event, row.id.0, image).await?;
    if store::events::update(conn, by.bounds(), &row, touched).await? {
        changes::append(conn, Kind::Event, &[row.id.0]).await?;
    }
    let old = Some(with_image(store::events::told(&before.row), before.image.own));
    let new = Some(with_image(store::events::told(&row), image));
    tell(conn, by, Change { owner, action, kind: Kind::Event, id: row.id.0, before: old, after: new }).await?;
    shown(conn, row.id).await
}

/// The event with its picture.
async fn shown(conn: &mut PgConnection, id: EventId) -> Result<Event, WriteError> {
    let record = store::events::get(conn, id).await?.ok_or(WriteError::NotFound)?;
    Ok(store::image_links::fill_one(conn, record).await?)
}

async fn resolve(
    conn: &mut PgConnection,
    clock: &Clock,
    by: &Actor,
    owner: OrganiserId,
    kept: Untouched,
    new: NewEvent,
) -> Result<EventRow, WriteError> {
    let venue = venue_of(conn, new.venue_id).await?;
    images::may_show(conn, owner, new.image_id).await?;
    series_of(conn, by, new.series_id).await?;
    bill_of(conn, &new).await?;
    let seat_map_id = seats_of(conn, clock, owner, &new).await?;
    let map = map_of(conn, seat_map_id).await?;
    terms::fit(map.as_ref(), &kept.tiers, &kept.tier_of)?;
    let venue_zone = venue.map_or_else(|| "UTC".to_owned(), |venue| venue.row.timezone);
    let new = NewEvent { timezone: Some(new.timezone.unwrap_or(venue_zone)), seat_map_id, ..new };
    Ok(EventRow { tiers: kept.tiers, tier_of: kept.tier_of, ..row_without_tiers(kept.id, new) })
}

/// A checked event as it is stored, without tiers.
pub(crate) fn row_without_tiers(id: EventId, new: NewEvent) -> EventRow {
    EventRow {
        id,
        external_id: new.external_id,
        slug: domain::text::slug(&new.title),
        title: new.title,
        description: new.description,
        category: new.category,
        genre: new.genre,
        event_type: new.event_type,
        season: new.season,
        topics: new.topics,
        works: new.works,
        series_id: new.series_id,
        venue_id: new.venue_id,
        performers: new.performers,
        starts_at: new.starts_at,
        ends_at: new.ends_at,
        doors_at: new.doors_at,
        start_precision: new.start_precision,
        timezone: new.timezone.unwrap_or_else(|| "UTC".to_owned()),
        status: new.status,
        url: new.url,
        online: new.online,
        source: new.source,
        popularity: new.popularity,
        seat_map_id: new.seat_map_id,
        tiers: Vec::new(),
        tier_of: BTreeMap::new(),
        sale_opens_at: new.sale_opens_at,
        sale_closes_at: new.sale_closes_at,
        buyer_limit: new.buyer_limit,
        queue_required: new.queue_required,
        orphan_rule: new.orphan_rule,
        more: new.more,
    }
}

async fn venue_of(conn: &mut PgConnection, id: Option<VenueId>) -> Result<Option<Venue>, WriteError> {
    let Some(id) = id else { return Ok(None) };
    let venue = store::venues::get(conn, id).await?;
    Ok(Some(venue.ok_or_else(|| Invalid::new("venue_id", "there is no such venue"))?))
}

/// A series is its organiser's: another's is as absent.
async fn series_of(conn: &mut PgConnection, by: &Actor, id: Option<SeriesId>) -> Result<(), WriteError> {
    let Some(id) = id else { return Ok(()) };
    if store::series::is_within(conn, by.bounds(), id).await? {
        Ok(())
    } else {
        Err(Invalid::new("series_id", "there is no such series").into())
    }
}

async fn bill_of(conn: &mut PgConnection, new: &NewEvent) -> Result<(), WriteError> {
    let wanted: Vec<_> = new.performers.iter().map(|cast| cast.performer_id).collect();
    let found: HashSet<_> = store::performers::existing(conn, &wanted).await?.into_iter().collect();
    match wanted.iter().position(|id| !found.contains(id)) {
        Some(n) => Err(Invalid::new(format!("performers[{n}].id"), "there is no such performer").into()),
        None => Ok(()),
    }
}

/// The seat map that the event sells by: the one named, one made for its capacity, or none.
async fn seats_of(
    conn: &mut PgConnection,
    clock: &Clock,
    owner: OrganiserId,
    new: &NewEvent,
) -> Result<Option<SeatMapId>, WriteError> {
    match (new.seat_map_id, new.capacity, new.venue_id) {
        (Some(id), capacity, venue) => {
            let head = store::seat_maps::usable(conn, owner, id).await?.filter(|head| Some(head.venue_id) == venue);
            let head = head.ok_or_else(|| Invalid::new("seat_map_id", "the venue has no such seat map"))?;
            match capacity.filter(|capacity| *capacity != head.capacity) {
                Some(_) => Err(Invalid::new("capacity", format!("the seat map has {} places", head.capacity)).into()),
                None => Ok(Some(id)),
            }
        }
        (None, Some(capacity), Some(venue)) => {
            store::venues::lock(conn, None, venue).await?;
            Ok(Some(seat_maps::general(conn, clock, owner, venue, capacity).await?))
        }
        _ => Ok(None),
    }
}

async fn map_of(conn: &mut PgConnection, id: Option<SeatMapId>) -> Result<Option<SeatMap>, WriteError> {
    let Some(id) = id else { return Ok(None) };
    Ok(store::seat_maps::get(conn, id).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Cast;
    use crate::write::fixture::{self, cast, clock, new_event, tiers};
    use crate::write::{put_seat_map, read_seat_map};
    use serde_json::json;

    fn field<T: std::fmt::Debug>(result: Result<T, WriteError>) -> String {
        match result {
            Err(WriteError::Invalid(invalid)) => invalid.field,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn doors_are_told_by_the_venue_s_clock_and_with_their_day_where_it_is_another() {
        let at = |text: &str| text.parse::<jiff::Timestamp>().expect("an instant");
        let table = [
            ("Australia/Brisbane", "2027-03-12T10:00:00Z", Some("2027-03-12T09:00:00Z"), Some("19:00")),
            ("Australia/Brisbane", "2027-03-12T14:30:00Z", Some("2027-03-12T13:30:00Z"), Some("Fri 23:30")),
            ("Nowhere/Land", "2027-03-12T10:00:00Z", Some("2027-03-12T10:00:00Z"), Some("10:00")),
            ("UTC", "2027-03-12T10:00:00Z", None, None),
        ];
        for (timezone, start, doors, told) in table {
            let new =
                NewEvent { doors_at: doors.map(at), timezone: Some(timezone.to_owned()), ..NewEvent::titled("x", at(start)) };
            let row = row_without_tiers(EventId::at(clock().now()), new);
            assert_eq!(row.doors().as_deref(), told, "{timezone} {doors:?}");
        }
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn an_event_comes_with_its_neighbours(pool: PgPool) {
        let (venue, tour) = (fixture::venue(&pool, "Hall").await, fixture::series(&pool, "Tour").await);
        let (owls, ada) = (fixture::performer(&pool, "The Night Owls").await, fixture::performer(&pool, "Ada").await);
        let new = NewEvent {
            venue_id: Some(venue.row.id),
            series_id: Some(tour.row.id),
            performers: vec![cast(&owls, "band"), cast(&ada, "support"), cast(&owls, "encore")],
            works: vec![crate::model::Work { composer: "Ada".into(), title: "Loops".into(), ..Default::default() }],
            topics: vec!["night".into(), "music, \"loud\"".into()],
            ..new_event("Night")
        };
        let event = fixture::event(&pool, new).await;
        assert_eq!((event.version, event.edition, event.row.timezone.as_str()), (1, 1, "Australia/Brisbane"));
        let names: Vec<_> = event.cast.iter().map(|member| (member.name.as_str(), member.role.as_str())).collect();
        assert_eq!(names, [("The Night Owls", "band"), ("Ada", "support"), ("The Night Owls", "encore")]);
        assert_eq!(event.venue.as_ref().map(|venue| venue.city.as_str()), Some("Brisbane"));
        assert_eq!(event.series.as_ref().map(|series| series.title.as_str()), Some("Tour"));
        assert_eq!(event.row.topics[1], "music, \"loud\"");
        assert_eq!(event.row.works[0].title, "Loops");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn only_what_a_ticket_shows_makes_a_new_edition(pool: PgPool) {
        let venue = fixture::venue(&pool, "Hall").await;
        let event = fixture::event(&pool, NewEvent { venue_id: Some(venue.row.id), ..new_event("Night") }).await;
        let table: [(EventPatch, i64, u32); 8] = [
            (EventPatch { description: Some("Long".into()), ..Default::default() }, 2, 1),
            (EventPatch { title: Some("Other night".into()), ..Default::default() }, 3, 2),
            (EventPatch { title: Some("Other night".into()), ..Default::default() }, 3, 2),
            (EventPatch { starts_at: "2027-03-13T09:00:00Z".parse().ok(), ..Default::default() }, 4, 3),
            (EventPatch { status: Some(EventStatus::Postponed), ..Default::default() }, 5, 3),
            (EventPatch { venue_id: Some(None), ..Default::default() }, 6, 4),
            (EventPatch { doors_at: Some("2027-03-13T08:00:00Z".parse().ok()), ..Default::default() }, 7, 5),
            (EventPatch { doors_at: Some(None), ..Default::default() }, 8, 6),
        ];
        for (n, (change, version, edition)) in table.into_iter().enumerate() {
            let after = patch(&pool, &clock(), &domain::Actor::house(), event.row.id, change, None).await.expect("patched");
            assert_eq!((after.version, after.edition), (version, edition), "row {n}");
        }
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_new_bill_is_a_new_version(pool: PgPool) {
        let (owls, ada) = (fixture::performer(&pool, "Owls").await, fixture::performer(&pool, "Ada").await);
        let event = fixture::event(&pool, NewEvent { performers: vec![cast(&owls, "band")], ..new_event("Night") }).await;
        let recast = EventPatch { performers: Some(vec![cast(&ada, "band"), cast(&owls, "band")]), ..Default::default() };
        let after =
            patch(&pool, &clock(), &domain::Actor::house(), event.row.id, recast.clone(), Some(1)).await.expect("patched");
        assert_eq!((after.version, after.edition, after.cast.len(), after.cast[0].name.as_str()), (2, 1, 2, "Ada"));
        assert_eq!(
            patch(&pool, &clock(), &domain::Actor::house(), event.row.id, recast, Some(2)).await.expect("the same").version,
            2
        );
        assert_eq!(fixture::feed(&pool).await.iter().filter(|(kind, _)| *kind == Kind::Event).count(), 2);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn references_to_nothing_are_named(pool: PgPool) {
        let now = clock().now();
        let other = fixture::venue(&pool, "Other").await;
        let map = read_seat_map(json!({ "name": "x", "areas": [{ "id": "a", "label": "A", "tier": "1", "capacity": 5 }] }))
            .expect("a map");
        let map = put_seat_map(&pool, &clock(), &domain::Actor::house(), other.row.id, map, None).await.expect("stored");
        let nobody = Cast { performer_id: domain::PerformerId::at(now), role: String::new(), instrument: String::new() };
        let table = [
            (NewEvent { venue_id: Some(VenueId::at(now)), ..new_event("x") }, "venue_id"),
            (NewEvent { series_id: Some(SeriesId::at(now)), ..new_event("x") }, "series_id"),
            (NewEvent { performers: vec![nobody], ..new_event("x") }, "performers[0].id"),
            (NewEvent { seat_map_id: Some(map.id), ..new_event("x") }, "seat_map_id"),
            (
                NewEvent { seat_map_id: Some(map.id), venue_id: Some(other.row.id), capacity: Some(6), ..new_event("x") },
                "capacity",
            ),
        ];
        for (new, wanted) in table {
            assert_eq!(field(create(&pool, &clock(), &domain::Actor::house(), new, None).await), wanted);
        }
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_capacity_alone_sells_places_without_numbers(pool: PgPool) {
        let venue = fixture::venue(&pool, "Hall").await;
        let new = |places| NewEvent { venue_id: Some(venue.row.id), capacity: Some(places), ..new_event("Night") };
        let (first, second) = (fixture::event(&pool, new(50)).await, fixture::event(&pool, new(50)).await);
        assert_eq!((first.capacity, first.row.seat_map_id), (Some(50), second.row.seat_map_id), "one map serves both");
        let larger = EventPatch { capacity: Some(Some(60)), ..Default::default() };
        let after = patch(&pool, &clock(), &domain::Actor::house(), first.row.id, larger, None).await.expect("patched");
        assert_eq!((after.capacity, after.version), (Some(60), 2));
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn tiers_fit_the_map_and_set_the_prices(pool: PgPool) {
        let venue = fixture::venue(&pool, "Hall").await;
        let event =
            fixture::event(&pool, NewEvent { venue_id: Some(venue.row.id), capacity: Some(50), ..new_event("Night") }).await;
        let priced =
            put_tiers(&pool, &domain::Actor::house(), event.row.id, tiers(&[4_500, 9_000]), Some(1)).await.expect("priced");
        assert_eq!((priced.version, priced.edition), (2, 1));
        let range = priced.row.price_range().map(|(from, to)| (from.amount, to.amount));
        assert_eq!(range, Some((4_500, 9_000)));
        let mut second_half = tiers(&[4_500, 9_000]);
        second_half.tiers.remove(0);
        assert_eq!(field(put_tiers(&pool, &domain::Actor::house(), event.row.id, second_half, None).await), "tiers");
        let mut elsewhere = tiers(&[4_500]);
        elsewhere.tier_of.insert("balcony".into(), elsewhere.tiers[0].id);
        assert_eq!(field(put_tiers(&pool, &domain::Actor::house(), event.row.id, elsewhere, None).await), "tier_of.balcony");
        assert!(matches!(
            put_tiers(&pool, &domain::Actor::house(), event.row.id, tiers(&[1]), Some(1)).await,
            Err(WriteError::Conflict { version: 2 })
        ));
        let kept = patch(
            &pool,
            &clock(),
            &domain::Actor::house(),
            event.row.id,
            EventPatch { title: Some("Day".into()), ..Default::default() },
            None,
        )
        .await;
        assert_eq!(kept.expect("patched").row.tiers.len(), 2, "a change of the body keeps the tiers");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_deleted_event_is_gone_and_its_bill_with_it(pool: PgPool) {
        let owls = fixture::performer(&pool, "Owls").await;
        let event = fixture::event(&pool, NewEvent { performers: vec![cast(&owls, "band")], ..new_event("Night") }).await;
        delete(&pool, &domain::Actor::house(), event.row.id, Some(1)).await.expect("deleted");
        assert!(matches!(delete(&pool, &domain::Actor::house(), event.row.id, None).await, Err(WriteError::NotFound)));
        crate::write::performers::delete(&pool, &domain::Actor::house(), owls.row.id, None).await.expect("on no bill any more");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn one_key_makes_one_event(pool: PgPool) {
        let claim = Claim { owner: domain::KeyId::at(clock().now()), key: "k".into(), fingerprint: [1; 32] };
        let made =
            create(&pool, &clock(), &domain::Actor::house(), new_event("Night"), Some(claim.clone())).await.expect("created");
        let again = create(&pool, &clock(), &domain::Actor::house(), new_event("Night"), Some(claim)).await.expect("the same");
        assert_eq!((again.replayed, again.record), (true, made.record));
        assert_eq!(fixture::feed(&pool).await.len(), 1);
    }
}
