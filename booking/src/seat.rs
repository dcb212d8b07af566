//! A seat's four states.

/// The letter of a seat's state, as the live map shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SeatLetter {
    Available,
    Held,
    Sold,
    Blocked,
}

impl SeatLetter {
    pub const ALL: [Self; 4] = [Self::Available, Self::Held, Self::Sold, Self::Blocked];

    /// `A`, `H`, `S` or `B`.
    pub fn as_char(self) -> char {
        match self {
            Self::Available => 'A',
            Self::Held => 'H',
            Self::Sold => 'S',
            Self::Blocked => 'B',
        }
    }

    /// `available`, `held`, `sold` or `blocked`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Held => "held",
            Self::Sold => "sold",
            Self::Blocked => "blocked",
        }
    }

    pub fn parse(letter: char) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_char() == letter)
    }
}
