//! Where a text finds room inside a polygon.

/// A box in pixels.
#[derive(Debug, Clone, Copy)]
pub struct Box2 {
    pub left: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
}

impl Box2 {
    /// A box around a point.
    pub fn around([x, y]: [f32; 2], half_width: f32, half_height: f32) -> Self {
        Self { left: x - half_width, top: y - half_height, right: x + half_width, bottom: y + half_height }
    }
}

/// The box around points.
pub fn extent(points: &[[f32; 2]]) -> Box2 {
    let fold = |axis: usize, pick: fn(f32, f32) -> f32| points.iter().map(|point| point[axis]).reduce(pick).unwrap_or(0.0);
    Box2 { left: fold(0, f32::min), top: fold(1, f32::min), right: fold(0, f32::max), bottom: fold(1, f32::max) }
}

/// The centroid of a polygon; the middle of its box if it has no surface.
pub fn centre(points: &[[f32; 2]]) -> [f32; 2] {
    let room = extent(points);
    let middle = [(room.left + room.right) / 2.0, (room.top + room.bottom) / 2.0];
    let mut sum = [0.0_f32; 3];
    for (at, a) in points.iter().enumerate() {
        let b = points[(at + 1) % points.len()];
        let (a, b) = ([a[0] - middle[0], a[1] - middle[1]], [b[0] - middle[0], b[1] - middle[1]]);
        let cross = a[0] * b[1] - b[0] * a[1];
        sum = [sum[0] + (a[0] + b[0]) * cross, sum[1] + (a[1] + b[1]) * cross, sum[2] + cross];
    }
    if sum[2].abs() < 1.0 { middle } else { [middle[0] + sum[0] / (3.0 * sum[2]), middle[1] + sum[1] / (3.0 * sum[2])] }
}

/// A point for a label, below or above the centroid in the middle of the polygon's tallest part there, and how high that is.
pub fn inside(points: &[[f32; 2]]) -> ([f32; 2], f32) {
    let [x, y] = centre(points);
    let spans = crossings(points, 0, x);
    let tallest = spans.chunks_exact(2).max_by(|a, b| (a[1] - a[0]).total_cmp(&(b[1] - b[0])));
    tallest.map_or(([x, y], 0.0), |span| ([x, (span[0] + span[1]) / 2.0], span[1] - span[0]))
}

/// How wide a text in the middle of `x` may be at a height without leaving a polygon.
pub fn across(points: &[[f32; 2]], [x, y]: [f32; 2]) -> f32 {
    let spans = crossings(points, 1, y);
    let around = spans.chunks_exact(2).find(|span| span[0] <= x && x <= span[1]);
    around.map_or(0.0, |span| 2.0 * (x - span[0]).min(span[1] - x))
}

/// Where a polygon meets the line on which one axis has a value: places on the other axis, ascending.
pub fn crossings(points: &[[f32; 2]], axis: usize, value: f32) -> Vec<f32> {
    let meet = |at: usize| {
        let (a, b) = (points[at], points[(at + 1) % points.len()]);
        let within = (a[axis] <= value) != (b[axis] <= value);
        within.then(|| a[1 - axis] + (value - a[axis]) / (b[axis] - a[axis]) * (b[1 - axis] - a[1 - axis]))
    };
    let mut places: Vec<f32> = (0..points.len()).filter_map(meet).collect();
    places.sort_by(f32::total_cmp);
    places
}
