//! Whether tiers fit a seat map: every section and area has a price, and no override points to nothing.

use std::collections::{BTreeMap, HashSet};

use domain::{Invalid, SeatMap, Tier, TierId};

/// Checks an event's tiers against its seat map.
///
/// Takes     `map`: `None` while the event has none; then no override is allowed.
pub(super) fn fit(map: Option<&SeatMap>, tiers: &[Tier], tier_of: &BTreeMap<String, TierId>) -> Result<(), Invalid> {
    let known: HashSet<TierId> = tiers.iter().map(|tier| tier.id).collect();
    let parts: Vec<(&str, TierId)> = map.map(parts).unwrap_or_default();
    let ids: HashSet<&str> = parts.iter().map(|(id, _)| *id).collect();
    for (part, tier) in tier_of {
        let field = format!("tier_of.{part}");
        if !ids.contains(part.as_str()) {
            return Err(Invalid::new(field, "the event's seat map has no such section or area"));
        }
        if !known.contains(tier) {
            return Err(Invalid::new(field, format!("there is no tier {tier}")));
        }
    }
    let tier = |(part, tier): &(&str, TierId)| tier_of.get(*part).copied().unwrap_or(*tier);
    match parts.iter().find(|part| !tiers.is_empty() && !known.contains(&tier(part))) {
        Some(part) => Err(Invalid::new("tiers", format!("{:?} of the seat map needs tier {}", part.0, tier(part)))),
        None => Ok(()),
    }
}

fn parts(map: &SeatMap) -> Vec<(&str, TierId)> {
    let sections = map.sections.iter().map(|section| (section.id.as_str(), section.tier));
    sections.chain(map.areas.iter().map(|area| (area.id.as_str(), area.tier))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Money;

    fn tier(index: usize) -> TierId {
        TierId::nth(index).expect("a tier")
    }

    fn tiers(count: usize) -> Vec<Tier> {
        let price = |n: usize| Money::new(1_000 * n as i64, "AUD".parse().expect("a currency"));
        (0..count).map(|n| Tier { id: tier(n), name: format!("Tier {n}"), price: price(n) }).collect()
    }

    #[test]
    fn every_part_of_a_map_needs_a_price() {
        let map = SeatMap::general("Hall", 10);
        let of = |part: &str, index: usize| BTreeMap::from([(part.to_owned(), tier(index))]);
        type Case<'a> = (Option<&'a SeatMap>, usize, BTreeMap<String, TierId>, Option<&'a str>);
        let table: [Case<'_>; 7] = [
            (Some(&map), 1, BTreeMap::new(), None),
            (Some(&map), 0, BTreeMap::new(), None),
            (Some(&map), 2, of("general", 1), None),
            (Some(&map), 1, of("general", 1), Some("tier_of.general")),
            (Some(&map), 1, of("stalls", 0), Some("tier_of.stalls")),
            (None, 1, of("general", 0), Some("tier_of.general")),
            (None, 1, BTreeMap::new(), None),
        ];
        for (map, count, tier_of, field) in table {
            let refused = fit(map, &tiers(count), &tier_of).err().map(|invalid| invalid.field);
            assert_eq!(refused.as_deref(), field, "{count} tiers, {tier_of:?}");
        }
    }

    #[test]
    fn a_section_whose_tier_is_missing_is_named() {
        let map = SeatMap::general("Hall", 10);
        let only_second = &tiers(2)[1..];
        assert_eq!(fit(Some(&map), only_second, &BTreeMap::new()).expect_err("no tier 1").field, "tiers");
    }
}
