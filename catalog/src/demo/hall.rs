//! Hall designs: parametric seat maps such as real houses have, in map units with neighbouring seats about 10 apart.
//!
//! A design lays out a [`draft::Draft`] (blocks of rows, areas, a stage) that is a little too large, takes single seats away from
//! its rear rows until the number is exact, and only then places and numbers the seats.

mod bowl;
mod draft;
mod fan;
mod open;
mod path;

use domain::SeatMap;

/// What kind of house a seat map shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Design {
    /// Curved stalls and a circle, each in three blocks.
    Theatre,
    /// A fan of curved blocks in four tiers around one centre, aisles in line.
    ConcertHall,
    /// One gently curved room with two aisles before a screen.
    Cinema,
    /// A stage at one end, a standing floor, seats in rings around the other three sides.
    Arena,
    /// Rings of blocks all around a pitch or court.
    Stadium,
    /// A standing floor and a small balcony.
    Club,
    /// A field in front of an open-air stage: areas only.
    OpenAir,
}

impl Design {
    pub const ALL: [Self; 7] =
        [Self::Theatre, Self::ConcertHall, Self::Cinema, Self::Arena, Self::Stadium, Self::Club, Self::OpenAir];

    /// The names of its tiers, dearest first; a map's section or area of tier `1` is in the first of them.
    pub fn tier_names(self) -> &'static [&'static str] {
        match self {
            Self::Theatre => &["Premium stalls", "Stalls", "Circle"],
            Self::ConcertHall => &["Front stalls", "Stalls", "Royal circle", "Balcony"],
            Self::Cinema => &["Premium", "Standard"],
            Self::Arena => &["Floor standing", "Lower tier", "Lower tier ends", "Upper tier"],
            Self::Stadium => &["Lower stands", "Lower ends", "Upper stands", "Upper ends"],
            Self::Club => &["Balcony", "Standing"],
            Self::OpenAir => &["Terrace", "Golden circle", "Field", "Lawn"],
        }
    }

    /// The least and the most places that [`hall`] builds of it.
    pub fn limits(self) -> (u32, u32) {
        match self {
            Self::Theatre => (120, 3_000),
            Self::ConcertHall => (400, 6_000),
            Self::Cinema => (40, 800),
            Self::Arena => (1_500, 30_000),
            Self::Stadium => (600, 120_000),
            Self::Club => (80, 5_000),
            Self::OpenAir => (500, 200_000),
        }
    }
}

/// Draws a house of one design.
///
/// Takes     `places`: seats and standing places together, clamped to the design's limits.
/// Gives     a valid map of exactly that many places; the same arguments give the same map.
pub fn hall(design: Design, places: u32) -> SeatMap {
    let (least, most) = design.limits();
    let places = places.clamp(least, most);
    match design {
        Design::Theatre => fan::theatre(places),
        Design::ConcertHall => fan::concert_hall(places),
        Design::Cinema => fan::cinema(places),
        Design::Arena => bowl::arena(places),
        Design::Stadium => bowl::stadium(places),
        Design::Club => open::club(places),
        Design::OpenAir => open::open_air(places),
    }
}
