//! The estimate: when whoever is at a place will be let in, from when those inside run out.
//!
//! With `L` inside, whoever waits at place `i` (from 0 on) waits for the one inside who runs out as the `i mod L`-th, then for
//! `floor(i / L)` whole rounds: `E[i mod L] + floor(i / L) · minutes − now + buffer`, in whole seconds. `E` is kept as a histogram by second,
//! at most one bin a second of the minutes inside, whatever `L`.

use std::collections::VecDeque;

/// How fast an event lets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How many may be inside at once; at least 1.
    pub slots: u32,
    /// How long each may be inside, in seconds.
    pub inside: u32,
    /// What is added to each estimate, in seconds.
    pub buffer: u32,
    /// How many are let in a minute at most.
    pub a_minute: Option<u32>,
}

/// When those inside run out: how many in which second.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Estimate {
    /// The second of the first bin.
    first: i64,
    bins: VecDeque<u32>,
    inside: u32,
}

impl Estimate {
    /// Lets `count` in who run out at this second, or out again who would have run out then (a negative count).
    /// Gives whether there were as many.
    pub fn change(&mut self, second: i64, count: i32) -> bool {
        self.reach(second);
        let Ok(at) = usize::try_from(second - self.first) else { return false };
        let Some(changed) = self.bins.get(at).and_then(|bin| bin.checked_add_signed(count)) else { return false };
        self.bins[at] = changed;
        self.inside = self.inside.saturating_add_signed(count);
        true
    }

    /// Lets out who has run out by now.
    pub fn expire(&mut self, now: i64) {
        while self.first <= now && !self.bins.is_empty() {
            self.inside -= self.bins.pop_front().unwrap_or_default();
            self.first += 1;
        }
    }

    /// When the k-th of those inside runs out, counted from 0.
    pub fn kth(&self, k: u32) -> Option<i64> {
        let mut sum = 0;
        let at = self.bins.iter().position(|bin| {
            sum += bin;
            sum > k
        });
        at.map(|at| self.first + at as i64)
    }

    /// Seconds that have somebody, with how many, in order.
    pub fn bins(&self) -> impl Iterator<Item = (i64, u32)> + '_ {
        self.bins.iter().enumerate().filter(|(_, count)| **count > 0).map(|(at, count)| (self.first + at as i64, *count))
    }

    /// In how many seconds whoever has `ahead` people before him will be let in.
    ///
    /// A free slot is as if somebody ran out now. Where more are inside than there are slots, those who run out first let nobody in.
    pub fn eta(&self, ahead: u32, now: i64, pace: &Pace) -> u32 {
        let (k, rounds) = (ahead % pace.slots.max(1), ahead / pace.slots.max(1));
        let kth = (k + self.inside).checked_sub(pace.slots).and_then(|k| self.kth(k));
        let by_slots = (kth.unwrap_or(now) - now).max(0) + i64::from(rounds) * i64::from(pace.inside);
        let by_rate = pace.a_minute.map_or(0, |a_minute| i64::from(ahead) * 60 / i64::from(a_minute.max(1)));
        u32::try_from(by_slots.max(by_rate) + i64::from(pace.buffer)).unwrap_or(u32::MAX)
    }

    /// Makes bins as far as this second. The empty histogram begins at its first second.
    fn reach(&mut self, second: i64) {
        if self.inside == 0 {
            self.bins.clear();
            self.first = second;
        }
        while second < self.first {
            self.bins.push_front(0);
            self.first -= 1;
        }
        let bins = usize::try_from(second - self.first).unwrap_or_default() + 1;
        if self.bins.len() < bins {
            self.bins.resize(bins, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{Rng as _, SeedableRng as _};

    /// The seed's rule on plain lists: `entered` in order of entering, who waits in order.
    struct Plain {
        entered: Vec<i64>,
        waiting: u32,
    }

    impl Plain {
        fn eta(&self, i: u32, now: i64, limit: u32) -> i64 {
            let Some(entered) = self.entered.get((i % limit) as usize) else { return 10 + i64::from(i / limit) * 600 };
            (entered + (i64::from(i / limit) + 1) * 600 - now) + 10
        }

        fn let_in(&mut self, kept: &mut Estimate, now: i64, limit: u32) {
            while self.entered.len() < limit as usize && self.waiting > 0 {
                self.waiting -= 1;
                self.entered.push(now);
                assert!(kept.change(now + 600, 1));
            }
        }
    }

    fn agrees(limit: u32, steps: u32) -> u64 {
        let pace = Pace { slots: limit, inside: 600, buffer: 10, a_minute: None };
        let mut chance = StdRng::seed_from_u64(u64::from(limit));
        let (mut plain, mut kept, mut now, mut compared) = (Plain { entered: vec![], waiting: 0 }, Estimate::default(), 1_000, 0);
        for _ in 0..steps {
            match chance.random_range(0..10) {
                0..4 => plain.waiting = (plain.waiting + 1).min(40 * limit),
                4 => plain.waiting = plain.waiting.saturating_sub(1),
                5 | 6 if !plain.entered.is_empty() => {
                    let out = plain.entered.remove(chance.random_range(0..plain.entered.len()));
                    assert!(kept.change(out + 600, -1), "he is inside");
                }
                _ => now += chance.random_range(0..=i64::from(120 / limit)),
            }
            plain.entered.retain(|entered| entered + 600 > now);
            kept.expire(now);
            plain.let_in(&mut kept, now, limit);
            assert_eq!(kept.inside as usize, plain.entered.len());
            assert!(kept.bins.len() <= 601, "a bin a second at most");
            if plain.waiting > 0 {
                let i = chance.random_range(0..plain.waiting);
                assert_eq!(i64::from(kept.eta(i, now, &pace)), plain.eta(i, now, limit), "place {i} of {limit} at {now}");
                compared += 1;
            }
        }
        compared
    }

    #[test]
    fn the_estimate_is_the_seeds_rule_on_plain_lists() {
        for limit in [1, 3, 7, 50] {
            assert!(agrees(limit, 100_000) > 50_000, "somebody waits most of the time");
        }
    }

    #[test]
    fn a_smaller_limit_and_a_rate_make_everybody_wait_longer_and_a_free_slot_nobody() {
        let mut inside = Estimate::default();
        (1..=4).for_each(|n| assert!(inside.change(100 * n, 1)));
        let pace = |slots, a_minute| Pace { slots, inside: 600, buffer: 0, a_minute };
        assert_eq!(inside.eta(0, 0, &pace(4, None)), 100);
        assert_eq!(inside.eta(0, 0, &pace(2, None)), 300, "two must run out before there is room");
        assert_eq!((inside.eta(1, 0, &pace(6, None)), inside.eta(2, 0, &pace(6, None))), (0, 100));
        assert_eq!(inside.eta(4, 0, &pace(4, None)), 700, "one round more");
        assert_eq!(inside.eta(2, 0, &pace(6, Some(1))), 120);
        assert!(!inside.change(500, -1) && !inside.change(150, -1), "nobody runs out then");
    }
}
