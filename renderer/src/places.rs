//! A sheet of places without numbers: one mark a place, in rows, the sold ones filled.
//!
//! Up to [`SINGLE`] places each mark is an element of its own. Beyond, a row of marks is one dashed line whose round dashes are the
//! marks, so that the bytes follow the number of rows: a million places are some twenty kilobytes.

use std::fmt::Write as _;

/// The most places that are elements of their own.
const SINGLE: u32 = 10_000;
/// Pixels from one mark to the next, and from the edge to the middle of the first.
const PITCH: u64 = 12;
const RADIUS: u64 = 4;
/// A wider sheet is shown smaller.
const SHOWN_WIDTH: u64 = 1_200;
/// Marks beside each other for each one below.
const WIDER: f64 = 1.5;

/// Draws a sheet.
///
/// Takes     `sold`: the first places are filled; more than there are is all of them.  `desc`: the text of `<desc>`, as data.
/// Cost      about 35 bytes a place up to `SINGLE`, 20 a row beyond; below a millisecond up to a million places.
pub fn places_svg(capacity: u32, sold: u32, desc: &str) -> String {
    let sheet = MarkGrid::of(capacity);
    let mut svg = String::with_capacity(1_024 + 36 * capacity.min(SINGLE) as usize);
    sheet.begin(&mut svg, desc);
    let sold = sold.min(capacity);
    if capacity <= SINGLE {
        sheet.elements(&mut svg, "fill=\"#1b2230\"", 0..sold);
        sheet.elements(&mut svg, "fill=\"none\" stroke=\"#2222e6\"", sold..capacity);
    } else {
        sheet.dashes(&mut svg, "#1b2230", 2 * RADIUS + 1, 0..sold);
        sheet.dashes(&mut svg, "#2222e6", 2 * RADIUS + 1, sold..capacity);
        // what is free is a ring: white within
        sheet.dashes(&mut svg, "#fff", 2 * RADIUS - 1, sold..capacity);
    }
    svg.push_str("</svg>\n");
    svg
}

/// How the marks stand.
struct MarkGrid {
    columns: u64,
    rows: u64,
}

impl MarkGrid {
    fn of(capacity: u32) -> Self {
        let columns = (f64::from(capacity) * WIDER).sqrt().ceil().max(1.0) as u64;
        Self { columns, rows: u64::from(capacity).div_ceil(columns).max(1) }
    }

    fn begin(&self, svg: &mut String, desc: &str) {
        let (width, height) = (self.columns * PITCH + PITCH, self.rows * PITCH + PITCH);
        let shown = width.min(SHOWN_WIDTH);
        let shown_height = (height * shown).div_ceil(width);
        put(svg, format_args!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\""));
        put(svg, format_args!(" width=\"{shown}\" height=\"{shown_height}\" role=\"img\">\n<title>Places</title>\n<desc>"));
        for c in desc.chars() {
            match c {
                '&' => svg.push_str("&amp;"),
                '<' => svg.push_str("&lt;"),
                '>' => svg.push_str("&gt;"),
                c => svg.push(c),
            }
        }
        put(svg, format_args!("</desc>\n<path fill=\"#fff\" d=\"M0 0h{width}v{height}H0z\"/>\n"));
    }

    fn elements(&self, svg: &mut String, paint: &str, places: std::ops::Range<u32>) {
        put(svg, format_args!("<g {paint}>\n"));
        for place in places {
            let (column, row) = (u64::from(place) % self.columns, u64::from(place) / self.columns);
            put(svg, format_args!("<circle cx=\"{}\" cy=\"{}\" r=\"{RADIUS}\"/>\n", middle(column), middle(row)));
        }
        svg.push_str("</g>\n");
    }

    /// One dash a place. A line is a little longer than to its last dash, which rounding could lose; the rest falls into a gap.
    fn dashes(&self, svg: &mut String, colour: &str, width: u64, places: std::ops::Range<u32>) {
        if places.is_empty() {
            return;
        }
        put(svg, format_args!("<path fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\" stroke-linecap=\"round\""));
        put(svg, format_args!(" stroke-dasharray=\".01 {}.99\" d=\"", PITCH - 1));
        let (mut at, end) = (u64::from(places.start), u64::from(places.end));
        while at < end {
            let (column, row) = (at % self.columns, at / self.columns);
            let marks = (self.columns - column).min(end - at);
            put(svg, format_args!("M{} {}h{}", middle(column), middle(row), (marks - 1) * PITCH + 1));
            at += marks;
        }
        svg.push_str("\"/>\n");
    }
}

fn middle(at: u64) -> u64 {
    at * PITCH + PITCH
}

fn put(svg: &mut String, text: std::fmt::Arguments<'_>) {
    svg.write_fmt(text).unwrap_or_else(|_| unreachable!("a string takes everything"));
}

#[cfg(test)]
mod tests {
    use super::*;

    use resvg::tiny_skia::{Pixmap, Transform};
    use resvg::usvg;

    /// What another program makes of a sheet, at twice its full size: a ring is two pixels wide then.
    fn painted(svg: &str) -> Pixmap {
        let tree = usvg::Tree::from_str(svg, &usvg::Options::default()).expect("an SVG");
        let (width, height) = viewed(svg);
        let mut pixels = Pixmap::new(2 * width, 2 * height).expect("a canvas");
        let scale = 2.0 * width as f32 / tree.size().width();
        resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
        pixels
    }

    fn viewed(svg: &str) -> (u32, u32) {
        let size = svg.split("viewBox=\"0 0 ").nth(1).and_then(|rest| rest.split('"').next()).expect("a view box");
        let (width, height) = size.split_once(' ').expect("two numbers");
        (width.parse().expect("a number"), height.parse().expect("a number"))
    }

    /// Filled, free and missing marks at the places of a grid, and what stands beyond them.
    fn marks(capacity: u32, pixels: &Pixmap) -> [u32; 4] {
        let sheet = MarkGrid::of(capacity);
        let mut found = [0_u32; 4];
        for place in 0..sheet.columns * sheet.rows {
            let (x, y) = (middle(place % sheet.columns) as u32, middle(place / sheet.columns) as u32);
            let dark = |x, y| pixels.pixel(x, y).is_some_and(|pixel| pixel.red() < 128);
            let kind = match (dark(2 * x, 2 * y), dark(2 * (x + RADIUS as u32), 2 * y)) {
                (true, _) => 0,
                (false, true) => 1,
                (false, false) => 2,
            };
            found[if kind < 2 && place >= u64::from(capacity) { 3 } else { kind }] += 1;
        }
        let rest = (sheet.columns * sheet.rows) as u32 - capacity;
        found[2] = found[2].saturating_sub(rest);
        found
    }

    #[test]
    fn one_mark_is_drawn_for_each_place_and_the_sold_ones_are_filled() {
        for (capacity, sold) in [(1, 0), (1, 1), (50, 17), (SINGLE, 3), (SINGLE + 1, 0), (SINGLE + 1, 4_321), (20_000, 20_000)] {
            let svg = places_svg(capacity, sold, "d");
            assert_eq!(marks(capacity, &painted(&svg)), [sold, capacity - sold, 0, 0], "{sold} of {capacity}");
        }
    }

    #[test]
    fn each_place_is_an_element_as_long_as_they_are_few() {
        let svg = places_svg(600, 250, "id|600|250");
        let (sold, free) = svg.split_once("fill=\"none\"").expect("both kinds");
        assert_eq!((sold.matches("<circle").count(), free.matches("<circle").count()), (250, 350));
        assert!(svg.contains("<desc>id|600|250</desc>"));
    }

    #[test]
    fn bytes_are_bounded_whatever_is_asked() {
        for (capacity, most) in [(0, 1_000), (SINGLE, 450_000), (60_000, 20_000), (1_000_000, 60_000), (u32::MAX, 5_000_000)] {
            for sold in [0, capacity / 3, capacity, u32::MAX] {
                let svg = places_svg(capacity, sold, "d");
                assert!(svg.len() < most, "{sold} of {capacity}: {} bytes", svg.len());
                usvg::Tree::from_str(&svg, &usvg::Options::default()).expect("an SVG");
            }
        }
    }

    #[test]
    fn a_description_is_data() {
        let svg = places_svg(0, 0, "a & b </desc><script>");
        assert!(svg.contains("<desc>a &amp; b &lt;/desc&gt;&lt;script&gt;</desc>"), "{svg}");
    }
}
