//! How often one may ask: per buyer or key, and per address; GCRA buckets in a table that cannot grow without end.
//!
//! A token counts under its own hash, unverified: a made-up one only gets its owner a 401. So that made-up tokens do not get
//! around the limit, the address counts too, with room for the people behind one. A loopback address is the machine's own
//! programs, or a proxy that hides the real one (see `--trusted-proxies`), and does not count.

use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::settings::config::Config;
use crate::settings::values::{Network, Rate};
use crate::web::error::{ApiError, Code};
use crate::web::token::{bearer, cookie_token};

/// Buckets of one class before strangers have to share.
const MAX_BUCKETS: usize = 100_000;
/// Buckets that are shared then.
const SHARED_BUCKETS: u64 = 1_024;

/// What is limited together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Search,
    Holds,
    Sessions,
    Writes,
}

/// Lists that belong to one thing.
const LISTS_OF_ONE: [&str; 4] =
    ["/v1/venues/{id}/events", "/v1/performers/{id}/events", "/v1/series/{id}/events", "/v1/cities/{id}/series"];

impl Class {
    /// The class of a route, if it is limited.
    pub fn of(method: &Method, route: &str) -> Option<Class> {
        let reads = matches!(*method, Method::GET | Method::HEAD);
        match route {
            "/v1/search" | "/v1/suggest" | "/" | "/search" | "/search/results" => Some(Self::Search),
            "/v1/events" | "/v1/venues" | "/v1/performers" | "/v1/series" | "/v1/cities" if reads => Some(Self::Search),
            _ if reads && LISTS_OF_ONE.contains(&route) => Some(Self::Search),
            "/v1/sessions" => (!reads).then_some(Self::Sessions),
            "/v1/events/{id}/holds" | "/v1/holds/{id}/checkout" | "/events/{id}/hold" | "/holds/{id}/checkout" => {
                (!reads).then_some(Self::Holds)
            }
            _ if reads || !route.starts_with("/v1/") => None,
            _ => organisers_noun(route).then_some(Self::Writes),
        }
    }
}

fn organisers_noun(route: &str) -> bool {
    let noun = route.trim_start_matches("/v1/").split('/').next().unwrap_or("");
    ["venues", "performers", "series", "events"].contains(&noun)
}

/// The limits of one server.
pub struct Limits {
    search: Limit,
    holds: Limit,
    sessions: Limit,
    writes: Limit,
    hasher: RandomState,
    proxies: Vec<Network>,
}

type Buckets = RateLimiter<u64, DashMapStateStore<u64>, DefaultClock, StateInformationMiddleware>;

/// One class: buckets of tokens and buckets of addresses.
struct Limit {
    /// None when switched off.
    buckets: Option<(Buckets, Buckets)>,
    name: &'static str,
    policy: HeaderValue,
    burst: u32,
    crowded: AtomicBool,
}

/// What a limited answer says in its headers.
#[derive(Debug, Clone)]
pub struct Allowed {
    policy: HeaderValue,
    name: &'static str,
    remaining: u32,
}

impl Limits {
    pub fn new(config: &Config) -> Self {
        let rates = config.rates;
        Self {
            search: Limit::new("search", rates.search, 4, 1),
            holds: Limit::new("holds", rates.holds, 2, 10),
            sessions: Limit::new("sessions", rates.sessions, 10, 1),
            writes: Limit::new("writes", rates.writes, 4, 1),
            hasher: RandomState::new(),
            proxies: config.trusted_proxies.clone(),
        }
    }

    /// Counts one request.
    ///
    /// Gives     what to say in the headers; none when the class has no limit.
    /// Refuses   rate_limited, with Retry-After.
    pub fn check(&self, class: Class, peer: Option<IpAddr>, headers: &HeaderMap) -> Result<Option<Allowed>, ApiError> {
        let limit = self.limit(class);
        let Some((tokens, addresses)) = &limit.buckets else { return Ok(None) };
        let token = bearer(headers).or_else(|| cookie_token(headers));
        let address = self.client(peer, headers).filter(|address| !address.is_loopback());
        let mut remaining = limit.burst;
        if let Some(address) = address {
            remaining = remaining.min(limit.take(addresses, self.hasher.hash_one(address))?);
        }
        if let Some(token) = token.filter(|_| class != Class::Sessions) {
            remaining = remaining.min(limit.take(tokens, self.hasher.hash_one(token))?);
        }
        Ok(Some(Allowed { policy: limit.policy.clone(), name: limit.name, remaining }))
    }

    /// The client's address: the peer's, or what the nearest trusted proxy says it is.
    pub fn client(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> Option<IpAddr> {
        let trusted = |address: IpAddr| self.proxies.iter().any(|network| network.contains(address));
        let mut client = peer?.to_canonical();
        let hops =
            headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).collect::<Vec<_>>().join(",");
        let mut hops = hops.rsplit(',').map(|hop| hop.trim().parse::<IpAddr>());
        while trusted(client) {
            match hops.next() {
                Some(Ok(hop)) => client = hop.to_canonical(),
                _ => break,
            }
        }
        Some(client)
    }

    /// Forgets buckets that are full again; call it every second or so.
    pub fn tidy(&self) {
        for limit in [&self.search, &self.holds, &self.sessions, &self.writes] {
            limit.tidy();
        }
    }

    fn limit(&self, class: Class) -> &Limit {
        match class {
            Class::Search => &self.search,
            Class::Holds => &self.holds,
            Class::Sessions => &self.sessions,
            Class::Writes => &self.writes,
        }
    }
}

impl Limit {
    /// Takes     `seconds`: how many seconds' worth may come at once; `people`: how many may share an address.
    fn new(name: &'static str, rate: Rate, seconds: u32, people: u32) -> Self {
        let quota = |times: u32| {
            let rate = rate.0?.saturating_mul(NonZeroU32::new(times)?);
            Some(Quota::per_second(rate).allow_burst(rate.saturating_mul(NonZeroU32::new(seconds)?)))
        };
        let buckets = |quota: Quota| RateLimiter::keyed(quota).with_middleware::<StateInformationMiddleware>();
        let burst = quota(1).map_or(0, |quota| quota.burst_size().get());
        let policy = HeaderValue::try_from(format!("\"{name}\";q={burst};w={seconds}"));
        Self {
            buckets: quota(1).zip(quota(people)).map(|(token, address)| (buckets(token), buckets(address))),
            name,
            policy: policy.unwrap_or_else(|_| unreachable!("a policy is plain ASCII")),
            burst,
            crowded: AtomicBool::new(false),
        }
    }

    fn take(&self, buckets: &Buckets, key: u64) -> Result<u32, ApiError> {
        let key = if self.crowded.load(Ordering::Relaxed) { key % SHARED_BUCKETS } else { key };
        match buckets.check_key(&key) {
            Ok(state) => Ok(state.remaining_burst_capacity()),
            Err(until) => {
                let wait = until.wait_time_from(DefaultClock::default().now());
                metrics::counter!("http_rate_limited_total", "class" => self.name).increment(1);
                Err(ApiError::new(Code::RateLimited).retry_after(seconds_up(wait)).limited(self.refused(wait)))
            }
        }
    }

    fn refused(&self, wait: Duration) -> [(HeaderName, HeaderValue); 2] {
        let state = HeaderValue::try_from(format!("\"{}\";r=0;t={}", self.name, seconds_up(wait)));
        [
            (HeaderName::from_static("ratelimit-policy"), self.policy.clone()),
            (HeaderName::from_static("ratelimit"), state.unwrap_or_else(|_| unreachable!("plain ASCII"))),
        ]
    }

    fn tidy(&self) {
        let Some((tokens, addresses)) = &self.buckets else { return };
        let mut most = 0;
        for buckets in [tokens, addresses] {
            if !buckets.is_empty() {
                buckets.retain_recent();
                buckets.shrink_to_fit();
            }
            most = most.max(buckets.len());
        }
        self.crowded.store(most > MAX_BUCKETS, Ordering::Relaxed);
    }
}

impl Allowed {
    /// Writes `RateLimit-Policy` and `RateLimit`. Source: draft-ietf-httpapi-ratelimit-headers-10.
    pub fn write(self, headers: &mut HeaderMap) {
        headers.insert("ratelimit-policy", self.policy);
        if let Ok(state) = HeaderValue::try_from(format!("\"{}\";r={};t=1", self.name, self.remaining)) {
            headers.insert("ratelimit", state);
        }
    }
}

fn seconds_up(wait: Duration) -> u64 {
    wait.as_millis().div_ceil(1_000).max(1) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(holds: &str, proxies: &[&str]) -> Limits {
        let mut config = Config::for_testing(std::path::PathBuf::new());
        config.rates.holds = holds.parse().expect("a rate");
        config.trusted_proxies = proxies.iter().map(|text| text.parse().expect("a network")).collect();
        Limits::new(&config)
    }

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::try_from(value).expect("a value"))])
    }

    #[test]
    fn one_buyer_s_flood_leaves_another_alone() {
        let limits = limits("1/s", &[]);
        let (ada, bob) = (headers("authorization", "Bearer ada"), headers("authorization", "Bearer bob"));
        let home = Some(IpAddr::from([127, 0, 0, 1]));
        let taken = (0..10).filter(|_| limits.check(Class::Holds, home, &ada).is_ok()).count();
        assert_eq!(taken, 2, "two seconds' worth at once");
        let refused = limits.check(Class::Holds, home, &ada).expect_err("too many");
        assert_eq!(refused.code(), Code::RateLimited);
        assert!(limits.check(Class::Holds, home, &bob).is_ok());
    }

    #[test]
    fn made_up_tokens_do_not_get_around_the_address() {
        let limits = limits("1/s", &[]);
        let far = Some(IpAddr::from([203, 0, 113, 9]));
        let taken =
            (0..100).filter(|n| limits.check(Class::Holds, far, &headers("authorization", &format!("Bearer {n}"))).is_ok());
        assert_eq!(taken.count(), 20, "ten people may share an address");
    }

    #[test]
    fn no_rate_is_no_limit_and_no_header() {
        let limits = limits("0", &[]);
        let far = Some(IpAddr::from([203, 0, 113, 9]));
        assert!((0..100).all(|_| matches!(limits.check(Class::Holds, far, &HeaderMap::new()), Ok(None))));
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let said = headers("x-forwarded-for", "198.51.100.1, 203.0.113.9, 10.0.0.7");
        let client = |limits: &Limits, peer: [u8; 4]| limits.client(Some(IpAddr::from(peer)), &said).map(|ip| ip.to_string());
        assert_eq!(client(&limits("0", &[]), [10, 0, 0, 8]).as_deref(), Some("10.0.0.8"));
        assert_eq!(client(&limits("0", &["10.0.0.0/8"]), [10, 0, 0, 8]).as_deref(), Some("203.0.113.9"));
        assert_eq!(client(&limits("0", &["10.0.0.0/8"]), [192, 0, 2, 1]).as_deref(), Some("192.0.2.1"));
    }

    #[test]
    fn classes_follow_the_contract() {
        let table = [
            (Method::GET, "/v1/search", Some(Class::Search)),
            (Method::GET, "/v1/suggest", Some(Class::Search)),
            (Method::POST, "/v1/sessions", Some(Class::Sessions)),
            (Method::POST, "/v1/events/{id}/holds", Some(Class::Holds)),
            (Method::POST, "/v1/holds/{id}/checkout", Some(Class::Holds)),
            (Method::POST, "/events/{id}/hold", Some(Class::Holds)),
            (Method::GET, "/search/results", Some(Class::Search)),
            (Method::GET, "/v1/holds/{id}", None),
            (Method::PUT, "/v1/events/{id}", Some(Class::Writes)),
            (Method::GET, "/v1/events", Some(Class::Search)),
            (Method::POST, "/v1/events", Some(Class::Writes)),
            (Method::GET, "/v1/venues/{id}/events", Some(Class::Search)),
            (Method::GET, "/v1/events/{id}", None),
            (Method::GET, "/metrics", None),
        ];
        for (method, route, class) in table {
            assert_eq!(Class::of(&method, route), class, "{method} {route}");
        }
    }

    #[test]
    fn full_buckets_are_forgotten() {
        let limits = limits("1000/s", &[]);
        for n in 0..50 {
            let _ = limits.check(Class::Holds, None, &headers("authorization", &format!("Bearer {n}")));
        }
        let count = || limits.holds.buckets.as_ref().map_or(0, |(tokens, _)| tokens.len());
        assert_eq!(count(), 50);
        std::thread::sleep(Duration::from_millis(20));
        limits.tidy();
        assert_eq!(count(), 0);
    }
}
