//! Published orders that are kept: made once, however many ask.

use std::collections::VecDeque;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use domain::EventId;

use crate::rules::shuffle::Published;

/// Orders that are kept, and places in all of them together; the newest is kept however long it is.
const ORDERS: usize = 64;
const PLACES: usize = 2_000_000;

/// A published order, which nothing changes any more.
#[derive(Debug)]
pub struct PublishedOnce {
    published: Published,
    words: OnceLock<Bytes>,
    packed: OnceLock<Bytes>,
}

impl Deref for PublishedOnce {
    type Target = Published;

    fn deref(&self) -> &Published {
        &self.published
    }
}

impl PublishedOnce {
    /// Whether nobody has to write these words any more, nor to compress them, if that is wanted.
    pub fn is_made(&self, packed: impl FnOnce(&Bytes) -> bool) -> bool {
        self.words.get().is_some_and(|words| !packed(words) || self.packed.get().is_some())
    }

    /// The order in the words of who speaks to clients, written once.
    pub fn words(&self, write: impl FnOnce(&Published) -> Bytes) -> Bytes {
        self.words.get_or_init(|| write(&self.published)).clone()
    }

    /// These words compressed, once: whoever asks meanwhile waits.
    pub fn packed(&self, pack: impl FnOnce() -> Bytes) -> Bytes {
        self.packed.get_or_init(pack).clone()
    }
}

impl From<Published> for PublishedOnce {
    fn from(published: Published) -> Self {
        Self { published, words: OnceLock::new(), packed: OnceLock::new() }
    }
}

/// The orders of one node, those that were asked for last.
#[derive(Debug, Default)]
pub struct Orders(VecDeque<(EventId, Arc<PublishedOnce>)>);

impl Orders {
    pub fn find(&mut self, event: EventId) -> Option<Arc<PublishedOnce>> {
        let at = self.0.iter().position(|(kept, _)| *kept == event)?;
        let found = self.0.remove(at)?;
        self.0.push_back(found);
        self.0.back().map(|(_, order)| Arc::clone(order))
    }

    pub fn keep(&mut self, event: EventId, order: &Arc<PublishedOnce>) {
        self.forget(event);
        self.0.push_back((event, Arc::clone(order)));
        let mut places: usize = self.0.iter().map(|(_, kept)| kept.order.len()).sum();
        while self.0.len() > 1 && (self.0.len() > ORDERS || places > PLACES) {
            places -= self.0.pop_front().map_or(0, |(_, gone)| gone.order.len());
        }
    }

    pub fn forget(&mut self, event: EventId) {
        self.0.retain(|(kept, _)| *kept != event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::shuffle::Drawn;
    use jiff::Timestamp;

    fn order(places: u32) -> Arc<PublishedOnce> {
        let order = (1..=places).map(|place| Drawn { place, holder: [0; 16] }).collect();
        Arc::new(Published { seed_hash: [0; 32], seed: [0; 32], order }.into())
    }

    #[test]
    fn orders_are_kept_as_long_as_there_is_room_those_that_were_asked_for_last() {
        let mut orders = Orders::default();
        let events: Vec<EventId> = (0..ORDERS + 2).map(|_| EventId::at(Timestamp::UNIX_EPOCH)).collect();
        events[..ORDERS].iter().for_each(|event| orders.keep(*event, &order(1)));
        assert!(orders.find(events[0]).is_some());
        orders.keep(events[ORDERS], &order(1));
        assert!(orders.find(events[0]).is_some(), "it was asked for");
        assert!(orders.find(events[1]).is_none());
        orders.keep(events[ORDERS + 1], &order(PLACES as u32 + 1));
        assert_eq!(orders.0.len(), 1, "one that is too long for others stays alone");
        orders.forget(events[ORDERS + 1]);
        assert!(orders.find(events[ORDERS + 1]).is_none());
    }

    #[test]
    fn words_are_written_once() {
        let order = order(3);
        assert!(!order.is_made(|_| unreachable!("there are none")));
        assert_eq!(order.words(|order| Bytes::from(order.order.len().to_string())), "3");
        assert_eq!(order.words(|_| unreachable!("they are written")), "3");
        assert!(order.is_made(|_| false) && !order.is_made(|words| words == "3"));
        assert_eq!(order.packed(|| Bytes::from_static(b"p")), "p");
        assert!(order.is_made(|_| true));
        assert_eq!(order.packed(|| unreachable!("they are packed")), "p");
    }
}
