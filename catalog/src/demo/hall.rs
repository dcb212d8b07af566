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
            Self::Theatre => (160, 3_000),
            Self::ConcertHall => (400, 6_000),
            Self::Cinema => (60, 800),
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    /// Designs at several sizes, up to the biggest that a benchmark asks for.
    fn houses() -> Vec<(Design, u32)> {
        let mut houses: Vec<_> =
            Design::ALL.into_iter().flat_map(|design| [design.limits().0, 500, 2_000].map(|places| (design, places))).collect();
        houses.extend([(Design::Arena, 10_000), (Design::Stadium, 2_400), (Design::Stadium, 20_000), (Design::Stadium, 50_000)]);
        houses
    }

    fn inside(outline: &[[f32; 2]], [x, y]: [f32; 2]) -> bool {
        let edges = outline.iter().zip(outline.iter().cycle().skip(1));
        edges.filter(|(a, b)| (a[1] > y) != (b[1] > y) && x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0]).count() % 2 == 1
    }

    #[test]
    fn every_house_is_valid_and_holds_exactly_what_was_asked_for() {
        for (design, places) in houses() {
            let map = hall(design, places);
            assert_eq!(map.validate(), Ok(()), "{design:?} {places}");
            let (least, most) = design.limits();
            assert_eq!(map.capacity(), places.clamp(least, most), "{design:?} {places}");
            assert_eq!(map, hall(design, places));
            let tiers = map.sections.iter().map(|section| section.tier).chain(map.areas.iter().map(|area| area.tier));
            assert!(tiers.into_iter().all(|tier| tier.index() < design.tier_names().len()));
        }
    }

    #[test]
    fn no_two_seats_are_nearer_than_eight_units() {
        for (design, places) in houses() {
            let map = hall(design, places);
            let mut grid = HashMap::<(i32, i32), Vec<[f32; 2]>>::new();
            for at in map.seats() {
                let (x, y) = (at.seat.x, at.seat.y);
                let cell = ((x / 8.0).floor() as i32, (y / 8.0).floor() as i32);
                let around = (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (cell.0 + dx, cell.1 + dy)));
                for other in around.filter_map(|cell| grid.get(&cell)).flatten() {
                    let apart = (other[0] - x).hypot(other[1] - y);
                    assert!(apart >= 8.0, "{design:?} {places}: {} is {apart} from another", at.id());
                }
                grid.entry(cell).or_default().push([x, y]);
            }
        }
    }

    #[test]
    fn seats_stand_inside_their_sections_and_next_to_their_neighbours() {
        for (design, places) in houses() {
            let map = hall(design, places);
            for section in &map.sections {
                for row in &section.rows {
                    for seat in &row.seats {
                        assert!(
                            inside(&section.outline, [seat.x, seat.y]),
                            "{design:?} {places}: {}-{}-{}",
                            section.id,
                            row.label,
                            seat.number
                        );
                    }
                    for pair in row.seats.windows(2).filter(|pair| !pair[0].gap_after) {
                        let apart = (pair[0].x - pair[1].x).hypot(pair[0].y - pair[1].y);
                        assert!(
                            (8.0..22.0).contains(&apart),
                            "{design:?} {places}: {}-{}-{} is {apart} away",
                            section.id,
                            row.label,
                            pair[0].number
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn every_wheelchair_space_has_its_companions_seat_beside_it() {
        let mut spaces = 0;
        for (design, places) in houses() {
            let map = hall(design, places);
            let seats: Vec<_> = map.seats().collect();
            let pairs = map.companions();
            assert_eq!(pairs.len(), seats.iter().filter(|at| at.seat.accessible).count(), "{design:?} {places}");
            for (space, companion) in pairs {
                let [first, second] = [space.min(companion), space.max(companion)].map(|seat| seats[seat as usize]);
                let beside = second.index == first.index + 1 && std::ptr::eq(first.row, second.row) && !first.seat.gap_after;
                assert!(beside, "{design:?} {places}: {} and {}", first.id(), second.id());
                spaces += 1;
            }
        }
        assert!(spaces > 100, "{spaces}");
    }

    #[test]
    fn one_sits_best_on_the_halfway_line_near_the_stage_or_two_thirds_back() {
        for (design, places) in houses() {
            let map = hall(design, places);
            let ([x, y], [left, top, right, _]) = (map.focus(), map.bounds());
            let rows = map.seats().map(|at| at.seat.y);
            let (near, far) = rows.fold((f32::MAX, f32::MIN), |(near, far), y| (near.min(y), far.max(y)));
            assert!((x - (left + right) / 2.0).abs() < 1.0, "{design:?} {places}: in the middle, not at {x}");
            match design {
                Design::Stadium => assert_eq!([x, y], [0.0, 0.0], "{places}"),
                Design::Cinema => {
                    assert!((0.55..0.75).contains(&((y - near) / (far - near))), "{places}: {y} of {near} to {far}")
                }
                Design::Arena => assert!((top..0.0).contains(&y), "{places}: {y}"),
                Design::Theatre | Design::ConcertHall | Design::Club | Design::OpenAir => {
                    let stage = map.stage.as_ref().expect("a stage").outline.iter().map(|point| point[1]);
                    let (back, front) = stage.fold((f32::MAX, f32::MIN), |(back, front), y| (back.min(y), front.max(y)));
                    assert!((back..front).contains(&y), "{design:?} {places}: {y} is not on the stage");
                }
            }
        }
    }

    #[test]
    fn the_concert_hall_has_aisles_in_line_and_wheelchair_spaces() {
        let map = hall(Design::ConcertHall, 2_000);
        let tiers: Vec<_> = ["front", "stalls", "royal", "balcony"]
            .iter()
            .map(|tier| map.sections.iter().filter(|section| section.id.starts_with(tier)).count())
            .collect();
        assert_eq!(tiers, [3, 5, 5, 5]);
        assert!(map.seats().filter(|at| at.seat.accessible).count() >= 8);
        assert_eq!(map.sections[0].rows[0].label, "A");
        assert!(map.stage.is_some_and(|stage| stage.outline.len() > 4));
    }
}
