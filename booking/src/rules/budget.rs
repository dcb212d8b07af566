//! How much one decision may look at.

use std::cell::Cell;

/// How many seats may still be looked at.
#[derive(Debug)]
pub struct Budget(Cell<u32>);

impl Budget {
    pub fn of(looks: u32) -> Self {
        Self(Cell::new(looks))
    }

    /// Whether so many more may be looked at.
    pub fn pay(&self, seats: u32) -> bool {
        self.0.set(self.0.get().saturating_sub(seats));
        self.0.get() > 0
    }
}
