//! Whether there is a queue where there is one only from a load on.

/// How long a queue lasts after the last second above the load, while nobody waits.
const QUIET: i64 = 60;

/// Joins and attempts to hold by second, and whether they have made a queue.
#[derive(Debug, Clone, Copy, Default)]
pub struct Load {
    second: i64,
    count: u32,
    /// The last second above the load.
    above: Option<i64>,
}

impl Load {
    /// Counts one. Gives whether there is a queue.
    pub fn came(&mut self, above: u32, now: i64) -> bool {
        if now != self.second {
            (self.second, self.count) = (now, 0);
        }
        self.count = self.count.saturating_add(1);
        if self.count > above {
            self.above = Some(now);
        }
        self.above.is_some()
    }

    /// Whether there is a queue.
    pub fn is_high(&self) -> bool {
        self.above.is_some()
    }

    /// Says that there are people in line from before.
    pub fn resume(&mut self, now: i64) {
        self.above = Some(now);
    }

    /// Ends the queue when nobody waits and the load was low for a minute.
    pub fn rest(&mut self, nobody_waits: bool, now: i64) {
        if nobody_waits && self.above.is_some_and(|above| above + QUIET < now) {
            self.above = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_above_the_load_makes_a_queue_and_a_quiet_minute_ends_it() {
        let mut load = Load::default();
        assert!((0..50).all(|n| !load.came(5, n / 5)), "five a second are not more than five");
        assert!(!(0..5).any(|_| load.came(5, 20)) && load.came(5, 20));
        load.rest(false, 200);
        assert!(load.is_high(), "somebody waits");
        load.rest(true, 80);
        assert!(load.is_high());
        load.rest(true, 81);
        assert!(!load.is_high() && !load.came(5, 82));
    }
}
