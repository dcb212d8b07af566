//! Colours: one per tier, told apart in all kinds of colour vision, and the few that every picture shares.

use domain::TierId;

/// Opaque sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Colour(pub u8, pub u8, pub u8);

pub const PAPER: Colour = Colour(0xFF, 0xFF, 0xFF);
pub const INK: Colour = Colour(0x1B, 0x22, 0x30);
pub const QUIET: Colour = Colour(0x5F, 0x6B, 0x7E);
pub const FAINT: Colour = Colour(0x8A, 0x94, 0xA6);
pub const LINE: Colour = Colour(0xE3, 0xE7, 0xED);
pub const SOLD: Colour = Colour(0xD5, 0xDA, 0xE1);
pub const BLOCKED: Colour = Colour(0xA9, 0xB2, 0xC0);

/// The first four keep ΔE ≥ 35 between each other for protanopes, deuteranopes and tritanopes and 3.3:1 on white; the
/// others extend them by lightness and hue. Status is told by shape, so a repeated colour only repeats a price.
const TIERS: [Colour; 12] = [
    Colour(0x22, 0x22, 0xE6),
    Colour(0x17, 0x99, 0x6E),
    Colour(0x9A, 0x36, 0xB2),
    Colour(0x80, 0x00, 0x00),
    Colour(0xB4, 0x6A, 0x00),
    Colour(0x0B, 0x7F, 0xA8),
    Colour(0xD0, 0x2F, 0x6E),
    Colour(0x4B, 0x5D, 0x16),
    Colour(0x5B, 0x3F, 0xA8),
    Colour(0x0F, 0x4C, 0x5C),
    Colour(0xC2, 0x41, 0x0C),
    Colour(0x47, 0x55, 0x69),
];

/// The colour of a tier, the same in pictures, pages and live maps.
pub fn tier_colour(tier: TierId) -> Colour {
    TIERS[tier.index() % TIERS.len()]
}

impl Colour {
    /// This colour with `share` (0..=1) of itself left, the rest being `other`.
    pub fn mix(self, other: Colour, share: f32) -> Colour {
        let part = |a: u8, b: u8| (f32::from(a) * share + f32::from(b) * (1.0 - share)).round() as u8;
        Colour(part(self.0, other.0), part(self.1, other.1), part(self.2, other.2))
    }

    /// The faint tint of a band in this colour.
    pub fn tint(self) -> Colour {
        self.mix(PAPER, 0.08)
    }

    /// Relative luminance, 0..=1. Source: WCAG 2.2.
    pub fn luminance(self) -> f32 {
        let channel = |c: u8| {
            let c = f32::from(c) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(self.0) + 0.7152 * channel(self.1) + 0.0722 * channel(self.2)
    }
}

/// `#1b2230`.
impl std::fmt::Display for Colour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tier_can_be_read_on_white() {
        for index in 0..TierId::COUNT {
            let colour = tier_colour(TierId::nth(index).expect("in range"));
            let contrast = 1.05 / (colour.luminance() + 0.05);
            assert!(contrast >= 3.3, "{colour}: {contrast}");
        }
    }
}
