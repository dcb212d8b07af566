//! Venues: places with an address and a time zone.

use domain::{CityId, ImageId, Place, VenueId};
use jiff::Timestamp;

use super::{City, Pictured};

/// A venue as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct VenueRow {
    pub id: VenueId,
    pub external_id: Option<String>,
    /// Who calls it so: ids of one source never stand for another's.
    pub source: String,
    pub slug: String,
    pub name: String,
    pub kind: String,
    pub city_id: Option<CityId>,
    pub address: String,
    pub postal_code: String,
    pub district: String,
    pub place: Option<Place>,
    pub timezone: String,
    pub capacity: Option<u32>,
    pub aliases: Vec<String>,
    pub description: String,
}

/// A venue with its city and its version.
#[derive(Debug, Clone, PartialEq)]
pub struct Venue {
    pub row: VenueRow,
    /// The city it stands in; its `name` is empty when only the country is known.
    pub city: Option<City>,
    pub image: Pictured,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What an organiser writes of a venue; `city`, `region` and `country` find or make the city.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewVenue {
    pub external_id: Option<String>,
    /// Who calls it so: ids of one source never stand for another's.
    pub source: String,
    pub name: String,
    /// hall, stadium, …; empty means `hall`.
    pub kind: String,
    pub city: String,
    pub region: String,
    /// ISO 3166-1 alpha-2; needed when a city is given.
    pub country: String,
    pub address: String,
    pub postal_code: String,
    pub district: String,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub timezone: String,
    pub capacity: Option<u32>,
    pub aliases: Vec<String>,
    pub description: String,
    pub image_id: Option<ImageId>,
}

/// A change to a venue: what is `None` stays; `Some(None)` clears.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct VenuePatch {
    pub external_id: Option<Option<String>>,
    pub source: Option<String>,
    pub name: Option<String>,
    pub kind: Option<String>,
    pub city: Option<String>,
    pub region: Option<String>,
    pub country: Option<String>,
    pub address: Option<String>,
    pub postal_code: Option<String>,
    pub district: Option<String>,
    pub lat: Option<Option<f64>>,
    pub lon: Option<Option<f64>>,
    pub timezone: Option<String>,
    pub capacity: Option<Option<u32>>,
    pub aliases: Option<Vec<String>>,
    pub description: Option<String>,
    pub image_id: Option<Option<ImageId>>,
}

impl From<&Venue> for NewVenue {
    fn from(venue: &Venue) -> Self {
        let row = venue.row.clone();
        let city = |field: fn(&City) -> &String| venue.city.as_ref().map(field).cloned().unwrap_or_default();
        Self {
            external_id: row.external_id,
            source: row.source,
            name: row.name,
            kind: row.kind,
            city: city(|city| &city.name),
            region: city(|city| &city.region),
            country: city(|city| &city.country),
            address: row.address,
            postal_code: row.postal_code,
            district: row.district,
            lat: row.place.map(|place| place.lat),
            lon: row.place.map(|place| place.lon),
            timezone: row.timezone,
            capacity: row.capacity,
            aliases: row.aliases,
            description: row.description,
            image_id: venue.image.own,
        }
    }
}

impl VenuePatch {
    pub fn apply(self, to: &mut NewVenue) {
        super::set(&mut to.external_id, self.external_id);
        super::set(&mut to.source, self.source);
        super::set(&mut to.name, self.name);
        super::set(&mut to.kind, self.kind);
        super::set(&mut to.city, self.city);
        super::set(&mut to.region, self.region);
        super::set(&mut to.country, self.country);
        super::set(&mut to.address, self.address);
        super::set(&mut to.postal_code, self.postal_code);
        super::set(&mut to.district, self.district);
        super::set(&mut to.lat, self.lat);
        super::set(&mut to.lon, self.lon);
        super::set(&mut to.timezone, self.timezone);
        super::set(&mut to.capacity, self.capacity);
        super::set(&mut to.aliases, self.aliases);
        super::set(&mut to.description, self.description);
        super::set(&mut to.image_id, self.image_id);
    }
}
