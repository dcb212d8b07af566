//! Row letters at the ends of a hall's rows, and the call-out over the viewer's own seats.

use domain::seat_map::SeatAt;
use domain::{Row, Seat};

use super::geometry::{AROUND, distance};
use super::sheet::Sheet;
use super::taken::Box2;
use crate::palette::{Colour, FAINT, INK, PAPER};
use crate::scene::{Anchor, Command, Mark, Marks, Path, RoundRect, Text, Weight};
use crate::style::Style;

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
            RowEnd { at: self.frame.at([seat.x, seat.y]), out }
        };
        let mut ends = vec![end(first, beside(1), -1.0), end(last, beside(row.seats.len().saturating_sub(2)), 1.0)];
        ends.sort_by(|a, b| a.at[0].total_cmp(&b.at[0]));
        ends
    }

    /// Whether the hall ends here, rather than an aisle: no seats follow for some pitches.
    pub fn is_outer(&self, end: &RowEnd) -> bool {
        let pitch = self.frame.pitch;
        let ahead = [end.at[0] + end.out[0] * 3.2 * pitch, end.at[1] + end.out[1] * 3.2 * pitch];
        self.taken.is_free(Box2::around(ahead, 1.3 * pitch, 0.6 * pitch))
    }

    /// Small letters at both ends of the hall's rows, hugging the band.
    pub fn row_letters(&mut self) {
        if !self.frame.letters {
            return;
        }
        let (pitch, unit) = (self.frame.pitch, self.frame.unit);
        let size = (self.geometry.gap * self.frame.scale * 0.58).clamp(7.0, 10.0 * unit.max(0.9));
        let style = Style { size, weight: Weight::Regular };
        let mut letters = Vec::new();
        for row in self.drawing.map.sections.iter().flat_map(|section| &section.rows) {
            let half = self.fonts.width(&row.label, style) / 2.0;
            for end in self.row_ends(row).iter().filter(|end| self.is_outer(end)) {
                let far = pitch * AROUND + 3.0 * unit + half;
                let at = [end.at[0] + end.out[0] * far, end.at[1] + end.out[1] * far];
                letters.push((row.label.clone(), at, half));
            }
        }
        for (letter, at, half) in letters {
            let room = Box2::around(at, half, size * 0.3);
            if self.taken.is_free(room) && at[0] > half + 2.0 && at[0] < self.frame.width - half - 2.0 {
                self.taken.mark(room);
                self.centred(letter, [at[0], at[1] + 0.36 * size], style, FAINT.mix(INK, 0.8));
            }
        }
    }

    /// The viewer's seats as dark discs with a tick, and what they are and cost.
    pub fn selection(&mut self) {
        let mut wanted = self.drawing.selected.clone();
        wanted.sort_unstable();
        wanted.dedup();
        let chosen: Vec<SeatAt<'_>> = self.drawing.map.seats().filter(|seat| wanted.binary_search(&seat.index).is_ok()).collect();
        if chosen.is_empty() {
            return;
        }
        let places: Vec<[f32; 2]> = chosen.iter().map(|seat| self.frame.at([seat.seat.x, seat.seat.y])).collect();
        let radius = (self.frame.radius * 1.22).max(3.2 * self.frame.unit);
        let mut marks = |mark, colour: Colour| {
            let class = "selected".to_owned();
            self.scene.push(Marks { at: places.clone(), mark, radius, colour, class });
        };
        marks(Mark::Disc, INK);
        marks(Mark::Tick, PAPER);
        self.call_out(&chosen, &places, radius);
    }

    fn call_out(&mut self, chosen: &[SeatAt<'_>], places: &[[f32; 2]], radius: f32) {
        let unit = self.frame.unit;
        let lines = [where_they_are(chosen), self.what_they_cost(chosen)];
        let (bold, plain) =
            (Style { size: 12.0 * unit, weight: Weight::SemiBold }, Style { size: 11.0 * unit, weight: Weight::Regular });
        let text_width = self.fonts.width(&lines[0], bold).max(self.fonts.width(&lines[1], plain));
        let (width, height) = (text_width + 32.0 * unit, if lines[1].is_empty() { 26.0 } else { 40.0 } * unit);
        let count = places.len() as f32;
        let middle = places.iter().map(|place| place[0]).sum::<f32>() / count;
        let top = places.iter().map(|place| place[1]).fold(f32::MAX, f32::min) - radius - 7.0 * unit;
        let x = middle.clamp(width / 2.0 + 4.0, (self.frame.width - width / 2.0 - 4.0).max(width / 2.0 + 4.0));
        let tip = [[middle - 6.0 * unit, top - 1.0], [middle + 6.0 * unit, top - 1.0], [middle, top + 5.0 * unit]];
        let (left, y) = (x - width / 2.0, top - height);
        let commands = vec![Command::Move(tip[0]), Command::Line(tip[1]), Command::Line(tip[2]), Command::Close];
        self.scene.push(RoundRect { x: left, y, width, height, radius: 6.0 * unit, fill: Some(INK), stroke: None });
        self.scene.push(Path { commands, fill: Some(INK), stroke: None });
        let [first, second] = lines;
        let text = |text, y, style: Style, colour| {
            let Style { size, weight } = style;
            Text { x, y, text, size, weight, colour, anchor: Anchor::Middle, spacing: 0.0 }
        };
        self.scene.push(text(first, y + 17.0 * unit, bold, PAPER));
        self.scene.push(text(second, y + 31.5 * unit, plain, PAPER.mix(INK, 0.75)));
    }

    /// `3 × $75 = $225`; only the sum when prices differ; empty when a price is unknown.
    fn what_they_cost(&self, chosen: &[SeatAt<'_>]) -> String {
        let price = |seat: &SeatAt<'_>| {
            let tier = self.drawing.tier(seat.index as usize, seat.section);
            self.drawing.tiers.iter().find(|known| known.id == tier).map(|tier| tier.price)
        };
        let Some(prices) = chosen.iter().map(price).collect::<Option<Vec<_>>>() else { return String::new() };
        let sum = prices[1..].iter().try_fold(prices[0], |sum, price| sum.checked_add(*price));
        match sum {
            Some(sum) if prices.len() == 1 => sum.to_string(),
            Some(sum) if prices.iter().all(|price| *price == prices[0]) => format!("{} × {} = {sum}", prices.len(), prices[0]),
            Some(sum) => sum.to_string(),
            None => String::new(),
        }
    }
}

/// `Row H · seats 27–29`, or how many when they stand in several rows.
fn where_they_are(chosen: &[SeatAt<'_>]) -> String {
    let (first, last) = (&chosen[0], &chosen[chosen.len() - 1]);
    let one_row = chosen.iter().all(|seat| std::ptr::eq(seat.row, first.row));
    let run = last.index - first.index + 1 == chosen.len() as u32;
    match (chosen.len(), one_row) {
        (1, _) => format!("Row {} · seat {}", first.row.label, first.seat.number),
        (_, true) if run => format!("Row {} · seats {}–{}", first.row.label, first.seat.number, last.seat.number),
        (count, true) => format!("Row {} · {count} seats", first.row.label),
        (count, false) => format!("{count} seats"),
    }
}
