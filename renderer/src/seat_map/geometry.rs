//! What a map's coordinates say: how far seats stand apart, where areas are, how large everything is.

use domain::{Area, Row, SeatMap};

use super::short::short_names;
use crate::text::clean;

/// Measures in map units.
pub struct Geometry {
    /// Neighbouring seats of a row.
    pub pitch: f32,
    /// The smaller of seat and row distance.
    pub gap: f32,
    /// Left, top, right, bottom, with room around seats.
    pub bounds: [f32; 4],
    /// One outline per area, also for those that came without.
    pub areas: Vec<Vec<[f32; 2]>>,
    /// Whether sections are blocks with numbers, which want to be named.
    pub numbered: bool,
}

/// Room around a seat, in pitches.
pub const AROUND: f32 = 0.8;
const MAX_SAMPLES: usize = 2_000;

impl Geometry {
    pub fn of(map: &SeatMap) -> Self {
        let pitch = middle(seat_distances(map)).unwrap_or(10.0);
        let gap = middle(row_distances(map)).unwrap_or(pitch).min(pitch);
        let drawn = drawn_bounds(map, pitch);
        let areas = area_outlines(&map.areas, drawn);
        let points = areas.iter().flatten().map(|[x, y]| [*x, *y, *x, *y]);
        let bounds = drawn.into_iter().chain(points).reduce(join).unwrap_or([0.0, 0.0, 1.0, 1.0]);
        let names: Vec<String> = map.sections.iter().map(|section| clean(&section.label)).collect();
        Self { pitch, gap, bounds, areas, numbered: names.len() > 1 && short_names(&names).is_some() }
    }

    pub fn width(&self) -> f32 {
        (self.bounds[2] - self.bounds[0]).max(1.0)
    }

    pub fn height(&self) -> f32 {
        (self.bounds[3] - self.bounds[1]).max(1.0)
    }
}

pub fn distance(a: [f32; 2], b: [f32; 2]) -> f32 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

fn join(a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
    [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]
}

fn middle(distances: impl Iterator<Item = f32>) -> Option<f32> {
    let mut some: Vec<f32> = distances.filter(|distance| *distance > 0.01).take(MAX_SAMPLES).collect();
    some.sort_by(f32::total_cmp);
    some.get(some.len() / 2).copied()
}

fn rows(map: &SeatMap) -> impl Iterator<Item = &Row> {
    map.sections.iter().flat_map(|section| &section.rows)
}

/// Some pairs of each row, so that a big map is sampled throughout.
fn seat_distances(map: &SeatMap) -> impl Iterator<Item = f32> {
    rows(map).flat_map(|row| {
        let pairs = row.seats.windows(2).filter(|pair| !pair[0].gap_after);
        pairs.take(3).map(|pair| distance([pair[0].x, pair[0].y], [pair[1].x, pair[1].y]))
    })
}

fn row_distances(map: &SeatMap) -> impl Iterator<Item = f32> {
    let pairs = map.sections.iter().flat_map(|section| section.rows.windows(2));
    pairs.filter_map(|pair| {
        let from = pair[0].seats.get(pair[0].seats.len() / 2)?;
        let to = pair[1].seats.iter().map(|seat| distance([from.x, from.y], [seat.x, seat.y]));
        to.reduce(f32::min)
    })
}

/// The box around what has coordinates.
fn drawn_bounds(map: &SeatMap, pitch: f32) -> Option<[f32; 4]> {
    let room = pitch * AROUND;
    let seats = map.seats().map(|at| [at.seat.x - room, at.seat.y - room, at.seat.x + room, at.seat.y + room]);
    let outlines = map.sections.iter().map(|section| &section.outline).chain(map.areas.iter().map(|area| &area.outline));
    let points = outlines.chain(map.stage.iter().map(|stage| &stage.outline)).flatten().map(|[x, y]| [*x, *y, *x, *y]);
    seats.chain(points).reduce(join)
}

/// Areas without an outline stand as boxes below the rest, up to three side by side.
fn area_outlines(areas: &[Area], drawn: Option<[f32; 4]>) -> Vec<Vec<[f32; 2]>> {
    let missing = areas.iter().filter(|area| area.outline.len() < 3).count();
    let [left, _, right, bottom] = drawn.unwrap_or([0.0, 0.0, 420.0, -16.0]);
    let columns = missing.clamp(1, 3) as f32;
    let width = (right - left).max(60.0);
    let gap = width * 0.03;
    let each = (width - gap * (columns - 1.0)) / columns;
    let high = if drawn.is_some() { width * 0.15 } else { each * 0.42 };
    let mut slots = (0_u16..).map(|n| {
        let (column, row) = (f32::from(n % columns as u16), f32::from(n / columns as u16));
        let (x, y) = (left + column * (each + gap), bottom + gap * 1.4 + row * (high + gap));
        vec![[x, y], [x + each, y], [x + each, y + high], [x, y + high]]
    });
    let outline = |area: &Area| if area.outline.len() < 3 { slots.next().unwrap_or_default() } else { area.outline.clone() };
    areas.iter().map(outline).collect()
}
