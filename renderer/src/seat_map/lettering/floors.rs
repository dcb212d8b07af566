//! Names of floors, in a house of several.

use domain::floors::Floor;

use crate::scene::Weight;
use crate::seat_map::geometry::AROUND;
use crate::seat_map::polygon::Box2;
use crate::seat_map::sheet::Sheet;
use crate::text::{Style, clean, fit};

impl Sheet<'_> {
    /// Names each floor above its seats, or below them: where nothing stands, in the largest letters that find room.
    pub fn floor_names(&mut self) {
        let drawing = self.drawing;
        for Floor { name, bounds } in drawing.map.floors() {
            let Some([left, top, right, bottom]) = bounds.filter(|_| !name.is_empty()) else { continue };
            let ([left, top], [right, bottom]) = (self.layout.at([left, top]), self.layout.at([right, bottom]));
            let edge = AROUND * self.layout.pitch;
            let around = Box2 { left: left - edge, top: top - edge, right: right + edge, bottom: bottom + edge };
            let sizes = [15.0, 13.0, 11.0, 9.5].map(|size| size * self.layout.unit);
            if let Some((text, at, style)) = sizes.into_iter().find_map(|size| self.floor_name(&clean(name), around, size)) {
                self.centred(text, at, style, self.palette.ink);
            }
        }
    }

    /// A place for a floor's name in letters of a size, and takes it.
    fn floor_name(&mut self, name: &str, around: Box2, size: f32) -> Option<(String, [f32; 2], Style)> {
        let style = Style { size, weight: Weight::SemiBold };
        let widest = self.layout.width - 2.0 * self.layout.side;
        let text = fit(self.fonts, name, style, widest);
        let half = self.fonts.width(&text, style) / 2.0;
        let within =
            |x: f32| x.clamp(self.layout.side + half, (self.layout.width - self.layout.side - half).max(self.layout.side + half));
        let across = [around.left + half, (around.left + around.right) / 2.0, around.right - half].map(within);
        let heights = [around.top - 0.7 * size, around.bottom + 0.7 * size];
        let places = heights.into_iter().flat_map(|y| across.map(|x| [x, y]));
        let room = |at: [f32; 2]| Box2::around(at, half + 2.0, 0.55 * size);
        let at = places.into_iter().find(|at| {
            let room = room(*at);
            room.top > 0.0 && room.bottom < self.layout.map_bottom - 2.0 && self.taken.is_free(room)
        })?;
        self.taken.mark(room(at));
        Some((text, [at[0], at[1] + 0.36 * size], style))
    }
}
