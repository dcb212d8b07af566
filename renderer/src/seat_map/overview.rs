//! Big maps in small pictures: sections shaded by what is left in them.

use domain::Section;

use super::Sheet;
use super::floor::grouped;
use crate::drawing::SeatState;
use crate::palette::{Colour, INK, LINE, PAPER, tier_colour};
use crate::scene::Weight;
use crate::text::{Style, clean};

/// The colour of a section with that share of its seats left.
pub fn shade(tier: Colour, share: f32) -> Colour {
    if share <= 0.0 { LINE } else { tier.mix(PAPER, 0.22 + 0.7 * share.sqrt()) }
}

impl Sheet<'_> {
    /// Sections as shaded bands with their label and the number of free seats where that fits.
    pub fn overview(&mut self) {
        let mut first = 0;
        for section in &self.drawing.map.sections {
            let seats = section.rows.iter().map(|row| row.seats.len()).sum::<usize>();
            let free = (first..first + seats).filter(|seat| self.drawing.state(*seat) == SeatState::Available).count();
            let colour = shade(tier_colour(self.main_tier(section, first)), free as f32 / seats.max(1) as f32);
            self.band(section, colour);
            self.section_label(section, free as u32, colour);
            first += seats;
        }
    }

    /// The label stands on the middle row, which is as wide as the section is there.
    fn section_label(&mut self, section: &Section, free: u32, on: Colour) {
        let rows: Vec<_> = section.rows.iter().filter(|row| !row.seats.is_empty()).collect();
        let Some(row) = rows.get(rows.len() / 2) else { return };
        let (first, last) = (&row.seats[0], &row.seats[row.seats.len() - 1]);
        let wide = super::geometry::distance([first.x, first.y], [last.x, last.y]) * self.frame.scale;
        let seat = &row.seats[row.seats.len() / 2];
        let high = rows.len() as f32 * self.geometry.gap * self.frame.scale;
        let [x, y] = self.frame.at([seat.x, seat.y]);
        let colour = if on.luminance() > 0.23 { INK } else { PAPER };
        let (label, count) = (clean(&section.label), if free > 0 { format!("{} left", grouped(free)) } else { "Sold out".to_owned() });
        let styles = |size: f32| (Style { size, weight: Weight::SemiBold }, Style { size: size * 0.88, weight: Weight::Regular });
        let fits = |text: &str, style: Style| self.fonts.width(text, style) <= wide - 3.0;
        let sizes = [13.0, 11.5, 10.0, 9.0].map(|size: f32| (size * self.frame.unit).max(8.0));
        let Some(size) = sizes.into_iter().find(|size| high >= size * 1.3 && fits(&label, styles(*size).0)) else { return };
        let (bold, plain) = styles(size);
        if high >= size * 3.0 && fits(&count, plain) {
            self.centred(label, [x, y - 0.1 * size], bold, colour);
            self.centred(count, [x, y + 1.15 * size], plain, colour);
        } else {
            self.centred(label, [x, y + 0.36 * size], bold, colour);
        }
    }
}
