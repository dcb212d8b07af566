//! What can be given to a party: seats by tier, and areas one by one. A hold has seats or places of one area, never both.

use domain::TierId;

use crate::rules::waitlist::tiers::TierSet;

/// How many places there are: seats by tier, areas with theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Supply {
    seats: [u32; TierId::COUNT],
    areas: Vec<(TierId, u32)>,
}

impl Supply {
    pub fn none() -> Supply {
        Supply { seats: [0; TierId::COUNT], areas: Vec::new() }
    }

    pub fn add_seats(&mut self, tier: TierId, more: u32) {
        self.seats[tier.index()] += more;
    }

    pub fn add_area(&mut self, tier: TierId, places: u32) {
        self.areas.push((tier, places));
    }

    /// Whether a hold of so many places of these tiers can be made of it.
    pub fn fits(&self, tiers: TierSet, size: u32) -> bool {
        self.fits_beside(tiers, TierSet::NONE, size)
    }

    /// As [`Supply::fits`], leaving alone what is kept for others.
    pub fn fits_beside(&self, tiers: TierSet, kept: TierSet, size: u32) -> bool {
        let tiers = tiers.without(kept);
        let seats: u32 = tiers.named().map(|tier| self.seats[tier.index()]).sum();
        seats >= size || self.areas.iter().any(|(tier, places)| *places >= size && tiers.has(*tier))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tier(n: usize) -> TierId {
        TierId::nth(n).expect("a tier")
    }

    #[test]
    fn seats_of_several_tiers_add_up_and_areas_stand_alone() {
        let mut supply = Supply::none();
        supply.add_seats(tier(0), 2);
        supply.add_seats(tier(1), 1);
        supply.add_area(tier(1), 4);
        supply.add_area(tier(2), 2);
        let set = |tiers: &[usize]| TierSet::of(tiers.iter().map(|n| tier(*n)));
        for (tiers, size, fits) in [
            (&[][..], 4, true),
            (&[], 5, false),
            (&[0], 2, true),
            (&[0], 3, false),
            (&[0, 1], 4, true),
            (&[0, 2], 3, false),
            (&[2], 2, true),
            (&[7], 1, false),
        ] {
            assert_eq!(supply.fits(set(tiers), size), fits, "{tiers:?} {size}");
        }
        assert!(supply.fits_beside(TierSet::ANY, set(&[1]), 2) && !supply.fits_beside(TierSet::ANY, set(&[1]), 3));
        assert!(!supply.fits_beside(set(&[0]), TierSet::ANY, 1), "all of it is kept");
        assert_eq!((set(&[2, 0]).tiers(), TierSet::ANY.tiers()), (vec![tier(0), tier(2)], vec![]));
    }
}
