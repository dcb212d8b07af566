//! What a buyer asks for, and what an organiser names.

use std::collections::HashSet;

use domain::TierId;
use serde::{Deserialize, Serialize};

use crate::rules::denial::Denial;
use crate::rules::invalid::Invalid;
use crate::rules::refusal::Refusal;

/// How many places one hold can have.  Source: the contract.
pub const MAX_PLACES: u32 = 10;
/// How many seats an organiser can block or free in one call.
pub const MAX_BLOCKED: usize = 10_000;

/// The wish of one hold: all or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// Seats by id, such as `stalls-C-12`.
    Seats(Vec<String>),
    Best(Best),
    /// Places of a general-admission area.
    Area {
        area: String,
        quantity: u32,
    },
}

/// Let the desk choose: side by side in one row if possible, nearest the focal point.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Best {
    pub quantity: u32,
    pub tier: Option<TierId>,
    pub section: Option<String>,
    /// How many of them are wheelchair spaces, each with its companion's seat if there is anyone for it; with none wanted they are given
    /// out last.
    pub spaces: u32,
    /// Side by side or not at all.
    pub together: bool,
}

impl Best {
    /// So many seats of any kind but wheelchair spaces.
    pub fn of(quantity: u32) -> Self {
        Self { quantity, ..Self::default() }
    }

    /// Checks what can be said without knowing the event.
    pub(crate) fn check(&self) -> Result<(), Denial> {
        match self.quantity {
            0 => return Err(Invalid::new("best.quantity", "at least one place must be wanted").into()),
            1..=MAX_PLACES => {}
            _ => return Err(Refusal::TooManySeats { limit: MAX_PLACES }.into()),
        }
        if self.spaces > self.quantity {
            return Err(Invalid::new("best.accessible_seats", "must be at most the quantity").into());
        }
        Ok(self.section.iter().try_for_each(|section| short("best.section", section))?)
    }
}

/// Seats and area places an organiser keeps from sale or gives back to it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Places {
    pub seats: Vec<String>,
    pub area: Option<(String, u32)>,
}

impl Wanted {
    /// Checks what can be said without knowing the event.
    pub(crate) fn check(&self) -> Result<(), Denial> {
        let field = match self {
            Self::Seats(_) => "seats",
            Self::Best(best) => return best.check(),
            Self::Area { .. } => "quantity",
        };
        match self.quantity() {
            0 => Err(Invalid::new(field, "at least one place must be wanted").into()),
            1..=MAX_PLACES => self.check_names(),
            _ => Err(Refusal::TooManySeats { limit: MAX_PLACES }.into()),
        }
    }

    /// How many places are wanted.
    pub fn quantity(&self) -> u32 {
        match self {
            Self::Seats(seats) => u32::try_from(seats.len()).unwrap_or(u32::MAX),
            Self::Best(best) => best.quantity,
            Self::Area { quantity, .. } => *quantity,
        }
    }

    fn check_names(&self) -> Result<(), Denial> {
        match self {
            Self::Seats(seats) => names_of_seats(seats)?,
            // a wish for the best was checked whole
            Self::Best(_) => {}
            Self::Area { area, .. } => short("area", area)?,
        }
        Ok(())
    }
}

impl Places {
    pub(crate) fn check(&self) -> Result<(), Invalid> {
        if self.seats.is_empty() && self.area.is_none() {
            return Err(Invalid::new("seats", "name at least one seat or an area"));
        }
        if self.seats.len() > MAX_BLOCKED {
            return Err(Invalid::new("seats", format!("at most {MAX_BLOCKED} seats at once")));
        }
        if let Some((_, 0)) = self.area {
            return Err(Invalid::new("quantity", "must be at least 1"));
        }
        self.area.iter().try_for_each(|(area, _)| short("area", area))?;
        names_of_seats(&self.seats)
    }
}

/// No map has a longer id, and a refusal repeats what it refuses.
const MAX_ID_BYTES: usize = 200;

fn short(field: &str, id: &str) -> Result<(), Invalid> {
    if id.len() > MAX_ID_BYTES { Err(Invalid::new(field, format!("must be at most {MAX_ID_BYTES} bytes"))) } else { Ok(()) }
}

/// Short, and none twice.
fn names_of_seats(seats: &[String]) -> Result<(), Invalid> {
    if let Some(at) = seats.iter().position(|seat| seat.len() > MAX_ID_BYTES) {
        short(&format!("seats[{at}]"), &seats[at])?;
    }
    let mut seen = HashSet::with_capacity(seats.len());
    match seats.iter().position(|seat| !seen.insert(seat.as_str())) {
        Some(at) => Err(Invalid::new(format!("seats[{at}]"), format!("the seat {:?} is there twice", seats[at]))),
        None => Ok(()),
    }
}
