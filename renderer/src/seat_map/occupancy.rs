//! Where something stands already: a coarse grid over the picture.

use super::polygon::{Box2, crossings, extent};

/// Marks boxes as taken and tells whether others are free; coarse by one cell.
#[derive(Clone)]
pub struct Occupancy {
    cell: f32,
    columns: usize,
    rows: usize,
    cells: Vec<bool>,
}

impl Occupancy {
    /// Cost      (width / cell) × (height / cell) bytes.
    pub fn new(width: f32, height: f32, cell: f32) -> Self {
        let cell = cell.max(1.0);
        let (columns, rows) = ((width / cell).ceil() as usize + 1, (height / cell).ceil() as usize + 1);
        Self { cell, columns, rows, cells: vec![false; columns * rows] }
    }

    pub fn mark(&mut self, area: Box2) {
        for row in self.span(area.top, area.bottom, self.rows) {
            let columns = self.span(area.left, area.right, self.columns);
            self.cells[row * self.columns..][columns].fill(true);
        }
    }

    /// Takes what a polygon covers, cell by cell.
    pub fn mark_polygon(&mut self, points: &[[f32; 2]]) {
        for cells in self.covered(points) {
            self.cells[cells].fill(true);
        }
    }

    /// Takes what a polygon covers, and so much around it.
    pub fn mark_around(&mut self, points: &[[f32; 2]], edge: f32) {
        self.mark_polygon(points);
        for [right, down] in [[edge, edge], [-edge, edge], [edge, -edge], [-edge, -edge]] {
            let moved: Vec<[f32; 2]> = points.iter().map(|[x, y]| [x + right, y + down]).collect();
            self.mark_polygon(&moved);
        }
    }

    /// Whether nothing stands in a polygon.
    pub fn is_free_polygon(&self, points: &[[f32; 2]]) -> bool {
        self.covered(points).into_iter().all(|cells| !self.cells[cells].contains(&true))
    }

    /// The runs of cells whose middle line a polygon covers.
    fn covered(&self, points: &[[f32; 2]]) -> Vec<std::ops::Range<usize>> {
        let room = extent(points);
        let rows = self.span(room.top, room.bottom, self.rows).map(|row| (row, (row as f32 + 0.5) * self.cell));
        let runs = rows.flat_map(|(row, y)| {
            let spans = crossings(points, 1, y);
            let run = |span: &[f32]| {
                let columns = self.span(span[0], span[1], self.columns);
                row * self.columns + columns.start..row * self.columns + columns.end
            };
            spans.chunks_exact(2).map(run).collect::<Vec<_>>()
        });
        runs.collect()
    }

    /// Whether nothing stands there; outside the picture nothing does.
    pub fn is_free(&self, area: Box2) -> bool {
        let columns = self.span(area.left, area.right, self.columns);
        self.span(area.top, area.bottom, self.rows).all(|row| !self.cells[row * self.columns..][columns.clone()].contains(&true))
    }

    fn span(&self, from: f32, to: f32, limit: usize) -> std::ops::Range<usize> {
        let at = |value: f32| ((value / self.cell).max(0.0) as usize).min(limit);
        let start = at(from);
        start..(at(to) + usize::from(to >= 0.0)).clamp(start, limit.max(start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_marked_is_not_free() {
        let mut taken = Occupancy::new(100.0, 50.0, 4.0);
        taken.mark(Box2::around([20.0, 20.0], 5.0, 5.0));
        assert!(!taken.is_free(Box2::around([24.0, 24.0], 1.0, 1.0)));
        assert!(taken.is_free(Box2::around([40.0, 20.0], 5.0, 5.0)));
        for [x, y] in [[-50.0, 20.0], [500.0, 20.0], [20.0, -90.0], [20.0, 900.0]] {
            assert!(taken.is_free(Box2::around([x, y], 9.0, 9.0)));
            taken.mark(Box2::around([x, y], 9.0, 9.0));
        }
    }

    #[test]
    fn a_polygon_takes_its_inside_only() {
        let mut taken = Occupancy::new(100.0, 100.0, 2.0);
        taken.mark_polygon(&[[0.0, 0.0], [90.0, 0.0], [0.0, 90.0]]);
        assert!(!taken.is_free(Box2::around([20.0, 20.0], 1.0, 1.0)));
        assert!(taken.is_free(Box2::around([80.0, 80.0], 5.0, 5.0)), "the box around it, but not in it");
        let (mut around, square) = (Occupancy::new(100.0, 100.0, 1.0), [[20.0, 20.0], [60.0, 20.0], [60.0, 60.0], [20.0, 60.0]]);
        around.mark_around(&square, 5.0);
        for [x, y] in [[16.5, 16.5], [40.0, 16.5], [63.5, 40.0], [40.0, 63.5]] {
            assert!(!around.is_free(Box2::around([x, y], 0.5, 0.5)), "{x}, {y}");
        }
        assert!(around.is_free(Box2::around([13.0, 40.0], 1.0, 20.0)));
        taken.mark_polygon(&[]);
    }
}
