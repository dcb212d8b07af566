//! Tables: rows whose seats stand around one. They get a table top with their label, and no letters at their ends.

use domain::{Row, Section};

use super::geometry::distance;
use super::polygon::Box2;
use super::sheet::Sheet;
use crate::scene::{RoundRect, Weight};
use crate::text::Style;

/// Seats may be nearer or farther than their mean by this share.
const UNEVEN: f32 = 0.15;
/// A larger circle is a hall in the round, not a table.
const MAX_PITCHES: f32 = 4.0;
/// Without company on this much of the circle (in radians) seats stand in an arc.
const WIDEST_GAP: f32 = 2.3;

/// A table top in map units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Table {
    pub centre: [f32; 2],
    /// To its seats' middles.
    pub reach: f32,
}

/// The table that a row's seats stand around.
pub fn table(row: &Row, pitch: f32) -> Option<Table> {
    let count = row.seats.len();
    if !(3..=40).contains(&count) {
        return None;
    }
    let sum = row.seats.iter().fold([0.0; 2], |[x, y], seat| [x + seat.x, y + seat.y]);
    let centre = sum.map(|sum| sum / count as f32);
    let away = |seat: &domain::Seat| distance([seat.x, seat.y], centre);
    let reach = row.seats.iter().map(away).sum::<f32>() / count as f32;
    let round = row.seats.iter().all(|seat| (away(seat) - reach).abs() <= UNEVEN * reach);
    let small = reach > 0.5 * pitch && reach <= MAX_PITCHES * pitch.max(1.0);
    (round && small && widest_gap(row, centre) < WIDEST_GAP).then_some(Table { centre, reach })
}

/// The widest angle between neighbours around a point, in radians.
fn widest_gap(row: &Row, [x, y]: [f32; 2]) -> f32 {
    let mut angles: Vec<f32> = row.seats.iter().map(|seat| (seat.y - y).atan2(seat.x - x)).collect();
    angles.sort_by(f32::total_cmp);
    let turn = std::f32::consts::TAU;
    let next = angles.iter().skip(1).copied().chain(angles.first().map(|first| first + turn));
    next.zip(&angles).map(|(next, angle)| next - angle).fold(0.0, f32::max)
}

/// Whether most of a section's rows are tables.
pub fn mostly_tables(section: &Section, pitch: f32) -> bool {
    let tables = section.rows.iter().filter(|row| table(row, pitch).is_some()).count();
    tables > 0 && tables * 2 > section.rows.len()
}

impl Sheet<'_> {
    /// Table tops with their labels.
    pub fn tables(&mut self) {
        let pitch = self.geometry.pitch;
        let rows = self.drawing.map.sections.iter().flat_map(|section| &section.rows);
        let tables: Vec<(Table, &str)> = rows.filter_map(|row| Some((table(row, pitch)?, row.label.as_str()))).collect();
        for (Table { centre, reach }, label) in tables {
            let [x, y] = self.layout.at(centre);
            let radius = (reach * self.layout.scale - self.layout.radius * 1.45).max(0.0);
            if radius < 2.0 {
                continue;
            }
            let (fill, stroke) = (self.palette.line.mix(self.palette.paper, 0.6), Some((self.palette.line, self.layout.unit)));
            let (left, top, side) = (x - radius, y - radius, 2.0 * radius);
            self.scene.push(RoundRect { x: left, y: top, width: side, height: side, radius, fill: Some(fill), stroke });
            self.taken.mark(Box2::around([x, y], radius, radius));
            let size = (radius * 0.8).min(12.0 * self.layout.unit);
            let style = Style { size, weight: Weight::SemiBold };
            if size >= 6.0 && self.fonts.width(label, style) <= 1.7 * radius {
                self.centred(label.to_owned(), [x, y + 0.36 * size], style, self.palette.quiet);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::Seat;

    use super::*;

    fn row(places: &[[f32; 2]]) -> Row {
        let seat = |(n, [x, y]): (usize, &[f32; 2])| Seat {
            number: (n + 1).to_string(),
            x: *x,
            y: *y,
            accessible: false,
            companion_of: None,
            gap_after: false,
        };
        Row { label: "7".into(), seats: places.iter().enumerate().map(seat).collect() }
    }

    #[test]
    fn seats_around_a_point_are_a_table_and_others_are_none() {
        let around: Vec<[f32; 2]> =
            (0..8).map(|n| (n as f32 * 0.785).sin_cos()).map(|(x, y)| [40.0 + 14.0 * x, 14.0 * y]).collect();
        let found = table(&row(&around), 10.0).expect("a table");
        assert!((found.centre[0] - 40.0).abs() < 0.1 && (found.reach - 14.0).abs() < 0.1);
        assert_eq!(table(&row(&around[..3]), 10.0), None, "an arc");
        let line: Vec<[f32; 2]> = (0..8).map(|n| [n as f32 * 10.0, 0.0]).collect();
        assert_eq!(table(&row(&line), 10.0), None, "a row");
        let wide: Vec<[f32; 2]> = around.iter().map(|[x, y]| [x * 9.0, y * 9.0]).collect();
        assert_eq!(table(&row(&wide), 10.0), None, "a hall in the round");
        assert_eq!(table(&row(&[[0.0; 2]; 5]), 10.0), None, "all in one place");
    }
}
