//! What questions of one form have cost lately. A form is a question without its values: which filters, facets and order it has. There are
//! few forms, and what one looks at differs less within it than between two; so a form that was dear is taken to be dear again, before
//! anybody waits for it.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use super::effort::USUAL;
use super::question::Query;

/// Forms that are told apart; two that share a place share what they cost.
const PLACES: usize = 1_024;

/// Looks by form.
pub struct Costs {
    places: Box<[AtomicU64]>,
    hasher: RandomState,
}

impl Default for Costs {
    fn default() -> Self {
        Self { places: (0..PLACES).map(|_| AtomicU64::default()).collect(), hasher: RandomState::new() }
    }
}

impl Costs {
    /// Whether a question of this form is likely to be dear.
    pub fn is_dear(&self, query: &Query) -> bool {
        self.place(query).load(Ordering::Relaxed) > USUAL
    }

    /// Notes the looks of a question that had a thread of its own: half of them and half of what was known.
    pub fn note(&self, query: &Query, looks: u64) {
        let place = self.place(query);
        // of two that note at once one may be lost: it is an estimate
        place.store(place.load(Ordering::Relaxed) / 2 + looks / 2, Ordering::Relaxed);
    }

    fn place(&self, query: &Query) -> &AtomicU64 {
        let filters = [
            !query.city.is_empty(),
            !query.postal_code.is_empty(),
            !query.country.is_empty(),
            !query.category.is_empty(),
            !query.venue_id.is_empty(),
            !query.performer_id.is_empty(),
            !query.series_id.is_empty(),
            !query.availability.is_empty(),
            !query.external_id.is_empty(),
            query.near.is_some(),
            query.bbox.is_some(),
            query.from.is_some(),
            query.to.is_some(),
            query.past,
            query.when.is_some(),
            !query.month.is_empty(),
            query.on_sale.is_some(),
            query.price_min.is_some() || query.price_max.is_some(),
            query.group_series,
            query.spellcheck,
        ];
        let words = query.q.split_whitespace().count().min(8);
        let form = (filters, words, &query.kinds, &query.facets, query.sort.as_str());
        &self.places[self.hasher.hash_one(form) as usize % PLACES]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Query {
        let pairs =
            text.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, value)| (name.to_owned(), value.to_owned()));
        Query::parse(&pairs.collect::<Vec<_>>()).expect("a question")
    }

    #[test]
    fn a_form_that_was_dear_is_dear_whatever_its_values_until_it_is_cheap_again() {
        let costs = Costs::default();
        let (dear, alike, other) = (query("bbox=-179,-80,179,80&sort=name"), query("bbox=1,1,2,2&sort=name"), query("q=owls"));
        assert!(!costs.is_dear(&dear), "what nobody has asked yet is usual");
        costs.note(&dear, 8 * USUAL);
        assert!(costs.is_dear(&dear) && costs.is_dear(&alike) && !costs.is_dear(&other));
        for _ in 0..4 {
            costs.note(&alike, 100);
        }
        assert!(!costs.is_dear(&dear));
    }
}
