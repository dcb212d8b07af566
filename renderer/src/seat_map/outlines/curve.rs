//! Outlines as curves: a chain of points that bends a little at each of them is an arc that somebody sampled.
//!
//! Maps say their curves as points, some 14 units apart. At 4,096 px those would be visible corners, so neighbouring points
//! are joined by quadratic curves with common tangents; corners stay corners and straight sides stay straight.

use crate::scene::PathCommand;

type Point = [f32; 2];

/// A turn of less than this (in radians, about 24°) belongs to a curve.
const SOFT: f32 = 0.42;
/// Turns below this are straight.
const STRAIGHT: f32 = 0.004;
/// A side this many times longer than its neighbour is a straight side that an arc begins at.
const LONG: f32 = 2.5;

/// A closed outline through all points.
pub fn closed(points: &[Point]) -> Vec<PathCommand> {
    let points = distinct(points);
    let count = points.len();
    let Some(first) = points.first() else { return Vec::new() };
    let mut commands = vec![PathCommand::Move(*first)];
    let tangents: Vec<Option<Point>> = (0..count).map(|at| tangent(&points, at)).collect();
    for at in 0..count {
        let next = (at + 1) % count;
        let side = direction(points[at], points[next]);
        // at a corner an arc leaves its chord as it arrives at the other end
        let bends = match (tangents[at], tangents[next]) {
            (Some(start), Some(end)) => [start, end],
            (Some(start), None) => [start, mirrored(start, side)],
            (None, Some(end)) => [mirrored(end, side), end],
            (None, None) => [side, side],
        };
        commands.push(match control(points[at], points[next], bends) {
            Some(control) => PathCommand::Quad(control, points[next]),
            None => PathCommand::Line(points[next]),
        });
    }
    commands.push(PathCommand::Close);
    commands
}

/// The points without those that repeat the one before.
fn distinct(points: &[Point]) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::with_capacity(points.len());
    for point in points {
        if kept.last().is_none_or(|last| length(*last, *point) > 1e-3) {
            kept.push(*point);
        }
    }
    while kept.len() > 1 && length(kept[0], kept[kept.len() - 1]) <= 1e-3 {
        kept.pop();
    }
    kept
}

fn length(a: Point, b: Point) -> f32 {
    (b[0] - a[0]).hypot(b[1] - a[1])
}

fn direction(a: Point, b: Point) -> Point {
    let length = length(a, b).max(1e-6);
    [(b[0] - a[0]) / length, (b[1] - a[1]) / length]
}

fn cross(a: Point, b: Point) -> f32 {
    a[0] * b[1] - a[1] * b[0]
}

fn dot(a: Point, b: Point) -> f32 {
    a[0] * b[0] + a[1] * b[1]
}

/// A direction on the other side of a chord.
fn mirrored(direction: Point, chord: Point) -> Point {
    let along = 2.0 * dot(direction, chord);
    [along * chord[0] - direction[0], along * chord[1] - direction[1]]
}

/// The direction in which a curve passes a point; none at a corner.
fn tangent(points: &[Point], at: usize) -> Option<Point> {
    let count = points.len();
    let (before, here, after) = (points[(at + count - 1) % count], points[at], points[(at + 1) % count]);
    let (into, out) = (direction(before, here), direction(here, after));
    let turn = cross(into, out).atan2(dot(into, out)).abs();
    if !(STRAIGHT..SOFT).contains(&turn) {
        return None;
    }
    let (long_in, long_out) = (length(before, here), length(here, after));
    if long_in > LONG * long_out {
        return Some(into);
    }
    if long_out > LONG * long_in {
        return Some(out);
    }
    // the tangent of the circle through the three points leans to the shorter side
    let mixed = [into[0] * long_out + out[0] * long_in, into[1] * long_out + out[1] * long_in];
    Some(direction([0.0, 0.0], mixed))
}

/// Where the tangents of a side's two ends meet; none for a straight side and for one that bends both ways.
fn control(from: Point, to: Point, [start, end]: [Point; 2]) -> Option<Point> {
    let turn = cross(start, end);
    if turn.abs() < STRAIGHT {
        return None;
    }
    let across = [to[0] - from[0], to[1] - from[1]];
    let (ahead, back) = (cross(across, end) / turn, cross(start, across) / turn);
    // on an arc they meet near the middle; farther away they would make a spike
    let most = 0.9 * length(from, to);
    let forward = ahead > 0.0 && back > 0.0 && ahead < most && back < most;
    forward.then(|| [from[0] + start[0] * ahead, from[1] + start[1] * ahead])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arc(steps: usize, radius: f32) -> Vec<Point> {
        (0..=steps)
            .map(|n| {
                let angle = n as f32 / steps as f32 * std::f32::consts::FRAC_PI_2;
                [radius * angle.sin(), radius * angle.cos()]
            })
            .collect()
    }

    #[test]
    fn a_sampled_arc_keeps_to_its_circle_between_the_points() {
        let mut points = arc(9, 1_000.0);
        points.push([0.0, 0.0]);
        let commands = closed(&points);
        let mut last = [0.0, 0.0];
        let mut curves = 0;
        for command in &commands {
            match command {
                PathCommand::Quad(control, end) => {
                    curves += 1;
                    let middle = [0, 1].map(|axis| (last[axis] + 2.0 * control[axis] + end[axis]) / 4.0);
                    let off = (middle[0].hypot(middle[1]) - 1_000.0).abs();
                    // a chord of 10° is 3.8 away from its arc
                    assert!(off < 0.6, "{off}");
                    last = *end;
                }
                PathCommand::Move(end) | PathCommand::Line(end) => last = *end,
                PathCommand::Close => {}
            }
        }
        assert_eq!(curves, 9, "{commands:?}");
    }

    #[test]
    fn corners_and_straight_sides_stay() {
        let square = [[0.0, 0.0], [50.0, 0.0], [100.0, 0.0], [100.0, 100.0], [0.0, 100.0]];
        assert!(closed(&square).iter().all(|command| !matches!(command, PathCommand::Quad(..))));
        // a long side that runs into a round corner does not bulge
        let mut rounded = vec![[-400.0, 100.0]];
        rounded.extend(arc(9, 100.0));
        rounded.push([-400.0, 0.0]);
        assert_eq!(closed(&rounded)[1], PathCommand::Line([0.0, 100.0]));
    }

    #[test]
    fn little_and_nothing_are_drawn_too() {
        assert!(closed(&[]).is_empty());
        assert_eq!(closed(&[[1.0, 1.0], [1.0, 1.0]]).len(), 3);
    }
}
