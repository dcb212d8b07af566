//! Where a question looks: decided once for each venue, a few thousand, instead of once for each event.

use domain::text::fold;
use uuid::Uuid;

use super::filter::bit;
use super::names::{Names, VenueEntry};
use super::query::Query;

/// Which place filters refuse each venue, and how many metres it lies from `near`; both by the venue's number.
pub fn fails(query: &Query, names: &Names) -> (Vec<u16>, Vec<u32>) {
    let cities: Vec<String> = query.city.iter().map(|city| fold(city)).collect();
    let city_ids: Vec<Uuid> = query.city.iter().filter_map(|city| Uuid::try_parse(city).ok()).collect();
    let city_allowed: Vec<bool> = names
        .cities
        .iter()
        .map(|entry| {
            entry.id.is_some_and(|id| city_ids.contains(&id)) || entry.spellings.iter().any(|known| cities.contains(known))
        })
        .collect();
    let mut metres = Vec::with_capacity(if query.near.is_some() { names.venues.len() } else { 0 });
    let mut fails = Vec::with_capacity(names.venues.len());
    for entry in &names.venues {
        let mut fail = 0;
        if !query.city.is_empty() && !city_allowed[entry.city as usize] {
            fail |= bit::CITY;
        }
        if !query.country.is_empty() && !query.country.contains(&names.countries[entry.country as usize].0) {
            fail |= bit::COUNTRY;
        }
        if !query.venue_id.is_empty() && !entry.row.as_ref().is_some_and(|row| query.venue_id.contains(&row.id)) {
            fail |= bit::VENUE;
        }
        if place_fails(query, entry, &mut metres) {
            fail |= bit::PLACE;
        }
        fails.push(fail);
    }
    (fails, metres)
}

fn place_fails(query: &Query, entry: &VenueEntry, metres: &mut Vec<u32>) -> bool {
    let row = entry.row.as_ref();
    let place = row.and_then(|row| row.place);
    let mut fails = query.bbox.is_some_and(|bbox| !place.is_some_and(|place| bbox.contains(place)));
    if let Some(near) = query.near {
        let distance = place.map(|place| near.place.distance_km(place));
        fails |= !distance.is_some_and(|km| km <= near.radius_km);
        metres.push(distance.map_or(u32::MAX, |km| (km * 1_000.0).round() as u32));
    }
    if !query.postal_code.is_empty() {
        let known = row.map(|row| fold(&row.postal_code)).unwrap_or_default();
        fails |= !query.postal_code.iter().any(|wanted| fold(wanted) == known);
    }
    fails
}
