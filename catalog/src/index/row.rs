//! Values of the dictionary columns: an id with what filters and facets need to know of it, so that a segment's dictionary is
//! itself the table of its venues, performers and series.

use domain::place::Place;
use uuid::Uuid;

use crate::model::Venue;

const PART: char = '\u{1f}';
const ALIAS: char = '\u{1e}';

fn clean(text: &str) -> String {
    text.replace([PART, ALIAS], " ")
}

/// `id ␟ name`
pub fn named(id: Uuid, name: &str) -> String {
    format!("{id}{PART}{}", clean(name))
}

/// `id ␟ name ␟ postal code ␟ lat ␟ lon ␟ city id ␟ city ␟ country ␟ country name ␟ city slug ␟ city external id ␟ city aliases`
pub fn venue(venue: &Venue) -> String {
    let city = venue.city.as_ref();
    let place = venue.row.place.or_else(|| city.and_then(|city| city.place));
    let number = |degrees: Option<f64>| degrees.map_or_else(String::new, |degrees| degrees.to_string());
    let named_city = city.filter(|city| !city.name.is_empty());
    let parts = [
        venue.row.id.to_string(),
        clean(&venue.row.name),
        clean(&venue.row.postal_code),
        number(place.map(|place| place.lat)),
        number(place.map(|place| place.lon)),
        named_city.map_or_else(String::new, |city| city.id.to_string()),
        named_city.map_or_else(String::new, |city| clean(&city.name)),
        city.map_or_else(String::new, |city| city.country.clone()),
        city.map_or_else(String::new, |city| clean(&city.country_name)),
        named_city.map_or_else(String::new, |city| clean(&city.slug)),
        named_city.and_then(|city| city.external_id.as_deref()).map_or_else(String::new, clean),
        named_city.map_or_else(String::new, |city| {
            city.aliases.iter().map(|alias| clean(alias)).collect::<Vec<_>>().join(&ALIAS.to_string())
        }),
    ];
    parts.join(&PART.to_string())
}

/// Reads what [`named`] wrote.
pub fn read_named(text: &str) -> Option<(Uuid, &str)> {
    let (id, name) = text.split_once(PART)?;
    Some((Uuid::try_parse(id).ok()?, name))
}

/// A venue as filters and facets know it.
#[derive(Debug, Clone, PartialEq)]
pub struct VenueRow {
    pub id: Uuid,
    pub name: String,
    pub postal_code: String,
    pub place: Option<Place>,
    pub city_id: Option<Uuid>,
    pub city: String,
    pub country: String,
    pub country_name: String,
    pub city_slug: String,
    pub city_external_id: Option<String>,
    pub city_aliases: Vec<String>,
}

/// Reads what [`venue`] wrote.
pub fn read_venue(text: &str) -> Option<VenueRow> {
    let mut parts = text.split(PART);
    let mut next = || parts.next();
    let id = Uuid::try_parse(next()?).ok()?;
    let (name, postal_code) = (next()?.to_owned(), next()?.to_owned());
    let (lat, lon) = (next()?.parse().ok(), next()?.parse().ok());
    let city_id = Uuid::try_parse(next()?).ok();
    let (city, country, country_name) = (next()?.to_owned(), next()?.to_owned(), next()?.to_owned());
    let city_slug = next()?.to_owned();
    let city_external_id = Some(next()?.to_owned()).filter(|id| !id.is_empty());
    let city_aliases = next()?.split(ALIAS).filter(|alias| !alias.is_empty()).map(str::to_owned).collect();
    let place = lat.zip(lon).and_then(|(lat, lon)| Place::new(lat, lon));
    Some(VenueRow {
        id,
        name,
        postal_code,
        place,
        city_id,
        city,
        country,
        country_name,
        city_slug,
        city_external_id,
        city_aliases,
    })
}
