//! How many may be let in a minute: evenly, a second's worth at once.

/// Source: the generic cell rate algorithm (ITU-T I.371), in milliseconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rate {
    /// The instant at which the next one would be let in who comes evenly, in milliseconds.
    due: f64,
}

impl Rate {
    /// How many may be let in now.
    pub fn room(&self, a_minute: u32, now_ms: i64) -> u32 {
        let each = 60_000.0 / f64::from(a_minute.max(1));
        let ahead = (self.due - now_ms as f64).max(0.0);
        // what is allowed at once: a second's worth, and one at least
        ((each.max(1_000.0) - ahead) / each).max(0.0) as u32
    }

    /// Lets as many in.
    pub fn take(&mut self, a_minute: u32, now_ms: i64, count: u32) {
        let each = 60_000.0 / f64::from(a_minute.max(1));
        self.due = self.due.max(now_ms as f64) + each * f64::from(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_minute_has_more_than_the_rate_and_a_second_of_it() {
        for a_minute in [1, 7, 60, 600, 90_000] {
            let (mut rate, mut let_in) = (Rate::default(), 0);
            for now in (1_000_000..1_060_000).step_by(50) {
                let room = rate.room(a_minute, now);
                rate.take(a_minute, now, room);
                let_in += room;
            }
            assert!((a_minute..=a_minute + a_minute.div_ceil(60) + 1).contains(&let_in), "{let_in} of {a_minute}");
        }
    }
}
