//! Houses as text, for tests of choosing: a string a row, a letter a seat.

use std::sync::Arc;

use domain::{SeatIndex, SeatMap};

use crate::fixture::{map, terms};
use crate::rules::change::{Change, Taken};
use crate::rules::inventory::Inventory;

/// One section of rows, row A first: `.` a seat, `w` a wheelchair space, `c` the companion's seat of a space beside it, `x` a seat that
/// is taken, `W` and `C` such a space and companion's seat, `|` an aisle. Without a `c` companions are derived.
pub fn hall(rows: &[&str]) -> Inventory {
    halls(&[rows])
}

/// Several sections, `stalls`, `s1`, `s2` …, written like [`hall`]: the rows of each stand behind those of the one before.
pub fn halls(sections: &[&[&str]]) -> Inventory {
    let mut house = map(1, 1, 0);
    house.sections.clear();
    let (mut taken, mut first, mut row) = (Vec::new(), 0, 0);
    for (n, rows) in sections.iter().enumerate() {
        let id = if n == 0 { "stalls".to_owned() } else { format!("s{n}") };
        let mut part = map(rows.len() as u32, rows.iter().map(|row| row.len()).max().unwrap_or(1) as u32, 0);
        part.sections[0].id = id;
        for (seats, text) in part.sections[0].rows.iter_mut().zip(*rows) {
            let letters: Vec<char> = text.chars().filter(|letter| *letter != '|').collect();
            seats.seats.truncate(letters.len());
            seats.seats.iter_mut().for_each(|seat| seat.y = row as f32 * 10.0);
            taken.extend((0..).zip(&letters).filter(|(_, letter)| "xWC".contains(**letter)).map(|(n, _)| first + n));
            first += letters.len() as u32;
            row += 1;
        }
        house.sections.extend(part.sections);
        furnish(&mut house, n, rows);
    }
    let mut inventory = Inventory::new(Arc::new(terms(&house)));
    inventory.apply(&Change::Blocked(Taken { seats: taken, area: None })).expect("blocked");
    inventory
}

/// Aisles, wheelchair spaces and their companions.
fn furnish(house: &mut SeatMap, n: usize, rows: &[&str]) {
    let section = &mut house.sections[n];
    for (row, text) in section.rows.iter_mut().zip(rows) {
        let mut at = 0;
        for letter in text.chars() {
            match letter {
                '|' => row.seats[at - 1].gap_after = true,
                letter => {
                    row.seats[at].accessible = letter.eq_ignore_ascii_case(&'w');
                    at += 1;
                }
            }
        }
        let letters: Vec<char> = text.chars().filter(|letter| *letter != '|').collect();
        let is_space = |n: &usize| letters.get(*n).is_some_and(|letter| letter.eq_ignore_ascii_case(&'w'));
        let mut last = None;
        for (n, _) in letters.iter().enumerate().filter(|(_, letter)| letter.eq_ignore_ascii_case(&'c')) {
            let before = n.checked_sub(1).filter(|space| is_space(space) && last != Some(*space));
            let space = before.or(Some(n + 1).filter(is_space)).expect("a space beside it");
            last = Some(space);
            row.seats[n].companion_of = Some(format!("{}-{}-{}", section.id, row.label, space + 1));
        }
    }
}

/// Seats without their section: `A-1 A-2`, those of other sections `s1-A-1`.
pub fn places(inventory: &Inventory, seats: &[SeatIndex]) -> String {
    let house = &inventory.terms.house;
    seats.iter().map(|seat| house.seat_id(*seat).replace("stalls-", "")).collect::<Vec<_>>().join(" ")
}
