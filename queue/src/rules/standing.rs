//! Where everybody stands who ever joined, and when he was last heard of: by number.

use std::collections::HashMap;

/// How long somebody counts as here after his last sign of life, in seconds: a page that asks again every half minute is here.
pub const HERE: i64 = 60;

/// Where somebody stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum Standing {
    /// Nobody has this number, as far as the rows say.
    #[default]
    Nobody,
    Waiting,
    /// His turn has come and he is away: a slot is kept for him.
    Called,
    Inside,
    /// He left.
    Left,
    /// He was inside and his time is over, or his turn passed while he was away.
    Over,
}

/// Everybody's standing, and who is here.
#[derive(Debug, Default)]
pub struct Standings {
    of: Vec<Standing>,
    /// Seconds from `zero` to the last sign of life; 0: none since this start.
    heard: Vec<u32>,
    /// How many streams each has open.
    open: HashMap<u32, u32>,
    zero: i64,
}

impl Standings {
    /// Takes     `zero`: a second at which nobody was heard of yet.
    pub fn new(zero: i64) -> Self {
        Self { zero: zero - 1, ..Self::default() }
    }

    /// As the rows say; nobody was heard of since.
    pub fn restored(of: Vec<Standing>, zero: i64) -> Self {
        Self { heard: vec![0; of.len()], of, ..Self::new(zero) }
    }

    pub fn of(&self, number: u32) -> Standing {
        self.of.get(number as usize).copied().unwrap_or_default()
    }

    pub fn set(&mut self, number: u32, standing: Standing) {
        let at = number as usize;
        if at >= self.of.len() {
            self.of.resize(at + 1, Standing::Nobody);
            self.heard.resize(at + 1, 0);
        }
        self.of[at] = standing;
    }

    /// A sign of life.
    pub fn heard(&mut self, number: u32, now: i64) {
        let since = u32::try_from(now - self.zero).unwrap_or(1);
        if let Some(heard) = self.heard.get_mut(number as usize) {
            *heard = since.max(*heard);
        }
    }

    /// A stream begins.
    pub fn opened(&mut self, number: u32) {
        *self.open.entry(number).or_default() += 1;
    }

    /// A stream ends: from now on its owner is heard of no more than others.
    pub fn closed(&mut self, number: u32, now: i64) {
        if let Some(open) = self.open.get_mut(&number) {
            *open -= 1;
            if *open == 0 {
                self.open.remove(&number);
            }
        }
        self.heard(number, now);
    }

    /// Whether he has a stream open or was heard of lately.
    pub fn is_here(&self, number: u32, now: i64) -> bool {
        let lately = |heard: &u32| *heard > 0 && self.zero + i64::from(*heard) + HERE >= now;
        self.open.contains_key(&number) || self.heard.get(number as usize).is_some_and(lately)
    }

    /// How many have a stream open.
    pub fn connected(&self) -> usize {
        self.open.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_was_heard_of_lately_or_has_a_stream_is_here() {
        let mut all = Standings::new(1_000);
        all.set(3, Standing::Waiting);
        assert!(!all.is_here(3, 1_000) && !all.is_here(9, 1_000));
        all.heard(3, 1_000);
        assert!(all.is_here(3, 1_060) && !all.is_here(3, 1_061));
        all.opened(3);
        all.opened(3);
        all.closed(3, 1_100);
        assert!(all.is_here(3, 9_000), "one of two streams is open");
        all.closed(3, 2_000);
        assert!(all.is_here(3, 2_060) && !all.is_here(3, 2_061));
        assert_eq!((all.connected(), all.of(3), all.of(0)), (0, Standing::Waiting, Standing::Nobody));
    }
}
