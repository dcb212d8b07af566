//! How much is left of each tier: told by rows and areas, which are counted with every change.

use domain::{Availability, TierBadges, TierId};

use crate::rules::inventory::Inventory;

/// Places of one tier.
#[derive(Clone, Copy, Default)]
struct Places {
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
        let mut tiers = [Places::default(); TierId::COUNT];
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
