//! How many connections each address has open.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use super::terms::{RESERVE_EACH, Terms};
use crate::settings::values::Network;
use crate::web::client::Client;

/// The connections that are open, by address. A proxy that is trusted stands for many and is not counted.
#[derive(Clone)]
pub struct Crowd {
    most: Option<u32>,
    proxies: Arc<[Network]>,
    open: Arc<Mutex<HashMap<Client, u32>>>,
}

/// One connection, counted until it is dropped.
pub struct Guest {
    counted: Option<(Crowd, Client)>,
}

impl Crowd {
    pub fn new(terms: &Terms) -> Self {
        Self { most: terms.per_address, proxies: terms.proxies.clone().into(), open: Arc::default() }
    }

    /// Those in the reserve, where each has few.
    pub fn of_reserve(terms: &Terms) -> Self {
        Self { most: Some(RESERVE_EACH), ..Self::new(terms) }
    }

    /// Counts a new connection; none when its address has as many as it may.
    pub fn admit(&self, peer: IpAddr) -> Option<Guest> {
        let Some(most) = self.most.filter(|_| !self.proxies.iter().any(|proxy| proxy.contains(peer))) else {
            return Some(Guest::uncounted());
        };
        let client = Client::of(peer);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(client).or_default();
        if *count >= most {
            metrics::counter!("http_connections_refused_total").increment(1);
            return None;
        }
        *count += 1;
        Some(Guest { counted: Some((self.clone(), client)) })
    }
}

impl Guest {
    /// One who is not counted.
    pub fn uncounted() -> Self {
        Self { counted: None }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let Some((crowd, client)) = &self.counted else { return };
        let mut open = crowd.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(client) {
            *count -= 1;
            if *count == 0 {
                open.remove(client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crowd(most: Option<u32>, proxies: &[&str]) -> Crowd {
        let proxies = proxies.iter().map(|text| text.parse().expect("a network")).collect();
        Crowd { most, proxies, open: Arc::default() }
    }

    #[test]
    fn one_address_has_so_many_and_leaves_another_its_own() {
        let crowd = crowd(Some(2), &["10.0.0.0/8"]);
        let enter = |text: &str| crowd.admit(text.parse().expect("an address"));
        let mut inside: Vec<_> = [enter("127.0.0.1"), enter("127.0.0.1"), enter("127.0.0.2")].into_iter().flatten().collect();
        assert_eq!((inside.len(), enter("127.0.0.1").is_none()), (3, true));
        assert!(enter("2001:db8::1").is_some());
        let both: Vec<_> = [enter("2001:db8::1"), enter("2001:db8::2")].into_iter().flatten().collect();
        assert!(enter("2001:db8::3").is_none(), "a /64 is one");
        assert!(enter("2001:db8:0:1::3").is_some());
        let proxied: Vec<_> = (0..10).filter_map(|_| enter("10.0.0.7")).collect();
        assert_eq!(proxied.len(), 10, "a trusted proxy stands for many");
        inside.remove(0);
        assert!(enter("127.0.0.1").is_some(), "who leaves makes room");
        drop((inside, both, proxied));
        assert!(crowd.open.lock().expect("whole").is_empty(), "nobody is remembered");
    }

    #[test]
    fn without_the_limit_one_address_has_them_all() {
        let crowd = crowd(None, &[]);
        let all: Vec<_> = (0..1_000).filter_map(|_| crowd.admit([127, 0, 0, 1].into())).collect();
        assert_eq!(all.len(), 1_000);
    }
}
