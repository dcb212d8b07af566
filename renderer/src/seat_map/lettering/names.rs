//! Names of blocks beside their rows, where seats are drawn one by one.

use domain::Section;

use crate::palette::Colour;
use crate::scene::{Text, Weight};
use crate::seat_map::geometry::distance;
use crate::seat_map::occupancy::Occupancy;
use crate::seat_map::polygon::{Box2, extent};
use crate::seat_map::sheet::{Sheet, centred};
use crate::seat_map::short::short_names;
use crate::text::{Style, clean};

/// A section's middle in front of its first row and behind its last, and the way from the one to the other.
struct Ends {
    front: [f32; 2],
    back: [f32; 2],
    way: [f32; 2],
    /// Nobody sits behind it.
    outer: bool,
}

/// The middle of a name, and how it is turned.
struct NamePose {
    at: [f32; 2],
    turn: f32,
}

impl NamePose {
    fn corners(&self, [wide, high]: [f32; 2]) -> [[f32; 2]; 4] {
        let (sin, cos) = self.turn.to_radians().sin_cos();
        let corner = |x: f32, y: f32| [self.at[0] + x * cos - y * sin, self.at[1] + x * sin + y * cos];
        [corner(-wide, -high), corner(wide, -high), corner(wide, high), corner(-wide, high)]
    }

    /// The text turns around its baseline, which stands below its middle.
    fn text(&self, name: String, style: Style, colour: Colour) -> Text {
        let (sin, cos) = self.turn.to_radians().sin_cos();
        let down = 0.36 * style.size;
        Text { turn: self.turn, ..centred(name, [self.at[0] - down * sin, self.at[1] + down * cos], style, colour) }
    }
}

/// The turn of a text along rows that lie across `way`, never upside down.
fn along([x, y]: [f32; 2]) -> f32 {
    let turn = y.atan2(x).to_degrees() + 90.0;
    let turn = (turn + 90.0).rem_euclid(180.0) - 90.0;
    if turn.abs() < 1.0 { 0.0 } else { turn }
}

impl Sheet<'_> {
    /// Names all blocks with numbers before their first or behind their last row, in the largest letters that fit all of them.
    pub fn block_names(&mut self) {
        let sections: Vec<&Section> = self.drawing.map.sections.iter().collect();
        if !self.geometry.numbered {
            return;
        }
        let whole: Vec<String> = sections.iter().map(|section| clean(&section.label)).collect();
        let Some(short) = short_names(&whole) else { return };
        let ends: Vec<Option<Ends>> = sections.iter().map(|section| self.ends(section)).collect();
        let wanted = ends.iter().flatten().count();
        let unit = self.layout.unit;
        let sizes = [11.0, 10.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.2].map(|size| (size * unit).max(4.5));
        let tries = [&whole, &short].into_iter().flat_map(|names| sizes.map(|size| (names, size)));
        // whole names are welcome while they are large, their numbers at any size
        let tries = tries.filter(|(names, size)| std::ptr::eq(*names, &short) || *size >= 9.0 * unit);
        let mut best: Option<(Vec<Text>, Occupancy)> = None;
        for (names, size) in tries {
            let tried = self.placed(names, &ends, size);
            if best.as_ref().is_none_or(|best| tried.0.len() > best.0.len()) {
                let all = tried.0.len() == wanted;
                best = Some(tried);
                if all {
                    break;
                }
            }
        }
        let Some((texts, taken)) = best else { return };
        self.taken = taken;
        texts.into_iter().for_each(|text| self.scene.push(text));
    }

    /// The names that find room at a size, upright or along their rows, and what is taken then.
    fn placed(&self, names: &[String], ends: &[Option<Ends>], size: f32) -> (Vec<Text>, Occupancy) {
        let style = Style { size, weight: Weight::SemiBold };
        let (mut texts, mut taken) = (Vec::new(), self.taken.clone());
        for (name, ends) in names.iter().zip(ends) {
            let Some(ends) = ends else { continue };
            let half = [self.fonts.width(name, style) / 2.0 + 1.0, size * 0.4];
            let places = [0.0, along(ends.way)].into_iter().flat_map(|turn| self.beside(ends, half, turn));
            if let Some(place) = places.into_iter().find(|place| self.has_room(&taken, &place.corners(half))) {
                taken.mark_polygon(&place.corners(half));
                texts.push(place.text(name.clone(), style, self.palette.quiet));
            }
        }
        (texts, taken)
    }

    fn has_room(&self, taken: &Occupancy, corners: &[[f32; 2]; 4]) -> bool {
        let room = extent(corners);
        let inside = room.left > 2.0 && room.right < self.layout.width - 2.0 && room.bottom < self.layout.map_bottom - 4.0;
        inside && taken.is_free_polygon(corners)
    }

    /// Places for a box beside a section: close to its rows first, on the outer side where nobody sits behind it.
    fn beside(&self, ends: &Ends, half: [f32; 2], turn: f32) -> Vec<NamePose> {
        let [x, y] = ends.way;
        let (sin, cos) = turn.to_radians().sin_cos();
        let deep = (x * cos + y * sin).abs() * half[0] + (y * cos - x * sin).abs() * half[1];
        let reach = self.layout.pitch * 0.5 + 1.0 + deep;
        let away = |[from_x, from_y]: [f32; 2], far: f32| NamePose { at: [from_x + x * far, from_y + y * far], turn };
        let steps = [0.45, 0.25, 0.12, 0.0, 0.8].map(|step| step * self.layout.pitch + reach);
        let front = steps.map(|far| away(ends.front, -far));
        let back = steps.map(|far| away(ends.back, far));
        if ends.outer { back.into_iter().chain(front).collect() } else { front.into_iter().chain(back).collect() }
    }

    fn ends(&self, section: &Section) -> Option<Ends> {
        let rows: Vec<_> = section.rows.iter().filter(|row| !row.seats.is_empty()).collect();
        let (first, last) = (rows.first()?, rows.last()?);
        let middle = |seats: &[domain::Seat]| {
            let (from, to) = (&seats[0], &seats[seats.len() - 1]);
            let (seat, twin) = (&seats[seats.len() / 2], &seats[(seats.len() - 1) / 2]);
            // straight rows have their middle between their ends, bent ones at their middle seats
            let centre = [(from.x + to.x) / 2.0, (from.y + to.y) / 2.0];
            let bent = [(seat.x + twin.x) / 2.0, (seat.y + twin.y) / 2.0];
            self.layout.at(if distance(centre, bent) <= self.geometry.pitch { centre } else { bent })
        };
        let (front, back) = (middle(&first.seats), middle(&last.seats));
        let long = distance(front, back);
        let way = if long > 0.01 { [(back[0] - front[0]) / long, (back[1] - front[1]) / long] } else { [0.0, 1.0] };
        let ahead = [back[0] + way[0] * 4.0 * self.layout.pitch, back[1] + way[1] * 4.0 * self.layout.pitch];
        let outer = self.taken.is_free(Box2::around(ahead, self.layout.pitch, self.layout.pitch));
        Some(Ends { front, back, way, outer })
    }
}
