//! How often those are told who watch an event: the more, the slower, so that telling them takes a bounded part of the node.

use std::time::Duration;

/// The pace for 2,000 and for 20,000; beyond, each 80 viewers a millisecond more, up to a second.  Source: shared/design/onsale.md, section 5.
const FEW: usize = 2_000;
const MANY: usize = 20_000;
const QUICK: Duration = Duration::from_millis(100);
const STEADY: Duration = Duration::from_millis(250);
const SLOWEST: Duration = Duration::from_millis(1_000);
const VIEWERS_A_MILLISECOND: u64 = 80;

/// The time from one frame of an event to the next, where so many watch it on this node.
pub fn cadence(viewers: usize) -> Duration {
    if viewers <= FEW {
        QUICK
    } else if viewers <= MANY {
        STEADY
    } else {
        Duration::from_millis(viewers as u64 / VIEWERS_A_MILLISECOND).min(SLOWEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_watch_the_slower_they_are_told() {
        for (viewers, ms) in [
            (0, 100),
            (2_000, 100),
            (2_001, 250),
            (20_000, 250),
            (20_001, 250),
            (40_000, 500),
            (80_000, 1_000),
            (1_000_000, 1_000),
        ] {
            assert_eq!(cadence(viewers).as_millis(), ms, "{viewers}");
        }
    }
}
