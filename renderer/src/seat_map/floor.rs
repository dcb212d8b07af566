//! The map itself: section bands and the stage.

use domain::{Section, TierId};

use super::band;
use super::curve;
use super::polygon::{Box2, across, inside};
use super::sheet::Sheet;
use super::tables::mostly_tables;
use crate::palette::Colour;
use crate::scene::{Anchor, Path, Text, Weight};
use crate::text::{Style, clean, fit};

impl Sheet<'_> {
    /// The faint bands behind the rows.
    pub fn floor(&mut self) {
        let mut first = 0;
        for section in &self.drawing.map.sections {
            let tint = self.palette.tint(self.palette.tier(self.main_tier(section, first)));
            if let Some(band) = self.band(section, tint) {
                self.scene.push(band);
            }
            first += section.rows.iter().map(|row| row.seats.len()).sum::<usize>();
        }
    }

    /// The tier of most of a section's seats, judged by its rows' middle seats.
    pub fn main_tier(&self, section: &Section, first: usize) -> TierId {
        let mut votes = [0_u32; TierId::COUNT];
        let mut at = first;
        for row in &section.rows {
            if !row.seats.is_empty() {
                votes[self.drawing.tier(at + row.seats.len() / 2, section).index()] += row.seats.len() as u32;
            }
            at += row.seats.len();
        }
        let best = (0..TierId::COUNT).rev().max_by_key(|tier| votes[*tier]).filter(|tier| votes[*tier] > 0);
        best.and_then(TierId::nth).unwrap_or(section.tier)
    }

    /// A section's outline, or the form of its rows with room around; its seats' places are taken.
    pub fn band(&mut self, section: &Section, colour: Colour) -> Option<Path> {
        let given = section.outline.len() >= 3;
        let outline = if given { section.outline.clone() } else { band::around_rows(section, &self.geometry) };
        let points: Vec<[f32; 2]> = outline.iter().map(|point| self.layout.at(*point)).collect();
        let half = self.layout.pitch * 0.5;
        for seat in section.rows.iter().flat_map(|row| &row.seats) {
            self.taken.mark(Box2::around(self.layout.at([seat.x, seat.y]), half, half));
        }
        if !given && mostly_tables(section, self.geometry.pitch) {
            return None;
        }
        // given outlines may touch: an edge of paper keeps the aisle between them; ours get soft corners
        let (edge, width) = if given { (self.palette.paper, 0.4) } else { (colour, 0.3) };
        let (edge, width) = match self.palette.edge {
            Some(edge) => (edge, self.layout.unit),
            None => (edge, (self.layout.pitch * width).max(1.0)),
        };
        (!points.is_empty()).then(|| Path::closed(curve::closed(&points), colour).stroked(edge, width))
    }

    /// The stage: one dark form with spaced letters.
    pub fn stage(&mut self) {
        let Some(stage) = self.drawing.map.stage.as_ref().filter(|stage| stage.outline.len() >= 3) else { return };
        let points: Vec<[f32; 2]> = stage.outline.iter().map(|point| self.layout.at(*point)).collect();
        let (unit, dark) = (self.layout.unit, self.palette.stage);
        self.scene.push(Path::closed(curve::closed(&points), dark).stroked(dark, 5.0 * unit));
        // its edge is half of that wide, and names keep off it
        self.taken.mark_around(&points, 4.0 * unit);
        // a bent screen's middle lies beside its centroid
        let ([x, y], high) = inside(&points);
        let size = (0.34 * high).clamp(7.0 * unit, 15.0 * unit);
        let (spacing, style) = (size * 0.42, Style { size, weight: Weight::SemiBold });
        let label = clean(&stage.label).to_uppercase();
        let wide = across(&points, [x, y]) - 2.0 * size;
        let spaced = self.fonts.line(&label, style, spacing).width <= wide;
        let text = if spaced { label } else { fit(self.fonts, &label, style, wide) };
        let spacing = if spaced { spacing } else { 0.0 };
        let (anchor, colour) = (Anchor::Middle, self.palette.on_stage);
        if high >= size {
            self.scene.push(Text { x, y: y + 0.36 * size, text, size, weight: style.weight, colour, anchor, spacing, turn: 0.0 });
        }
    }
}
