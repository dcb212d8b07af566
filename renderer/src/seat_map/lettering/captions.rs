//! A tier's name and price beside its rows, in its own colour.

use domain::Tier;

use crate::scene::{Anchor, Text, Weight};
use crate::seat_map::polygon::Box2;
use crate::seat_map::sheet::Sheet;
use crate::text::{Style, clean, fit};

/// Narrower pictures leave this to the legend.
const MIN_WIDTH: f32 = 640.0;

impl Sheet<'_> {
    /// Sets each tier's caption at the first free place beside its rows, right before left; none is forced.
    pub fn captions(&mut self) {
        if self.layout.width < MIN_WIDTH {
            return;
        }
        let unit = self.layout.unit;
        let (bold, plain) =
            (Style { size: 13.0 * unit, weight: Weight::SemiBold }, Style { size: 12.0 * unit, weight: Weight::Regular });
        let mut texts = Vec::new();
        for tier in &self.drawing.tiers {
            let name = fit(self.fonts, &clean(&tier.name), bold, 130.0 * unit);
            let price = if tier.price.amount == 0 { tier.price.told() } else { format!("from {}", tier.price) };
            let wide = self.fonts.width(&name, bold).max(self.fonts.width(&price, plain));
            let Some((x, y, anchor)) = self.place_beside(tier, wide) else { continue };
            let colour = self.palette.letters(self.palette.tier(tier.id));
            let text = |text, y, Style { size, weight }, colour| Text {
                x,
                y,
                text,
                size,
                weight,
                colour,
                anchor,
                spacing: 0.0,
                turn: 0.0,
            };
            texts.push([text(name, y, bold, colour), text(price, y + 17.0 * unit, plain, self.palette.quiet)]);
        }
        // a few captions among many tiers look as if the others had no price
        if texts.len() * 2 >= self.drawing.tiers.len() {
            texts.into_iter().flatten().for_each(|text| self.scene.push(text));
        }
    }

    /// A free place for two lines beside the tier's rows, and takes it.
    fn place_beside(&mut self, tier: &Tier, wide: f32) -> Option<(f32, f32, Anchor)> {
        let unit = self.layout.unit;
        let mut places = Vec::new();
        let mut first = 0;
        for section in &self.drawing.map.sections {
            for row in &section.rows {
                let middle = first + row.seats.len() / 2;
                if !row.seats.is_empty() && self.drawing.tier(middle, section) == tier.id {
                    let ends = self.row_ends(row).into_iter().zip([Anchor::Right, Anchor::Left]);
                    places.extend(ends.map(|(end, anchor)| (end.at, anchor)));
                }
                first += row.seats.len();
            }
        }
        places.sort_by(|a, b| {
            (a.1 == Anchor::Right, a.0[1]).partial_cmp(&(b.1 == Anchor::Right, b.0[1])).unwrap_or(std::cmp::Ordering::Equal)
        });
        let letters = if self.layout.letters { 22.0 * unit } else { 0.0 };
        places.into_iter().find_map(|([x, y], anchor)| {
            let far = self.layout.pitch + letters + 10.0 * unit;
            let (x, sign) = if anchor == Anchor::Left { (x + far, 1.0) } else { (x - far, -1.0) };
            let end = x + sign * wide;
            let room = Box2 {
                left: x.min(end) - 4.0 * unit,
                top: y - 20.0 * unit,
                right: x.max(end) + 4.0 * unit,
                bottom: y + 15.0 * unit,
            };
            let inside = room.left > 0.0 && room.right < self.layout.width;
            if inside && self.taken.is_free(room) {
                self.taken.mark(room);
                Some((x, y - 7.0 * unit, anchor))
            } else {
                None
            }
        })
    }
}
