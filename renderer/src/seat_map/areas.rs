//! General-admission areas: a tinted form with its name, price and places left.

use domain::TierId;
use domain::text::thousands;

use super::curve;
use super::polygon::{across, inside};
use super::sheet::{Sheet, centred};
use crate::drawing::SeatMapDrawing;
use crate::palette::{Colour, Palette};
use crate::scene::{Path, PathCommand, Shape, Weight};
use crate::text::{Fonts, Style, clean, fit};

/// A label cut to fewer letters says nothing.
const MIN_LABEL: usize = 4;

/// Where an area and its label stand.
pub struct AreaPlan {
    index: usize,
    pub tier: TierId,
    outline: Vec<PathCommand>,
    edge: f32,
    label: Option<AreaLabel>,
}

struct AreaLabel {
    name: String,
    price: Option<String>,
    at: [f32; 2],
    size: f32,
    /// The room for a second line; none when there is only room for the name.
    second: Option<f32>,
}

impl Sheet<'_> {
    /// Where areas and their labels stand; takes their room.
    pub fn area_plans(&mut self) -> Vec<AreaPlan> {
        let mut plans = Vec::new();
        for index in 0..self.drawing.map.areas.len() {
            let (tier, _) = self.drawing.area(index);
            let points: Vec<[f32; 2]> = self.geometry.areas[index].iter().map(|point| self.layout.at(*point)).collect();
            self.taken.mark_polygon(&points);
            let label = self.area_label(index, tier, &points);
            let (outline, edge) = (curve::closed(&points), 1.4 * self.layout.unit);
            plans.push(AreaPlan { index, tier, outline, edge, label });
        }
        plans
    }

    fn area_label(&self, index: usize, tier: TierId, points: &[[f32; 2]]) -> Option<AreaLabel> {
        let (([x, y], high), unit) = (inside(points), self.layout.unit);
        let size = (0.22 * high).clamp(9.0 * unit, 15.0 * unit);
        let two = high >= 3.0 * size;
        let (above, below) = if two { (y - size, y + 1.4 * size) } else { (y - 0.5 * size, y + 0.5 * size) };
        let wide = [above, y, below].map(|y| across(points, [x, y])).into_iter().fold(f32::MAX, f32::min) - 10.0 * unit;
        let name = self.shrunk(&clean(&self.drawing.map.areas[index].label), size, wide.min(high * 12.0));
        let (name, size) = name.filter(|_| high >= 0.9 * size)?;
        let base = if two { y - 0.1 * size } else { y + 0.36 * size };
        let price = self.drawing.tiers.iter().find(|known| known.id == tier).map(|tier| tier.price.told());
        Some(AreaLabel { name, price, at: [x, base], size, second: two.then_some(wide) })
    }

    /// A name that fits: smaller letters before fewer words, and those before fewer letters.
    fn shrunk(&self, name: &str, size: f32, wide: f32) -> Option<(String, f32)> {
        let style = |size: f32| Style { size, weight: Weight::SemiBold };
        let least = size.min(7.0 * self.layout.unit.max(1.0));
        let sizes = [1.0, 0.9, 0.8, 0.7, 0.6].map(|share| (size * share).max(least));
        if let Some(size) = sizes.into_iter().find(|size| self.fonts.width(name, style(*size)) <= wide) {
            return Some((name.to_owned(), size));
        }
        // its first words say more than a piece of one
        let mut words: Vec<&str> = name.split(' ').collect();
        while words.pop().is_some() && !words.is_empty() {
            let first = words.join(" ");
            if first.chars().count() >= MIN_LABEL && self.fonts.width(&first, style(least)) <= wide {
                return Some((first, least));
            }
        }
        let cut = fit(self.fonts, name, style(least), wide);
        (cut.chars().count() >= MIN_LABEL).then_some((cut, least))
    }
}

impl AreaPlan {
    /// The area as it is now.
    pub fn shapes(&self, fonts: &Fonts, drawing: &SeatMapDrawing, palette: &Palette) -> Vec<Shape> {
        let (_, left) = drawing.area(self.index);
        let sold_out = left == 0;
        let [fill, edge] = surface(palette, self.tier, sold_out);
        let mut shapes: Vec<Shape> = vec![Path::closed(self.outline.clone(), fill).stroked(edge, self.edge).into()];
        let Some(AreaLabel { name, price, at, size, second }) = &self.label else { return shapes };
        let colour = if sold_out { palette.quiet } else { palette.letters(palette.tier(self.tier)) };
        shapes.push(centred(name.clone(), *at, Style { size: *size, weight: Weight::SemiBold }, colour).into());
        if let Some(wide) = second {
            let plain = Style { size: size * 0.86, weight: Weight::Regular };
            let places = if sold_out { "Sold out".to_owned() } else { format!("{} places left", thousands(left.into())) };
            let priced = price.as_ref().filter(|_| !sold_out).map(|price| format!("{price} · {places}"));
            let mut texts = priced.into_iter().chain([places, thousands(left.into())]);
            if let Some(text) = texts.find(|text| fonts.width(text, plain) <= *wide) {
                shapes.push(centred(text, [at[0], at[1] + 1.4 * size], plain, palette.quiet).into());
            }
        }
        shapes
    }

    /// All colours that it may have.
    pub fn colours(&self, palette: &Palette) -> Vec<Colour> {
        let letters = palette.letters(palette.tier(self.tier));
        [surface(palette, self.tier, false), surface(palette, self.tier, true), [letters; 2]].concat()
    }
}

/// Fill and edge.
fn surface(palette: &Palette, tier: TierId, sold_out: bool) -> [Colour; 2] {
    let colour = if sold_out { palette.sold } else { palette.tier(tier) };
    let fill = if sold_out { palette.line.mix(palette.paper, 0.5) } else { colour.mix(palette.paper, 0.12) };
    match palette.edge {
        Some(edge) => [palette.paper, edge],
        None => [fill, colour.mix(palette.paper, 0.55)],
    }
}
