//! The viewer's own seats, and the call-out over them.

use domain::seat_map::SeatAt;

use super::layout::Layout;
use super::sheet::centred;
use crate::drawing::SeatMapDrawing;
use crate::palette::Palette;
use crate::scene::{Mark, Marks, Path, PathCommand, RoundRect, Shape, Weight};
use crate::text::{Fonts, Style};

/// The viewer's seats as dark discs with a tick, and what they are and cost.
pub fn shapes(fonts: &Fonts, drawing: &SeatMapDrawing, layout: &Layout, palette: &Palette) -> Vec<Shape> {
    let mut wanted = drawing.selected.clone();
    wanted.sort_unstable();
    wanted.dedup();
    let chosen: Vec<SeatAt<'_>> = match wanted.is_empty() {
        true => return Vec::new(),
        false => drawing.map.seats().filter(|seat| wanted.binary_search(&seat.index).is_ok()).collect(),
    };
    if chosen.is_empty() {
        return Vec::new();
    }
    let places: Vec<[f32; 2]> = chosen.iter().map(|seat| layout.at([seat.seat.x, seat.seat.y])).collect();
    let radius = (layout.radius * 1.22).max(3.2 * layout.unit);
    let marks = |mark, colour| Shape::Marks(Marks { at: places.clone(), mark, radius, colour, class: "selected".to_owned() });
    let mut shapes = vec![marks(Mark::Disc, palette.ink), marks(Mark::Tick, palette.paper)];
    let said = [where_they_are(&chosen), what_they_cost(drawing, &chosen)];
    shapes.extend(call_out(fonts, &said, layout, palette, &places));
    shapes
}

fn call_out(fonts: &Fonts, [first, second]: &[String; 2], layout: &Layout, palette: &Palette, places: &[[f32; 2]]) -> [Shape; 4] {
    let (unit, ink) = (layout.unit, palette.ink);
    let (bold, plain) =
        (Style { size: 12.0 * unit, weight: Weight::SemiBold }, Style { size: 11.0 * unit, weight: Weight::Regular });
    let text_width = fonts.width(first, bold).max(fonts.width(second, plain));
    let (width, height) = (text_width + 32.0 * unit, if second.is_empty() { 26.0 } else { 40.0 } * unit);
    let middle = places.iter().map(|place| place[0]).sum::<f32>() / places.len() as f32;
    let radius = (layout.radius * 1.22).max(3.2 * unit);
    let top = places.iter().map(|place| place[1]).fold(f32::MAX, f32::min) - radius - 7.0 * unit;
    let x = middle.clamp(width / 2.0 + 4.0, (layout.width - width / 2.0 - 4.0).max(width / 2.0 + 4.0));
    let tip = [[middle - 6.0 * unit, top - 1.0], [middle + 6.0 * unit, top - 1.0], [middle, top + 5.0 * unit]];
    let (left, y) = (x - width / 2.0, top - height);
    let commands = vec![PathCommand::Move(tip[0]), PathCommand::Line(tip[1]), PathCommand::Line(tip[2]), PathCommand::Close];
    [
        RoundRect { x: left, y, width, height, radius: 6.0 * unit, fill: Some(ink), stroke: None }.into(),
        Path { commands, fill: Some(ink), stroke: None }.into(),
        centred(first.clone(), [x, y + 17.0 * unit], bold, palette.paper).into(),
        centred(second.clone(), [x, y + 31.5 * unit], plain, palette.paper.mix(ink, 0.75)).into(),
    ]
}

/// `3 × A$75 = A$225`; only the sum when prices differ; empty when a price is unknown.
fn what_they_cost(drawing: &SeatMapDrawing, chosen: &[SeatAt<'_>]) -> String {
    let price = |seat: &SeatAt<'_>| {
        let tier = drawing.tier(seat.index as usize, seat.section);
        drawing.tiers.iter().find(|known| known.id == tier).map(|tier| tier.price)
    };
    let Some(prices) = chosen.iter().map(price).collect::<Option<Vec<_>>>() else { return String::new() };
    let sum = prices[1..].iter().try_fold(prices[0], |sum, price| sum.checked_add(*price));
    match sum {
        Some(sum) if prices.len() == 1 => sum.to_string(),
        Some(sum) if prices.iter().all(|price| *price == prices[0]) => format!("{} × {} = {sum}", prices.len(), prices[0]),
        Some(sum) => sum.to_string(),
        None => String::new(),
    }
}
/// `Row H · seats 27–29`, or how many when they stand in several rows.
fn where_they_are(chosen: &[SeatAt<'_>]) -> String {
    let (first, last) = (&chosen[0], &chosen[chosen.len() - 1]);
    let one_row = chosen.iter().all(|seat| std::ptr::eq(seat.row, first.row));
    let run = last.index - first.index + 1 == chosen.len() as u32;
    match (chosen.len(), one_row) {
        (1, _) => format!("Row {} · seat {}", first.row.label, first.seat.number),
        (_, true) if run => format!("Row {} · seats {}–{}", first.row.label, first.seat.number, last.seat.number),
        (count, true) => format!("Row {} · {count} seats", first.row.label),
        (count, false) => format!("{count} seats"),
    }
}
