//! The form of a section's rows with room around: its band when the map gives no outline.

use domain::{Seat, Section};

use crate::seat_map::geometry::{Geometry, distance};

/// Room beyond a row's ends in pitches, and beyond the first and last row in row gaps; the band's stroke adds a little.
const BESIDE: f32 = 0.5;
const BEYOND: f32 = 0.55;

type Point = [f32; 2];

/// Along the first row, down the right ends, back along the last row, up the left ends; in map units.
pub fn around_rows(section: &Section, geometry: &Geometry) -> Vec<Point> {
    let rows: Vec<Vec<Point>> =
        section.rows.iter().filter(|row| !row.seats.is_empty()).map(|row| widened(&row.seats, geometry)).collect();
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Vec::new() };
    let middle = mean(rows.iter().flatten());
    let by = BEYOND * geometry.gap;
    let (front, back) = if rows.len() > 1 { (away(first, middle, by), away(last, middle, by)) } else { both_sides(first, by) };
    // bent rows keep their bend: the outline follows the first and the last row seat by seat, and of those between only the ends
    let inner = if rows.len() > 2 { &rows[1..rows.len() - 1] } else { &[] };
    let right = inner.iter().filter_map(|row| row.last());
    let left = inner.iter().rev().filter_map(|row| row.first());
    front.iter().chain(right).chain(back.iter().rev()).chain(left).copied().collect()
}

/// A row's seats, its ends moved outwards.
fn widened(seats: &[Seat], geometry: &Geometry) -> Vec<Point> {
    let mut points: Vec<Point> = seats.iter().map(|seat| [seat.x, seat.y]).collect();
    let (last, by) = (points.len() - 1, BESIDE * geometry.pitch);
    if last == 0 {
        let [x, y] = points[0];
        return vec![[x - by, y], [x + by, y]];
    }
    let (start, end) = (beyond(points[1], points[0], by), beyond(points[last - 1], points[last], by));
    (points[0], points[last]) = (start, end);
    points
}

/// The point behind `to`, seen from `from`.
fn beyond(from: Point, to: Point, by: f32) -> Point {
    let length = distance(from, to).max(0.01);
    [to[0] + (to[0] - from[0]) / length * by, to[1] + (to[1] - from[1]) / length * by]
}

/// Moves a row across its own direction, to the side that is farther from `middle`.
fn away(row: &[Point], middle: Point, by: f32) -> Vec<Point> {
    let (one, other) = both_sides(row, by);
    if distance(mean(one.iter()), middle) > distance(mean(other.iter()), middle) { one } else { other }
}

fn both_sides(row: &[Point], by: f32) -> (Vec<Point>, Vec<Point>) {
    let moved = |sign: f32| {
        let point = |at: usize| {
            let (before, after) = (row[at.saturating_sub(1)], row[(at + 1).min(row.len() - 1)]);
            let length = distance(before, after).max(0.01);
            let across = [(after[1] - before[1]) / length, (before[0] - after[0]) / length];
            [row[at][0] + sign * by * across[0], row[at][1] + sign * by * across[1]]
        };
        (0..row.len()).map(point).collect()
    };
    (moved(1.0), moved(-1.0))
}

fn mean<'a>(points: impl Iterator<Item = &'a Point>) -> Point {
    let (sum, count) = points.fold(([0.0, 0.0], 0.0), |([x, y], count), point| ([x + point[0], y + point[1]], count + 1.0_f32));
    [sum[0] / count.max(1.0), sum[1] / count.max(1.0)]
}
