//! The map of the search page: where the results are, as points for the script that draws them and as links for everybody else.

use catalog::search::{Answer, FacetName, FacetValue};
use serde_json::json;

use crate::pages::find::cards::thousands;
use crate::pages::params::FilledParams;
use crate::pages::view::layout::Link;
use crate::pages::view::search::MapBox;

/// A view narrower than this shows venues, a wider one cities; in degrees.
const VENUES_BELOW: f64 = 12.0;
/// Places that are listed as links.
const LISTED: usize = 20;

/// Whether the address asks for the map.
pub fn is_open(asked: &FilledParams) -> bool {
    asked.one("view") == "map" || !asked.one("bbox").is_empty()
}

pub fn map_box(first: &FilledParams, answer: &Answer) -> MapBox {
    let bbox = first.one("bbox");
    let (name, facet) = if shows_venues(first) { ("venue_id", FacetName::Venue) } else { ("city", FacetName::City) };
    let known: Vec<&FacetValue> = answer.facets.get(facet).iter().filter(|value| value.place.is_some()).collect();
    let point = |value: &&FacetValue| {
        let place = value.place?;
        Some(json!([place.lon, place.lat, value.count, value.label]))
    };
    let link = |value: &&FacetValue| {
        let href = first.without(&["bbox", name]).with_value(name, &value.value).href("/search");
        (Link::new(href, &*value.label), thousands(value.count))
    };
    MapBox {
        points: json!(known.iter().filter_map(point).collect::<Vec<_>>()).to_string(),
        bbox: bbox.to_owned(),
        places: known.iter().take(LISTED).map(link).collect(),
        close: first.without(&["bbox", "view"]).href("/search"),
    }
}

/// Near by, and where one city was asked for, venues; else cities. The city facet is counted without the city filter.
fn shows_venues(first: &FilledParams) -> bool {
    let sides: Vec<f64> = first.one("bbox").split(',').filter_map(|side| side.trim().parse().ok()).collect();
    let narrow = matches!(sides[..], [west, _, east, _] if (east - west).rem_euclid(360.0) < VENUES_BELOW);
    narrow || !first.one("city").is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_view_shows_venues_also_across_the_antimeridian() {
        let asked = |bbox: &str| FilledParams::default().with("bbox", bbox);
        for (bbox, venues) in
            [("150,-30,156,-24", true), ("178,-20,-178,-10", true), ("-30,-40,60,70", false), ("nonsense", false)]
        {
            assert_eq!(shows_venues(&asked(bbox)), venues, "{bbox}");
        }
        assert!(
            is_open(&asked("1,2,3,4"))
                && is_open(&FilledParams::default().with("view", "map"))
                && !is_open(&FilledParams::default())
        );
    }
}
