//! What is told of a place.

use domain::EventId;
use jiff::Timestamp;

/// Where somebody stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceState {
    /// The sale has not begun.
    Before,
    Waiting,
    /// His time inside runs.
    Admitted,
    /// He left.
    Left,
    /// His time inside is over, he was away when his turn came, or the sale is over.
    Over,
}

impl PlaceState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::Waiting => "waiting",
            Self::Admitted => "admitted",
            Self::Left => "left",
            Self::Over => "over",
        }
    }
}

/// A place as its holder is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    pub event: EventId,
    pub state: PlaceState,
    /// From 1 on. None before a start that draws, and for whoever does not wait.
    pub place: Option<u32>,
    /// How many are before him.
    pub ahead: Option<u32>,
    /// How many wait in all.
    pub of: u32,
    /// In how many seconds he will be let in.
    pub eta_seconds: Option<u32>,
    pub joined_at: Timestamp,
    /// When the sale begins, before it.
    pub opens_at: Option<Timestamp>,
    /// The pass, sealed, while his time inside runs.
    pub pass: Option<String>,
    pub pass_until: Option<Timestamp>,
    /// How many places of the event are left; none where nothing was sold yet.
    pub seats_left: Option<u32>,
    /// Whether fewer are left than people are before him.
    pub scarce: bool,
    /// The version of what his block was told last; greater than all before.
    pub version: u64,
    /// Where he stands in the frames of his block; none before a start that draws.
    pub turn: Option<u32>,
}
