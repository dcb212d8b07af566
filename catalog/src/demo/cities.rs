//! The real cities: GeoNames facts (CC BY 4.0), see assets/README.md.

use domain::{Currency, Place};
use jiff::tz::TimeZone;
use serde::Deserialize;

const CITIES: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/cities/cities.csv"));

/// One line of assets/cities/cities.csv.
#[derive(Debug, Deserialize)]
struct Line {
    geonames_id: u32,
    name: String,
    region: String,
    country: String,
    country_name: String,
    lat: f64,
    lon: f64,
    timezone: String,
    population: u64,
    currency: Currency,
    aliases: String,
}

/// A city with what the demo needs of it.
#[derive(Debug, Clone)]
pub struct CityFacts {
    pub geonames_id: u32,
    pub name: String,
    pub region: String,
    pub country: String,
    pub country_name: String,
    pub place: Place,
    pub timezone: String,
    pub zone: TimeZone,
    pub population: u64,
    pub currency: Currency,
    pub aliases: Vec<String>,
    /// How much goes on there: grows with its people and with how many cities its country has in the list.
    pub weight: f64,
}

/// All cities, the liveliest first.
pub fn cities() -> Vec<CityFacts> {
    let mut reader = csv::Reader::from_reader(CITIES.as_bytes());
    let lines: Vec<Line> = reader.deserialize().filter_map(Result::ok).collect();
    let siblings = |country: &str| lines.iter().filter(|line| line.country == country).count() as f64;
    let mut cities: Vec<_> = lines.iter().filter_map(|line| facts(line, siblings(&line.country))).collect();
    cities.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.geonames_id.cmp(&b.geonames_id)));
    cities
}

fn facts(line: &Line, siblings: f64) -> Option<CityFacts> {
    Some(CityFacts {
        geonames_id: line.geonames_id,
        name: line.name.clone(),
        region: line.region.clone(),
        country: line.country.clone(),
        country_name: line.country_name.clone(),
        place: Place::new(line.lat, line.lon)?,
        timezone: line.timezone.clone(),
        zone: TimeZone::get(&line.timezone).ok()?,
        population: line.population,
        currency: line.currency,
        aliases: line.aliases.split('|').filter(|alias| !alias.is_empty()).map(str::to_owned).collect(),
        weight: (line.population as f64).powf(0.4) * siblings.powf(0.6),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_city_in_a_known_zone() {
        let mut reader = csv::Reader::from_reader(CITIES.as_bytes());
        let lines: Vec<Line> = reader.deserialize().map(|line| line.expect("a city")).collect();
        for line in &lines {
            assert!(TimeZone::get(&line.timezone).is_ok(), "{} in {}", line.timezone, line.name);
        }
        assert_eq!(cities().len(), lines.len());
        assert!((300..=330).contains(&lines.len()), "{}", lines.len());
    }

    #[test]
    fn countries_are_many_and_names_are_unique_within_one() {
        let cities = cities();
        let countries: std::collections::HashSet<_> = cities.iter().map(|city| &city.country).collect();
        let names: std::collections::HashSet<_> = cities.iter().map(|city| (&city.country, &city.region, &city.name)).collect();
        assert!(countries.len() > 100, "{}", countries.len());
        assert_eq!(names.len(), cities.len());
    }
}
