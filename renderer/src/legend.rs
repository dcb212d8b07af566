//! A legend: a hairline, then items side by side, in as many lines as the width asks for.

use crate::palette::{Colour, Palette};
use crate::scene::{Anchor, Mark, Marks, Path, PathCommand, Scene, Text, Weight};
use crate::text::{Fonts, Style, fit};

/// Where a legend stands.
pub struct Legend<'p> {
    pub palette: &'p Palette,
    pub left: f32,
    pub width: f32,
    pub unit: f32,
}

/// A mark (with its share of full size and colour), a name, and what is said quieter after it.
pub struct Item {
    pub mark: Option<(Mark, f32, Colour)>,
    pub name: String,
    pub price: String,
}

impl Legend<'_> {
    /// Draws two groups: on one line, left and right, if both fit; else one under the other.
    ///
    /// Gives     the bottom of what was drawn.
    pub fn draw(&self, fonts: &Fonts, scene: &mut Scene, top: f32, left: Vec<Item>, right: Vec<Item>) -> f32 {
        if left.is_empty() && right.is_empty() {
            return top;
        }
        let ends = [[self.left, top], [self.left + self.width, top]];
        let commands = vec![PathCommand::Move(ends[0]), PathCommand::Line(ends[1])];
        scene.push(Path { commands, fill: None, stroke: Some((self.palette.line, self.unit.max(1.0))) });
        let width = |items: &[Item]| items.iter().map(|item| self.item_width(fonts, item)).sum::<f32>();
        let both = width(&left) + width(&right);
        let baseline = top + 30.0 * self.unit;
        if both <= self.width {
            let start = self.left + self.width - width(&right) + self.gap();
            self.line(fonts, scene, &left, self.left, baseline);
            self.line(fonts, scene, &right, start, baseline);
            return baseline + 8.0 * self.unit;
        }
        let mut y = baseline;
        for group in [left, right] {
            for line in self.lines(fonts, group) {
                self.line(fonts, scene, &line, self.left, y);
                y += 23.0 * self.unit;
            }
        }
        y - 15.0 * self.unit
    }

    fn gap(&self) -> f32 {
        26.0 * self.unit
    }

    fn style(&self) -> Style {
        Style { size: 12.5 * self.unit, weight: Weight::Regular }
    }

    fn item_width(&self, fonts: &Fonts, item: &Item) -> f32 {
        let texts = [&item.name, &item.price].into_iter().filter(|text| !text.is_empty());
        let texts: f32 = texts.map(|text| fonts.width(text, self.style()) + 4.0 * self.unit).sum();
        texts + self.indent(item) + self.gap() - 4.0 * self.unit
    }

    fn indent(&self, item: &Item) -> f32 {
        if item.mark.is_some() { 21.0 * self.unit } else { 0.0 }
    }

    /// Breaks items into lines; a name that alone is too long is cut.
    fn lines(&self, fonts: &Fonts, items: Vec<Item>) -> Vec<Vec<Item>> {
        let mut lines: Vec<Vec<Item>> = Vec::new();
        let mut used = f32::MAX;
        for mut item in items {
            let room = self.width - self.indent(&item) - fonts.width(&item.price, self.style()) - 6.0 * self.unit;
            item.name = fit(fonts, &item.name, self.style(), room);
            let width = self.item_width(fonts, &item);
            if used + width - self.gap() > self.width {
                lines.push(Vec::new());
                used = 0.0;
            }
            used += width;
            if let Some(line) = lines.last_mut() {
                line.push(item);
            }
        }
        lines
    }

    fn line(&self, fonts: &Fonts, scene: &mut Scene, items: &[Item], left: f32, y: f32) {
        let mut x = left;
        for item in items {
            self.item(fonts, scene, item, x, y);
            x += self.item_width(fonts, item);
        }
    }

    fn item(&self, fonts: &Fonts, scene: &mut Scene, item: &Item, left: f32, y: f32) {
        let Style { size, weight } = self.style();
        if let Some((mark, share, colour)) = item.mark {
            let at = vec![[left + 6.5 * self.unit, y - 0.36 * size]];
            let radius = 6.3 * self.unit * share;
            let mut push = |mark, colour| scene.push(Marks { at: at.clone(), mark, radius, colour, class: "key".to_owned() });
            match mark {
                Mark::Tick => push(Mark::Disc, colour),
                Mark::Wheelchair => push(Mark::Square, colour),
                plain => push(plain, colour),
            }
            if matches!(mark, Mark::Tick | Mark::Wheelchair) {
                push(mark, self.palette.paper);
            }
        }
        let mut x = left + self.indent(item);
        for (text, colour) in
            [(&item.name, self.palette.ink), (&item.price, self.palette.quiet)].into_iter().filter(|(text, _)| !text.is_empty())
        {
            let text = text.clone();
            let width = fonts.width(&text, self.style());
            scene.push(Text { x, y, text, size, weight, colour, anchor: Anchor::Left, spacing: 0.0, turn: 0.0 });
            x += width + 4.0 * self.unit;
        }
    }
}
