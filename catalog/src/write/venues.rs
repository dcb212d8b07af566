//! Venues: create, replace, patch, delete.

use domain::{Actor, CityId, Clock, Invalid, OrganiserId, Place, VenueId};
use sqlx::{PgConnection, PgPool};

use super::told::{Change, tell, with_image};
use super::{Claim, Created, WriteError, check, claimed, images, matched};
use crate::model::{City, Kind, NewVenue, Venue, VenuePatch, VenueRow};
use crate::store::{self, changes};

/// Creates a venue, and its city if nobody stood there yet.
///
/// Refuses   invalid (names the field), key_reused.
pub async fn create(
    pool: &PgPool,
    clock: &Clock,
    by: &Actor,
    new: NewVenue,
    claim: Option<Claim>,
) -> Result<Created<Venue>, WriteError> {
    let new = check::venue(new)?;
    let id = VenueId::at(clock.now());
    let mut tx = pg::begin_briefly(pool).await?;
    if let Some(before) = claimed(&mut tx, claim, Kind::Venue, id.0).await? {
        let record = shown(&mut tx, VenueId(before)).await?;
        return Ok(Created { record, replayed: true });
    }
    images::may_show(&mut tx, by.organiser, new.image_id).await?;
    let (image, row) = (new.image_id, resolve(&mut tx, clock, id, new).await?);
    store::venues::copy_in(&mut tx, by.organiser, std::slice::from_ref(&row)).await?;
    store::image_links::set(&mut tx, Kind::Venue, id.0, image).await?;
    let after = Some(with_image(store::venues::record(&row), image));
    let made = Change { owner: by.organiser, action: "venues.create", kind: Kind::Venue, id: id.0, before: None, after };
    tell(&mut tx, by, made).await?;
    changes::append(&mut tx, Kind::Venue, &[id.0]).await?;
    let record = shown(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Created { record, replayed: false })
}

/// Replaces all that an organiser writes of a venue.
///
/// Takes     `if_match`: the version it must still have.
/// Gives     the venue; nothing has changed, not even the version, when it was so already.
/// Refuses   not_found, conflict, invalid.
pub async fn replace(
    pool: &PgPool,
    clock: &Clock,
    by: &Actor,
    id: VenueId,
    new: NewVenue,
    if_match: Option<i64>,
) -> Result<Venue, WriteError> {
    let mut tx = pg::begin_briefly(pool).await?;
    let owner = matched(store::venues::lock(&mut tx, by.bounds(), id).await?, if_match)?;
    let before = shown(&mut tx, id).await?;
    let venue = write(&mut tx, clock, by, owner, &before, new).await?;
    tx.commit().await?;
    Ok(venue)
}

/// Changes some fields of a venue; otherwise as [`replace`].
pub async fn patch(
    pool: &PgPool,
    clock: &Clock,
    by: &Actor,
    id: VenueId,
    patch: VenuePatch,
    if_match: Option<i64>,
) -> Result<Venue, WriteError> {
    let mut tx = pg::begin_briefly(pool).await?;
    let owner = matched(store::venues::lock(&mut tx, by.bounds(), id).await?, if_match)?;
    let before = shown(&mut tx, id).await?;
    let mut new = NewVenue::from(&before);
    patch.apply(&mut new);
    let venue = write(&mut tx, clock, by, owner, &before, new).await?;
    tx.commit().await?;
    Ok(venue)
}

/// Deletes a venue that no event stands at.
///
/// Refuses   not_found, conflict, in_use.
pub async fn delete(pool: &PgPool, by: &Actor, id: VenueId, if_match: Option<i64>) -> Result<(), WriteError> {
    let mut tx = pg::begin_briefly(pool).await?;
    let owner = matched(store::venues::lock(&mut tx, by.bounds(), id).await?, if_match)?;
    let before = shown(&mut tx, id).await?;
    if store::events::at_venue(&mut tx, id).await? {
        return Err(WriteError::InUse { by: "events stand at the venue" });
    }
    store::venues::delete(&mut tx, by.bounds(), id).await?;
    store::image_links::set(&mut tx, Kind::Venue, id.0, None).await?;
    let gone = Change {
        owner,
        action: "venues.delete",
        kind: Kind::Venue,
        id: id.0,
        before: Some(with_image(store::venues::record(&before.row), before.image.own)),
        after: None,
    };
    tell(&mut tx, by, gone).await?;
    changes::append(&mut tx, Kind::Venue, &[id.0]).await?;
    tx.commit().await?;
    Ok(())
}

async fn write(
    conn: &mut PgConnection,
    clock: &Clock,
    by: &Actor,
    owner: OrganiserId,
    before: &Venue,
    new: NewVenue,
) -> Result<Venue, WriteError> {
    let new = check::venue(new)?;
    let id = before.row.id;
    images::may_show(conn, owner, new.image_id).await?;
    let (image, row) = (new.image_id, resolve(conn, clock, id, new).await?);
    let reissue = on_tickets(&row) != on_tickets(&before.row);
    let touched = if store::image_links::set(conn, Kind::Venue, id.0, image).await? { vec![id.0] } else { Vec::new() };
    let changed = store::venues::update(conn, by.bounds(), std::slice::from_ref(&row), &touched).await?;
    changes::append(conn, Kind::Venue, &changed).await?;
    let old = Some(with_image(store::venues::record(&before.row), before.image.own));
    let new = Some(with_image(store::venues::record(&row), image));
    let change = Change { owner, action: "venues.change", kind: Kind::Venue, id: id.0, before: old, after: new };
    tell(conn, by, change).await?;
    if reissue {
        let events = store::events::reissue_at_venue(conn, id).await?;
        changes::append(conn, Kind::Event, &events).await?;
    }
    shown(conn, id).await
}

/// The record with its picture.
async fn shown(conn: &mut PgConnection, id: VenueId) -> Result<Venue, WriteError> {
    let record = store::venues::get(conn, id).await?.ok_or(WriteError::NotFound)?;
    Ok(store::image_links::fill_one(conn, record).await?)
}

/// What a ticket says of the venue.
fn on_tickets(row: &VenueRow) -> (&str, &str, Option<CityId>) {
    (&row.name, &row.address, row.city_id)
}

async fn resolve(conn: &mut PgConnection, clock: &Clock, id: VenueId, new: NewVenue) -> Result<VenueRow, WriteError> {
    let city = city_of(conn, clock, &new).await?;
    let known_zone = city.as_ref().map(|city| city.timezone.clone()).filter(|zone| !zone.is_empty());
    let zone = if new.timezone.is_empty() { known_zone } else { Some(new.timezone.clone()) };
    let timezone = zone.ok_or_else(|| Invalid::new("timezone", "must be given: the city's is not known"))?;
    Ok(row(id, city.map(|city| city.id), NewVenue { timezone, ..new }))
}

/// A checked venue as it is stored.
pub(crate) fn row(id: VenueId, city_id: Option<CityId>, new: NewVenue) -> VenueRow {
    VenueRow {
        id,
        external_id: new.external_id,
        source: new.source,
        slug: domain::text::slug(&new.name),
        name: new.name,
        kind: if new.kind.is_empty() { "hall".to_owned() } else { new.kind },
        city_id,
        address: new.address,
        postal_code: new.postal_code,
        district: new.district,
        place: new.lat.zip(new.lon).and_then(|(lat, lon)| Place::new(lat, lon)),
        timezone: new.timezone,
        capacity: new.capacity,
        aliases: new.aliases,
        description: new.description,
    }
}

/// Finds or makes the city of an address; a country without a city has a nameless one.
async fn city_of(conn: &mut PgConnection, clock: &Clock, new: &NewVenue) -> Result<Option<City>, WriteError> {
    if new.city.is_empty() && new.country.is_empty() {
        return Ok(None);
    }
    if new.country.is_empty() {
        return Err(Invalid::new("country", "must be there when city is").into());
    }
    let wanted = City {
        id: CityId::at(clock.now()),
        external_id: None,
        slug: domain::text::slug(&new.city),
        name: new.city.clone(),
        region: new.region.clone(),
        country: new.country.clone(),
        country_name: String::new(),
        place: None,
        timezone: new.timezone.clone(),
        population: 0,
        aliases: Vec::new(),
    };
    let ensured = store::cities::ensure(conn, std::slice::from_ref(&wanted)).await?;
    changes::append(conn, Kind::City, &ensured.changed).await?;
    let id = ensured.ids.get(&wanted.key()).copied().ok_or(WriteError::NotFound)?;
    Ok(store::cities::get(conn, id).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::fixture::{self, clock, new_event, new_venue};

    #[sqlx::test(migrations = "../migrations")]
    async fn a_venue_comes_changes_and_goes_and_the_feed_says_so(pool: PgPool) {
        let made = create(&pool, &clock(), &domain::Actor::house(), new_venue("Old Hall"), None).await.expect("created").record;
        assert_eq!((made.version, made.row.slug.as_str()), (1, "old-hall"));
        let city = made.city.clone().expect("a city");
        assert_eq!((city.name.as_str(), city.country.as_str()), ("Brisbane", "AU"));
        let renamed = VenuePatch { name: Some("New Hall".into()), ..VenuePatch::default() };
        let patched = patch(&pool, &clock(), &domain::Actor::house(), made.row.id, renamed, Some(1)).await.expect("patched");
        assert_eq!((patched.version, patched.row.slug.as_str(), patched.row.city_id), (2, "new-hall", made.row.city_id));
        let replaced = replace(&pool, &clock(), &domain::Actor::house(), made.row.id, new_venue("Old Hall"), Some(2))
            .await
            .expect("replaced");
        assert_eq!((replaced.version, replaced.row.clone()), (3, made.row.clone()));
        delete(&pool, &domain::Actor::house(), made.row.id, Some(3)).await.expect("deleted");
        let (venue, city) = ((Kind::Venue, made.row.id.0), (Kind::City, city.id.0));
        assert_eq!(fixture::feed(&pool).await, [city, venue, venue, venue, venue]);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn writing_the_same_again_changes_nothing(pool: PgPool) {
        let made = fixture::venue(&pool, "Hall").await;
        let again =
            replace(&pool, &clock(), &domain::Actor::house(), made.row.id, new_venue("Hall"), None).await.expect("replaced");
        assert_eq!(again, made);
        assert_eq!(fixture::feed(&pool).await.len(), 2);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn an_old_version_is_a_conflict_and_a_lost_venue_is_not_found(pool: PgPool) {
        let made = fixture::venue(&pool, "Hall").await;
        let nobody = VenueId::at(clock().now());
        let stale = replace(&pool, &clock(), &domain::Actor::house(), made.row.id, new_venue("Other"), Some(7)).await;
        assert!(matches!(stale, Err(WriteError::Conflict { version: 1 })), "{stale:?}");
        assert!(matches!(delete(&pool, &domain::Actor::house(), made.row.id, Some(7)).await, Err(WriteError::Conflict { .. })));
        assert!(matches!(
            patch(&pool, &clock(), &domain::Actor::house(), nobody, VenuePatch::default(), None).await,
            Err(WriteError::NotFound)
        ));
        assert!(matches!(delete(&pool, &domain::Actor::house(), nobody, None).await, Err(WriteError::NotFound)));
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_venue_with_events_stays_and_its_new_name_is_a_new_edition_of_their_tickets(pool: PgPool) {
        let made = fixture::venue(&pool, "Hall").await;
        let with_seats = NewEventAt { capacity: Some(50) }.at(&made);
        let event = fixture::event(&pool, with_seats).await;
        assert!(matches!(delete(&pool, &domain::Actor::house(), made.row.id, None).await, Err(WriteError::InUse { .. })));
        let renamed = VenuePatch { name: Some("Palace".into()), ..VenuePatch::default() };
        patch(&pool, &clock(), &domain::Actor::house(), made.row.id, renamed, None).await.expect("patched");
        let mut conn = pool.acquire().await.expect("a connection");
        let after = store::events::get(&mut conn, event.row.id).await.expect("read").expect("there");
        assert_eq!((after.edition, after.version), (event.edition + 1, event.version + 1));
        assert_eq!(fixture::feed(&pool).await.last(), Some(&(Kind::Event, event.row.id.0)));
    }

    struct NewEventAt {
        capacity: Option<u32>,
    }

    impl NewEventAt {
        fn at(self, venue: &Venue) -> crate::model::NewEvent {
            crate::model::NewEvent { venue_id: Some(venue.row.id), capacity: self.capacity, ..new_event("Night") }
        }
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn addresses_in_one_city_share_it_with_or_without_the_region(pool: PgPool) {
        let first = fixture::venue(&pool, "First").await;
        let plain = NewVenue { region: String::new(), timezone: String::new(), ..new_venue("Second") };
        let second = create(&pool, &clock(), &domain::Actor::house(), plain, None).await.expect("created").record;
        assert_eq!(second.row.city_id, first.row.city_id);
        assert_eq!(second.row.timezone, "Australia/Brisbane", "the city's zone stands in");
        let other = NewVenue { region: "Victoria".into(), ..new_venue("Third") };
        let third = create(&pool, &clock(), &domain::Actor::house(), other, None).await.expect("created").record;
        assert_ne!(third.row.city_id, first.row.city_id);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_taken_external_id_a_city_without_country_and_an_unknown_zone_are_named(pool: PgPool) {
        let id = || Some("venue-1".to_owned());
        create(&pool, &clock(), &domain::Actor::house(), NewVenue { external_id: id(), ..new_venue("First") }, None)
            .await
            .expect("created");
        let table = [
            (NewVenue { external_id: id(), ..new_venue("Second") }, "external_id"),
            (NewVenue { country: String::new(), ..new_venue("Second") }, "country"),
            (NewVenue { city: "Gap".into(), timezone: String::new(), ..new_venue("Second") }, "timezone"),
        ];
        for (new, field) in table {
            let refused = create(&pool, &clock(), &domain::Actor::house(), new, None).await;
            assert!(matches!(&refused, Err(WriteError::Invalid(invalid)) if invalid.field == field), "{field}: {refused:?}");
        }
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn one_key_makes_one_venue(pool: PgPool) {
        let claim =
            |fingerprint: u8| Claim { owner: domain::KeyId::at(clock().now()), key: "k".into(), fingerprint: [fingerprint; 32] };
        let first = claim(1);
        let made =
            create(&pool, &clock(), &domain::Actor::house(), new_venue("Hall"), Some(first.clone())).await.expect("created");
        let again =
            create(&pool, &clock(), &domain::Actor::house(), new_venue("Hall"), Some(first.clone())).await.expect("the same");
        assert_eq!((made.replayed, again.replayed, &made.record), (false, true, &again.record));
        let other = Claim { fingerprint: [2; 32], ..first };
        assert!(matches!(
            create(&pool, &clock(), &domain::Actor::house(), new_venue("Other"), Some(other)).await,
            Err(WriteError::KeyReused)
        ));
        let elsewhere =
            create(&pool, &clock(), &domain::Actor::house(), new_venue("Hall"), Some(claim(1))).await.expect("another owner");
        assert_ne!(elsewhere.record.row.id, made.record.row.id);
    }
}
