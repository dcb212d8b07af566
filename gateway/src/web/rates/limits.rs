//! How often one may ask: per buyer or key, and per address; GCRA buckets in a table that cannot grow without end.
//!
//! A token counts under its own hash, unverified: a made-up one only gets its owner a 401. So that made-up tokens do not get
//! around the limit, the address counts too, with room for the people behind one.

use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;

use axum::http::HeaderMap;

use crate::settings::config::Config;
use crate::settings::values::{Network, Rate, Rates};
use crate::web::bucket::{Allowed, Bucket};
use crate::web::class::Class;
use crate::web::client::{self, Client};
use crate::web::cookie::SessionCookie;
use crate::web::error::ApiError;
use crate::web::token::bearer;

/// The limits of one server.
pub struct Limits {
    /// One a class, in the order of [`Class::ALL`].
    buckets: [Bucket; Class::ALL.len()],
    hasher: RandomState,
    cookie: SessionCookie,
    proxies: Vec<Network>,
}

impl Limits {
    pub fn new(config: &Config) -> Self {
        let buckets = Class::ALL.map(|class| {
            let (rate, seconds, people) = terms(class, &config.rates);
            Bucket::new(class.as_str(), rate, seconds, people)
        });
        Self { buckets, hasher: RandomState::new(), cookie: SessionCookie::of(config), proxies: config.trusted_proxies.clone() }
    }

    /// Counts one request.
    ///
    /// Gives     what to say in the headers; none when the class has no limit.
    /// Refuses   rate_limited, with Retry-After.
    pub fn check(&self, class: Class, peer: Option<IpAddr>, headers: &HeaderMap) -> Result<Option<Allowed>, ApiError> {
        let bucket = &self.buckets[class as usize];
        if bucket.is_off() {
            return Ok(None);
        }
        let token = bearer(headers).or_else(|| self.cookie.token(headers)).filter(|_| counts_tokens(class));
        let client = self.client(peer, headers).map(|client| self.hasher.hash_one(client));
        bucket.take(client, token.map(|token| self.hasher.hash_one(token)))
    }

    /// Who asks, by address.
    pub fn client(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> Option<Client> {
        peer.map(|peer| Client::of(client::client(&self.proxies, peer, headers)))
    }

    /// Forgets buckets that are full again; call it every second or so.
    pub fn tidy(&self) {
        self.buckets.iter().for_each(Bucket::tidy);
    }
}

/// The rate of a class, how many seconds' worth may come at once, and how many people may share an address.
fn terms(class: Class, rates: &Rates) -> (Rate, u32, u32) {
    match class {
        Class::Search => (rates.search, 4, 10),
        Class::Reads => (rates.reads, 4, 10),
        Class::Drawings => (rates.drawings, 4, 4),
        Class::Links => (rates.links, 6, 1),
        Class::Holds => (rates.holds, 2, 10),
        Class::Sessions => (rates.sessions, 10, 1),
        Class::Writes => (rates.writes, 4, 1),
        Class::Webhooks => (rates.webhooks, 10, 1),
        Class::Operations => (rates.operations, 4, 1),
        Class::Facade | Class::Nodes => (Rate(None), 1, 1),
    }
}

/// A link is guessed with a token or without; who makes a session has no token yet, and providers and probes never have one.
fn counts_tokens(class: Class) -> bool {
    !matches!(class, Class::Links | Class::Sessions | Class::Webhooks | Class::Operations | Class::Facade | Class::Nodes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    use crate::web::error::Code;

    fn limits(holds: &str) -> Limits {
        let mut config = Config::for_testing(std::path::PathBuf::new());
        config.rates.holds = holds.parse().expect("a rate");
        Limits::new(&config)
    }

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::try_from(value).expect("a value"))])
    }

    fn taken(limits: &Limits, peer: &str, tries: usize) -> usize {
        let peer = Some(peer.parse().expect("an address"));
        let token = |n: usize| headers("authorization", &format!("Bearer {n}"));
        (0..tries).filter(|n| limits.check(Class::Holds, peer, &token(*n)).is_ok()).count()
    }

    #[test]
    fn one_buyer_s_flood_leaves_another_alone() {
        let limits = limits("1/s");
        let (ada, bob) = (headers("authorization", "Bearer ada"), headers("authorization", "Bearer bob"));
        let home = Some(IpAddr::from([127, 0, 0, 1]));
        let taken = (0..10).filter(|_| limits.check(Class::Holds, home, &ada).is_ok()).count();
        assert_eq!(taken, 2, "two seconds' worth at once");
        let refused = limits.check(Class::Holds, home, &ada).expect_err("too many");
        assert_eq!(refused.code(), Code::RateLimited);
        assert!(limits.check(Class::Holds, home, &bob).is_ok());
    }

    #[test]
    fn made_up_tokens_do_not_get_around_the_address_and_this_machine_s_own_counts_too() {
        for peer in ["203.0.113.9", "127.0.0.1"] {
            assert_eq!(taken(&limits("1/s"), peer, 100), 20, "{peer}: ten people may share an address");
        }
        let limits = limits("1/s");
        assert_eq!(taken(&limits, "127.0.0.2", 100), 20);
        assert_eq!(taken(&limits, "127.0.0.3", 100), 20, "each address of 127/8 counts for itself");
    }

    #[test]
    fn a_network_of_ipv6_has_one_bucket() {
        let limits = limits("1/s");
        let all: usize = (0..100).map(|n| taken(&limits, &format!("2001:db8::{n:x}"), 1)).sum();
        assert_eq!(all, 2, "one token, seen from a hundred addresses");
        let tokens = |limits: &Limits, net: &str| {
            (0..100)
                .filter(|n| {
                    let peer = Some(format!("2001:db8:0:{net}::{n:x}").parse().expect("an address"));
                    limits.check(Class::Holds, peer, &headers("authorization", &format!("Bearer {net}{n}"))).is_ok()
                })
                .count()
        };
        let watch = domain::Stopwatch::start();
        let let_in = [tokens(&limits, "1"), tokens(&limits, "2")];
        // ten a second come back, also while a busy machine counts
        let most = 21 + (10.0 * watch.seconds()) as usize;
        assert!(let_in.iter().all(|let_in| (20..=most).contains(let_in)), "{let_in:?}");
    }

    #[test]
    fn no_rate_is_no_limit_and_no_header() {
        let limits = limits("0");
        let far = Some(IpAddr::from([203, 0, 113, 9]));
        assert!((0..100).all(|_| matches!(limits.check(Class::Holds, far, &HeaderMap::new()), Ok(None))));
    }

    #[test]
    fn each_class_has_its_own_place() {
        for (n, class) in Class::ALL.into_iter().enumerate() {
            assert_eq!(class as usize, n, "{class:?}");
        }
    }
}
