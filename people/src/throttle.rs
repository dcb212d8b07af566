//! How often one may try to sign in: slowed, never locked out.
//!
//! A bucket belongs to an e-mail, known here or not, so that its answers tell nothing; a browser that signed in to it before has a
//! bucket of its own, which no stranger can fill. An address has twenty tries a minute. All buckets are of this node and bounded: of
//! more than a hundred thousand the least used are forgotten.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::error::PeopleError;

/// Tries under one e-mail before the first pause.
const FREE_TRIES: u32 = 5;
const FIRST_PAUSE_SECONDS: i64 = 30;
const LONGEST_PAUSE_SECONDS: i64 = 15 * 60;
/// Buckets of each kind.
const BUCKETS: u64 = 100_000;
/// A bucket that nobody used for so long is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(3_600);

/// A browser that signed in before, as its signed cookie says.
pub type Device = [u8; 16];

/// Tries under one e-mail, or from one known browser.
#[derive(Debug, Default)]
struct Tries {
    count: u32,
    free_at: Option<Timestamp>,
}

#[derive(Clone)]
pub struct Throttle {
    emails: moka::sync::Cache<[u8; 32], Arc<Mutex<Tries>>>,
    /// When an address would have all its tries back.
    addresses: moka::sync::Cache<IpAddr, Arc<Mutex<Timestamp>>>,
    /// Tries of one address in a minute; 0 is no limit.
    per_minute: u32,
}

/// One try, counted before its outcome is known: a thousand at once are a thousand.
#[must_use]
pub struct Try {
    bucket: Arc<Mutex<Tries>>,
}

impl Throttle {
    pub fn new(per_minute: u32) -> Self {
        Self::bounded(per_minute, BUCKETS)
    }

    fn bounded(per_minute: u32, buckets: u64) -> Self {
        let emails = moka::sync::Cache::builder().max_capacity(buckets).time_to_idle(FORGOTTEN).build();
        let addresses = moka::sync::Cache::builder().max_capacity(buckets).time_to_idle(FORGOTTEN).build();
        Self { emails, addresses, per_minute }
    }

    /// Counts a try.
    ///
    /// Takes     `device`: a browser known for this e-mail; its tries do not count for its address.
    /// Refuses   TooManyTries, with how long to wait; waiting is not made longer by trying meanwhile.
    pub fn begin(
        &self,
        email_key: &str,
        device: Option<Device>,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Try, PeopleError> {
        if device.is_none() {
            self.take_address(address, now)?;
        }
        let bucket = self.emails.get_with(bucket_key(email_key, device), Arc::default);
        lock(&bucket).take(now)?;
        Ok(Try { bucket })
    }

    /// Counts one call of an address that costs as much as a login.
    pub fn take_address(&self, address: Option<IpAddr>, now: Timestamp) -> Result<(), PeopleError> {
        let (Some(address), true) = (address, self.per_minute > 0) else { return Ok(()) };
        let full_at = self.addresses.get_with(network(address), || Arc::new(Mutex::new(now)));
        let mut full_at = full_at.lock().unwrap_or_else(PoisonError::into_inner);
        // GCRA: one try comes back every 60/n seconds, n are there at first
        let step = Duration::from_secs(60) / self.per_minute;
        let next = (*full_at).max(now).saturating_add(step).unwrap_or(Timestamp::MAX);
        let ahead = Duration::try_from(next.duration_since(now)).unwrap_or_default();
        match ahead.checked_sub(Duration::from_secs(60)).filter(|over| !over.is_zero()) {
            Some(over) => Err(PeopleError::TooManyTries { retry_after: over }),
            None => {
                *full_at = next;
                Ok(())
            }
        }
    }
}

impl Try {
    /// The password was right: the bucket is as new.
    pub fn succeeded(self) {
        *lock(&self.bucket) = Tries::default();
    }

    /// It came to no decision: the try does not count.
    pub fn undecided(self) {
        let mut tries = lock(&self.bucket);
        tries.count = tries.count.saturating_sub(1);
        if tries.count < FREE_TRIES {
            tries.free_at = None;
        }
    }
}

impl Tries {
    fn take(&mut self, now: Timestamp) -> Result<(), PeopleError> {
        if let Some(wait) = self.free_at.map(|at| at.duration_since(now)).filter(|wait| wait.is_positive()) {
            return Err(PeopleError::TooManyTries { retry_after: wait.unsigned_abs() });
        }
        self.count = self.count.saturating_add(1);
        if self.count >= FREE_TRIES {
            let doubled = FIRST_PAUSE_SECONDS << (self.count - FREE_TRIES).min(10);
            let pause = jiff::SignedDuration::from_secs(doubled.min(LONGEST_PAUSE_SECONDS));
            self.free_at = Some(now.saturating_add(pause).unwrap_or(Timestamp::MAX));
        }
        Ok(())
    }
}

fn lock(bucket: &Mutex<Tries>) -> std::sync::MutexGuard<'_, Tries> {
    bucket.lock().unwrap_or_else(PoisonError::into_inner)
}

fn bucket_key(email_key: &str, device: Option<Device>) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(device.map_or([0; 17], |device| std::array::from_fn(|n| if n == 0 { 1 } else { device[n - 1] })));
    hash.update(email_key);
    hash.finalize().into()
}

/// An address, or the /64 in which an IPv6 host can choose any.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) & !u128::from(u64::MAX)).into()),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_800_000_000;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(NOON + seconds).expect("in range")
    }

    fn wait(tried: Result<Try, PeopleError>) -> u64 {
        match tried {
            Ok(_) => 0,
            Err(PeopleError::TooManyTries { retry_after }) => retry_after.as_secs(),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn five_tries_are_free_and_then_the_pause_doubles_to_a_quarter_of_an_hour() {
        let throttle = Throttle::new(0);
        let mut now = 0;
        for _ in 0..FREE_TRIES {
            assert_eq!(wait(throttle.begin("ada", None, None, at(now))), 0);
        }
        for pause in [30, 60, 120, 240, 480, 900, 900, 900] {
            assert_eq!(wait(throttle.begin("ada", None, None, at(now))), pause);
            assert_eq!(wait(throttle.begin("ada", None, None, at(now + 1))), pause - 1, "trying meanwhile makes it no longer");
            now += i64::try_from(pause).expect("small");
            assert_eq!(wait(throttle.begin("ada", None, None, at(now))), 0, "never locked");
        }
        assert_eq!(wait(throttle.begin("bob", None, None, at(now))), 0, "another's e-mail is another's");
    }

    #[test]
    fn tries_at_once_count_at_once() {
        let throttle = Throttle::new(0);
        let running: Vec<_> = (0..1_000).filter_map(|_| throttle.begin("ada", None, None, at(0)).ok()).collect();
        assert_eq!(running.len(), FREE_TRIES as usize, "none of them has an outcome yet");
    }

    #[test]
    fn a_known_browser_is_not_held_back_by_strangers_and_has_no_more_tries_itself() {
        let throttle = Throttle::new(1);
        let far = Some(IpAddr::from([203, 0, 113, 9]));
        for n in 0..2_000 {
            let _ = throttle.begin("ada", None, Some(IpAddr::from([198, 51, (n / 200) as u8, (n % 200) as u8])), at(0));
        }
        assert!(wait(throttle.begin("ada", None, None, at(0))) > 0);
        let own = || throttle.begin("ada", Some([7; 16]), far, at(0));
        let tried = (0..10).filter(|_| own().is_ok()).count();
        assert_eq!(tried, FREE_TRIES as usize);
        assert_eq!(wait(throttle.begin("ada", Some([8; 16]), far, at(0))), 0);
    }

    #[test]
    fn an_address_has_its_tries_a_minute_whatever_the_e_mail() {
        let throttle = Throttle::new(20);
        let one = |n: u16| Some(IpAddr::from([0x2001, 0xdb8, 0, n / 100, 0, 0, 0, n % 100]));
        let tried = (0..100).filter(|n| throttle.begin(&format!("{n}@x"), None, one(*n), at(0)).is_ok()).count();
        assert_eq!(tried, 20, "a /64 is one address");
        assert_eq!(wait(throttle.begin("a", None, one(1), at(0))), 3);
        assert_eq!(wait(throttle.begin("a", None, one(1), at(3))), 0);
        assert_eq!(wait(throttle.begin("a", None, one(100), at(0))), 0, "the next /64 is another");
        let tried = (0..100).filter(|n| throttle.begin(&format!("{n}@y"), None, one(1), at(120)).is_ok()).count();
        assert_eq!(tried, 20, "rest does not save up");
    }

    #[test]
    fn success_makes_the_bucket_new_and_no_decision_counts_nothing() {
        let throttle = Throttle::new(0);
        for _ in 0..20 {
            throttle.begin("ada", None, None, at(0)).ok().expect("free").undecided();
        }
        for _ in 1..FREE_TRIES {
            let _ = throttle.begin("ada", None, None, at(0));
        }
        throttle.begin("ada", None, None, at(0)).ok().expect("the fifth").succeeded();
        assert_eq!((0..10).filter(|_| throttle.begin("ada", None, None, at(0)).is_ok()).count(), FREE_TRIES as usize);
    }

    #[test]
    fn buckets_are_bounded() {
        let throttle = Throttle::bounded(20, 1_000);
        for n in 0..5_000_u32 {
            let _ = throttle.begin(&format!("{n}@example.org"), None, Some(IpAddr::from(n.to_be_bytes())), at(0));
        }
        throttle.emails.run_pending_tasks();
        throttle.addresses.run_pending_tasks();
        assert!(throttle.emails.entry_count() <= 1_000, "{}", throttle.emails.entry_count());
        assert!(throttle.addresses.entry_count() <= 1_000, "{}", throttle.addresses.entry_count());
    }
}
