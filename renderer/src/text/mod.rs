//! Text in a picture: the fonts that shape and measure it, how it is set, and what of it has room.

mod fitting;
mod fonts;
mod style;

pub use fitting::{clean, fit, is_rtl, wrap};
pub use fonts::{FAMILIES, Fonts, Glyph};
pub use style::Style;
