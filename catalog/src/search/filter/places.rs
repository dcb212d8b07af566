//! Where a question looks: decided once for each venue, a few thousand, instead of once for each event.

use domain::place::Place;
use domain::text::fold;
use uuid::Uuid;

use super::bits::bit;
use crate::search::question::query::{Near, Query};
use crate::search::segment::names::{Names, VenueEntry};

/// A degree of latitude is never shorter than this, so two places are never nearer than that times their latitudes' difference.
const KM_OF_A_DEGREE: f64 = 111.19;

/// What the place filters of a question say of the venues; empty without any.
#[derive(Default)]
pub struct Places {
    /// By venue number: which filters refuse it; empty when one alone does, all but the allowed.
    fails: Vec<u16>,
    refused: u16,
    /// By venue number: metres from `near`.
    pub metres: Vec<u32>,
    /// The numbers of the venues that none refuses, ascending; empty when cities alone are asked for.
    pub allowed: Vec<u32>,
    /// The numbers of the cities, when they alone are asked for, ascending.
    pub cities: Option<Vec<u32>>,
}

impl Places {
    /// Whether any venue is refused.
    pub fn refuse_any(&self) -> bool {
        self.refused != 0 || self.allowed.len() < self.fails.len()
    }

    /// By venue number: which filters refuse it; empty without any.
    pub fn fails(self, names: &Names) -> Vec<u16> {
        if self.refused == 0 {
            return self.fails;
        }
        let mut fails = vec![self.refused; names.venues.len()];
        let of_cities = self.cities.iter().flatten().flat_map(|city| &names.cities[*city as usize].venues);
        of_cities.chain(&self.allowed).for_each(|number| fails[*number as usize] = 0);
        fails
    }
}

/// Holds the venues against the place filters.
///
/// Cost      of cities alone nothing, of a circle alone the venues between its parallels; otherwise a look at each venue.
pub fn places(query: &Query, names: &Names) -> Places {
    let by_id = !query.venue_id.is_empty();
    let by_place = query.near.is_some() || query.bbox.is_some() || !query.postal_code.is_empty();
    if query.city.is_empty() && query.country.is_empty() && !by_id && !by_place {
        return Places::default();
    }
    let nowhere_else = query.country.is_empty() && query.postal_code.is_empty() && query.bbox.is_none() && !by_id;
    match query.near {
        None if nowhere_else => {
            return Places { refused: bit::CITY, cities: Some(cities_asked(query, names)), ..Places::default() };
        }
        Some(near) if nowhere_else && query.city.is_empty() => return around(near, names),
        None if by_id_alone(query) => return of_ids(query, names),
        _ => {}
    }
    let cities = (!query.city.is_empty()).then(|| cities(query, names));
    let countries: Vec<bool> = names.countries.iter().map(|(code, _)| query.country.contains(code)).collect();
    let postal_codes: Vec<String> = query.postal_code.iter().map(|code| fold(code)).collect();
    let mut metres = Vec::with_capacity(if query.near.is_some() { names.venues.len() } else { 0 });
    let mut fails = Vec::with_capacity(names.venues.len());
    for entry in &names.venues {
        let mut fail = 0;
        if cities.as_ref().is_some_and(|allowed| !allowed[entry.city as usize]) {
            fail |= bit::CITY;
        }
        if !query.country.is_empty() && !countries[entry.country as usize] {
            fail |= bit::COUNTRY;
        }
        if by_id && !entry.row.as_ref().is_some_and(|row| query.venue_id.contains(&row.id)) {
            fail |= bit::VENUE;
        }
        if by_place && place_fails(query, &postal_codes, entry, &mut metres) {
            fail |= bit::PLACE;
        }
        fails.push(fail);
    }
    let allowed = fails.iter().zip(0..).filter(|(fails, _)| **fails == 0).map(|(_, number)| number).collect();
    Places { fails, metres, allowed, ..Places::default() }
}

/// How many looks [`places`] takes: nothing speaks of a document here, but of each venue.
pub fn looks(query: &Query, names: &Names) -> u64 {
    let (venues, cities) = (names.venues.len() as u64, query.city.len() as u64);
    let by_place = query.near.is_some() || query.bbox.is_some() || !query.postal_code.is_empty();
    let circle = query.near.is_some() && query.bbox.is_none() && query.postal_code.is_empty();
    match () {
        () if by_id_alone(query) => query.venue_id.len() as u64,
        () if !query.venue_id.is_empty() => venues * (1 + query.venue_id.len() as u64 / 8),
        () if circle && query.city.is_empty() && query.country.is_empty() => venues / 16,
        () if by_place => venues * 2,
        () if !query.country.is_empty() => venues,
        () => cities,
    }
}

/// Whether venues are named and nothing else is asked of the place.
fn by_id_alone(query: &Query) -> bool {
    let by_place = query.near.is_some() || query.bbox.is_some() || !query.postal_code.is_empty();
    !query.venue_id.is_empty() && query.city.is_empty() && query.country.is_empty() && !by_place
}

/// Finds the venues that are named: no other is looked at.
fn of_ids(query: &Query, names: &Names) -> Places {
    let mut allowed: Vec<u32> = query.venue_id.iter().flat_map(|id| names.venue_numbers.of_id(*id)).copied().collect();
    allowed.sort_unstable();
    allowed.dedup();
    Places { refused: bit::VENUE, allowed, ..Places::default() }
}

/// Holds the venues against a circle alone: only those between its parallels are looked at.
fn around(near: Near, names: &Names) -> Places {
    let (mut metres, mut allowed) = (vec![u32::MAX; names.venues.len()], Vec::new());
    let away = near.radius_km / KM_OF_A_DEGREE;
    for (number, place) in names.between_latitudes(near.place.lat - away, near.place.lat + away) {
        if let Some(km) = within(near, place) {
            metres[number as usize] = in_metres(km);
            allowed.push(number);
        }
    }
    allowed.sort_unstable();
    Places { refused: bit::PLACE, metres, allowed, ..Places::default() }
}

fn in_metres(km: f64) -> u32 {
    (km * 1_000.0).round() as u32
}

/// By city number: whether it is one of those asked for.
fn cities(query: &Query, names: &Names) -> Vec<bool> {
    let mut allowed = vec![false; names.cities.len()];
    cities_asked(query, names).into_iter().for_each(|city| allowed[city as usize] = true);
    allowed
}

/// The numbers of the cities asked for, by id or by any spelling, ascending.
pub fn cities_asked(query: &Query, names: &Names) -> Vec<u32> {
    let mut numbers = Vec::with_capacity(query.city.len());
    for city in &query.city {
        match Uuid::try_parse(city) {
            Ok(id) => numbers.extend(names.city_of_id(id)),
            Err(_) => numbers.extend_from_slice(names.cities_called(&fold(city))),
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

fn place_fails(query: &Query, postal_codes: &[String], entry: &VenueEntry, metres: &mut Vec<u32>) -> bool {
    let row = entry.row.as_ref();
    let place = row.and_then(|row| row.place);
    let mut fails = query.bbox.is_some_and(|bbox| !place.is_some_and(|place| bbox.contains(place)));
    if let Some(near) = query.near {
        let distance = place.and_then(|place| within(near, place));
        fails |= distance.is_none();
        metres.push(distance.map_or(u32::MAX, in_metres));
    }
    if !postal_codes.is_empty() {
        let known = row.map(|row| fold(&row.postal_code)).unwrap_or_default();
        fails |= !postal_codes.contains(&known);
    }
    fails
}

/// The distance of a place inside of the circle.
fn within(near: Near, place: Place) -> Option<f64> {
    if (near.place.lat - place.lat).abs() * KM_OF_A_DEGREE > near.radius_km {
        return None;
    }
    Some(near.place.distance_km(place)).filter(|km| *km <= near.radius_km)
}
