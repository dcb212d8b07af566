//! The knobs of waiting.

use std::time::Duration;

use crate::rules::hoard::HoardLimits;

/// How long is waited and offered, and how often a party may be passed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Knobs {
    /// How long an offer stands.
    pub offer: Duration,
    /// How long somebody waits for places that are only held.  Source: the contract, one hour.
    pub held: Duration,
    /// How often a head may be passed by smaller or differently choosing parties before places are kept for it.
    pub bypasses: u32,
    /// How long after it was first passed by places are kept for it, however often that was.
    pub patience: Duration,
    /// How long places are kept together for one head; then the others have their turn again.
    pub keep: Duration,
    /// Who may wait at one event at once.
    pub most: usize,
    /// How many lines there may be at one event for parties that do not take every tier: each costs a look when something comes free.
    pub choices: usize,
    /// How many are offered something by one command; the rest by those that follow at once.
    pub offers: usize,
    /// How many entries and places may wait at one event from one address.
    pub hoards: HoardLimits,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            offer: Duration::from_secs(120),
            held: Duration::from_secs(3_600),
            bypasses: 10,
            patience: Duration::from_secs(300),
            keep: Duration::from_secs(120),
            most: 100_000,
            choices: 256,
            offers: 100,
            hoards: HoardLimits::default(),
        }
    }
}
