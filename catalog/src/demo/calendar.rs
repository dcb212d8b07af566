//! Days from today, and what a wall clock in a city shows on them.

use jiff::civil::{Date, Weekday, time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// The demo's days: 0 is today in UTC.
#[derive(Debug, Clone, Copy)]
pub struct Calendar {
    pub today: Date,
    pub now: Timestamp,
}

impl Calendar {
    pub fn new(now: Timestamp) -> Self {
        Self { today: now.to_zoned(TimeZone::UTC).date(), now }
    }

    /// Midnight UTC of day 0.
    pub fn start(&self) -> Timestamp {
        self.at(0, 0, 0, &TimeZone::UTC)
    }

    pub fn date(&self, day: i64) -> Date {
        self.today.saturating_add(day.days())
    }

    pub fn weekday(&self, day: i64) -> Weekday {
        self.date(day).weekday()
    }

    /// The first day from `day` on that falls on one of `weekdays`.
    pub fn next(&self, day: i64, weekdays: &[Weekday]) -> i64 {
        (day..day + 7).find(|day| weekdays.contains(&self.weekday(*day))).unwrap_or(day)
    }

    /// The instant at which the zone's clocks show that time; in the gap of a clock change, the time after it.
    pub fn at(&self, day: i64, hour: i8, minute: i8, zone: &TimeZone) -> Timestamp {
        let local = self.date(day).to_datetime(time(hour.clamp(0, 23), minute.clamp(0, 59), 0, 0));
        zone.to_ambiguous_timestamp(local).compatible().unwrap_or(self.now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_counted_from_today_and_shown_in_local_time() {
        let calendar = Calendar::new("2026-11-22T12:00:00Z".parse().expect("an instant"));
        let zone = TimeZone::get("Australia/Brisbane").expect("bundled");
        assert_eq!(calendar.at(1, 20, 0, &zone).to_string(), "2026-11-23T10:00:00Z");
        assert_eq!(calendar.weekday(0), Weekday::Sunday);
        assert_eq!(calendar.next(0, &[Weekday::Friday, Weekday::Saturday]), 5);
    }
}
