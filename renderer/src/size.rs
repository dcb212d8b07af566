//! How large a picture may be.

/// The widths of a seat map's picture, in pixels.
pub const MIN_WIDTH: u32 = 320;
pub const MAX_WIDTH: u32 = 4096;
/// The width that an SVG is laid out for; it scales from there.
pub const SVG_WIDTH: u32 = 1200;
/// How often larger than its scene a ticket's PNG may be.
pub const MAX_SCALE: u32 = 4;

/// The widths in which grounds are kept; every other width is drawn in the next of these and made smaller.
pub const LADDER: [u32; 12] = [320, 400, 480, 640, 800, 1000, 1200, 1600, 2000, 2400, 3200, 4096];

/// The ladder's width that a width is drawn in.
pub fn rung(width: u32) -> u32 {
    LADDER.into_iter().find(|rung| *rung >= width).unwrap_or(MAX_WIDTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_has_a_rung_not_far_above() {
        for width in MIN_WIDTH..=MAX_WIDTH {
            let rung = rung(width);
            assert!(rung >= width && rung * 2 <= width * 3, "{width}: {rung}");
        }
        assert!(LADDER.is_sorted() && LADDER[0] == MIN_WIDTH && LADDER[LADDER.len() - 1] == MAX_WIDTH);
    }
}
