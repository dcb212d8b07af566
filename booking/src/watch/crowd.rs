//! How often listeners are told: each version at once while they are few, what changed since the last beat while they are many.
//!
//! A sale makes some hundred versions a second; told to ten thousand listeners one by one, that is a million messages a second, and
//! the node would do nothing else. So the messages of a node have a budget: the more who listen, the slower the beat. Listeners are
//! dealt into phases, whose beats follow each other, so that whoever buys never waits behind all of them at once; those of a phase
//! hear the same words, which are put together and encoded once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// Messages that a node sends its listeners a second, about.
const MESSAGES: usize = 12_500;
/// The quickest beat, and the slowest: who waits longer than this for news has none that is live.
const QUICKEST: Duration = Duration::from_millis(50);
const SLOWEST: Duration = Duration::from_millis(3_200);
/// Phases of a beat.
pub const PHASES: usize = 16;

/// Everyone who listens on this node.
#[derive(Debug)]
pub struct Crowd {
    /// Up to so many hear each version by itself.
    few: usize,
    listening: AtomicUsize,
    next: AtomicUsize,
    began: Instant,
}

impl Crowd {
    pub fn new(few: usize) -> Arc<Crowd> {
        Arc::new(Crowd { few, listening: AtomicUsize::new(0), next: AtomicUsize::new(0), began: Instant::now() })
    }

    /// Counts one more listener, for as long as what it gives lives.
    pub fn join(self: &Arc<Self>) -> Member {
        self.listening.fetch_add(1, Ordering::Relaxed);
        let phase = self.next.fetch_add(1, Ordering::Relaxed) % PHASES;
        Member { crowd: Arc::clone(self), phase, told: None }
    }
}

/// How long a beat lasts where so many listen. A power of two of the quickest, so that listeners who come and go do not move it.
fn beat(listening: usize, few: usize) -> Option<Duration> {
    if listening <= few {
        return None;
    }
    let wanted = Duration::from_secs(1) * listening.try_into().unwrap_or(u32::MAX) / MESSAGES as u32;
    let mut beat = QUICKEST;
    while beat < wanted && beat < SLOWEST {
        beat *= 2;
    }
    Some(beat)
}

/// One listener's place in the crowd.
#[derive(Debug)]
pub struct Member {
    crowd: Arc<Crowd>,
    phase: usize,
    /// The beat at which it was told something last.
    told: Option<Beat>,
}

/// One beat of one phase: those who hear it hear the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beat {
    pub phase: usize,
    /// Its number, of beats of this length since the crowd began.
    number: u128,
    every: Duration,
}

impl Member {
    /// Waits until it may be told the next thing. Gives the beat at which that is; none where each version is told by itself.
    pub async fn turn(&mut self) -> Option<Beat> {
        let now = self.beat()?;
        if self.told != Some(now) {
            return Some(now);
        }
        // the same beat again: the next one is when its number has passed
        let lead = now.every * now.phase as u32 / PHASES as u32;
        let ends = u64::try_from((now.number + 1) * now.every.as_micros()).unwrap_or(u64::MAX);
        tokio::time::sleep_until(self.crowd.began + Duration::from_micros(ends).saturating_sub(lead)).await;
        self.beat()
    }

    /// It was told something at this beat, and hears nothing more before the next one.
    pub fn told(&mut self, beat: Option<Beat>) {
        self.told = beat;
    }

    fn beat(&self) -> Option<Beat> {
        let every = beat(self.crowd.listening.load(Ordering::Relaxed), self.crowd.few)?;
        let lead = every * self.phase as u32 / PHASES as u32;
        let number = (self.crowd.began.elapsed() + lead).as_micros() / every.as_micros();
        Some(Beat { phase: self.phase, number, every })
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.crowd.listening.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_listen_the_slower_the_beat() {
        let ms = |listening| beat(listening, 500).map(|beat| beat.as_millis());
        for (listening, expected) in [
            (0, None),
            (500, None),
            (501, Some(50)),
            (625, Some(50)),
            (626, Some(100)),
            (10_000, Some(800)),
            (20_000, Some(1_600)),
            (1_000_000, Some(3_200)),
        ] {
            assert_eq!(ms(listening), expected, "{listening}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_member_is_told_once_a_beat_and_phases_take_turns() {
        let crowd = Crowd::new(0);
        let mut members: Vec<Member> = (0..PHASES).map(|_| crowd.join()).collect();
        let mut turns = Vec::new();
        for member in &mut members {
            let first = member.turn().await;
            member.told(first);
            let second = member.turn().await;
            assert_ne!(first, second, "not twice at one beat");
            turns.push(crowd.began.elapsed());
        }
        assert!(turns.is_sorted(), "{turns:?}");
        assert!(turns.iter().all(|turn| *turn <= 2 * QUICKEST * PHASES as u32), "{turns:?}");
        drop(members);
        assert_eq!(crowd.join().crowd.listening.load(Ordering::Relaxed), 1, "who leaves is not counted");
    }
}
