//! Where something stands already: a coarse grid over the picture.

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

/// Marks boxes as taken and tells whether others are free; coarse by one cell.
pub struct Taken {
    cell: f32,
    columns: usize,
    rows: usize,
    cells: Vec<bool>,
}

impl Taken {
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
        let mut taken = Taken::new(100.0, 50.0, 4.0);
        taken.mark(Box2::around([20.0, 20.0], 5.0, 5.0));
        assert!(!taken.is_free(Box2::around([24.0, 24.0], 1.0, 1.0)));
        assert!(taken.is_free(Box2::around([40.0, 20.0], 5.0, 5.0)));
        for [x, y] in [[-50.0, 20.0], [500.0, 20.0], [20.0, -90.0], [20.0, 900.0]] {
            assert!(taken.is_free(Box2::around([x, y], 9.0, 9.0)));
            taken.mark(Box2::around([x, y], 9.0, 9.0));
        }
    }
}
