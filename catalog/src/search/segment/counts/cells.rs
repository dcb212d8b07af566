//! Place and category together: most filters and facets ask for nothing else of a document.
//!
//! What holds for a cell holds for all of its documents, so that counts by cell are counts by category, venue, city and country at once,
//! under any filter of these.

use std::collections::HashMap;

use rapidhash::fast::RandomState;

/// A venue and a category, by their common numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Cell {
    pub venue: u32,
    pub category: u32,
}

/// The cells that some document is in, by number.
#[derive(Debug, Default)]
pub struct Cells {
    all: Vec<Cell>,
    numbers: HashMap<Cell, u32, RandomState>,
}

impl Cells {
    pub fn find(&self, cell: Cell) -> Option<u32> {
        self.numbers.get(&cell).copied()
    }

    /// The number of a cell; a new one if it was never seen.
    pub fn number(&mut self, cell: Cell) -> u32 {
        let next = self.all.len() as u32;
        let number = *self.numbers.entry(cell).or_insert(next);
        if number == next {
            self.all.push(cell);
        }
        number
    }

    /// By number.
    pub fn all(&self) -> &[Cell] {
        &self.all
    }
}
