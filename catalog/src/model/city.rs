//! Cities: where venues stand.

use domain::{CityId, Place};

/// A city as stored. Cities come from the demo, from imports and from the addresses of venues.
///
/// A row whose `name` is empty stands for "somewhere in the country": venues with a country and no city hang on it, no list shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct City {
    pub id: CityId,
    pub external_id: Option<String>,
    pub slug: String,
    pub name: String,
    pub region: String,
    /// ISO 3166-1 alpha-2, or empty when unknown.
    pub country: String,
    pub country_name: String,
    pub place: Option<Place>,
    pub timezone: String,
    pub population: u64,
    pub aliases: Vec<String>,
}
