//! How much is left of each tier: told by rows and areas, which are counted with every change.

use domain::{Availability, TierBadges, TierId};

use crate::rules::inventory::Inventory;

/// Places of one tier.
#[derive(Clone, Copy, Default)]
struct TierPlaces {
    available: u32,
    held: u32,
    capacity: u32,
}

impl Inventory {
    /// The badge of each tier, by what makes its event's.
    ///
    /// Cost      a look at each row and each area, at none of the seats.
    pub fn tier_badges(&self) -> TierBadges {
        let (terms, house) = (&self.terms, &self.terms.house);
        let mut tiers = [TierPlaces::default(); TierId::COUNT];
        let mut add = |tier: TierId, available: u32, held: u32, capacity: u32| {
            let places = &mut tiers[tier.index()];
            places.available += available;
            places.held += held;
            places.capacity += capacity;
        };
        for (section, tier) in house.sections.iter().zip(&terms.section_tiers) {
            for row in section.rows.clone().map(|row| row as usize) {
                add(*tier, self.free_in_row[row], self.held_in_row[row], house.rows[row].seats.len() as u32);
            }
        }
        for (area, tier) in self.areas.iter().zip(&terms.area_tiers) {
            add(*tier, area.free(), area.held, area.capacity);
        }
        let mut badges = TierBadges::default();
        let sold = (0..).map_while(TierId::nth).zip(tiers).filter(|(_, places)| places.capacity > 0);
        sold.for_each(|(tier, places)| badges.set(tier, Availability::of(places.available, places.held, places.capacity)));
        badges
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::Availability::{Available, Few, Held, SoldOut};
    use domain::{BuyerId, HoldId};

    use super::*;
    use crate::fixture::{map, noon, terms};
    use crate::rules::change::{Change, Hold, Taken};

    /// Two rows of ten in tier 1, a floor of twenty in tier 2.
    #[test]
    fn each_tier_says_what_is_left_of_its_own_places() {
        let table = [
            ((0, 0), (0, 0), (Available, Available)),
            ((17, 0), (17, 0), (Available, Available)),
            ((18, 0), (0, 18), (Few, Few)),
            ((10, 8), (18, 0), (Few, Few)),
            ((10, 10), (20, 0), (Held, SoldOut)),
            ((20, 0), (10, 10), (SoldOut, Held)),
            ((0, 20), (0, 20), (Held, Held)),
        ];
        for (seats, floor, badges) in table {
            let mut inventory = Inventory::new(Arc::new(terms(&map(2, 10, 20))));
            let places = |seats: std::ops::Range<u32>, area| Taken { seats: seats.collect(), area: Some((0, area)) };
            inventory.apply(&Change::Blocked(places(0..seats.0, floor.0))).expect("blocked");
            let taken = places(seats.0..seats.0 + seats.1, floor.1);
            let hold = Hold { id: HoldId::at(noon()), buyer: BuyerId::at(noon()), until: noon(), taken, pass: None };
            inventory.apply(&Change::Held(Arc::new(hold))).expect("held");
            let told = inventory.tier_badges();
            let of = |n| told.of(TierId::nth(n).expect("a tier"));
            assert_eq!(((of(0), of(1)), of(2)), (badges, Available), "{seats:?} {floor:?}; no places are of tier 3");
        }
    }
}
