//! Venues: create, replace, patch, delete.

use domain::{CityId, Clock, Place, VenueId};
use sqlx::{PgConnection, PgPool};

use super::{Claim, Created, Invalid, WriteError, check, claimed, matched};
use crate::model::{City, Kind, NewVenue, Venue, VenuePatch, VenueRow};
use crate::store::{self, changes};

/// Creates a venue, and its city if nobody stood there yet.
///
/// Refuses   invalid (names the field), key_reused.
pub async fn create(pool: &PgPool, clock: &Clock, new: NewVenue, claim: Option<Claim>) -> Result<Created<Venue>, WriteError> {
    check::venue(&new)?;
    let id = VenueId::at(clock.now());
    let mut tx = pool.begin().await?;
    if let Some(before) = claimed(&mut tx, claim, Kind::Venue, id.0).await? {
        let record = store::venues::get(&mut tx, VenueId(before)).await?.ok_or(WriteError::NotFound)?;
        return Ok(Created { record, replayed: true });
    }
    let row = resolve(&mut tx, clock, id, new).await?;
    store::venues::copy_in(&mut tx, &[row]).await?;
    changes::append(&mut tx, Kind::Venue, &[id.0]).await?;
    let record = store::venues::get(&mut tx, id).await?.ok_or(WriteError::NotFound)?;
    tx.commit().await?;
    Ok(Created { record, replayed: false })
}

/// Replaces all that an organiser writes of a venue.
///
/// Takes     `if_match`: the version it must still have.
/// Gives     the venue; nothing has changed, not even the version, when it was so already.
/// Refuses   not_found, conflict, invalid.
pub async fn replace(pool: &PgPool, clock: &Clock, id: VenueId, new: NewVenue, if_match: Option<i64>) -> Result<Venue, WriteError> {
    let mut tx = pool.begin().await?;
    matched(store::venues::lock(&mut tx, id).await?, if_match)?;
    let before = store::venues::get(&mut tx, id).await?.ok_or(WriteError::NotFound)?;
    let venue = write(&mut tx, clock, &before, new).await?;
    tx.commit().await?;
    Ok(venue)
}

/// Changes some fields of a venue; otherwise as [`replace`].
pub async fn patch(pool: &PgPool, clock: &Clock, id: VenueId, patch: VenuePatch, if_match: Option<i64>) -> Result<Venue, WriteError> {
    let mut tx = pool.begin().await?;
    matched(store::venues::lock(&mut tx, id).await?, if_match)?;
    let before = store::venues::get(&mut tx, id).await?.ok_or(WriteError::NotFound)?;
    let mut new = NewVenue::from(&before);
    patch.apply(&mut new);
    let venue = write(&mut tx, clock, &before, new).await?;
    tx.commit().await?;
    Ok(venue)
}

/// Deletes a venue that no event stands at.
///
/// Refuses   not_found, conflict, in_use.
pub async fn delete(pool: &PgPool, id: VenueId, if_match: Option<i64>) -> Result<(), WriteError> {
    let mut tx = pool.begin().await?;
    matched(store::venues::lock(&mut tx, id).await?, if_match)?;
    if store::events::at_venue(&mut tx, id).await? {
        return Err(WriteError::InUse { by: "events stand at the venue" });
    }
    store::venues::delete(&mut tx, id).await?;
    changes::append(&mut tx, Kind::Venue, &[id.0]).await?;
    tx.commit().await?;
    Ok(())
}

async fn write(conn: &mut PgConnection, clock: &Clock, before: &Venue, new: NewVenue) -> Result<Venue, WriteError> {
    check::venue(&new)?;
    let id = before.row.id;
    let row = resolve(conn, clock, id, new).await?;
    let reissue = on_tickets(&row) != on_tickets(&before.row);
    if !store::venues::update(conn, &[row]).await?.is_empty() {
        changes::append(conn, Kind::Venue, &[id.0]).await?;
    }
    if reissue {
        let events = store::events::reissue_at_venue(conn, id).await?;
        changes::append(conn, Kind::Event, &events).await?;
    }
    store::venues::get(conn, id).await?.ok_or(WriteError::NotFound)
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
