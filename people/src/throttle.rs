//! How often one may try to sign in: slowed, never locked out.
//!
//! A bucket belongs to an e-mail, known here or not, so that its answers tell nothing, and to the network that tries: a stranger's wrong
//! tries slow the stranger. All networks together have many more tries under one e-mail, then a short pause each. A browser that signed
//! in to it before has a bucket of its own, which no stranger can fill. An address has twenty tries a minute, from known browsers three
//! times as many. All buckets are of this node and bounded: of more than a hundred thousand the least used are forgotten.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::error::PeopleError;

/// Tries under one e-mail from one network before the first pause.
const FREE_TRIES: u32 = 5;
/// What one network, or one known browser, has under one e-mail.
const OWN: TryLimits = TryLimits { free: FREE_TRIES, first_pause: 30, longest_pause: 15 * 60 };
/// What all strangers together have under one e-mail: its owner comes in between them.
const TOGETHER: TryLimits = TryLimits { free: 50, first_pause: 5, longest_pause: 5 };
/// How many times the tries of an address come from known browsers.
const KNOWN_TIMES: u32 = 3;
/// Buckets of each kind.
const BUCKETS: u64 = 100_000;
/// A bucket that nobody used for so long is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(3_600);

/// A browser that signed in before, as its signed cookie says.
pub type Device = [u8; 16];

/// How many tries are free, and the pauses after them in seconds, doubling.
#[derive(Debug, Clone, Copy)]
struct TryLimits {
    free: u32,
    first_pause: i64,
    longest_pause: i64,
}

/// Tries under one e-mail, or from one known browser.
#[derive(Debug, Default)]
struct Tries {
    count: u32,
    free_at: Option<Timestamp>,
}

#[derive(Clone)]
pub struct Throttle {
    emails: moka::sync::Cache<[u8; 32], Arc<Mutex<Tries>>>,
    /// When an address would have all its tries back, those of known browsers by themselves.
    addresses: moka::sync::Cache<(IpAddr, bool), Arc<Mutex<Timestamp>>>,
    /// Tries of one address in a minute; 0 is no limit.
    per_minute: u32,
}

/// One try, counted before its outcome is known: a thousand at once are a thousand.
#[must_use]
pub struct Try {
    taken: Vec<CountedTry>,
}

/// A try in one bucket, and when that was free before and is free after it.
struct CountedTry {
    bucket: Arc<Mutex<Tries>>,
    pace: TryLimits,
    before: Option<Timestamp>,
    after: Option<Timestamp>,
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
    /// Takes     `device`: a browser known for this e-mail; its tries count apart from strangers'.
    /// Refuses   TooManyTries, with how long to wait; waiting is not made longer by trying meanwhile.
    pub fn begin(
        &self,
        email_key: &str,
        device: Option<Device>,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Try, PeopleError> {
        self.take(address, device.is_some(), now)?;
        let mut tried = Try { taken: Vec::with_capacity(2) };
        let stranger = address.map(net);
        let own = self.emails.get_with(bucket_key(email_key, device, stranger), Arc::default);
        tried.taken.push(CountedTry::new(own, OWN, now)?);
        if device.is_none() && stranger.is_some() {
            let together = self.emails.get_with(bucket_key(email_key, None, None), Arc::default);
            match CountedTry::new(together, TOGETHER, now) {
                Ok(taken) => tried.taken.push(taken),
                Err(error) => {
                    tried.undecided();
                    return Err(error);
                }
            }
        }
        Ok(tried)
    }

    /// Counts one call of an address that costs as much as a login.
    pub fn take_address(&self, address: Option<IpAddr>, now: Timestamp) -> Result<(), PeopleError> {
        self.take(address, false, now)
    }

    fn take(&self, address: Option<IpAddr>, known: bool, now: Timestamp) -> Result<(), PeopleError> {
        let (Some(address), true) = (address, self.per_minute > 0) else { return Ok(()) };
        let per_minute = if known { self.per_minute.saturating_mul(KNOWN_TIMES) } else { self.per_minute };
        let full_at = self.addresses.get_with((network(address), known), || Arc::new(Mutex::new(now)));
        let mut full_at = full_at.lock().unwrap_or_else(PoisonError::into_inner);
        // GCRA: one try comes back every 60/n seconds, n are there at first
        let step = Duration::from_secs(60) / per_minute;
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
    /// The password was right: the try does not count, and those before it still do.
    pub fn succeeded(self) {
        self.undecided();
    }

    /// It came to no decision: the try does not count.
    pub fn undecided(self) {
        self.taken.into_iter().for_each(CountedTry::give_back);
    }
}

impl CountedTry {
    fn new(bucket: Arc<Mutex<Tries>>, pace: TryLimits, now: Timestamp) -> Result<Self, PeopleError> {
        let mut tries = lock(&bucket);
        let before = tries.free_at;
        tries.take(pace, now)?;
        let after = tries.free_at;
        drop(tries);
        Ok(Self { bucket, pace, before, after })
    }

    fn give_back(self) {
        let mut tries = lock(&self.bucket);
        tries.count = tries.count.saturating_sub(1);
        if tries.count < self.pace.free {
            tries.free_at = None;
        } else if tries.free_at == self.after {
            tries.free_at = self.before;
        }
    }
}

impl Tries {
    fn take(&mut self, pace: TryLimits, now: Timestamp) -> Result<(), PeopleError> {
        if let Some(wait) = self.free_at.map(|at| at.duration_since(now)).filter(|wait| wait.is_positive()) {
            return Err(PeopleError::TooManyTries { retry_after: wait.unsigned_abs() });
        }
        self.count = self.count.saturating_add(1);
        if self.count >= pace.free {
            let doubled = pace.first_pause << (self.count - pace.free).min(10);
            let pause = jiff::SignedDuration::from_secs(doubled.min(pace.longest_pause));
            self.free_at = Some(now.saturating_add(pause).unwrap_or(Timestamp::MAX));
        }
        Ok(())
    }
}

fn lock(bucket: &Mutex<Tries>) -> std::sync::MutexGuard<'_, Tries> {
    bucket.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The bucket of an e-mail for a known browser, for a stranger's network, or for all of them together.
fn bucket_key(email_key: &str, device: Option<Device>, stranger: Option<IpAddr>) -> [u8; 32] {
    let (kind, whose) = match (device, stranger.map(|address| address.to_canonical())) {
        (Some(device), _) => (1_u8, device),
        (None, Some(IpAddr::V4(v4))) => (2, v4.to_ipv6_mapped().octets()),
        (None, Some(IpAddr::V6(v6))) => (2, v6.octets()),
        (None, None) => (0, [0; 16]),
    };
    let mut hash = Sha256::new();
    hash.update([kind]);
    hash.update(whose);
    hash.update(email_key);
    hash.finalize().into()
}

/// The /24 of an IPv4 address, the /64 of an IPv6 one.
fn net(address: IpAddr) -> IpAddr {
    match network(address) {
        IpAddr::V4(v4) => IpAddr::V4((u32::from(v4) & !0xff).into()),
        v6 => v6,
    }
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
        let throttle = Throttle::new(200);
        let far = Some(IpAddr::from([203, 0, 113, 9]));
        for n in 0..2_000 {
            let _ = throttle.begin("ada", None, Some(IpAddr::from([198, 51, (n / 200) as u8, (n % 200) as u8])), at(0));
        }
        assert_eq!(wait(throttle.begin("ada", None, far, at(0))), 5, "ten networks took what all strangers have together");
        assert_eq!(wait(throttle.begin("ada", None, far, at(5))), 0, "one more comes in between");
        let own = || throttle.begin("ada", Some([7; 16]), far, at(0));
        let tried = (0..10).filter(|_| own().is_ok()).count();
        assert_eq!(tried, FREE_TRIES as usize);
        assert_eq!(wait(throttle.begin("ada", Some([8; 16]), far, at(0))), 0);
    }

    #[test]
    fn a_stranger_s_wrong_tries_hold_no_other_network_back() {
        let throttle = Throttle::new(0);
        let from = |text: &str| text.parse::<IpAddr>().ok();
        for (stranger, neighbour, owner) in
            [("198.51.100.7", "198.51.100.8", "203.0.113.9"), ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1")]
        {
            for _ in 0..FREE_TRIES {
                assert_eq!(wait(throttle.begin("ada", None, from(stranger), at(0))), 0);
            }
            assert_eq!(wait(throttle.begin("ada", None, from(neighbour), at(0))), 30, "one network is one stranger");
            assert_eq!(wait(throttle.begin("ada", None, from(owner), at(0))), 0);
        }
    }

    #[test]
    fn known_browsers_of_one_address_have_a_limit_too() {
        let throttle = Throttle::new(20);
        let one = Some(IpAddr::from([203, 0, 113, 9]));
        let tries = (0..200_u8).filter_map(|n| throttle.begin(&format!("{n}@x"), Some([n; 16]), one, at(0)).ok());
        assert_eq!(tries.map(Try::succeeded).count(), 60, "right ones count for the address");
        assert_eq!(wait(throttle.begin("a", None, one, at(0))), 0, "strangers count apart");
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
    fn neither_success_nor_no_decision_counts_and_neither_gives_more_than_its_own_try_back() {
        let throttle = Throttle::new(0);
        for _ in 0..20 {
            throttle.begin("ada", None, None, at(0)).expect("free").undecided();
        }
        for _ in 1..FREE_TRIES {
            let _ = throttle.begin("ada", None, None, at(0));
        }
        for _ in 0..20 {
            throttle.begin("ada", None, None, at(0)).expect("the fifth").succeeded();
        }
        assert_eq!((0..10).filter(|_| throttle.begin("ada", None, None, at(0)).is_ok()).count(), 1, "four wrong ones stay");
        throttle.begin("ada", None, None, at(30)).expect("the sixth").succeeded();
        assert_eq!(wait(throttle.begin("ada", None, None, at(30))), 0, "who is right waits for nothing");
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
