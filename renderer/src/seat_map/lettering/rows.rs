//! Row letters at the ends of a hall's rows.

use domain::{Row, Seat};

use crate::scene::Weight;
use crate::seat_map::geometry::{AROUND, distance};
use crate::seat_map::polygon::Box2;
use crate::seat_map::sheet::Sheet;
use crate::seat_map::tables::table;
use crate::text::Style;

/// One end of a row in pixels, and the direction out of it.
pub struct RowEnd {
    pub at: [f32; 2],
    pub out: [f32; 2],
}

impl Sheet<'_> {
    /// The ends of a row: left, then right.
    pub fn row_ends(&self, row: &Row) -> Vec<RowEnd> {
        let (Some(first), Some(last)) = (row.seats.first(), row.seats.last()) else { return Vec::new() };
        let beside = |end: usize| row.seats.get(end).map_or([last.x, last.y], |seat| [seat.x, seat.y]);
        let end = |seat: &Seat, next: [f32; 2], lone: f32| {
            let (x, y) = (seat.x - next[0], seat.y - next[1]);
            let length = distance([seat.x, seat.y], next);
            let out = if length < 0.01 { [lone, 0.0] } else { [x / length, y / length] };
            RowEnd { at: self.layout.at([seat.x, seat.y]), out }
        };
        let mut ends = vec![end(first, beside(1), -1.0), end(last, beside(row.seats.len().saturating_sub(2)), 1.0)];
        ends.sort_by(|a, b| a.at[0].total_cmp(&b.at[0]));
        ends
    }

    /// Whether the hall ends here, rather than an aisle: no seats follow for some pitches.
    pub fn is_outer(&self, end: &RowEnd) -> bool {
        let pitch = self.layout.pitch;
        let ahead = [end.at[0] + end.out[0] * 3.2 * pitch, end.at[1] + end.out[1] * 3.2 * pitch];
        self.taken.is_free(Box2::around(ahead, 1.3 * pitch, 0.6 * pitch))
    }

    /// Small letters at both ends of the hall's rows, hugging the band.
    pub fn row_letters(&mut self) {
        if !self.layout.letters {
            return;
        }
        let (pitch, unit) = (self.layout.pitch, self.layout.unit);
        let size = (self.geometry.gap * self.layout.scale * 0.58).clamp(7.0, 10.0 * unit.max(0.9));
        let style = Style { size, weight: Weight::Regular };
        let mut letters = Vec::new();
        let rows = self.drawing.map.sections.iter().flat_map(|section| &section.rows);
        for row in rows.filter(|row| table(row, self.geometry.pitch).is_none()) {
            let half = self.fonts.width(&row.label, style) / 2.0;
            for end in self.row_ends(row).iter().filter(|end| self.is_outer(end)) {
                let far = pitch * AROUND + 3.0 * unit + half;
                let at = [end.at[0] + end.out[0] * far, end.at[1] + end.out[1] * far];
                letters.push((row.label.clone(), at, half));
            }
        }
        for (letter, at, half) in letters {
            let room = Box2::around(at, half, size * 0.3);
            if self.taken.is_free(room) && at[0] > half + 2.0 && at[0] < self.layout.width - half - 2.0 {
                self.taken.mark(room);
                self.centred(letter, [at[0], at[1] + 0.36 * size], style, self.palette.faint);
            }
        }
    }
}
