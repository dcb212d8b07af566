//! A seat map as the browser reads it: tenths of a map unit, differences within a row, numbers as a run where they are one.
//!
//! The file never changes for its map, so it is served under the map's hash and kept for ever.

use domain::floors::Floor;
use domain::seat_map::{Area, Row, Section, Stage};
use domain::{Seat, SeatIndex, SeatMap};
use serde::Serialize;

/// The whole file.
#[derive(Debug, Serialize)]
pub struct Geometry<'a> {
    seats: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<StageShape<'a>>,
    sections: Vec<SectionShape<'a>>,
    areas: Vec<AreaShape<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    floors: Vec<FloorShape<'a>>,
    /// Wheelchair spaces with their companions' seats, by the number of the seat in the map.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pairs: Vec<(SeatIndex, SeatIndex)>,
}

#[derive(Debug, Serialize)]
struct StageShape<'a> {
    label: &'a str,
    outline: Vec<i32>,
}

#[derive(Debug, Serialize)]
struct SectionShape<'a> {
    id: &'a str,
    label: &'a str,
    tier: char,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    outline: Vec<i32>,
    rows: Vec<RowShape<'a>>,
}

#[derive(Debug, Serialize)]
struct RowShape<'a> {
    label: &'a str,
    x: Vec<i32>,
    y: Vec<i32>,
    #[serde(flatten)]
    numbers: Numbers<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    wheel: Vec<usize>,
}

/// The box around a floor: left, top, right, bottom.
#[derive(Debug, Serialize)]
struct FloorShape<'a> {
    label: &'a str,
    bounds: [i32; 4],
}

/// `from, from + step, …`, or each by itself.
#[derive(Debug, Serialize, PartialEq)]
#[serde(untagged)]
enum Numbers<'a> {
    Run { from: i64, step: i64 },
    Each { numbers: Vec<&'a str> },
}

#[derive(Debug, Serialize)]
struct AreaShape<'a> {
    id: &'a str,
    label: &'a str,
    tier: char,
    capacity: u32,
    outline: Vec<i32>,
}

impl<'a> From<&'a SeatMap> for Geometry<'a> {
    fn from(map: &'a SeatMap) -> Self {
        Self {
            seats: map.seat_count(),
            stage: map.stage.as_ref().map(|Stage { label, outline }| StageShape { label, outline: flat(outline) }),
            sections: map.sections.iter().map(SectionShape::from).collect(),
            areas: map.areas.iter().map(AreaShape::from).collect(),
            floors: map.floors().into_iter().filter_map(FloorShape::of).collect(),
            pairs: map.companions(),
        }
    }
}

impl<'a> FloorShape<'a> {
    fn of(floor: Floor<'a>) -> Option<Self> {
        Some(Self { label: floor.name, bounds: floor.bounds?.map(tenths) })
    }
}

impl<'a> From<&'a Section> for SectionShape<'a> {
    fn from(section: &'a Section) -> Self {
        Self {
            id: &section.id,
            label: &section.label,
            tier: section.tier.as_char(),
            outline: flat(&section.outline),
            rows: section.rows.iter().map(RowShape::from).collect(),
        }
    }
}

impl<'a> From<&'a Row> for RowShape<'a> {
    fn from(row: &'a Row) -> Self {
        Self {
            label: &row.label,
            x: steps(row.seats.iter().map(|seat| seat.x)),
            y: steps(row.seats.iter().map(|seat| seat.y)),
            numbers: numbers(&row.seats),
            wheel: row.seats.iter().enumerate().filter(|(_, seat)| seat.accessible).map(|(n, _)| n).collect(),
        }
    }
}

impl<'a> From<&'a Area> for AreaShape<'a> {
    fn from(area: &'a Area) -> Self {
        let Area { id, label, tier, capacity, outline, floor: _ } = area;
        Self { id, label, tier: tier.as_char(), capacity: *capacity, outline: flat(outline) }
    }
}

fn tenths(value: f32) -> i32 {
    (value * 10.0).round() as i32
}

fn flat(outline: &[[f32; 2]]) -> Vec<i32> {
    outline.iter().flatten().copied().map(tenths).collect()
}

/// Differences of the rounded values, so that rounding does not add up.
fn steps(values: impl Iterator<Item = f32>) -> Vec<i32> {
    let mut last = 0;
    values.map(tenths).map(|at| at - std::mem::replace(&mut last, at)).collect()
}

fn numbers(seats: &[Seat]) -> Numbers<'_> {
    run(seats).unwrap_or_else(|| Numbers::Each { numbers: seats.iter().map(|seat| seat.number.as_str()).collect() })
}

fn run(seats: &[Seat]) -> Option<Numbers<'_>> {
    let plain = |seat: &Seat| seat.number.parse::<i64>().ok().filter(|number| number.to_string() == seat.number);
    let from = plain(seats.first()?)?;
    let step = seats.get(1).map_or(Some(1), |second| plain(second)?.checked_sub(from))?;
    let fits = |(n, seat): (i64, &Seat)| step.checked_mul(n).and_then(|far| far.checked_add(from)) == plain(seat);
    (0..).zip(seats).all(fits).then_some(Numbers::Run { from, step })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seat(number: &str, x: f32) -> Seat {
        Seat { number: number.into(), x, y: 5.04, accessible: x > 19.0, companion_of: None, gap_after: false }
    }

    #[test]
    fn a_row_is_a_run_with_differences() {
        let row = Row { label: "A".into(), seats: vec![seat("2", 0.04), seat("4", 10.04), seat("6", 20.04)] };
        let json = serde_json::to_value(RowShape::from(&row)).expect("plain data");
        assert_eq!(
            json,
            serde_json::json!({ "label": "A", "x": [0, 100, 100], "y": [50, 0, 0], "from": 2, "step": 2, "wheel": [2] })
        );
    }

    #[test]
    fn odd_numbers_stand_by_themselves() {
        for odd in [["1", "2", "4"], ["1", "2", "3a"], ["01", "02", "03"]] {
            let seats: Vec<_> = odd.iter().map(|number| seat(number, 1.0)).collect();
            assert_eq!(numbers(&seats), Numbers::Each { numbers: odd.to_vec() });
        }
        assert_eq!(numbers(&[seat("7", 1.0)]), Numbers::Run { from: 7, step: 1 });
    }
}
