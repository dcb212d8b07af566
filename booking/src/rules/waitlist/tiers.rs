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
