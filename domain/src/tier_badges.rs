//! The badges of one event's tiers, small enough to stand beside the badge of each event in memory.

use crate::event::{Availability, TierId};

/// What is left of each tier; of whatever tier nothing was said: available.
///
/// A letter for each other tier behind its id, in the order of ids: `1s3f` says that tier 1 is sold out and that of tier 3 few are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct TierBadges([u8; (TierId::COUNT * BITS).div_ceil(8)]);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("badges of tiers are pairs of a tier's id and one of f, h, s")]
pub struct TierBadgesError;

/// A badge takes so many.
const BITS: usize = 2;
/// What a tier on sale may be, and its letter.
const LETTERS: [(Availability, char); 3] = [(Availability::Few, 'f'), (Availability::Held, 'h'), (Availability::SoldOut, 's')];

impl TierBadges {
    /// Says what is left of a tier; what tells of the whole event only, such as that it is cancelled, is not said here.
    pub fn set(&mut self, tier: TierId, badge: Availability) {
        let bits = LETTERS.iter().position(|(known, _)| *known == badge).map_or(0, |at| at as u8 + 1);
        let (byte, shift) = place(tier);
        // its bits are clear before they are set: | and ^ say the same
        self.0[byte] = self.0[byte] & !(0b11 << shift) | bits << shift;
    }

    pub fn of(&self, tier: TierId) -> Availability {
        self.letter(tier).map_or(Availability::Available, |(badge, _)| badge)
    }

    fn letter(&self, tier: TierId) -> Option<(Availability, char)> {
        let (byte, shift) = place(tier);
        let bits = usize::from(self.0[byte] >> shift & 0b11);
        LETTERS.get(bits.checked_sub(1)?).copied()
    }
}

fn place(tier: TierId) -> (usize, usize) {
    let bit = tier.index() * BITS;
    (bit / 8, bit % 8)
}

impl std::fmt::Display for TierBadges {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for tier in (0..TierId::COUNT).filter_map(TierId::nth) {
            if let Some((_, letter)) = self.letter(tier) {
                write!(f, "{tier}{letter}")?;
            }
        }
        Ok(())
    }
}

impl std::str::FromStr for TierBadges {
    type Err = TierBadgesError;

    fn from_str(text: &str) -> Result<Self, TierBadgesError> {
        let (mut badges, mut letters) = (Self::default(), text.chars());
        while let Some(tier) = letters.next() {
            let tier = TierId::try_from(tier).map_err(|_| TierBadgesError)?;
            let letter = letters.next();
            let (badge, _) = LETTERS.iter().find(|(_, known)| Some(*known) == letter).ok_or(TierBadgesError)?;
            badges.set(tier, *badge);
        }
        Ok(badges)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tier_has_a_badge_of_its_own_and_they_are_read_as_they_were_written() {
        let all: Vec<TierId> = (0..TierId::COUNT).filter_map(TierId::nth).collect();
        let of = [Availability::Available, Availability::Few, Availability::Held, Availability::SoldOut];
        let mut badges = TierBadges::default();
        all.iter().zip(of.into_iter().cycle()).for_each(|(tier, badge)| badges.set(*tier, badge));
        assert!(all.iter().zip(of.into_iter().cycle()).all(|(tier, badge)| badges.of(*tier) == badge));
        assert_eq!(badges.to_string().parse(), Ok(badges));
        all.iter().for_each(|tier| badges.set(*tier, Availability::Available));
        assert_eq!((badges, badges.to_string().as_str()), (TierBadges::default(), ""));
    }

    #[test]
    fn a_text_that_says_no_badges_is_refused() {
        let badges: TierBadges = "3f1s".parse().expect("badges");
        assert_eq!(badges.to_string(), "1s3f");
        for wrong in ["1", "1x", "0f", "f1", "1f2", "1f ", "é"] {
            assert_eq!(wrong.parse::<TierBadges>(), Err(TierBadgesError), "{wrong}");
        }
    }
}
