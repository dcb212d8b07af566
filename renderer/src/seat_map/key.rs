//! The legend of a seat map: tiers with prices, then what the marks mean.

use domain::{SeatMap, TierId};

use super::looks::SeatLook;
use super::overview::key_shades;
use super::sheet::Sheet;
use crate::drawing::SeatState;
use crate::legend::{Item, Legend};
use crate::palette::Colour;
use crate::scene::Mark;
use crate::text::clean;

/// More tiers than these are counted rather than listed.
const MAX_TIERS: usize = 12;

impl Sheet<'_> {
    pub fn key(&mut self) {
        let (tiers, marks) = (self.tier_items(), self.mark_items());
        let legend = Legend {
            palette: self.palette,
            left: self.layout.side,
            width: self.layout.width - 2.0 * self.layout.side,
            unit: self.layout.unit,
        };
        let top = self.layout.map_bottom;
        self.scene.height = (legend.draw(self.fonts, &mut self.scene, top, tiers, marks) + 20.0 * self.layout.unit).ceil();
    }

    fn tier_items(&self) -> Vec<Item> {
        let tiers = &self.drawing.tiers;
        let mark = if self.layout.dots { Mark::Disc } else { Mark::Square };
        let listed = if tiers.len() > MAX_TIERS { MAX_TIERS - 1 } else { tiers.len() };
        let mut items: Vec<Item> = tiers[..listed]
            .iter()
            .map(|tier| Item {
                mark: Some((mark, 1.0, self.palette.tier(tier.id))),
                name: clean(&tier.name),
                price: tier.price.told(),
            })
            .collect();
        if listed < tiers.len() {
            items.push(Item { mark: None, name: String::new(), price: format!("and {} more", tiers.len() - listed) });
        }
        items
    }

    /// What marks mean, whether or not one is there now: a legend that came and went would move with the sale.
    fn mark_items(&self) -> Vec<Item> {
        let item = |(mark, share, colour): (Mark, f32, Colour), name: &str| Item {
            mark: Some((mark, share, colour)),
            name: name.to_owned(),
            price: String::new(),
        };
        let (palette, quiet) = (self.palette, self.palette.quiet);
        let mut items = Vec::new();
        if !self.drawing.selected.is_empty() {
            items.push(item((Mark::Tick, 1.2, palette.ink), "Yours"));
        }
        if self.drawing.map.sections.is_empty() {
            return items;
        }
        if !self.layout.dots {
            let tier = self.drawing.tiers.first().map_or(quiet, |tier| palette.tier(tier.id));
            let shades = key_shades(palette, tier).into_iter().zip(["Many left", "Few left", "Sold out"]);
            items.extend(shades.map(|(colour, name)| item((Mark::Square, 1.0, colour), name)));
            return items;
        }
        let states = [(SeatState::Held, "On hold"), (SeatState::Sold, "Sold"), (SeatState::Blocked, "Not for sale")];
        let first = TierId::nth(0).unwrap_or_else(|| unreachable!("there is a first tier"));
        items.extend(states.into_iter().map(|(state, name)| {
            let (mark, share, colour) = SeatLook::of(state, first, false).mark(palette);
            item((mark, share, if state == SeatState::Held { quiet } else { colour }), name)
        }));
        if has_wheelchair_spaces(&self.drawing.map) {
            items.push(item((Mark::Wheelchair, 1.0, quiet), "Wheelchair space"));
        }
        items
    }
}

fn has_wheelchair_spaces(map: &SeatMap) -> bool {
    map.seats().any(|seat| seat.seat.accessible)
}
