//! Lines along which seats stand, and the outlines of bands between two such lines.

/// A point in map units.
pub type Point = [f32; 2];

/// What stands between neighbouring seats, at least.
pub const SEAT_PITCH: f64 = 10.0;
/// From one row to the next.
pub const ROW_PITCH: f64 = 11.0;
/// How far an outline keeps from the seats inside.
pub const MARGIN: f64 = 7.0;
/// Longest straight piece of a drawn curve.
const CURVE_STEP: f64 = 14.0;

/// A piece of a row: an arc around a centre (angles in radians from straight down, growing to the right) or a straight line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Path {
    Arc { centre: [f64; 2], radius: f64, from: f64, to: f64 },
    Line { from: [f64; 2], to: [f64; 2] },
}

impl Path {
    pub fn length(&self) -> f64 {
        match self {
            Self::Arc { radius, from, to, .. } => (to - from).abs() * radius,
            Self::Line { from, to } => (to[0] - from[0]).hypot(to[1] - from[1]),
        }
    }

    /// How many seats fit, the first and the last at its very ends.
    pub fn seats(&self) -> u32 {
        (self.length() / SEAT_PITCH + 1e-9).floor() as u32 + 1
    }

    /// The point at a share 0..=1 of its length.
    pub fn at(&self, share: f64) -> [f64; 2] {
        match self {
            Self::Arc { centre, radius, from, to } => {
                let angle = from + (to - from) * share;
                [centre[0] + radius * angle.sin(), centre[1] + radius * angle.cos()]
            }
            Self::Line { from, to } => [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share],
        }
    }

    /// `count` points, evenly spread from end to end; a single one stands in the middle.
    pub fn spread(&self, count: u32) -> impl Iterator<Item = [f64; 2]> {
        let share = move |n: u32| if count == 1 { 0.5 } else { f64::from(n) / f64::from(count - 1) };
        (0..count).map(move |n| self.at(share(n)))
    }

    /// The path as a chain of points that a pen follows.
    pub fn drawn(&self) -> Vec<[f64; 2]> {
        let pieces = match self {
            Self::Arc { .. } => (self.length() / CURVE_STEP).ceil().clamp(2.0, 60.0) as u32,
            Self::Line { .. } => 1,
        };
        self.spread(pieces + 1).collect()
    }

    /// The path longer by `margin` at both ends and, for an arc, `outward` further from its centre.
    pub fn grown(&self, margin: f64, outward: f64) -> Self {
        match *self {
            Self::Arc { centre, radius, from, to } => {
                let grown = radius + outward;
                Self::Arc { centre, radius: grown, from: from - margin / grown, to: to + margin / grown }
            }
            Self::Line { from, to } => {
                let length = self.length().max(1e-6);
                let along = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
                // Rows run as an arc's do: left to right in front of the stage, the outside of the house below.
                let out = [-along[1], along[0]];
                let end = |point: [f64; 2], margin: f64| {
                    [point[0] + along[0] * margin + out[0] * outward, point[1] + along[1] * margin + out[1] * outward]
                };
                Self::Line { from: end(from, -margin), to: end(to, margin) }
            }
        }
    }
}

/// The closed band from the first row of a block to its last, with a margin around.
pub fn band(first: &Path, last: &Path) -> Vec<Point> {
    let inner = first.grown(MARGIN, -MARGIN).drawn();
    let outer = last.grown(MARGIN, MARGIN).drawn();
    inner.into_iter().chain(outer.into_iter().rev()).map(rounded).collect()
}

/// A tenth of a map unit is finer than any picture; fewer digits keep maps small.
pub fn rounded(point: [f64; 2]) -> Point {
    point.map(|c| ((c * 10.0).round() / 10.0) as f32)
}
