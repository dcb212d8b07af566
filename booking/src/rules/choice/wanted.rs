//! What a buyer asks for, and what an organiser names.

use std::collections::HashSet;

use domain::{Invalid, TierId};
use serde::{Deserialize, Serialize};

use crate::rules::denial::Denial;
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
    if id.len() > MAX_ID_BYTES { Err(too_long(field)) } else { Ok(()) }
}

fn too_long(field: &str) -> Invalid {
    Invalid::new(field, format!("must be at most {MAX_ID_BYTES} bytes"))
}

/// Short, and none twice.
fn names_of_seats(seats: &[String]) -> Result<(), Invalid> {
    if let Some(at) = seats.iter().position(|seat| seat.len() > MAX_ID_BYTES) {
        return Err(too_long(&format!("seats[{at}]")));
    }
    let mut seen = HashSet::with_capacity(seats.len());
    match seats.iter().position(|seat| !seen.insert(seat.as_str())) {
        Some(at) => Err(Invalid::new(format!("seats[{at}]"), format!("the seat {:?} is there twice", seats[at]))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(checked: Result<(), impl Into<Denial>>) -> String {
        match checked.map_err(Into::into) {
            Ok(()) => "fine".into(),
            Err(Denial::Invalid(invalid)) => invalid.field,
            Err(Denial::Refused(refusal)) => refusal.code().into(),
            Err(other) => format!("{other:?}"),
        }
    }

    fn seats(count: usize) -> Vec<String> {
        (0..count).map(|n| format!("stalls-A-{n}")).collect()
    }

    #[test]
    fn a_wish_is_for_one_to_ten_places_that_are_named_briefly_and_once() {
        let area = |area: String, quantity| Wanted::Area { area, quantity };
        let best = |quantity, spaces, section: Option<usize>| {
            Wanted::Best(Best { spaces, section: section.map(|len| "x".repeat(len)), ..Best::of(quantity) })
        };
        let twice = || Wanted::Seats(vec!["stalls-A-1".into(), "stalls-A-2".into(), "stalls-A-1".into()]);
        let long = |len| Wanted::Seats(vec!["stalls-A-1".into(), "x".repeat(len)]);
        for (n, (wanted, word)) in [
            (Wanted::Seats(seats(0)), "seats"),
            (Wanted::Seats(seats(1)), "fine"),
            (Wanted::Seats(seats(10)), "fine"),
            (Wanted::Seats(seats(11)), "too_many_seats"),
            (twice(), "seats[2]"),
            (long(200), "fine"),
            (long(201), "seats[1]"),
            (area("floor".into(), 0), "quantity"),
            (area("floor".into(), 1), "fine"),
            (area("floor".into(), 10), "fine"),
            (area("floor".into(), 11), "too_many_seats"),
            (area("x".repeat(200), 1), "fine"),
            (area("x".repeat(201), 1), "area"),
            (best(0, 0, None), "best.quantity"),
            (best(1, 1, Some(200)), "fine"),
            (best(10, 0, None), "fine"),
            (best(11, 0, None), "too_many_seats"),
            (best(2, 2, None), "fine"),
            (best(2, 3, None), "best.accessible_seats"),
            (best(2, 0, Some(201)), "best.section"),
        ]
        .into_iter()
        .enumerate()
        {
            assert_eq!(said(wanted.check()), word, "line {n}: {wanted:?}");
        }
    }

    #[test]
    fn an_organiser_names_some_places_and_not_too_many_at_once() {
        let places = |seats, area: Option<(&str, u32)>| Places { seats, area: area.map(|(id, n)| (id.to_owned(), n)) };
        let long = "x".repeat(201);
        for (n, (named, word)) in [
            (places(vec![], None), "seats"),
            (places(seats(1), None), "fine"),
            (places(vec![], Some(("floor", 1))), "fine"),
            (places(seats(2), Some(("floor", 0))), "quantity"),
            (places(seats(2), Some((&long, 1))), "area"),
            (places(seats(MAX_BLOCKED), None), "fine"),
            (places(seats(MAX_BLOCKED + 1), None), "seats"),
            (places(vec!["A-1".into(), "A-1".into()], None), "seats[1]"),
        ]
        .into_iter()
        .enumerate()
        {
            assert_eq!(said(named.check()), word, "line {n}");
        }
    }
}
