//! One rate class: a bucket for each token and for each address, by the generic cell rate algorithm.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::settings::values::Rate;
use crate::web::error::{ApiError, Code};

/// Buckets of one class before strangers have to share.
const MAX_BUCKETS: usize = 100_000;
/// Buckets that are shared then.
const SHARED_BUCKETS: u64 = 1_024;

type Buckets = RateLimiter<u64, DashMapStateStore<u64>, DefaultClock, StateInformationMiddleware>;

/// The buckets of tokens and the buckets of addresses of one class.
pub struct Bucket {
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

impl Bucket {
    /// Takes     `seconds`: how many seconds' worth may come at once; `people`: how many may share an address.
    pub fn new(name: &'static str, rate: Rate, seconds: u32, people: u32) -> Self {
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

    /// Whether the class has no limit.
    pub fn is_off(&self) -> bool {
        self.buckets.is_none()
    }

    /// Counts one request of an address and of a token.
    ///
    /// Gives     what to say in the headers; none when the class has no limit.
    /// Refuses   rate_limited, with Retry-After.
    pub fn take(&self, address: Option<u64>, token: Option<u64>) -> Result<Option<Allowed>, ApiError> {
        let Some((tokens, addresses)) = &self.buckets else { return Ok(None) };
        let mut remaining = self.burst;
        for (buckets, key) in [(addresses, address), (tokens, token)] {
            if let Some(key) = key {
                remaining = remaining.min(self.take_one(buckets, key)?);
            }
        }
        Ok(Some(Allowed { policy: self.policy.clone(), name: self.name, remaining }))
    }

    fn take_one(&self, buckets: &Buckets, key: u64) -> Result<u32, ApiError> {
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

    /// Forgets what is full again.
    pub fn tidy(&self) {
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

    #[test]
    fn full_buckets_are_forgotten() {
        let bucket = Bucket::new("holds", "1000/s".parse().expect("a rate"), 2, 10);
        for n in 0..50 {
            let _ = bucket.take(None, Some(n));
        }
        let count = || bucket.buckets.as_ref().map_or(0, |(tokens, _)| tokens.len());
        assert_eq!(count(), 50);
        while count() > 0 {
            bucket.tidy();
            std::thread::yield_now();
        }
    }
}
