//! How many places are in which state.

use serde::{Deserialize, Serialize};

/// Places by state; seats and area places together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    pub available: u32,
    pub held: u32,
    pub sold: u32,
    pub blocked: u32,
}

impl Counts {
    pub fn capacity(&self) -> u32 {
        self.available + self.held + self.sold + self.blocked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_in_one_state() {
        assert_eq!(Counts { available: 1, held: 2, sold: 4, blocked: 8 }.capacity(), 15);
    }
}
