//! How much one search may look at before it must go where it may take its time.

use std::cell::Cell;

/// What a search may still look at. One look is what it costs to hold a document against the filters, some tenth of a microsecond; what
/// costs more counts as several.
pub struct Effort {
    all: u64,
    left: Cell<u64>,
    #[cfg(test)]
    spent: Cell<u64>,
}

/// The looks of a search on a thread that others wait for: less than a millisecond.
const LITTLE: u64 = 8_192;
/// The looks of a search that others may stand behind: some milliseconds. Tests want to be beyond them among few documents.
pub const USUAL: u64 = if cfg!(test) { LITTLE + LITTLE / 16 } else { 16 * LITTLE };

impl Effort {
    /// A hit that is read and written: two microseconds.
    pub const HIT: u64 = 20;
    /// A name that is read from the dictionary of names, or sought there.
    pub const NAME: u64 = 64;
    /// A list of documents that is opened.
    pub const LIST: u64 = 16;
    /// So many documents of a list of words are unpacked in one look.
    pub const POSTINGS: u64 = 32;
    /// So many terms of a dictionary are passed in a few looks.
    pub const TERMS: usize = 64;

    pub fn any() -> Self {
        Self::of(u64::MAX)
    }

    pub fn little() -> Self {
        Self::of(LITTLE)
    }

    pub fn usual() -> Self {
        Self::of(USUAL)
    }

    fn of(looks: u64) -> Self {
        Self {
            all: looks,
            left: Cell::new(looks),
            #[cfg(test)]
            spent: Cell::new(0),
        }
    }

    /// Takes so many looks before they are made; false when there are not as many: the search stops, and what it found is thrown away.
    #[inline]
    pub fn spend(&self, looks: u64) -> bool {
        let left = self.left.get();
        if looks >= left {
            self.left.set(0);
            return false;
        }
        self.left.set(left - looks);
        #[cfg(test)]
        self.spent.set(self.spent.get().saturating_add(looks));
        true
    }

    /// Whether more than a little is left, such as a search in a lane may look at.
    pub fn is_any(&self) -> bool {
        self.left.get() > LITTLE
    }

    /// The looks that are gone, taken or lost with a search that stopped.
    pub fn gone(&self) -> u64 {
        self.all - self.left.get()
    }

    /// Whether the search stopped for want of looks.
    pub fn is_spent(&self) -> bool {
        self.left.get() == 0
    }

    /// The looks that were taken.
    #[cfg(test)]
    pub fn spent(&self) -> u64 {
        self.spent.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_taken_until_there_are_not_enough_and_never_again() {
        let effort = Effort::little();
        assert!(effort.spend(LITTLE - 2) && !effort.is_spent());
        assert!(!effort.spend(5) && effort.is_spent() && !effort.spend(1));
        assert_eq!(effort.spent(), LITTLE - 2, "what was not made does not count");
        let any = Effort::any();
        assert!(any.spend(u64::MAX / 2) && !any.is_spent());
    }
}
