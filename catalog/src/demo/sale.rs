//! When tickets are sold: most sales are open, some open in the next minutes, hours and days.

use jiff::{SignedDuration, Timestamp};

use super::calendar::Calendar;
use super::dice::Dice;

/// One programme's on-sale: all its dates open together.
#[derive(Debug, Clone, Copy)]
pub struct Sale {
    /// Nothing is sold before.
    pub opens_at: Timestamp,
    pub buyer_limit: Option<u32>,
}

impl Sale {
    /// Draws an opening for events that start on `first_day` or later.
    pub fn draw(dice: &mut Dice, calendar: &Calendar, first_day: i64) -> Self {
        let now = calendar.now.as_second() / 60 * 60;
        let roll = dice.unit();
        let past = now - dice.range(2, 150) * 86_400 - dice.range(0, 20) * 1_800;
        let opens = match () {
            () if first_day >= 2 && roll < 0.008 => now + dice.range(1, 11) * 300,
            () if first_day >= 3 && roll < 0.022 => now + dice.range(1, 20) * 3_600,
            () if first_day > 25 && roll < 0.085 => ten_o_clock(now) + dice.range(1, 14) * 86_400,
            () => past.min(now - first_day.min(0).abs() * 86_400 - 7 * 86_400 * i64::from(first_day < 0)),
        };
        let buyer_limit = dice.chance(0.03).then(|| [4, 6, 8][dice.below(3)]);
        Self { opens_at: Timestamp::from_second(opens).unwrap_or(calendar.now), buyer_limit }
    }

    /// The opening for a date, which never lies less than an hour before its start.
    pub fn opens_for(&self, starts_at: Timestamp) -> Timestamp {
        let latest = starts_at.saturating_sub(SignedDuration::from_hours(1)).unwrap_or(starts_at);
        if self.opens_at < latest {
            self.opens_at
        } else {
            starts_at.saturating_sub(SignedDuration::from_hours(24 * 30)).unwrap_or(latest)
        }
    }
}

/// Ten in the morning (UTC) of that second's day.
fn ten_o_clock(second: i64) -> i64 {
    second.div_euclid(86_400) * 86_400 + 36_000
}
