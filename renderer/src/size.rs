//! How large a picture may be.

/// The widths of a seat map's picture, in pixels.
pub const MIN_WIDTH: u32 = 320;
pub const MAX_WIDTH: u32 = 4096;
/// The width that an SVG is laid out for; it scales from there.
pub const SVG_WIDTH: u32 = 1200;
/// How often larger than its scene a ticket's PNG may be.
pub const MAX_SCALE: u32 = 4;
