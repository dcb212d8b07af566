//! Big maps in small pictures: sections shaded by what is left in them.

use domain::Section;
use domain::text::thousands;

use super::geometry::distance;
use super::sheet::Sheet;
use crate::drawing::SeatState;
use crate::palette::{Colour, INK, LINE, PAPER, tier_colour};
use crate::scene::Weight;
use crate::style::Style;
use crate::text::clean;

/// The colour of a section with that share of its seats left.
pub fn shade(tier: Colour, share: f32) -> Colour {
    if share <= 0.0 { LINE } else { tier.mix(PAPER, 0.22 + 0.7 * share.sqrt()) }
}

/// A section's name and how many seats it has left, and the room for both.
struct Label {
    name: String,
    count: String,
    at: [f32; 2],
    wide: f32,
    high: f32,
    colour: Colour,
}

impl Sheet<'_> {
    /// Sections as shaded bands with their label and the number of free seats where that fits.
    pub fn overview(&mut self) {
        let mut first = 0;
        let mut labels = Vec::new();
        for section in &self.drawing.map.sections {
            let seats = section.rows.iter().map(|row| row.seats.len()).sum::<usize>();
            let free = (first..first + seats).filter(|seat| self.drawing.state(*seat) == SeatState::Available).count();
            let colour = shade(tier_colour(self.main_tier(section, first)), free as f32 / seats.max(1) as f32);
            self.band(section, colour);
            labels.extend(self.label(section, free as u32, colour));
            first += seats;
        }
        self.section_labels(&labels);
    }

    /// The label stands on the middle row; rows that run up and down leave the room of their number to it.
    fn label(&self, section: &Section, free: u32, on: Colour) -> Option<Label> {
        let rows: Vec<_> = section.rows.iter().filter(|row| !row.seats.is_empty()).collect();
        let row = rows.get(rows.len() / 2)?;
        let (first, last, middle) = (&row.seats[0], &row.seats[row.seats.len() - 1], &row.seats[row.seats.len() / 2]);
        let along = distance([first.x, first.y], [last.x, last.y]) * self.frame.scale;
        let deep = rows.len() as f32 * self.geometry.gap * self.frame.scale;
        let upright = (last.y - first.y).abs() > (last.x - first.x).abs();
        let (wide, high) = if upright { (deep, along) } else { (along, deep) };
        Some(Label {
            name: clean(&section.label),
            count: if free > 0 { format!("{} left", thousands(free.into())) } else { "Sold out".to_owned() },
            at: self.frame.at([middle.x, middle.y]),
            wide: wide - 3.0,
            high,
            colour: if on.luminance() > 0.23 { INK } else { PAPER },
        })
    }

    /// One size for all: the largest at which most labels fit; none when they do not fit at any.
    fn section_labels(&mut self, labels: &[Label]) {
        let styles = |size: f32| (Style { size, weight: Weight::SemiBold }, Style { size: size * 0.88, weight: Weight::Regular });
        let fonts = self.fonts;
        let fits = |label: &Label, size: f32| label.high >= size * 1.3 && fonts.width(&label.name, styles(size).0) <= label.wide;
        let most = |size: &f32| labels.iter().filter(|label| fits(label, *size)).count() * 5 >= labels.len() * 3;
        let sizes = [13.0, 11.5, 10.0, 9.0].map(|size: f32| (size * self.frame.unit).max(8.0));
        let Some(size) = sizes.into_iter().find(most) else { return };
        let (bold, plain) = styles(size);
        for label in labels.iter().filter(|label| fits(label, size)) {
            let [x, y] = label.at;
            let two = label.high >= size * 3.0 && fonts.width(&label.count, plain) <= label.wide;
            let y = if two { y - 0.1 * size } else { y + 0.36 * size };
            self.centred(label.name.clone(), [x, y], bold, label.colour);
            if two {
                self.centred(label.count.clone(), [x, y + 1.25 * size], plain, label.colour);
            }
        }
    }
}
