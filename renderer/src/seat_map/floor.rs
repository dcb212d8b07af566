//! The map itself: section bands, stage, areas, seats.

use domain::seat_map::SeatAt;
use domain::text::thousands;
use domain::{Section, TierId};

use super::band;
use super::polygon::{across, centre, extent, inside};
use super::sheet::Sheet;
use super::taken::Box2;
use crate::drawing::SeatState;
use crate::palette::{BLOCKED, Colour, INK, LINE, PAPER, QUIET, SOLD, tier_colour};
use crate::scene::{Anchor, Mark, Marks, Path, Text, Weight};
use crate::style::Style;
use crate::text::{clean, fit};

/// Icons inside seats need a seat of this radius.
const MIN_ICON_RADIUS: f32 = 5.0;
/// A label cut to fewer letters says nothing.
const MIN_LABEL: usize = 4;

impl Sheet<'_> {
    /// The faint bands behind the rows.
    pub fn floor(&mut self) {
        let mut first = 0;
        for section in &self.drawing.map.sections {
            let tint = tier_colour(self.main_tier(section, first)).tint();
            self.band(section, tint);
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

    /// A section's outline, or the form of its rows with room around.
    pub fn band(&mut self, section: &Section, colour: Colour) {
        let given = section.outline.len() >= 3;
        let outline = if given { section.outline.clone() } else { band::around_rows(section, &self.geometry) };
        let points: Vec<[f32; 2]> = outline.iter().map(|point| self.frame.at(*point)).collect();
        if !points.is_empty() {
            // given outlines may touch: a white edge keeps the aisle between them; ours get soft corners
            let (edge, width) = if given { (PAPER, 0.4) } else { (colour, 0.3) };
            self.scene.push(Path::polygon(&points, colour).stroked(edge, (self.frame.pitch * width).max(1.0)));
        }
        let half = self.frame.pitch * 0.5;
        for seat in section.rows.iter().flat_map(|row| &row.seats) {
            self.taken.mark(Box2::around(self.frame.at([seat.x, seat.y]), half, half));
        }
    }

    /// The stage: one dark form with spaced letters.
    pub fn stage(&mut self) {
        let Some(stage) = self.drawing.map.stage.as_ref().filter(|stage| stage.outline.len() >= 3) else { return };
        let points: Vec<[f32; 2]> = stage.outline.iter().map(|point| self.frame.at(*point)).collect();
        let unit = self.frame.unit;
        self.scene.push(Path::polygon(&points, INK).stroked(INK, 5.0 * unit));
        let room = extent(&points);
        self.taken.mark(room);
        let size = (0.34 * (room.bottom - room.top)).clamp(7.0 * unit, 15.0 * unit);
        let (spacing, style) = (size * 0.42, Style { size, weight: Weight::SemiBold });
        let label = clean(&stage.label).to_uppercase();
        let [x, y] = centre(&points);
        let wide = across(&points, y) - 2.0 * size;
        let spaced = self.fonts.line(&label, style, spacing).width <= wide;
        let text = if spaced { label } else { fit(self.fonts, &label, style, wide) };
        let spacing = if spaced { spacing } else { 0.0 };
        let anchor = Anchor::Middle;
        self.scene.push(Text { x, y: y + 0.36 * size, text, size, weight: style.weight, colour: PAPER, anchor, spacing });
    }

    /// General-admission areas with their label, price and places left.
    pub fn areas(&mut self) {
        for index in 0..self.drawing.map.areas.len() {
            let (tier, left) = self.drawing.area(index);
            let colour = if left > 0 { tier_colour(tier) } else { SOLD };
            let points: Vec<[f32; 2]> = self.geometry.areas[index].iter().map(|point| self.frame.at(*point)).collect();
            let fill = if left > 0 { colour.mix(PAPER, 0.12) } else { LINE.mix(PAPER, 0.5) };
            self.scene.push(Path::polygon(&points, fill).stroked(colour.mix(PAPER, 0.55), 1.4 * self.frame.unit));
            self.taken.mark(extent(&points));
            self.area_label(index, &points);
        }
    }

    fn area_label(&mut self, index: usize, points: &[[f32; 2]]) {
        let (tier, left) = self.drawing.area(index);
        let (([x, y], high), unit) = (inside(points), self.frame.unit);
        let size = (0.22 * high).clamp(9.0 * unit, 15.0 * unit);
        let (bold, plain) = (Style { size, weight: Weight::SemiBold }, Style { size: size * 0.86, weight: Weight::Regular });
        let two = high >= 3.0 * size;
        let (above, below) = if two { (y - size, y + 1.4 * size) } else { (y - 0.5 * size, y + 0.5 * size) };
        let wide = [above, y, below].map(|y| across(points, y)).into_iter().fold(f32::MAX, f32::min) - 10.0 * unit;
        let price = self.drawing.tiers.iter().find(|known| known.id == tier).map(|tier| tier.price.to_string());
        let places = if left > 0 { format!("{} places left", thousands(left.into())) } else { "Sold out".to_owned() };
        let second = price.filter(|_| left > 0).map_or_else(|| places.clone(), |price| format!("{price} · {places}"));
        let second = [second, places, thousands(left.into())].into_iter().find(|text| self.fonts.width(text, plain) <= wide);
        let label = fit(self.fonts, &clean(&self.drawing.map.areas[index].label), bold, wide);
        let colour = if left > 0 { tier_colour(tier) } else { QUIET };
        let base = if two { y - 0.1 * size } else { y + 0.36 * size };
        if label.chars().count() >= MIN_LABEL {
            self.centred(label, [x, base], bold, colour);
        }
        if let Some(second) = second.filter(|_| two) {
            self.centred(second, [x, base + 1.4 * size], plain, QUIET);
        }
    }

    pub fn centred(&mut self, text: String, [x, y]: [f32; 2], style: Style, colour: Colour) {
        let Style { size, weight } = style;
        self.scene.push(Text { x, y, text, size, weight, colour, anchor: Anchor::Middle, spacing: 0.0 });
    }

    /// The seats, as one shape per tier and state. What is sold recedes; what is free carries the colour.
    pub fn seats(&mut self) {
        let mut groups = Groups::default();
        for SeatAt { index, section, seat, .. } in self.drawing.map.seats() {
            let index = index as usize;
            let (state, tier) = (self.drawing.state(index), self.drawing.tier(index, section));
            groups.add(state, tier, seat.accessible, self.frame.at([seat.x, seat.y]));
        }
        let radius = self.frame.radius;
        for (group, at) in groups.0.into_iter().enumerate().filter(|(_, at)| !at.is_empty()) {
            let (state, tier, accessible) = Groups::meaning(group);
            let (mark, share, colour) = look(state, accessible, tier_colour(tier));
            let class = class(state, tier, accessible);
            let icons = (state == SeatState::Available && accessible && radius >= MIN_ICON_RADIUS).then(|| at.clone());
            self.scene.push(Marks { at, mark, radius: radius * share, colour, class });
            if let Some(at) = icons {
                let (mark, class) = (Mark::Wheelchair, "wheelchair".to_owned());
                self.scene.push(Marks { at, mark, radius: radius * 0.92, colour: PAPER, class });
            }
        }
    }
}

/// A seat's mark, its size as a share of a free seat's, and its colour.
pub fn look(state: SeatState, accessible: bool, colour: Colour) -> (Mark, f32, Colour) {
    match (state, accessible) {
        (SeatState::Available, false) => (Mark::Disc, 1.0, colour),
        (SeatState::Available, true) => (Mark::Square, 1.0, colour),
        (SeatState::Held, false) => (Mark::Ring, 0.97, colour),
        (SeatState::Held, true) => (Mark::SquareRing, 0.97, colour),
        (SeatState::Sold, false) => (Mark::Disc, 0.62, SOLD),
        (SeatState::Sold, true) => (Mark::Square, 0.66, SOLD),
        (SeatState::Blocked, _) => (Mark::Cross, 0.72, BLOCKED),
    }
}

fn class(state: SeatState, tier: TierId, accessible: bool) -> String {
    let state = match state {
        SeatState::Available => "available",
        SeatState::Held => "held",
        SeatState::Sold => return "sold".to_owned(),
        SeatState::Blocked => return "blocked".to_owned(),
    };
    format!("t{tier} {state}{}", if accessible { " accessible" } else { "" })
}

/// Seats by state, then tier: sold and blocked first, so that the others stand above them.
struct Groups(Vec<Vec<[f32; 2]>>);

const STATES: [SeatState; 4] = [SeatState::Sold, SeatState::Blocked, SeatState::Held, SeatState::Available];

impl Default for Groups {
    fn default() -> Self {
        Self(vec![Vec::new(); STATES.len() * TierId::COUNT * 2])
    }
}

impl Groups {
    fn add(&mut self, state: SeatState, tier: TierId, accessible: bool, at: [f32; 2]) {
        let (order, tier) = match state {
            SeatState::Sold => (0, 0),
            SeatState::Blocked => (1, 0),
            SeatState::Held => (2, tier.index()),
            SeatState::Available => (3, tier.index()),
        };
        let accessible = accessible && state != SeatState::Blocked;
        self.0[(order * TierId::COUNT + tier) * 2 + usize::from(accessible)].push(at);
    }

    fn meaning(group: usize) -> (SeatState, TierId, bool) {
        let tier = TierId::nth(group / 2 % TierId::COUNT).unwrap_or_else(|| unreachable!("the remainder is in range"));
        (STATES[group / 2 / TierId::COUNT], tier, group % 2 == 1)
    }
}
