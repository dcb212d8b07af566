//! What questions of one form have cost lately. A form is a question without its values: which filters, facets and order it has. There are
//! few forms, and what one looks at differs less within it than between two; so a form that was dear is taken to be dear again, before
//! anybody waits for it.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use super::effort::USUAL;
use super::question::Query;

/// Forms that are told apart; two that share a place share what they cost.
const PLACES: usize = 1_024;

/// What a question is but for its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form(usize);

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
    pub fn is_dear(&self, form: Form) -> bool {
        self.place(form).load(Ordering::Relaxed) > USUAL
    }

    /// Notes the looks of a question that had a thread of its own: half of them and half of what was known.
    pub fn note(&self, form: Form, looks: u64) {
        let place = self.place(form);
        // of two that note at once one may be lost: it is an estimate
        place.store(place.load(Ordering::Relaxed) / 2 + looks / 2, Ordering::Relaxed);
    }

    /// Notes a question that the usual lane gave up: its form is dear from now on, and what it takes is told when it is answered.
    pub fn note_given_up(&self, form: Form) {
        self.place(form).fetch_max(2 * USUAL, Ordering::Relaxed);
    }

    fn place(&self, form: Form) -> &AtomicU64 {
        &self.places[form.0]
    }

    pub fn form(&self, query: &Query) -> Form {
        // whole, so that a filter cannot be forgotten: what one costs would be told of questions without it
        #[rustfmt::skip]
        let Query {
            q, kinds, city, postal_code, country, category, genre, language, tier, venue_id, performer_id, series_id, availability,
            external_id, near, bbox, from, to, past, when, month, on_sale, price_min, price_max, currency, first_currency: _,
            group_series, widened, sort, facets, spellcheck, limit: _, cursor: _,
        } = query;
        let lists = [city, postal_code, country, category, genre, language, tier, external_id].map(Vec::is_empty);
        let ids = [venue_id, performer_id, series_id].map(Vec::is_empty);
        let others = [
            availability.is_empty(),
            near.is_some(),
            bbox.is_some(),
            from.is_some(),
            to.is_some(),
            *past,
            when.is_some(),
            month.is_empty(),
            on_sale.is_some(),
            price_min.is_some() || price_max.is_some(),
            currency.is_some(),
            *group_series,
            *widened,
            *spellcheck,
        ];
        let words = q.split_whitespace().count().min(8);
        let form = (lists, ids, others, words, kinds, facets, sort.as_str());
        Form(self.hasher.hash_one(form) as usize % PLACES)
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
        let form = |text: &str| costs.form(&query(text));
        let (dear, alike, other) = (form("bbox=-179,-80,179,80&sort=name"), form("bbox=1,1,2,2&sort=name"), form("q=owls"));
        assert!(!costs.is_dear(dear), "what nobody has asked yet is usual");
        costs.note(dear, 8 * USUAL);
        assert!(costs.is_dear(dear) && costs.is_dear(alike) && !costs.is_dear(other));
        let plain = form("");
        for narrowed in ["currency=EUR", "genre=jazz", "language=en", "tier=floor"] {
            costs.note_given_up(form(narrowed));
            assert!(!costs.is_dear(plain), "{narrowed} says nothing of the plain list");
        }
        for _ in 0..4 {
            costs.note(alike, 100);
        }
        assert!(!costs.is_dear(dear));
    }

    #[test]
    fn a_form_that_was_given_up_once_is_dear_at_once() {
        let costs = Costs::default();
        let form = costs.form(&query("bbox=1,1,2,2&sort=name"));
        costs.note(form, USUAL);
        assert!(!costs.is_dear(form), "the half of what one lane allows is not dear");
        costs.note_given_up(form);
        assert!(costs.is_dear(form));
        costs.note(form, 100);
        costs.note(form, 100);
        assert!(!costs.is_dear(form), "and is forgiven like any other");
    }
}
