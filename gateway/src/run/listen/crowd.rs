//! How many connections each address has open.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::HeaderMap;

use super::limits::{ConnectionLimits, RESERVE_EACH};
use crate::settings::node_secret::{NODE_SECRET, NodeSecret};
use crate::settings::values::Network;
use crate::web::client::Client;

/// The connections that are open, by address. A proxy that is trusted stands for many and is not counted, nor is another node once it has
/// shown what nodes share.
#[derive(Clone)]
pub struct Crowd(Arc<CrowdState>);

struct CrowdState {
    most: Option<u32>,
    proxies: Vec<Network>,
    secret: Option<NodeSecret>,
    open: Mutex<HashMap<Client, u32>>,
}

/// One connection, counted until this is dropped, or it is counted otherwise.
#[derive(Default)]
pub struct Guest(Mutex<Option<CountedConnection>>);

/// One of an address's connections.
pub struct CountedConnection(Crowd, Client);

impl Crowd {
    pub fn new(limits: &ConnectionLimits) -> Self {
        Self::of(limits.per_address, limits)
    }

    /// Those in the reserve, where each has few.
    pub fn of_reserve(limits: &ConnectionLimits) -> Self {
        Self::of(Some(RESERVE_EACH), limits)
    }

    fn of(most: Option<u32>, limits: &ConnectionLimits) -> Self {
        let (proxies, secret) = (limits.proxies.clone(), limits.secret.clone());
        Self(Arc::new(CrowdState { most, proxies, secret, open: Mutex::default() }))
    }

    /// Counts a new connection; none when its address has as many as it may.
    pub fn admit(&self, peer: IpAddr) -> Option<Guest> {
        let Some(most) = self.0.most.filter(|_| !self.0.proxies.iter().any(|proxy| proxy.contains(peer))) else {
            return Some(Guest::default());
        };
        let client = Client::of(peer);
        let mut open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(client).or_default();
        if *count >= most {
            metrics::counter!("http_connections_refused_total").increment(1);
            return None;
        }
        *count += 1;
        Some(Guest(Mutex::new(Some(CountedConnection(self.clone(), client)))))
    }

    /// Whether a request comes from another node, which shows what nodes share.
    pub fn is_node(&self, headers: &HeaderMap) -> bool {
        headers.contains_key(NODE_SECRET) && self.0.secret.as_ref().is_some_and(|secret| secret.is_shown(headers))
    }
}

impl Guest {
    /// Is counted as another from now on, who may be counted nowhere.
    pub fn becomes(&self, other: Guest) {
        let counted = other.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = counted;
    }

    /// What keeps it counted, apart from the connection.
    pub fn kept(&self) -> Box<dyn Send> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(counted) => Box::new(counted),
            None => Box::new(()),
        }
    }
}

impl Drop for CountedConnection {
    fn drop(&mut self) {
        let Self(crowd, client) = self;
        let mut open = crowd.0.open.lock().unwrap_or_else(PoisonError::into_inner);
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
        Crowd(Arc::new(CrowdState { most, proxies, secret: None, open: Mutex::default() }))
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
        inside[0].becomes(enter("127.0.0.3").expect("room"));
        let kept = enter("127.0.0.1").expect("who is counted as another makes room").kept();
        let last = (enter("127.0.0.1"), enter("127.0.0.1"), enter("127.0.0.3"));
        assert!(last.0.is_some() && last.1.is_none() && last.2.is_some());
        drop((inside, both, proxied, kept, last));
        assert!(crowd.0.open.lock().expect("whole").is_empty(), "nobody is remembered");
    }

    #[test]
    fn without_the_limit_one_address_has_them_all() {
        let crowd = crowd(None, &[]);
        let all: Vec<_> = (0..1_000).filter_map(|_| crowd.admit([127, 0, 0, 1].into())).collect();
        assert_eq!(all.len(), 1_000);
    }
}
