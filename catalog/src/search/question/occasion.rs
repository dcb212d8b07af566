//! Occasions: today, tonight, tomorrow, this weekend, the days of the week, each by the calendar of the venue.

use std::ops::Range;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::spelt::spelt;

/// When an evening begins.
const EVENING: Time = Time::constant(17, 0, 0, 0);
/// When a night ends, on the next morning.
const MORNING: Time = Time::constant(4, 0, 0, 0);

/// A span of time that is another one in every zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// The venue's own day.
    Today,
    /// Today from 17:00, until 04:00.
    Tonight,
    Tomorrow,
    /// Saturday and Sunday: the one that is on, else the next.
    Weekend,
    NextWeekend,
    /// Until Sunday.
    Week,
    NextWeek,
    /// The next such day, today if it is one.
    On(Weekday),
    /// The next such day after today.
    Next(Weekday),
}

spelt!(Occasion {
    Today = "today", Tonight = "tonight", Tomorrow = "tomorrow", Weekend = "weekend", NextWeekend = "next_weekend", Week = "week",
    NextWeek = "next_week",
    On(Weekday::Monday) = "monday", On(Weekday::Tuesday) = "tuesday", On(Weekday::Wednesday) = "wednesday",
    On(Weekday::Thursday) = "thursday", On(Weekday::Friday) = "friday", On(Weekday::Saturday) = "saturday", On(Weekday::Sunday) = "sunday",
    Next(Weekday::Monday) = "next_monday", Next(Weekday::Tuesday) = "next_tuesday", Next(Weekday::Wednesday) = "next_wednesday",
    Next(Weekday::Thursday) = "next_thursday", Next(Weekday::Friday) = "next_friday", Next(Weekday::Saturday) = "next_saturday",
    Next(Weekday::Sunday) = "next_sunday",
});

impl Occasion {
    /// The seconds that it is in a zone, at an instant.
    pub(crate) fn seconds(self, now: Timestamp, zone: &TimeZone) -> Range<i64> {
        let today = now.to_zoned(zone.clone()).date();
        let since_monday = i64::from(today.weekday().to_monday_zero_offset());
        let at = |days: i64, time: Time| second(today.saturating_add(days.days()), time, zone);
        let days = |from: i64, to: i64| at(from, Time::midnight())..at(to, Time::midnight());
        match self {
            Self::Today => days(0, 1),
            Self::Tomorrow => days(1, 2),
            Self::Tonight => at(0, EVENING)..at(1, MORNING),
            Self::Weekend => days(5 - since_monday, 7 - since_monday),
            Self::NextWeekend => days(12 - since_monday, 14 - since_monday),
            Self::Week => days(0, 7 - since_monday),
            Self::NextWeek => days(7 - since_monday, 14 - since_monday),
            Self::On(day) | Self::Next(day) => {
                let ahead = (i64::from(day.to_monday_zero_offset()) - since_monday).rem_euclid(7);
                let ahead = if ahead == 0 && self == Self::Next(day) { 7 } else { ahead };
                days(ahead, ahead + 1)
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
            ("2027-03-12T12:00:00Z", "Pacific/Auckland", "Sat 2027-03-13 17:00", "Sun 2027-03-14 04:00"),
            ("2027-03-12T14:00:00Z", "Pacific/Kiritimati", "Sat 2027-03-13 17:00", "Sun 2027-03-14 04:00"),
            ("2027-03-12T12:00:00Z", "America/Los_Angeles", "Fri 2027-03-12 17:00", "Sat 2027-03-13 04:00"),
            ("2027-03-12T12:00:00Z", "Pacific/Pago_Pago", "Fri 2027-03-12 17:00", "Sat 2027-03-13 04:00"),
        ];
        for (now, zone, from, to) in table {
            assert_eq!(span(Occasion::Tonight, now, zone), (from.to_owned(), to.to_owned()), "{zone}");
        }
    }

    #[test]
    fn a_weekend_is_saturday_and_sunday_and_the_clocks_may_change_in_it() {
        let table = [
            ("2027-03-08T00:00:00Z", "UTC", "Sat 2027-03-13 00:00", "Mon 2027-03-15 00:00"),
            ("2027-03-12T00:00:00Z", "UTC", "Sat 2027-03-13 00:00", "Mon 2027-03-15 00:00"),
            ("2027-03-14T23:59:59Z", "UTC", "Sat 2027-03-13 00:00", "Mon 2027-03-15 00:00"),
            ("2027-03-14T23:59:59Z", "Asia/Tokyo", "Sat 2027-03-20 00:00", "Mon 2027-03-22 00:00"),
            ("2027-03-27T12:00:00Z", "Europe/Berlin", "Sat 2027-03-27 00:00", "Mon 2027-03-29 00:00"),
        ];
        for (now, zone, from, to) in table {
            assert_eq!(span(Occasion::Weekend, now, zone), (from.to_owned(), to.to_owned()), "{now} {zone}");
        }
        let berlin = domain::time::zone("Europe/Berlin").expect("a zone");
        let seconds = Occasion::Weekend.seconds("2027-03-27T12:00:00Z".parse().expect("an instant"), &berlin);
        assert_eq!(seconds.end - seconds.start, 47 * 3_600, "an hour is missing that Sunday");
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
        let now = "2027-03-12T12:00:00Z";
        let table = [
            (Occasion::Week, "Fri 2027-03-12 00:00", "Mon 2027-03-15 00:00"),
            (Occasion::NextWeek, "Mon 2027-03-15 00:00", "Mon 2027-03-22 00:00"),
            (Occasion::NextWeekend, "Sat 2027-03-20 00:00", "Mon 2027-03-22 00:00"),
            (Occasion::On(Weekday::Friday), "Fri 2027-03-12 00:00", "Sat 2027-03-13 00:00"),
            (Occasion::On(Weekday::Thursday), "Thu 2027-03-18 00:00", "Fri 2027-03-19 00:00"),
            (Occasion::Next(Weekday::Friday), "Fri 2027-03-19 00:00", "Sat 2027-03-20 00:00"),
            (Occasion::Next(Weekday::Saturday), "Sat 2027-03-13 00:00", "Sun 2027-03-14 00:00"),
        ];
        for (occasion, from, to) in table {
            assert_eq!(span(occasion, now, "UTC"), (from.to_owned(), to.to_owned()), "{occasion:?}");
        }
        assert!(Occasion::ALL.iter().all(|occasion| Occasion::parse(occasion.as_str()) == Some(*occasion)));
    }
}
