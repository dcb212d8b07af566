//! How one seat is drawn: status by shape, price by colour. What is sold recedes; what is free carries the colour.

use domain::TierId;

use crate::drawing::SeatState;
use crate::palette::{Colour, Palette};
use crate::scene::Mark;

/// Icons inside seats need a seat of this radius.
const MIN_ICON_RADIUS: f32 = 5.0;

/// What a seat looks like; sold and blocked seats look alike in all tiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SeatLook {
    pub state: SeatState,
    pub tier: TierId,
    pub accessible: bool,
}

impl SeatLook {
    pub fn of(state: SeatState, tier: TierId, accessible: bool) -> Self {
        let first = TierId::nth(0).unwrap_or(tier);
        match state {
            SeatState::Available | SeatState::Held => Self { state, tier, accessible },
            SeatState::Sold => Self { state, tier: first, accessible },
            SeatState::Blocked => Self { state, tier: first, accessible: false },
        }
    }

    /// Its place in a table of all looks.
    pub fn number(self) -> usize {
        (self.state as usize * TierId::COUNT + self.tier.index()) * 2 + usize::from(self.accessible)
    }

    /// How many there can be.
    pub const COUNT: usize = 4 * TierId::COUNT * 2;

    /// The mark, its size as a share of a free seat's, and its colour.
    pub fn mark(self, palette: &Palette) -> (Mark, f32, Colour) {
        let colour = palette.tier(self.tier);
        match (self.state, self.accessible) {
            (SeatState::Available, false) => (Mark::Disc, 1.0, colour),
            (SeatState::Available, true) => (Mark::Square, 1.0, colour),
            (SeatState::Held, false) => (Mark::Ring, 0.97, colour),
            (SeatState::Held, true) => (Mark::SquareRing, 0.97, colour),
            (SeatState::Sold, false) => (Mark::Disc, 0.62, palette.sold),
            (SeatState::Sold, true) => (Mark::Square, 0.66, palette.sold),
            (SeatState::Blocked, _) => (Mark::Cross, 0.72, palette.blocked),
        }
    }

    /// The mark at the origin as one or two marks: a free wheelchair space has its sign inside.
    pub fn marks(self, palette: &Palette, radius: f32) -> Vec<(Mark, f32, Colour)> {
        let (mark, share, colour) = self.mark(palette);
        let sign = self.state == SeatState::Available && self.accessible && radius >= MIN_ICON_RADIUS;
        let sign = sign.then_some((Mark::Wheelchair, radius * 0.92, palette.paper));
        std::iter::once((mark, radius * share, colour)).chain(sign).collect()
    }

    pub fn class(self) -> String {
        let tier = self.tier;
        match self.state {
            SeatState::Available => format!("t{tier} available{}", if self.accessible { " accessible" } else { "" }),
            SeatState::Held => format!("t{tier} held{}", if self.accessible { " accessible" } else { "" }),
            SeatState::Sold => "sold".to_owned(),
            SeatState::Blocked => "blocked".to_owned(),
        }
    }
}
