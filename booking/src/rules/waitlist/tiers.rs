//! Sets of tiers.

use domain::TierId;

/// A set of tiers, as bits by position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TierSet(u64);

impl Default for TierSet {
    fn default() -> Self {
        Self::ANY
    }
}

impl TierSet {
    /// Any tier will do.
    pub const ANY: TierSet = TierSet(u64::MAX);

    pub const NONE: TierSet = TierSet(0);

    /// Of no tier: any will do.
    pub fn of(tiers: impl IntoIterator<Item = TierId>) -> TierSet {
        let bits = tiers.into_iter().fold(0, |bits, tier| bits | 1 << tier.index());
        if bits == 0 { Self::ANY } else { TierSet(bits) }
    }

    pub fn has(self, tier: TierId) -> bool {
        self.0 & (1 << tier.index()) != 0
    }

    /// The tiers by name; none where any will do.
    pub fn tiers(self) -> Vec<TierId> {
        if self == Self::ANY { Vec::new() } else { self.named().collect() }
    }

    pub fn named(self) -> impl Iterator<Item = TierId> {
        (0..TierId::COUNT).filter_map(TierId::nth).filter(move |tier| self.has(*tier))
    }

    pub fn without(self, others: TierSet) -> TierSet {
        TierSet(self.0 & !others.0)
    }

    pub fn meets(self, others: TierSet) -> bool {
        self.0 & others.0 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_each_tier_once_and_meets_what_it_shares_one_with() {
        let set = |tiers: &[usize]| TierSet::of(tiers.iter().filter_map(|n| TierId::nth(*n)));
        assert_eq!((set(&[]), set(&[3, 3])), (TierSet::ANY, set(&[3])));
        for (others, meets) in [(&[1][..], true), (&[1, 4], true), (&[0, 2], true), (&[0, 3], false)] {
            assert_eq!(set(&[1, 2]).meets(set(others)), meets, "{others:?}");
        }
        assert!(set(&[1]).meets(TierSet::ANY) && !set(&[1]).meets(TierSet::NONE));
    }
}
