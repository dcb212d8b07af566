//! Values of the dictionary columns: an id with what filters, facets and hits need to know of it, so that a segment's dictionary is
//! itself the table of its venues, performers and series, and none of it is repeated from event to event.

use domain::place::Place;
use domain::{Tier, TierId, text};
use uuid::Uuid;

use super::card::{ImageRef, PerformerRef, SeriesRef, VenueRef};
use crate::model::{PerformerRow, Picture, SeriesRow, Venue};

const PART: char = '\u{1f}';
const SEPARATOR: &str = "\u{1f}";
const ALIAS: char = '\u{1e}';

fn clean(text: &str) -> String {
    text.replace([PART, ALIAS], " ")
}

/// A slug, unless it follows from the name.
fn slug_of(slug: &str, name: &str) -> String {
    if slug == text::slug(name) { String::new() } else { format!("={}", clean(slug)) }
}

fn read_slug(part: &str, name: &str) -> String {
    part.strip_prefix('=').map_or_else(|| text::slug(name), str::to_owned)
}

fn maybe(id: Option<&str>) -> String {
    id.map_or_else(String::new, |id| format!("={}", clean(id)))
}

fn read_maybe(part: &str) -> Option<String> {
    part.strip_prefix('=').map(str::to_owned)
}

/// `id ␟ name ␟ slug ␟ external id`
pub fn performer(performer: &PerformerRow) -> String {
    let (name, slug) = (clean(&performer.name), slug_of(&performer.slug, &performer.name));
    [performer.id.to_string(), name, slug, maybe(performer.external_id.as_deref())].join(SEPARATOR)
}

/// A performer of whom only the id is known.
pub fn unknown_performer(id: Uuid) -> String {
    [&*id.to_string(), "", "", ""].join(SEPARATOR)
}

/// `id ␟ title ␟ slug`
pub fn series(series: &SeriesRow) -> String {
    [series.id.to_string(), clean(&series.title), slug_of(&series.slug, &series.title)].join(SEPARATOR)
}

/// `id ␟ name ␟ slug ␟ external id ␟ postal code ␟ lat ␟ lon ␟ city id ␟ city ␟ country ␟ country name ␟ city slug ␟ city external id
/// ␟ city aliases`
pub fn venue(venue: &Venue) -> String {
    let city = venue.city.as_ref();
    let place = venue.row.place.or_else(|| city.and_then(|city| city.place));
    let number = |degrees: Option<f64>| degrees.map_or_else(String::new, |degrees| degrees.to_string());
    let named_city = city.filter(|city| !city.name.is_empty());
    let parts = [
        venue.row.id.to_string(),
        clean(&venue.row.name),
        slug_of(&venue.row.slug, &venue.row.name),
        maybe(venue.row.external_id.as_deref()),
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
    parts.join(SEPARATOR)
}

/// Reads the id and the name of any row.
pub fn read_named(text: &str) -> Option<(Uuid, &str)> {
    let mut parts = text.split(PART);
    Some((Uuid::try_parse(parts.next()?).ok()?, parts.next()?))
}

/// Reads what [`performer`] wrote.
pub fn read_performer(text: &str) -> Option<PerformerRef> {
    let (id, name) = read_named(text)?;
    let mut parts = text.split(PART).skip(2);
    Some(PerformerRef { id, slug: read_slug(parts.next()?, name), external_id: read_maybe(parts.next()?), name: name.to_owned() })
}

/// Reads what [`series`] wrote.
pub fn read_series(text: &str) -> Option<SeriesRef> {
    let (id, title) = read_named(text)?;
    Some(SeriesRef { id, slug: read_slug(text.split(PART).nth(2)?, title), title: title.to_owned() })
}

/// `id ␟ mark ␟ width ␟ height ␟ alt`
pub fn image(picture: &Picture) -> String {
    let (mark, width, height) = (format!("{:08x}", picture.mark), picture.width.to_string(), picture.height.to_string());
    [picture.id.to_string(), mark, width, height, clean(&picture.alt)].join(SEPARATOR)
}

/// Reads what [`image`] wrote.
pub fn read_image(text: &str) -> Option<ImageRef> {
    let mut parts = text.split(PART);
    let (id, mark) = (parts.next()?.parse().ok()?, u32::from_str_radix(parts.next()?, 16).ok()?);
    let (width, height) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let picture = Picture { id, mark, width, height, alt: parts.next()?.to_owned() };
    Some(ImageRef { url: picture.url(), width, height, alt: picture.alt })
}

/// For each tier its id and its name behind it, with `␟` between two: most events have what many have.
pub fn tiers(tiers: &[Tier]) -> String {
    tiers.iter().map(|tier| format!("{}{}", tier.id, clean(&tier.name))).collect::<Vec<_>>().join(SEPARATOR)
}

/// Reads what [`tiers`] wrote.
pub fn read_tiers(text: &str) -> impl Iterator<Item = (TierId, &str)> {
    text.split(PART).filter_map(|tier| {
        let id = tier.chars().next()?;
        Some((TierId::try_from(id).ok()?, &tier[id.len_utf8()..]))
    })
}

/// A venue as filters, facets and hits know it.
#[derive(Debug, Clone, PartialEq)]
pub struct VenueRow {
    pub id: Uuid,
    pub name: String,
    pub slug: String,
    pub external_id: Option<String>,
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
    let name = next()?.to_owned();
    let (slug, external_id) = (read_slug(next()?, &name), read_maybe(next()?));
    let postal_code = next()?.to_owned();
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
        slug,
        external_id,
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

impl VenueRow {
    /// As a hit shows it.
    pub fn shown(&self) -> VenueRef {
        VenueRef {
            id: self.id,
            external_id: self.external_id.clone(),
            slug: self.slug.clone(),
            name: self.name.clone(),
            city_id: self.city_id,
            city: self.city.clone(),
            country: self.country.clone(),
            lat: self.place.map(|place| place.lat),
            lon: self.place.map(|place| place.lon),
        }
    }
}
