//! Colours: one per tier, told apart in all kinds of colour vision, and the few that every picture of a theme shares.

use domain::TierId;

/// Opaque sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Colour(pub u8, pub u8, pub u8);

pub const PAPER: Colour = Colour(0xFF, 0xFF, 0xFF);
pub const BLUE: Colour = Colour(0x22, 0x22, 0xE6);
pub const INK: Colour = Colour(0x1B, 0x22, 0x30);
pub const FAINT: Colour = Colour(0x8A, 0x94, 0xA6);
pub const LINE: Colour = Colour(0xE3, 0xE7, 0xED);

/// Letters keep this contrast with what they stand on. Source: WCAG 2.2, 1.4.3.
const READABLE: f32 = 4.5;

/// How a picture is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Theme {
    #[default]
    Light,
    Dark,
    /// Black on white, no tints, every mark at 4.5:1 at least.
    Contrast,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::Light, Self::Dark, Self::Contrast];

    /// The theme's word in an address.
    pub fn word(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
            Self::Contrast => "contrast",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.word() == word)
    }

    pub fn palette(self) -> &'static Palette {
        match self {
            Self::Light => &LIGHT,
            Self::Dark => &DARK,
            Self::Contrast => &CONTRAST,
        }
    }
}

/// A theme's colours.
#[derive(Debug)]
pub struct Palette {
    pub paper: Colour,
    pub ink: Colour,
    /// Texts of second rank.
    pub quiet: Colour,
    /// Row letters.
    pub faint: Colour,
    pub line: Colour,
    pub sold: Colour,
    pub blocked: Colour,
    pub stage: Colour,
    pub on_stage: Colour,
    /// How much of a tier's colour its bands show.
    tint: f32,
    /// A line around every band, where tints are too little.
    pub edge: Option<Colour>,
    tiers: [Colour; 12],
}

/// The first four keep ΔE ≥ 34 between each other for protanopes, deuteranopes and tritanopes and 3.6:1 on white; the
/// others extend them by lightness and hue. Status is told by shape, so a repeated colour only repeats a price.
const LIGHT: Palette = Palette {
    paper: PAPER,
    ink: INK,
    quiet: Colour(0x5F, 0x6B, 0x7E),
    faint: Colour(0x6B, 0x76, 0x89),
    line: LINE,
    sold: Colour(0xD5, 0xDA, 0xE1),
    blocked: Colour(0xA9, 0xB2, 0xC0),
    stage: INK,
    on_stage: PAPER,
    tint: 0.09,
    edge: None,
    tiers: [
        BLUE,
        Colour(0x17, 0x99, 0x6E),
        Colour(0x9A, 0x36, 0xB2),
        Colour(0xCE, 0x47, 0x00),
        Colour(0x8A, 0x6A, 0x00),
        Colour(0x0B, 0x7F, 0xA8),
        Colour(0xD0, 0x2F, 0x6E),
        Colour(0x4B, 0x5D, 0x16),
        Colour(0x5B, 0x3F, 0xA8),
        Colour(0x0F, 0x4C, 0x5C),
        Colour(0x80, 0x00, 0x00),
        Colour(0x47, 0x55, 0x69),
    ],
};

/// The hues of the light theme, lighter; ΔE ≥ 40 between the first four.
const DARK: Palette = Palette {
    paper: Colour(0x11, 0x15, 0x1F),
    ink: Colour(0xF2, 0xF4, 0xF8),
    quiet: Colour(0xA6, 0xB0, 0xC0),
    faint: Colour(0x93, 0x9E, 0xB0),
    line: Colour(0x2B, 0x33, 0x42),
    sold: Colour(0x3A, 0x43, 0x53),
    blocked: Colour(0x5C, 0x67, 0x79),
    stage: Colour(0x2E, 0x37, 0x49),
    on_stage: Colour(0xF2, 0xF4, 0xF8),
    tint: 0.13,
    edge: None,
    tiers: [
        Colour(0x6C, 0x78, 0xFF),
        Colour(0x4B, 0xE3, 0xA0),
        Colour(0xF7, 0x9C, 0xF5),
        Colour(0xFF, 0x5A, 0x1F),
        Colour(0xE0, 0xC0, 0x3A),
        Colour(0x4F, 0xC3, 0xEC),
        Colour(0xFF, 0x7F, 0xAE),
        Colour(0xB4, 0xCC, 0x6A),
        Colour(0xB3, 0x9D, 0xF2),
        Colour(0x6F, 0xB9, 0xC8),
        Colour(0xE8, 0x86, 0x86),
        Colour(0xA9, 0xB8, 0xCC),
    ],
};

/// The light theme's hues, darker: 6:1 on white.
const CONTRAST: Palette = Palette {
    paper: PAPER,
    ink: Colour(0, 0, 0),
    quiet: Colour(0x26, 0x26, 0x26),
    faint: Colour(0x26, 0x26, 0x26),
    line: Colour(0, 0, 0),
    sold: Colour(0x76, 0x76, 0x76),
    blocked: Colour(0x4A, 0x4A, 0x4A),
    stage: Colour(0, 0, 0),
    on_stage: PAPER,
    tint: 0.0,
    edge: Some(Colour(0, 0, 0)),
    tiers: [
        Colour(0x24, 0x24, 0xE4),
        Colour(0x00, 0x6C, 0x48),
        Colour(0x84, 0x30, 0xB4),
        Colour(0x9C, 0x44, 0x00),
        Colour(0x66, 0x4E, 0x00),
        Colour(0x06, 0x5A, 0x78),
        Colour(0xA0, 0x10, 0x4C),
        Colour(0x3C, 0x4A, 0x10),
        Colour(0x48, 0x30, 0x90),
        Colour(0x0B, 0x40, 0x50),
        Colour(0x78, 0x00, 0x00),
        Colour(0x38, 0x44, 0x58),
    ],
};

/// The colour of a tier in the light theme, the same in tickets, pages and live maps.
pub fn tier_colour(tier: TierId) -> Colour {
    LIGHT.tier(tier)
}

impl Palette {
    pub fn tier(&self, tier: TierId) -> Colour {
        self.tiers[tier.index() % self.tiers.len()]
    }

    /// The faint tint of a band.
    pub fn tint(&self, colour: Colour) -> Colour {
        colour.mix(self.paper, self.tint)
    }

    /// A colour for letters on the paper: towards the ink until it can be read.
    pub fn letters(&self, colour: Colour) -> Colour {
        let towards = |step: u8| colour.mix(self.ink, 1.0 - f32::from(step) / 10.0);
        (0..10).map(towards).find(|colour| colour.contrast(self.paper) >= READABLE).unwrap_or(self.ink)
    }

    /// Ink or paper, whichever reads better on a colour.
    pub fn on(&self, colour: Colour) -> Colour {
        if self.ink.contrast(colour) >= self.paper.contrast(colour) { self.ink } else { self.paper }
    }
}

impl Colour {
    /// This colour with `share` (0..=1) of itself left, the rest being `other`.
    pub fn mix(self, other: Colour, share: f32) -> Colour {
        let part = |a: u8, b: u8| (f32::from(a) * share + f32::from(b) * (1.0 - share)).round() as u8;
        Colour(part(self.0, other.0), part(self.1, other.1), part(self.2, other.2))
    }

    /// Reads `#1b2230`.
    pub fn parse(text: &str) -> Option<Colour> {
        let digits =
            text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let part = |n: usize| u8::from_str_radix(&digits[n..n + 2], 16).ok();
        Some(Colour(part(0)?, part(2)?, part(4)?))
    }

    /// Paper or ink, whichever is read more easily on this.
    pub fn words(self) -> Colour {
        if self.contrast(PAPER) >= self.contrast(INK) { PAPER } else { INK }
    }

    /// Relative luminance, 0..=1. Source: WCAG 2.2.
    pub fn luminance(self) -> f32 {
        let channel = |c: u8| {
            let c = f32::from(c) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(self.0) + 0.7152 * channel(self.1) + 0.0722 * channel(self.2)
    }

    /// The contrast of two colours, 1..=21. Source: WCAG 2.2.
    pub fn contrast(self, other: Colour) -> f32 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
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

    fn tiers(theme: Theme) -> impl Iterator<Item = Colour> {
        (0..TierId::COUNT).map(move |index| theme.palette().tier(TierId::nth(index).expect("in range")))
    }

    #[test]
    fn colours_are_read_as_they_are_written() {
        assert_eq!(Colour::parse("#1B2230"), Some(INK));
        assert_eq!(Colour::parse(&INK.to_string()), Some(INK));
        for wrong in ["", "#", "1b2230", "#1b223", "#1b22300", "#1b223g", "#é2230"] {
            assert_eq!(Colour::parse(wrong), None, "{wrong}");
        }
        assert!((PAPER.contrast(Colour(0, 0, 0)) - 21.0).abs() < 0.01 && (INK.contrast(INK) - 1.0).abs() < 0.01);
        assert_eq!((PAPER.words(), INK.words()), (INK, PAPER));
    }

    #[test]
    fn every_tier_stands_out_from_the_paper_of_every_theme() {
        for (theme, least) in [(Theme::Light, 3.3), (Theme::Dark, 3.3), (Theme::Contrast, 6.0)] {
            for colour in tiers(theme) {
                let contrast = colour.contrast(theme.palette().paper);
                assert!(contrast >= least, "{theme:?} {colour}: {contrast}");
            }
        }
    }

    #[test]
    fn letters_can_be_read_in_every_theme() {
        for theme in Theme::ALL {
            let palette = theme.palette();
            let plain = [palette.ink, palette.quiet, palette.faint];
            for colour in tiers(theme).map(|colour| palette.letters(colour)).chain(plain) {
                let contrast = colour.contrast(palette.paper);
                assert!(contrast >= READABLE, "{theme:?} {colour}: {contrast}");
            }
            assert!(palette.on_stage.contrast(palette.stage) >= READABLE);
        }
    }

    #[test]
    fn high_contrast_lets_no_mark_fade() {
        let palette = Theme::Contrast.palette();
        for colour in [palette.sold, palette.blocked, palette.line] {
            assert!(colour.contrast(palette.paper) >= 4.5, "{colour}");
        }
    }

    #[test]
    fn words_name_themes() {
        for theme in Theme::ALL {
            assert_eq!(Theme::from_word(theme.word()), Some(theme));
        }
        assert_eq!(Theme::from_word("sepia"), None);
    }
}
