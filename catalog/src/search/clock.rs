//! Days and times as answers write them: a page of hits has a hundred, most of them in four-digit years and whole seconds.

use std::io::Write as _;

use jiff::Timestamp;
use jiff::civil::DateTime;

/// A day on the calendar: the months from the year 0 to its own, and which day of it, from 1.
///
/// Takes     `day`: days since 1970-01-01.
/// Source    days to civil dates: Howard Hinnant, "chrono-compatible low-level date algorithms".
#[inline]
pub fn civil(day: i64) -> (i64, i64) {
    let day = day + 719_468;
    let (era, of_era) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    // Counted from March, so that the day of a leap year comes last.
    let month = (5 * of_year + 2) / 153;
    ((year + era * 400) * 12 + month + 2, of_year - (153 * month + 2) / 5 + 1)
}

/// Months are numbered from here, so that 0 is no month.
pub const FIRST_YEAR: i64 = 1_400;

/// Those before the year 2100 have numbers below this one; later ones are rare.
pub const MONTHS: usize = (2_100 - FIRST_YEAR as usize) * 12 + 1;

/// The number of the month of a day since 1970-01-01; 0 before the year 1400.
#[inline]
pub fn month_of(day: i64) -> usize {
    let (months, _) = civil(day);
    usize::try_from(months - FIRST_YEAR * 12 + 1).unwrap_or(0)
}

/// RFC 3339, in UTC: `"2027-03-12T10:00:00Z"`.
pub fn instant(out: &mut Vec<u8>, at: Timestamp) {
    const DAY: i64 = 86_400;
    let (day, second) = (at.as_second().div_euclid(DAY), at.as_second().rem_euclid(DAY));
    let (months, of_month) = civil(day);
    let mut text = *b"\"0000-00-00T00:00:00Z\"";
    if at.subsec_nanosecond() != 0 || !put_date(&mut text, months.div_euclid(12), months.rem_euclid(12) + 1, of_month) {
        return drop(write!(out, "\"{at}\""));
    }
    put_two(&mut text, 12, second / 3_600);
    put_two(&mut text, 15, second / 60 % 60);
    put_two(&mut text, 18, second % 60);
    out.extend_from_slice(&text);
}

/// `"2027-03-12"`
pub fn date(out: &mut Vec<u8>, local: DateTime) {
    let mut text = *b"\"0000-00-00\"";
    match put_date(&mut text, local.year().into(), local.month().into(), local.day().into()) {
        true => out.extend_from_slice(&text),
        false => drop(write!(out, "\"{}\"", local.strftime("%Y-%m-%d"))),
    }
}

/// `"20:00"`
pub fn time(out: &mut Vec<u8>, local: DateTime) {
    let mut text = *b"\"00:00\"";
    put_two(&mut text, 1, local.hour().into());
    put_two(&mut text, 4, local.minute().into());
    out.extend_from_slice(&text);
}

/// Fills in `"0000-00-00`; tells whether the year has four digits.
#[inline]
fn put_date(text: &mut [u8], year: i64, month: i64, day: i64) -> bool {
    put_two(text, 1, year / 100);
    put_two(text, 3, year % 100);
    put_two(text, 6, month);
    put_two(text, 9, day);
    (0..10_000).contains(&year)
}

#[inline]
fn put_two(text: &mut [u8], at: usize, number: i64) {
    let number = number as u8;
    text[at] = b'0' + number / 10 % 10;
    text[at + 1] = b'0' + number % 10;
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// What is written, as text.
    pub fn written(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn an_instant_is_written_as_serde_writes_it() {
        let seconds =
            [-377_000_000_000, -62_200_000_000, -62_135_596_800, -62_167_219_201, -62_167_219_200, -1, 0, 1_795_384_307];
        for second in seconds.into_iter().chain([951_782_400, 951_868_799, 253_402_207_200]) {
            let at = Timestamp::from_second(second).expect("in range");
            assert_eq!(written(|out| instant(out, at)), serde_json::to_string(&at).expect("JSON"));
        }
        let fine = Timestamp::from_microsecond(1_500_000).expect("in range");
        assert_eq!(written(|out| instant(out, fine)), serde_json::to_string(&fine).expect("JSON"));
    }

    #[test]
    fn a_local_time_is_written_as_jiff_writes_it() {
        for text in ["2027-03-02T20:05", "0001-01-01T00:00", "9999-12-31T23:59", "-000044-03-15T12:00"] {
            let local: DateTime = text.parse().expect("a time");
            assert_eq!(written(|out| date(out, local)), format!("\"{}\"", local.strftime("%Y-%m-%d")));
            assert_eq!(written(|out| time(out, local)), format!("\"{}\"", local.strftime("%H:%M")));
        }
    }

    #[test]
    fn every_day_of_four_centuries_is_on_the_calendar() {
        let first = jiff::civil::date(1_800, 1, 1);
        for (number, date) in (crate::index::day_number(first)..).zip(first.series(jiff::Span::new().days(1))).take(146_097) {
            let months = i64::from(date.year()) * 12 + i64::from(date.month()) - 1;
            assert_eq!(civil(number), (months, date.day().into()), "{date}");
        }
    }
}
