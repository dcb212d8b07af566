//! The states of a hold.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldState {
    Held,
    /// A payment was begun.
    Paying,
    Ordered,
    Released,
    Lapsed,
}

impl HoldState {
    pub const ALL: [Self; 5] = [Self::Held, Self::Paying, Self::Ordered, Self::Released, Self::Lapsed];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Paying => "paying",
            Self::Ordered => "ordered",
            Self::Released => "released",
            Self::Lapsed => "lapsed",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}
