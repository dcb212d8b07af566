//! Time: the one injected clock, and an instant as a venue's own wall shows it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{Timestamp, tz::TimeZone};

/// The one clock of a program: the system's, or one that tests set. Decisions about seats use the database's instead.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    #[default]
    System,
    /// Microseconds since the epoch, shared by all clones.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands still until it is moved.
    pub fn manual(start: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(start.as_microsecond())))
    }

    #[allow(clippy::disallowed_methods, reason = "this is the one place where the system's clock is read")]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Manual(micros) => Timestamp::from_microsecond(micros.load(Ordering::SeqCst)).unwrap_or(Timestamp::UNIX_EPOCH),
        }
    }

    /// Moves a manual clock forward; the system's clock does not move for anyone.
    pub fn advance(&self, by: std::time::Duration) {
        if let Self::Manual(micros) = self {
            micros.fetch_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX), Ordering::SeqCst);
        }
    }
}

/// Measures how long something took, for metrics and progress; nothing is decided by it.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    #[allow(clippy::disallowed_methods, reason = "the one place where the monotonic clock is read")]
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    pub fn elapsed(&self) -> std::time::Duration {
        self.0.elapsed()
    }

    pub fn seconds(&self) -> f64 {
        self.elapsed().as_secs_f64()
    }
}

/// An instant as the venue's wall shows it: `local_date` `2027-03-12`, `local_time` `20:00`, `timezone` IANA name.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct LocalTime {
    pub local_date: String,
    pub local_time: String,
    pub timezone: String,
}

impl LocalTime {
    /// Reads `at` in the zone; an unknown zone reads as UTC and says so in `timezone`.
    pub fn of(at: Timestamp, timezone: &str) -> Self {
        let zone = zone(timezone);
        let zoned = at.to_zoned(zone.clone().unwrap_or(TimeZone::UTC));
        Self {
            local_date: zoned.strftime("%Y-%m-%d").to_string(),
            local_time: zoned.strftime("%H:%M").to_string(),
            timezone: if zone.is_some() { timezone.to_owned() } else { "UTC".to_owned() },
        }
    }
}

/// The IANA time zone of that name, if there is one.
pub fn zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok()
}

/// Why a text is no instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is no instant (RFC 3339), such as 2027-03-12T20:00:00Z: {0}")]
pub struct NoInstant(String);

/// Reads an instant as RFC 3339 writes it. A zone in brackets is another standard's (RFC 9557), and may contradict the offset before it.
pub fn instant(text: &str) -> Result<Timestamp, NoInstant> {
    if text.contains('[') {
        return Err(NoInstant("a zone in brackets".to_owned()));
    }
    text.parse().map_err(|fault: jiff::Error| NoInstant(fault.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_instant_is_another_day_elsewhere() {
        let at: Timestamp = "2027-03-12T20:00:00Z".parse().expect("an instant");
        assert_eq!(LocalTime::of(at, "Australia/Brisbane").local_date, "2027-03-13");
        assert_eq!(LocalTime::of(at, "America/New_York").local_time, "15:00");
        assert_eq!(LocalTime::of(at, "Nowhere/Land").timezone, "UTC");
    }

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        let twin = clock.clone();
        twin.advance(std::time::Duration::from_secs(5));
        assert_eq!(clock.now().as_second(), 5);
    }

    #[test]
    fn a_stopwatch_goes_on() {
        let watch = Stopwatch::start();
        assert!((0..1_000_000_000).any(|_| !watch.elapsed().is_zero()));
        let (before, seconds, after) = (watch.elapsed(), watch.seconds(), watch.elapsed());
        assert!((before.as_secs_f64()..=after.as_secs_f64()).contains(&seconds), "{before:?} {seconds} {after:?}");
    }

    #[test]
    fn an_instant_has_an_offset_and_no_zone_in_brackets() {
        for text in ["2027-03-12T20:00:00Z", "2027-03-12T20:00:00.5+10:00", "2027-03-12T20:00:00-03:30"] {
            assert!(instant(text).is_ok(), "{text}");
        }
        for text in [
            "2027-03-12T20:00:00Z[Europe/Berlin]",
            "2027-03-12T20:00:00+01:00[Europe/Berlin]",
            "2027-03-12T20:00:00Z[u-ca=hebrew]",
            "2027-03-12T20:00:00",
            "soon",
            "",
        ] {
            assert!(instant(text).is_err(), "{text}");
        }
    }
}
