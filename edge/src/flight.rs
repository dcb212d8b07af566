//! One flight a key: of many equal requests one asks the service, the others wait for what it brings.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};

/// The flights under way, by what they are for.
#[derive(Debug)]
pub struct Flights<K, T>(Mutex<HashMap<K, Arc<Flight<T>>>>);

impl<K, T> Default for Flights<K, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

/// The leader holds the only permit. A leader that gives up drops it, and the next waiter leads; one that comes back closes
/// the semaphore, and all waiters go on at once.
#[derive(Debug)]
pub struct Flight<T> {
    permit: Semaphore,
    landed: OnceLock<Option<T>>,
}

/// What a request that joined a flight may do.
#[derive(Debug)]
pub enum Turn<'f, T> {
    /// Ask the service; then `Lead::land`.
    Lead(Lead<'f, T>),
    /// Take what the leader brought; `None`: it cannot be shared, ask for yourself.
    Landed(Option<T>),
}

/// The right to ask the service for everybody.
#[derive(Debug)]
pub struct Lead<'f, T> {
    flight: &'f Flight<T>,
    _permit: SemaphorePermit<'f>,
}

/// One request aboard a flight; the last to leave removes the flight.
#[derive(Debug)]
pub struct Passenger<K: Eq + Hash, T> {
    flights: Arc<Flights<K, T>>,
    key: K,
    flight: Arc<Flight<T>>,
}

impl<K: Eq + Hash, T> Flights<K, T> {
    fn lock(&self) -> MutexGuard<'_, HashMap<K, Arc<Flight<T>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins the flight of a key, or starts one.
    pub fn join(self: &Arc<Self>, key: K) -> Passenger<K, T>
    where
        K: Clone,
    {
        let mut flights = self.lock();
        let new = || Arc::new(Flight { permit: Semaphore::new(1), landed: OnceLock::new() });
        let flight = match flights.get(&key) {
            // a flight that has landed is for those who waited: its news would be old for this one
            Some(flight) if flight.landed.get().is_none() => Arc::clone(flight),
            _ => {
                let flight = new();
                flights.insert(key.clone(), Arc::clone(&flight));
                flight
            }
        };
        Passenger { flights: Arc::clone(self), key, flight }
    }
}

impl<K: Eq + Hash, T: Clone> Passenger<K, T> {
    /// Waits for a turn.
    pub async fn turn(&self) -> Turn<'_, T> {
        match self.flight.permit.acquire().await {
            Ok(permit) => Turn::Lead(Lead { flight: &self.flight, _permit: permit }),
            Err(_closed) => Turn::Landed(self.flight.landed.get().cloned().flatten()),
        }
    }
}

impl<T> Lead<'_, T> {
    /// Lets everybody who waits go on, with what can be shared or alone.
    pub fn land(self, brought: Option<T>) {
        let _ = self.flight.landed.set(brought);
        self.flight.permit.close();
    }
}

impl<K: Eq + Hash, T> Drop for Passenger<K, T> {
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
        let flights = Arc::new(Flights::<_, ()>::default());
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
        let flights = Arc::new(Flights::<_, ()>::default());
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
