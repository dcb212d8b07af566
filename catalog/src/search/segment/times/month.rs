//! Months by number, as counts of them are indexed.

use jiff::civil::Date;

use crate::index::date_of;

/// Months are numbered from here, so that 0 is no month.
const FIRST_YEAR: i64 = 1_400;

/// Those before the year 2100 have numbers below this one; later ones are rare.
pub const MONTHS: usize = (2_100 - FIRST_YEAR as usize) * 12 + 1;

/// The number of the month of a day since 1970-01-01; 0 before the year 1400.
pub fn month_of(day: i64) -> u32 {
    let month = |date: Date| (i64::from(date.year()) - FIRST_YEAR) * 12 + i64::from(date.month());
    date_of(day).and_then(|date| u32::try_from(month(date)).ok()).unwrap_or(0)
}

/// A month by its number: `2027-03`.
pub fn month_text(number: usize) -> String {
    let before = number.saturating_sub(1);
    format!("{:04}-{:02}", FIRST_YEAR as usize + before / 12, before % 12 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::day_number;

    #[test]
    fn every_day_has_the_month_of_its_date() {
        for text in
            ["1400-01-01", "1653-02-28", "1969-12-31", "1970-01-01", "2000-02-29", "2027-12-31", "2100-03-01", "9999-12-31"]
        {
            let day = day_number(text.parse().expect("a date"));
            assert_eq!(month_text(month_of(day) as usize), text[..7], "{text}");
        }
        assert_eq!((month_of(-1_000_000), month_of(i64::MAX)), (0, 0), "long before, and no day");
    }
}
