//! Points on the earth and how far apart they are.

use serde::{Deserialize, Serialize};

/// Mean radius of the earth in kilometres. Source: IUGG mean radius R1.
pub const EARTH_RADIUS_KM: f64 = 6371.0088;

/// A point in degrees: latitude -90..=90, longitude -180..=180.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Place {
    pub lat: f64,
    pub lon: f64,
}

impl Place {
    /// Gives `None` unless both are finite and in range.
    pub fn new(lat: f64, lon: f64) -> Option<Self> {
        ((-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon)).then_some(Self { lat, lon })
    }

    /// Great-circle distance in kilometres by the haversine formula (Sinnott 1984).
    pub fn distance_km(self, other: Place) -> f64 {
        let (lat_a, lat_b) = (self.lat.to_radians(), other.lat.to_radians());
        let half_lat = ((lat_b - lat_a) / 2.0).sin();
        let half_lon = ((other.lon - self.lon).to_radians() / 2.0).sin();
        let h = half_lat * half_lat + lat_a.cos() * lat_b.cos() * half_lon * half_lon;
        2.0 * EARTH_RADIUS_KM * h.clamp(0.0, 1.0).sqrt().asin()
    }
}

/// A map view in degrees. `west > east` means that it crosses the antimeridian.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BoundingBox {
    pub west: f64,
    pub south: f64,
    pub east: f64,
    pub north: f64,
}

impl BoundingBox {
    pub fn contains(&self, place: Place) -> bool {
        let inside_lon = if self.west <= self.east {
            (self.west..=self.east).contains(&place.lon)
        } else {
            place.lon >= self.west || place.lon <= self.east
        };
        inside_lon && (self.south..=self.north).contains(&place.lat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(lat: f64, lon: f64) -> Place {
        Place::new(lat, lon).expect("in range")
    }

    #[test]
    fn brisbane_to_sydney_is_about_730_km() {
        let km = place(-27.4679, 153.0281).distance_km(place(-33.8679, 151.2073));
        assert!((725.0..740.0).contains(&km), "{km}");
    }

    #[test]
    fn the_antimeridian_and_the_poles_are_no_walls() {
        assert!(place(0.0, 179.9).distance_km(place(0.0, -179.9)) < 23.0);
        assert!(place(89.9, 0.0).distance_km(place(89.9, 180.0)) < 23.0);
        let pacific = BoundingBox { west: 170.0, south: -10.0, east: -170.0, north: 10.0 };
        assert!(
            pacific.contains(place(0.0, 175.0)) && pacific.contains(place(0.0, -175.0)) && !pacific.contains(place(0.0, 0.0))
        );
    }

    #[test]
    fn what_is_not_on_earth_is_refused() {
        for (lat, lon) in [(91.0, 0.0), (0.0, 181.0), (f64::NAN, 0.0), (0.0, f64::INFINITY)] {
            assert!(Place::new(lat, lon).is_none());
        }
    }
}
