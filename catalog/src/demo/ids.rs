//! Ids of the demo: UUIDv7 whose time is the catalogue's day and whose order is the order of making.

use jiff::Timestamp;
use uuid::{Builder, Uuid};

use super::dice::Dice;

/// Makes ids that are the same for the same seed and day.
#[derive(Debug, Clone)]
pub struct Ids {
    start_ms: u64,
    made: u64,
    dice: Dice,
}

impl Ids {
    pub fn new(seed: u64, day: Timestamp) -> Self {
        let start_ms = u64::try_from(day.as_millisecond()).unwrap_or(0);
        Self { start_ms, made: 0, dice: Dice::stream(seed, "ids", 0) }
    }

    /// The next id: 4,096 a millisecond, counted in the field that RFC 9562 section 6.2 gives to counters; the rest is drawn.
    pub fn next<T: From<Uuid>>(&mut self) -> T {
        let counter = (self.made % 4_096) as u16;
        let millis = self.start_ms + self.made / 4_096;
        self.made += 1;
        let mut bytes = [0; 10];
        bytes[..2].copy_from_slice(&counter.to_be_bytes());
        bytes[2..].copy_from_slice(&self.dice.next().to_be_bytes());
        T::from(Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_version_seven_ascend_and_repeat() {
        let make = || {
            let mut ids = Ids::new(1, Timestamp::from_second(1_800_000_000).expect("in range"));
            (0..10_000).map(|_| ids.next::<Uuid>()).collect::<Vec<_>>()
        };
        let made = make();
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(made.iter().all(|id| id.get_version_num() == 7));
        assert_eq!(made, make());
    }
}
