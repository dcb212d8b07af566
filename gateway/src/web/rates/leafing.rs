//! Who leafs through lists: a few connections read them, and each address has a share of those who wait, so that none keeps all others
//! waiting.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::web::client::Client;
use crate::web::error::{ApiError, ApiResult, Code};

/// The most lists that one address reads at once: four times as many as there are connections for them.
const MOST: usize = 16;
/// When those come back who read more.
const AGAIN: u64 = 1;

/// Lists that are being read, by address: as many addresses as there are requests. Cheap to clone.
#[derive(Clone, Default)]
pub struct Leafers(Arc<Mutex<HashMap<Client, usize>>>);

/// A list that is read for somebody, counted until it is dropped.
pub struct Leafing(Leafers, Client);

impl Leafers {
    /// Counts one more list of an address.
    ///
    /// Refuses   rate_limited where it reads as many as it may.
    pub fn enter(&self, client: Client) -> ApiResult<Leafing> {
        let mut reading = self.reading();
        let lists = reading.entry(client).or_default();
        if *lists == MOST {
            let detail = format!("one address reads at most {MOST} lists at once");
            return Err(ApiError::new(Code::RateLimited).detail(detail).retry_after(AGAIN));
        }
        *lists += 1;
        drop(reading);
        Ok(Leafing(self.clone(), client))
    }

    fn reading(&self) -> MutexGuard<'_, HashMap<Client, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Leafing {
    fn drop(&mut self) {
        let mut reading = self.0.reading();
        if let Some(lists) = reading.get_mut(&self.1) {
            *lists -= 1;
            if *lists == 0 {
                reading.remove(&self.1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The control is the other address, which reads on.
    #[test]
    fn an_address_reads_so_many_lists_at_once_and_leaves_another_its_own() {
        let leafers = Leafers::default();
        let enter = |last: u8| leafers.enter(Client::of([127, 0, 0, last].into()));
        let mut lists: Vec<Leafing> = (0..MOST).map(|_| enter(1).expect("room")).collect();
        assert_eq!(enter(1).map(drop).expect_err("full").code(), Code::RateLimited);
        lists.push(enter(2).expect("another address"));
        lists.remove(0);
        lists.push(enter(1).expect("who is done makes room"));
        drop(lists);
        assert!(leafers.reading().is_empty(), "nobody is remembered");
    }
}
