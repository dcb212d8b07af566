//! Houses where most people stand: club and open-air field.

use domain::SeatMap;
use domain::seat_map::Area;

use super::draft::{Block, Draft, Line, row_letters, tier};
use super::path::{MARGIN, Path, Point, ROW_PITCH, rounded};

/// A standing floor in front of a low stage; an eighth of the places are seats on a balcony behind it.
pub fn club(places: u32) -> SeatMap {
    let seats = (places / 8).clamp(12, 120);
    let half = 95.0 + f64::from(places).sqrt() * 2.0;
    let depth = half * 1.15;
    let rows = seats.div_ceil((half / 5.0 - 2.0) as u32).max(2);
    let block = |id: &str, label: &str, from: f64, to: f64| {
        let line = |row: u32| {
            let y = depth + 34.0 + f64::from(row) * ROW_PITCH;
            Line::of(row_letters(row as usize), Path::Line { from: [from, y], to: [to, y] })
        };
        Block { id: id.into(), label: label.into(), tier: 0, lines: (0..rows).map(line).collect(), group: Some(0) }
    };
    let blocks =
        vec![block("balcony-1", "Balcony left", MARGIN - half, -9.0), block("balcony-2", "Balcony right", 9.0, half - MARGIN)];
    let floor = vec![[-half, 14.0], [half, 14.0], [half, depth], [-half, depth]];
    let stage = vec![[-half * 0.72, -46.0], [half * 0.72, -46.0], [half * 0.64, 0.0], [-half * 0.64, 0.0]];
    let mut draft =
        Draft { name: "Club".into(), stage: Some(("Stage".into(), points(stage))), focal_point: None, blocks, areas: Vec::new() };
    draft.shrink_to(seats);
    draft.areas.push(area("floor", "Standing", 1, places - draft.seats(), floor));
    draft.build()
}

/// A golden circle, a field and a lawn around one stage, and a terrace on either side.
pub fn open_air(places: u32) -> SeatMap {
    let golden = places / 8;
    let field = places / 2;
    let terrace = places / 40;
    let lawn = places - golden - field - 2 * terrace;
    let stage = vec![[-150.0, -80.0], [150.0, -80.0], [128.0, 0.0], [-128.0, 0.0]];
    let areas = vec![
        area("golden", "Golden circle", 1, golden, sector(488.0, 572.0, 0.0, 0.3)),
        area("field", "Field", 2, field, sector(586.0, 740.0, 0.0, 0.4)),
        area("lawn", "Lawn", 3, lawn, sector(754.0, 850.0, 0.0, 0.44)),
        area("terrace-left", "Terrace left", 0, terrace, sector(606.0, 720.0, -0.49, 0.07)),
        area("terrace-right", "Terrace right", 0, terrace, sector(606.0, 720.0, 0.49, 0.07)),
    ];
    Draft { name: "Open air".into(), stage: Some(("Stage".into(), points(stage))), focal_point: None, blocks: Vec::new(), areas }
        .build()
}

fn area(id: &str, label: &str, position: usize, capacity: u32, outline: Vec<[f64; 2]>) -> Area {
    Area { id: id.into(), label: label.into(), tier: tier(position), capacity, outline: points(outline), floor: None }
}

/// A part of a ring around a point far behind the stage: `half` radians to both sides of `middle`.
fn sector(inner: f64, outer: f64, middle: f64, half: f64) -> Vec<[f64; 2]> {
    let arc = |radius| Path::Arc { centre: [0.0, -460.0], radius, from: middle - half, to: middle + half }.drawn();
    arc(inner).into_iter().chain(arc(outer).into_iter().rev()).collect()
}

fn points(outline: Vec<[f64; 2]>) -> Vec<Point> {
    outline.into_iter().map(rounded).collect()
}
