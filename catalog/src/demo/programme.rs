//! Programmes: what comes onto the calendar together, a series with its dates or a single night.

mod classical;
mod comedy;
mod conference;
mod family;
mod festival;
mod film;
mod maker;
mod showcase;
mod sport;
mod stage;
mod tour;

pub use maker::{Maker, Programme, Show, cast, work};

use maker::LAST_DAY;
pub use showcase::SHOWCASES;

/// What fills the calendar, and its share of the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strand {
    Film,
    Tour,
    Night,
    Classical,
    Stage,
    Sport,
    Comedy,
    Family,
    Conference,
    Free,
    Festival,
}

impl Strand {
    pub const SHARES: [(Self, f64); 11] = [
        (Self::Film, 0.34),
        (Self::Tour, 0.22),
        (Self::Night, 0.06),
        (Self::Classical, 0.06),
        (Self::Stage, 0.11),
        (Self::Sport, 0.08),
        (Self::Comedy, 0.05),
        (Self::Family, 0.03),
        (Self::Conference, 0.015),
        (Self::Free, 0.015),
        (Self::Festival, 0.02),
    ];
}

impl Maker<'_> {
    pub fn make(&mut self, strand: Strand) -> Programme {
        match strand {
            Strand::Film => film::run(self),
            Strand::Tour => tour::tour(self),
            Strand::Night => tour::night(self),
            Strand::Classical => classical::concerts(self),
            Strand::Stage => stage::run(self),
            Strand::Sport => sport::season(self),
            Strand::Comedy => comedy::tour(self),
            Strand::Family => family::run(self),
            Strand::Conference => conference::conference(self),
            Strand::Free => conference::free(self),
            Strand::Festival => festival::festival(self),
        }
    }

    /// The dates that every demo has, whatever its size.
    pub fn showcase(&mut self, number: u64) -> Programme {
        showcase::showcase(self, number)
    }
}
