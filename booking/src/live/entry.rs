//! What changed between two versions of an event.

use jiff::Timestamp;

use crate::live::picture::state_after;
use crate::rules::change::JournalRow;
use crate::rules::counts::Counts;
use crate::rules::seat::SeatLetter;

/// What one version changed, or several at once, as anyone may see it: no holds, no buyers. It says the last state of whatever it
/// names, so that it fits whoever knows any version from `after` on.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalEntry {
    /// The version on which it follows.
    pub after: u64,
    /// The version to which it leads.
    pub version: u64,
    pub at: Timestamp,
    /// Positions in the map with their states, in order.
    pub seats: Vec<(u32, SeatLetter)>,
    /// Positions among the areas with the places that are free, in order.
    pub areas: Vec<(u32, u32)>,
    /// Positions among the areas with the places that are held, in order: of some of those in `areas`.
    pub held: Vec<(u32, u32)>,
    pub counts: Counts,
}

impl JournalEntry {
    /// The last state of everything the version touched.
    pub(crate) fn of(row: &JournalRow) -> JournalEntry {
        let mut seats = Vec::new();
        for change in &row.changes.changes {
            let Some(state) = state_after(change) else { continue };
            seats.extend(change.taken().into_iter().flat_map(|taken| &taken.seats).map(|seat| (*seat, state)));
        }
        let version = row.version.unsigned_abs();
        let [areas, held] = [&row.changes.areas, &row.changes.held].map(|said| last_of_each(said.clone()));
        let (seats, counts) = (last_of_each(seats), row.changes.counts);
        JournalEntry { after: version.saturating_sub(1), version, at: row.at, seats, areas, held, counts }
    }

    /// What several entries changed together: the last state of everything that one of them touched.
    ///
    /// Takes     entries that follow on each other.  Gives none for none.
    pub(crate) fn merged<'e>(entries: impl IntoIterator<Item = &'e JournalEntry>) -> Option<JournalEntry> {
        let mut entries = entries.into_iter();
        let mut merged = entries.next()?.clone();
        for entry in entries {
            merged.seats.extend(&entry.seats);
            merged.areas.extend(&entry.areas);
            merged.held.extend(&entry.held);
            (merged.version, merged.at, merged.counts) = (entry.version, entry.at, entry.counts);
        }
        merged.seats = last_of_each(merged.seats);
        merged.areas = last_of_each(merged.areas);
        merged.held = last_of_each(merged.held);
        Some(merged)
    }

    /// Seats and areas that it names, and itself: what it weighs.
    pub(crate) fn weight(&self) -> usize {
        self.seats.len() + self.areas.len() + self.held.len() + 16
    }
}

/// In order of their positions, each with the last that was said of it.
fn last_of_each<T: Copy>(mut said: Vec<(u32, T)>) -> Vec<(u32, T)> {
    // stable: what was said later stays later
    said.sort_by_key(|(position, _)| *position);
    let mut last: Vec<(u32, T)> = Vec::with_capacity(said.len());
    for (position, state) in said {
        match last.last_mut() {
            Some(known) if known.0 == position => known.1 = state,
            _ => last.push((position, state)),
        }
    }
    last
}
