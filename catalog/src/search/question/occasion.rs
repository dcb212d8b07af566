//! Occasions: today, tonight, tomorrow and this weekend, each by the calendar of the venue.

use std::ops::Range;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// When an evening begins.
const EVENING: Time = Time::constant(17, 0, 0, 0);
/// When a night ends, on the next morning.
const MORNING: Time = Time::constant(4, 0, 0, 0);

/// A span of time that is another one in every zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// The venue's own day.
    Today,
    /// From 17:00 to 04:00; after midnight, the night that is still on.
    Tonight,
    Tomorrow,
    /// Friday to Sunday: the one that is on, else the next.
    Weekend,
}

impl Occasion {
    pub const ALL: [Self; 4] = [Self::Today, Self::Tonight, Self::Tomorrow, Self::Weekend];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::Tonight => "tonight",
            Self::Tomorrow => "tomorrow",
            Self::Weekend => "weekend",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|occasion| occasion.as_str() == text)
    }

    /// The seconds that it is in a zone, at an instant.
    pub(crate) fn seconds(self, now: Timestamp, zone: &TimeZone) -> Range<i64> {
        let local = now.to_zoned(zone.clone());
        let (today, clock) = (local.date(), local.time());
        let at = |days: i64, time: Time| second(today.saturating_add(days.days()), time, zone);
        let midnight = Time::midnight();
        match self {
            Self::Today => at(0, midnight)..at(1, midnight),
            Self::Tomorrow => at(1, midnight)..at(2, midnight),
            Self::Tonight if clock < MORNING => at(-1, EVENING)..at(0, MORNING),
            Self::Tonight => at(0, EVENING)..at(1, MORNING),
            Self::Weekend => {
                let friday = 4 - i64::from(today.weekday().to_monday_zero_offset());
                at(friday, midnight)..at(friday + 3, midnight)
            }
        }
    }
}

/// A local time as a second; one that a change of clocks leaves out is the one after the change.
fn second(date: Date, time: Time, zone: &TimeZone) -> i64 {
    let zoned = zone.to_ambiguous_zoned(date.to_datetime(time)).compatible();
    zoned.map_or(0, |zoned| zoned.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(occasion: Occasion, now: &str, zone: &str) -> (String, String) {
        let zone = domain::time::zone(zone).expect("a zone");
        let seconds = occasion.seconds(now.parse().expect("an instant"), &zone);
        let local =
            |second| Timestamp::from_second(second).expect("in range").to_zoned(zone.clone()).strftime("%a %F %R").to_string();
        (local(seconds.start), local(seconds.end))
    }

    #[test]
    fn one_instant_is_another_evening_elsewhere() {
        let table = [
            ("2027-03-12T12:00:00Z", "Pacific/Auckland", "Fri 2027-03-12 17:00", "Sat 2027-03-13 04:00"),
            ("2027-03-12T12:00:00Z", "Pacific/Kiritimati", "Fri 2027-03-12 17:00", "Sat 2027-03-13 04:00"),
            ("2027-03-12T14:00:00Z", "Pacific/Kiritimati", "Sat 2027-03-13 17:00", "Sun 2027-03-14 04:00"),
            ("2027-03-12T12:00:00Z", "America/Los_Angeles", "Fri 2027-03-12 17:00", "Sat 2027-03-13 04:00"),
            ("2027-03-12T12:00:00Z", "Pacific/Pago_Pago", "Thu 2027-03-11 17:00", "Fri 2027-03-12 04:00"),
        ];
        for (now, zone, from, to) in table {
            assert_eq!(span(Occasion::Tonight, now, zone), (from.to_owned(), to.to_owned()), "{zone}");
        }
    }

    #[test]
    fn a_weekend_is_friday_to_sunday_and_the_clocks_may_change_in_it() {
        let table = [
            ("2027-03-08T00:00:00Z", "UTC", "Fri 2027-03-12 00:00", "Mon 2027-03-15 00:00"),
            ("2027-03-12T00:00:00Z", "UTC", "Fri 2027-03-12 00:00", "Mon 2027-03-15 00:00"),
            ("2027-03-14T23:59:59Z", "UTC", "Fri 2027-03-12 00:00", "Mon 2027-03-15 00:00"),
            ("2027-03-14T23:59:59Z", "Asia/Tokyo", "Fri 2027-03-19 00:00", "Mon 2027-03-22 00:00"),
            ("2027-03-27T12:00:00Z", "Europe/Berlin", "Fri 2027-03-26 00:00", "Mon 2027-03-29 00:00"),
        ];
        for (now, zone, from, to) in table {
            assert_eq!(span(Occasion::Weekend, now, zone), (from.to_owned(), to.to_owned()), "{now} {zone}");
        }
        let berlin = domain::time::zone("Europe/Berlin").expect("a zone");
        let seconds = Occasion::Weekend.seconds("2027-03-27T12:00:00Z".parse().expect("an instant"), &berlin);
        assert_eq!(seconds.end - seconds.start, 71 * 3_600, "an hour is missing that Sunday");
    }

    #[test]
    fn days_end_at_the_venues_midnight() {
        assert_eq!(
            span(Occasion::Tomorrow, "2027-03-12T15:00:00Z", "Asia/Tokyo"),
            ("Sun 2027-03-14 00:00".into(), "Mon 2027-03-15 00:00".into())
        );
        assert_eq!(
            span(Occasion::Today, "2027-03-12T03:00:00Z", "America/New_York"),
            ("Thu 2027-03-11 00:00".into(), "Fri 2027-03-12 00:00".into())
        );
        assert!(Occasion::ALL.iter().all(|occasion| Occasion::parse(occasion.as_str()) == Some(*occasion)));
    }
}
