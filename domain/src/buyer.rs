//! Who buys: one person, known by one buyer id or by several.

use std::sync::Arc;

use crate::id::BuyerId;

/// The ids of one buyer: the one under which new things are made, and those of anonymous buyers that the account took over.
///
/// Cost      an anonymous buyer has one id and nothing on the heap; of an account's set there is one, shared.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct BuyerIds {
    own: BuyerId,
    others: Option<Arc<[BuyerId]>>,
    /// How many of the others, from the first on, were taken over of late.
    of_late: usize,
}

impl BuyerIds {
    /// Takes     `others`: any order; the own id among them counts once.
    pub fn new(own: BuyerId, others: impl IntoIterator<Item = BuyerId>) -> Self {
        let others: Vec<BuyerId> = others.into_iter().filter(|id| *id != own).collect();
        let of_late = others.len();
        Self { own, others: (!others.is_empty()).then(|| others.into()), of_late }
    }

    /// Says that only the first so many of the others were taken over of late; without it, all were.
    pub fn with_of_late(self, others: usize) -> Self {
        Self { of_late: others.min(self.of_late), ..self }
    }

    /// The id under which new things are made.
    pub fn own(&self) -> BuyerId {
        self.own
    }

    /// Whether what belongs to `id` belongs to this buyer.
    pub fn has(&self, id: BuyerId) -> bool {
        self.own == id || self.others.as_deref().is_some_and(|others| others.contains(&id))
    }

    /// Whether there are others than the own one.
    pub fn several(&self) -> bool {
        self.others.is_some()
    }

    /// Every id, the own one first.
    pub fn all(&self) -> impl Iterator<Item = BuyerId> + '_ {
        std::iter::once(self.own).chain(self.others.as_deref().unwrap_or_default().iter().copied())
    }

    /// The ids under which something may have been asked for within a day: the own one first, then those taken over of late.
    pub fn of_late(&self) -> impl Iterator<Item = BuyerId> + '_ {
        self.all().take(1 + self.of_late)
    }
}

impl From<BuyerId> for BuyerIds {
    fn from(own: BuyerId) -> Self {
        Self { own, others: None, of_late: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    #[test]
    fn a_buyer_has_every_id_and_makes_things_under_one() {
        let [own, other, stranger] = std::array::from_fn(|_| BuyerId::at(Timestamp::UNIX_EPOCH));
        let ids = BuyerIds::new(own, [own, other]);
        assert_eq!((ids.own(), ids.all().collect::<Vec<_>>()), (own, vec![own, other]));
        assert!(ids.has(own) && ids.has(other) && !ids.has(stranger));
        let alone = BuyerIds::from(own);
        assert_eq!(alone, BuyerIds::new(own, []));
        let late = BuyerIds::new(own, [other, own, stranger]);
        assert_eq!((late.of_late().count(), late.with_of_late(1).of_late().collect::<Vec<_>>()), (3, vec![own, other]));
        assert_eq!(alone.of_late().collect::<Vec<_>>(), [own]);
        assert!(!alone.several() && ids.several() && !alone.has(other));
    }
}
