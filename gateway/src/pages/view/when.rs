//! Instants as people read them: the venue's own date and time, and how long until something.

use domain::time::zone;
use jiff::{Timestamp, tz::TimeZone};

/// An instant on the venue's wall, cut into the pieces that pages show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When {
    /// For `<time datetime>`: RFC 3339 with the venue's offset, or the date alone.
    pub iso: String,
    pub weekday: String,
    pub day: String,
    pub month: String,
    pub year: String,
    /// `20:00`; empty when only the day is known.
    pub time: String,
    /// `Friday 12 March 2027`.
    pub long: String,
    /// `Fri 12 Mar 2027`.
    pub short: String,
}

impl When {
    /// Reads the instant in the zone; an unknown zone reads as UTC. Without `minute`, the hour is unknown and stays unsaid.
    pub fn of(at: Timestamp, timezone: &str, minute: bool) -> Self {
        let zoned = at.to_zoned(zone(timezone).unwrap_or(TimeZone::UTC));
        let say = |format: &str| zoned.strftime(format).to_string();
        Self {
            iso: if minute { say("%Y-%m-%dT%H:%M:%S%:z") } else { say("%Y-%m-%d") },
            weekday: say("%a"),
            day: say("%-d"),
            month: say("%b"),
            year: say("%Y"),
            time: if minute { say("%H:%M") } else { String::new() },
            long: say("%A %-d %B %Y"),
            short: say("%a %-d %b %Y"),
        }
    }

    /// `Fri 12 Mar 2027, 20:00`, with the zone's name when it helps someone far away.
    pub fn with_time(&self) -> String {
        if self.time.is_empty() { self.short.clone() } else { format!("{}, {}", self.short, self.time) }
    }
}

/// How long, in its two largest units: `2 days 3 hours`, `4 minutes`, `35 seconds`.
pub fn wait(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let first = units.iter().position(|(size, _)| seconds >= *size).unwrap_or(units.len() - 1);
    let mut rest = seconds;
    let parts: Vec<String> = units[first..(first + 2).min(units.len())]
        .iter()
        .filter_map(|(size, name)| {
            let count = rest / size;
            rest %= size;
            (count > 0).then(|| format!("{count} {name}{}", if count == 1 { "" } else { "s" }))
        })
        .collect();
    if parts.is_empty() { "a moment".to_owned() } else { parts.join(" ") }
}

/// `2027-03` as `March 2027`; anything else as it is.
pub fn month_name(month: &str) -> String {
    let first: Result<jiff::civil::Date, _> = format!("{month}-01").parse();
    first.map_or_else(|_| month.to_owned(), |date| date.strftime("%B %Y").to_string())
}

/// `2027-03` as `Mar 2027`.
pub fn month_short(month: &str) -> String {
    let first: Result<jiff::civil::Date, _> = format!("{month}-01").parse();
    first.map_or_else(|_| month.to_owned(), |date| date.strftime("%b %Y").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn an_event_reads_in_its_venues_own_time() {
        let when = When::of(at("2027-03-12T10:00:00Z"), "Australia/Brisbane", true);
        assert_eq!((when.iso.as_str(), when.with_time().as_str()), ("2027-03-12T20:00:00+10:00", "Fri 12 Mar 2027, 20:00"));
        let day = When::of(at("2027-03-12T10:00:00Z"), "Nowhere/Land", false);
        assert_eq!((day.iso.as_str(), day.time.as_str(), day.long.as_str()), ("2027-03-12", "", "Friday 12 March 2027"));
    }

    #[test]
    fn a_wait_is_said_in_two_units() {
        let table = [
            (-5, "a moment"),
            (0, "a moment"),
            (1, "1 second"),
            (60, "1 minute"),
            (61, "1 minute 1 second"),
            (3_600, "1 hour"),
            (90_061, "1 day 1 hour"),
            (86_400 * 2 + 60, "2 days"),
        ];
        for (seconds, text) in table {
            assert_eq!(wait(seconds), text, "{seconds}");
        }
    }

    #[test]
    fn a_month_has_a_name() {
        assert_eq!((month_name("2027-02").as_str(), month_short("2027-02").as_str()), ("February 2027", "Feb 2027"));
        assert_eq!(month_name("soon"), "soon");
    }
}
