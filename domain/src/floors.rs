//! The floors of a house: what lies above each other stands beside each other on a plan.

use std::borrow::Cow;

use crate::seat_map::{Area, SeatMap, Section, grow};

/// Room between two floors, in map units, and as a share of the map's width: a floor's name stands there.
const ROOM: f32 = 40.0;
const SHARE: f32 = 0.06;
/// Floors nearer than this lie on each other: seats are about 10 wide.
const TOUCH: f32 = 10.0;

/// One floor of a map.
#[derive(Debug, Clone, PartialEq)]
pub struct Floor<'a> {
    /// Empty for what names none where others do.
    pub name: &'a str,
    /// The box around its seats and outlines: left, top, right, bottom; none where it has no coordinates.
    pub bounds: Option<[f32; 4]>,
}

impl SeatMap {
    /// The floors in the order in which sections, then areas, first name them; none where all is on one.
    pub fn floors(&self) -> Vec<Floor<'_>> {
        let mut floors: Vec<Floor<'_>> = Vec::new();
        if self.sections.iter().all(|section| section.floor.is_none()) && self.areas.iter().all(|area| area.floor.is_none()) {
            return floors;
        }
        let sections = self.sections.iter().map(|section| (section.floor(), points(section)));
        let areas = self.areas.iter().map(|area| (area.floor(), area.outline.clone()));
        for (name, points) in sections.chain(areas) {
            let at = floors.iter().position(|floor| floor.name == name).unwrap_or_else(|| {
                floors.push(Floor { name, bounds: None });
                floors.len() - 1
            });
            floors[at].bounds = points.into_iter().fold(floors[at].bounds, |bounds, [x, y]| Some(grow(bounds, x, y)));
        }
        if floors.len() > 1 { floors } else { Vec::new() }
    }

    /// The map as it is drawn, and as it is measured who sits near whom: a floor that lies on another, or on the stage, stands below
    /// all that come before it. The stage belongs to the first.
    ///
    /// Gives     the map itself where nothing lies on anything.
    pub fn laid_apart(&self) -> Cow<'_, SeatMap> {
        let moves = self.moves();
        if moves.iter().all(|(_, down)| *down == 0.0) {
            return Cow::Borrowed(self);
        }
        let of = |floor: &str| moves.iter().find(|(name, _)| *name == floor).map_or(0.0, |(_, down)| *down);
        let mut map = self.clone();
        for section in &mut map.sections {
            let down = of(section.floor());
            section.outline.iter_mut().for_each(|[_, y]| *y += down);
            section.rows.iter_mut().flat_map(|row| &mut row.seats).for_each(|seat| seat.y += down);
        }
        for area in &mut map.areas {
            let down = of(area.floor());
            area.outline.iter_mut().for_each(|[_, y]| *y += down);
        }
        Cow::Owned(map)
    }

    /// How far down each floor goes.
    fn moves(&self) -> Vec<(&str, f32)> {
        let [left, _, right, _] = self.bounds();
        let room = ROOM.max(SHARE * (right - left));
        let stage = self.stage.iter().flat_map(|stage| &stage.outline);
        let mut stage = stage.fold(None, |bounds, [x, y]| Some(grow(bounds, *x, *y)));
        let mut placed: Vec<[f32; 4]> = Vec::new();
        let mut moves = Vec::new();
        for Floor { name, bounds } in self.floors() {
            let Some(own) = bounds else { continue };
            let [left, top, right, bottom] = own;
            let below = placed.iter().map(|other| other[3]).fold(top, f32::max);
            let down = if placed.iter().any(|other| lie_on(own, *other)) { below + room - top } else { 0.0 };
            moves.push((name, down));
            placed.push([left, top + down, right, bottom + down]);
            placed.extend(stage.take());
        }
        moves
    }
}

impl Section {
    /// The floor it is on; empty where it names none.
    pub fn floor(&self) -> &str {
        self.floor.as_deref().unwrap_or_default()
    }
}

impl Area {
    /// The floor it is on; empty where it names none.
    pub fn floor(&self) -> &str {
        self.floor.as_deref().unwrap_or_default()
    }
}

fn points(section: &Section) -> Vec<[f32; 2]> {
    let seats = section.rows.iter().flat_map(|row| &row.seats).map(|seat| [seat.x, seat.y]);
    seats.chain(section.outline.iter().copied()).collect()
}

fn lie_on(a: [f32; 4], b: [f32; 4]) -> bool {
    let apart = |low: usize, high: usize| a[low] > b[high] + TOUCH || b[low] > a[high] + TOUCH;
    !apart(0, 2) && !apart(1, 3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seat_map::{MAX_FLOORS, Row, Seat, Stage};
    use crate::{TierId, seat_map::SeatMapError};

    /// A section of one row of five seats at a height, on a floor.
    fn section(id: &str, y: f32, floor: Option<&str>) -> Section {
        let seat = |n: u8| Seat {
            number: (n + 1).to_string(),
            x: f32::from(n) * 10.0,
            y,
            accessible: false,
            companion_of: None,
            gap_after: false,
        };
        let rows = vec![Row { label: "A".into(), seats: (0..5).map(seat).collect() }];
        let tier = TierId::nth(0).expect("a tier");
        Section { id: id.into(), label: id.into(), tier, outline: vec![], floor: floor.map(str::to_owned), rows }
    }

    fn house(sections: Vec<Section>) -> SeatMap {
        let stage = Stage { label: "Stage".into(), outline: vec![[0.0, 0.0], [40.0, 0.0], [40.0, 20.0], [0.0, 20.0]] };
        SeatMap { name: "House".into(), focal_point: None, stage: Some(stage), sections, areas: vec![] }
    }

    /// Where the first seat of each section stands.
    fn heights(map: &SeatMap) -> Vec<f32> {
        map.laid_apart().sections.iter().map(|section| section.rows[0].seats[0].y).collect()
    }

    #[test]
    fn floors_that_lie_on_each_other_stand_one_below_the_other() {
        let up = Some("Balcony");
        let table: [(&str, Vec<Section>, &[f32]); 6] = [
            ("one floor", vec![section("a", 40.0, None), section("b", 40.0, None)], &[40.0, 40.0]),
            ("one that is named", vec![section("a", 40.0, up), section("b", 40.0, up)], &[40.0, 40.0]),
            ("above", vec![section("a", 40.0, None), section("b", 40.0, up)], &[40.0, 80.0]),
            (
                "a floor keeps its form",
                vec![section("a", 40.0, None), section("b", 30.0, up), section("c", 45.0, up)],
                &[40.0, 80.0, 95.0],
            ),
            ("apart already", vec![section("a", 40.0, Some("Stalls")), section("b", 90.0, up)], &[40.0, 90.0]),
            ("on the stage", vec![section("a", 40.0, Some("Stalls")), section("b", 10.0, up)], &[40.0, 80.0]),
        ];
        for (what, sections, wanted) in table {
            assert_eq!(heights(&house(sections)), wanted, "{what}");
        }
        let three = house(["Stalls", "Circle", "Gods"].map(|name| section(name, 40.0, Some(name))).into());
        assert_eq!(heights(&three), [40.0, 80.0, 120.0]);
        // what has moved lies where it stands now, not where it came from
        for (third, wanted) in [(60.0, 60.0), (75.0, 120.0)] {
            let floors = [("Stalls", 40.0), ("Circle", 40.0), ("Gods", third)];
            assert_eq!(heights(&house(floors.map(|(name, y)| section(name, y, Some(name))).into())), [40.0, 80.0, wanted]);
        }
        assert_eq!(three.floors().iter().map(|floor| floor.name).collect::<Vec<_>>(), ["Stalls", "Circle", "Gods"]);
        assert!(matches!(house(vec![section("a", 40.0, None)]).laid_apart(), Cow::Borrowed(_)));
    }

    #[test]
    fn floors_lie_on_each_other_up_to_the_width_of_a_seat() {
        let own = [100.0, 100.0, 200.0, 200.0];
        for (other, lies) in [
            ([210.0, 100.0, 300.0, 200.0], true),
            ([211.0, 100.0, 300.0, 200.0], false),
            ([0.0, 100.0, 90.0, 200.0], true),
            ([0.0, 100.0, 89.0, 200.0], false),
            ([100.0, 210.0, 200.0, 300.0], true),
            ([100.0, 211.0, 200.0, 300.0], false),
            ([100.0, 0.0, 200.0, 90.0], true),
            ([100.0, 0.0, 200.0, 89.0], false),
        ] {
            assert_eq!((lie_on(own, other), lie_on(other, own)), (lies, lies), "{other:?}");
        }
    }

    #[test]
    fn a_map_whose_floors_stand_apart_is_drawn_as_it_is_and_outlines_move_with_their_floor() {
        let named = house(vec![section("a", 40.0, Some("Stalls")), section("b", 40.0, Some("Stalls"))]);
        assert_eq!(named.floors(), [], "one floor is none");
        let mut two = house(vec![section("a", 40.0, Some("Stalls")), section("b", 90.0, Some("Balcony"))]);
        assert!(matches!(two.laid_apart(), Cow::Borrowed(_)));
        two.sections[1].outline = vec![[0.0, 45.0], [40.0, 95.0]];
        let apart = two.laid_apart();
        assert_eq!((apart.sections[1].outline[0], apart.sections[1].rows[0].seats[0].y), ([0.0, 85.0], 130.0));
        // wide, and far from the origin: a name needs room in proportion
        for section in &mut two.sections {
            section.rows[0].seats.iter_mut().for_each(|seat| seat.x = 5_000.0 + seat.x * 50.0);
        }
        two.stage = None;
        two.sections[1].outline.clear();
        two.sections[1].rows[0].seats.iter_mut().for_each(|seat| seat.y = 40.0);
        assert_eq!(heights(&two), [40.0, 40.0 + 0.06 * 2_000.0]);
    }

    #[test]
    fn an_area_stands_on_its_floor() {
        let mut map = house(vec![section("a", 40.0, None)]);
        let outline = vec![[0.0, 30.0], [40.0, 30.0], [40.0, 50.0], [0.0, 50.0]];
        let (tier, floor) = (TierId::nth(0).expect("a tier"), Some("Cellar".to_owned()));
        map.areas.push(Area { id: "bar".into(), label: "Bar".into(), tier, capacity: 9, outline, floor });
        assert_eq!(map.laid_apart().areas[0].outline[0], [0.0, 80.0]);
        assert_eq!(map.floors()[1].bounds, Some([0.0, 30.0, 40.0, 50.0]));
        (map.sections[0].floor, map.areas[0].floor) = (Some("Stalls".to_owned()), None);
        assert_eq!(map.floors().iter().map(|floor| floor.name).collect::<Vec<_>>(), ["Stalls", ""]);
    }

    #[test]
    fn a_floor_has_a_name_and_a_map_so_many() {
        let wrong = |name: &str| house(vec![section("a", 40.0, Some(name))]).validate().expect_err("refused");
        for name in ["", &"x".repeat(61)] {
            assert_eq!(wrong(name).field, "sections[0].floor");
        }
        let many = |count: usize| {
            let floors = (0..count).map(|n| section(&format!("s{n}"), 40.0, Some(&format!("{n}"))));
            house(floors.collect()).validate().map_err(|SeatMapError { field, .. }| field)
        };
        assert_eq!((many(MAX_FLOORS), many(MAX_FLOORS + 1)), (Ok(()), Err("floors".to_owned())));
    }
}
