//! How many different events each address watches on this node: what is watched takes memory for as long as somebody listens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::EventId;

use crate::web::client::Client;
use crate::web::error::{ApiError, ApiResult, Code};

/// Of the connections that an address may have, so many may watch one event more: the others watch what is watched, as those do who
/// share an address.
const PART: u32 = 16;
/// When those come back who watch too much.
const AGAIN: u64 = 5;

/// The events that are watched, by address. Cheap to clone.
#[derive(Clone)]
pub struct Watchers {
    most: Option<usize>,
    watched: Arc<Mutex<HashMap<Client, HashMap<EventId, u32>>>>,
}

/// One who watches an event, counted until it is dropped.
pub struct Watching {
    watchers: Watchers,
    client: Client,
    event: EventId,
}

impl Watchers {
    /// Takes     `connections`: as many as one address may have; none: no limit.
    pub fn new(connections: Option<u32>) -> Self {
        Self { most: connections.map(|connections| connections.div_ceil(PART) as usize), watched: Arc::default() }
    }

    /// Counts one more who watches an event; none where nobody is counted.
    ///
    /// Refuses   rate_limited where his address watches as many events as it may, and not this one.
    pub fn enter(&self, client: Option<Client>, event: EventId) -> ApiResult<Option<Watching>> {
        let (Some(most), Some(client)) = (self.most, client) else { return Ok(None) };
        let mut watched = self.watched();
        let events = watched.entry(client).or_default();
        if events.len() >= most && !events.contains_key(&event) {
            let detail = format!("one address watches at most {most} events at once");
            return Err(ApiError::new(Code::RateLimited).detail(detail).retry_after(AGAIN));
        }
        *events.entry(event).or_default() += 1;
        Ok(Some(Watching { watchers: self.clone(), client, event }))
    }

    fn watched(&self) -> MutexGuard<'_, HashMap<Client, HashMap<EventId, u32>>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let mut watched = self.watchers.watched();
        let Some(events) = watched.get_mut(&self.client) else { return };
        if let Some(count) = events.get_mut(&self.event) {
            *count -= 1;
            if *count == 0 {
                events.remove(&self.event);
            }
        }
        if events.is_empty() {
            watched.remove(&self.client);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(n: u128) -> EventId {
        EventId(uuid::Uuid::from_u128(n))
    }

    #[test]
    fn an_address_watches_so_many_events_however_often_and_leaves_another_its_own() {
        let watchers = Watchers::new(Some(32));
        let enter = |last: u8, n: u128| watchers.enter(Some(Client::of([127, 0, 0, last].into())), event(n));
        let mut watching: Vec<_> = [1, 2, 2, 2].map(|n| enter(1, n).expect("room")).into_iter().collect();
        let refused = enter(1, 3).map(drop).expect_err("full");
        assert_eq!(refused.code(), Code::RateLimited);
        watching.push(enter(2, 3).expect("another address"));
        watching.remove(0);
        watching.push(enter(1, 3).expect("who leaves makes room"));
        watching.remove(0);
        assert!(enter(1, 4).is_err(), "two still watch the second");
        drop(watching);
        assert!(watchers.watched().is_empty(), "nobody is remembered");
    }

    #[test]
    fn without_the_limit_one_address_watches_all() {
        let watchers = Watchers::new(None);
        let client = Some(Client::of([127, 0, 0, 1].into()));
        assert!((0..1_000).all(|n| watchers.enter(client, event(n)).is_ok_and(|watching| watching.is_none())));
    }
}
