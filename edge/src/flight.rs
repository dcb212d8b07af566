//! One flight a key: of many equal requests one asks the service, the others wait for what it brings.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::store::Entry;

/// The flights under way.
#[derive(Default)]
pub struct Flights(Mutex<HashMap<String, Arc<Flight>>>);

/// The leader holds the only permit. A leader that gives up drops it, and the next waiter leads; one that comes back closes
/// the semaphore, and all waiters go on at once.
pub struct Flight {
    permit: Semaphore,
    landed: OnceLock<Option<Arc<Entry>>>,
}

/// What a request that joined a flight may do.
pub enum Turn<'f> {
    /// Ask the service; then [`Lead::land`].
    Lead(Lead<'f>),
    /// Take what the leader brought; `None`: it cannot be shared, ask for yourself.
    Landed(Option<Arc<Entry>>),
}

/// The right to ask the service for everybody.
pub struct Lead<'f> {
    flight: &'f Flight,
    _permit: SemaphorePermit<'f>,
}

/// One request aboard a flight; the last to leave removes the flight.
pub struct Passenger {
    flights: Arc<Flights>,
    key: String,
    flight: Arc<Flight>,
}

impl Flights {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Flight>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins the flight of a key, or starts one.
    pub fn join(self: &Arc<Self>, key: &str) -> Passenger {
        let mut flights = self.lock();
        let new = || Arc::new(Flight { permit: Semaphore::new(1), landed: OnceLock::new() });
        let flight = match flights.get(key) {
            // a flight that has landed is for those who waited: its news would be old for this one
            Some(flight) if flight.landed.get().is_none() => Arc::clone(flight),
            _ => {
                let flight = new();
                flights.insert(key.to_owned(), Arc::clone(&flight));
                flight
            }
        };
        Passenger { flights: Arc::clone(self), key: key.to_owned(), flight }
    }
}

impl Passenger {
    /// Waits for a turn.
    pub async fn turn(&self) -> Turn<'_> {
        match self.flight.permit.acquire().await {
            Ok(permit) => Turn::Lead(Lead { flight: &self.flight, _permit: permit }),
            Err(_closed) => Turn::Landed(self.flight.landed.get().cloned().flatten()),
        }
    }
}

impl Lead<'_> {
    /// Lets everybody who waits go on, with what can be shared or alone.
    pub fn land(self, entry: Option<Arc<Entry>>) {
        let _ = self.flight.landed.set(entry);
        self.flight.permit.close();
    }
}

impl Drop for Passenger {
    fn drop(&mut self) {
        let mut flights = self.flights.lock();
        // the map's and mine: nobody else is on board, and nobody can join while the map is locked
        let mine = flights.get(&self.key).is_some_and(|flight| Arc::ptr_eq(flight, &self.flight));
        if mine && (Arc::strong_count(&self.flight) == 2 || self.flight.landed.get().is_some()) {
            flights.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_leader_that_gives_up_hands_over() {
        let flights = Arc::new(Flights::default());
        let (first, second) = (flights.join("k"), flights.join("k"));
        let lead = first.turn().await;
        assert!(matches!(lead, Turn::Lead(_)));
        drop(lead);
        assert!(matches!(second.turn().await, Turn::Lead(_)));
        drop((first, second));
        assert!(flights.lock().is_empty());
    }

    #[tokio::test]
    async fn who_waited_goes_on_and_who_comes_later_starts_anew() {
        let flights = Arc::new(Flights::default());
        let (first, second) = (flights.join("k"), flights.join("k"));
        let Turn::Lead(lead) = first.turn().await else { panic!("the first leads") };
        lead.land(None);
        assert!(matches!(second.turn().await, Turn::Landed(None)));
        let third = flights.join("k");
        assert!(matches!(third.turn().await, Turn::Lead(_)));
        drop((first, second));
        assert_eq!(flights.lock().len(), 1, "the third's flight is not theirs to remove");
        drop(third);
        assert!(flights.lock().is_empty());
    }
}
