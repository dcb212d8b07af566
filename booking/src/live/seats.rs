//! The seats of one event at one version, as the live map shows them.

use domain::{EventId, Tier, TierId};
use jiff::Timestamp;

use crate::live::picture::Picture;
use crate::rules::counts::Counts;
use crate::rules::house::{Access, House, HouseRow, HouseSection};
use crate::rules::seat::SeatLetter;

/// All of it belongs to one `version`.
#[derive(Debug, Clone, PartialEq)]
pub struct SeatsView {
    pub event_id: EventId,
    pub version: u64,
    /// The event row's version whose tiers and prices these are: together with `version` it names these bytes.
    pub terms_version: u64,
    /// When `version` was committed.
    pub as_of: Timestamp,
    pub tiers: Vec<Tier>,
    pub sections: Vec<SectionStates>,
    pub areas: Vec<AreaAvailability>,
    pub counts: Counts,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SectionStates {
    pub id: String,
    pub label: String,
    pub rows: Vec<RowStates>,
}

/// One letter a seat, in the order of the row: `A`vailable, `H`eld, `S`old, `B`locked.
#[derive(Debug, Clone, PartialEq)]
pub struct RowStates {
    pub label: String,
    pub states: String,
    /// One tier id a seat.
    pub tiers: String,
    /// The first seat's number where all numbers count up by one from it.
    pub first: Option<u32>,
    /// All numbers, only where `first` cannot say them.
    pub numbers: Option<Vec<String>>,
    /// The index of the row's first seat in the map.
    pub first_index: u32,
    /// Positions in the row of wheelchair spaces and of companions' seats, and what is to be told of them.
    pub access: Vec<(u32, Access)>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct AreaAvailability {
    pub id: String,
    pub label: String,
    pub tier: TierId,
    pub capacity: u32,
    pub available: u32,
    pub held: u32,
}

/// One seat of `?format=list`.
#[derive(Debug, Clone, PartialEq)]
pub struct SeatListItem {
    pub id: String,
    pub section: String,
    pub row: String,
    pub number: String,
    pub tier: TierId,
    pub price: Option<domain::Money>,
    pub state: SeatLetter,
    pub access: Access,
}

impl SeatsView {
    pub(crate) fn of(picture: &Picture) -> SeatsView {
        let (terms, house) = (&picture.terms, &picture.terms.house);
        let area = |(n, area): (usize, &crate::rules::house::HouseArea)| AreaAvailability {
            id: area.id.clone(),
            label: area.label.clone(),
            tier: terms.area_tiers[n],
            capacity: area.capacity,
            available: picture.free_in_areas[n],
            held: picture.held_in_areas[n],
        };
        SeatsView {
            event_id: terms.event,
            version: picture.version.unsigned_abs(),
            terms_version: terms.version.unsigned_abs(),
            as_of: picture.as_of,
            tiers: terms.tiers.clone(),
            sections: house.sections.iter().enumerate().map(|(n, section)| section_states(picture, n, section)).collect(),
            areas: house.areas.iter().enumerate().map(area).collect(),
            counts: picture.counts,
        }
    }

    /// Every seat by itself, in map order.
    pub fn list(&self) -> impl Iterator<Item = SeatListItem> + '_ {
        self.sections.iter().flat_map(move |section| section.rows.iter().flat_map(move |row| self.row_items(section, row)))
    }

    /// The seats of one row of a section, each by itself.
    pub fn list_row(&self, section: usize, row: usize) -> impl Iterator<Item = SeatListItem> + '_ {
        let found = self.sections.get(section).and_then(|section| Some((section, section.rows.get(row)?)));
        found.into_iter().flat_map(move |(section, row)| self.row_items(section, row))
    }

    fn row_items<'a>(&'a self, section: &'a SectionStates, row: &'a RowStates) -> impl Iterator<Item = SeatListItem> + 'a {
        row.states.chars().zip(row.tiers.chars()).enumerate().filter_map(move |(n, (state, tier))| {
            let number = row.number(n);
            let tier = TierId::try_from(tier).ok()?;
            Some(SeatListItem {
                id: format!("{}-{}-{}", section.id, row.label, number),
                section: section.id.clone(),
                row: row.label.clone(),
                number,
                tier,
                price: self.tiers.iter().find(|known| known.id == tier).map(|known| known.price),
                state: SeatLetter::parse(state)?,
                access: row.access_of(n),
            })
        })
    }
}

fn section_states(picture: &Picture, n: usize, section: &HouseSection) -> SectionStates {
    let rows = &picture.terms.house.rows[section.rows.start as usize..section.rows.end as usize];
    let tier = picture.terms.section_tiers[n].as_char();
    let rows = rows.iter().map(|row| row_states(picture, row, tier)).collect();
    SectionStates { id: section.id.clone(), label: section.label.clone(), rows }
}

fn row_states(picture: &Picture, row: &HouseRow, tier: char) -> RowStates {
    let seats = row.seats.start as usize..row.seats.end as usize;
    let numbers = || picture.terms.house.seats[seats.clone()].iter().map(|seat| seat.number.as_ref());
    let first: Option<u32> = numbers().next().and_then(|number| number.parse().ok());
    let counts_up = |first: u32| numbers().zip(first..).all(|(number, n)| number == n.to_string());
    let first = first.filter(|first| counts_up(*first));
    RowStates {
        label: row.label.clone(),
        states: picture.letters[seats.clone()].iter().map(|letter| char::from(*letter)).collect(),
        tiers: std::iter::repeat_n(tier, seats.len()).collect(),
        numbers: if first.is_some() { None } else { Some(numbers().map(str::to_owned).collect()) },
        first,
        first_index: row.seats.start,
        access: access(&picture.terms.house, row),
    }
}

/// The wheelchair spaces and companions' seats of a row.
fn access(house: &House, row: &HouseRow) -> Vec<(u32, Access)> {
    let told = |seat: &u32| {
        let seat = &house.seats[*seat as usize];
        seat.accessible || seat.partner.is_some()
    };
    row.seats.clone().filter(told).map(|seat| (seat - row.seats.start, house.access_of(seat))).collect()
}

impl RowStates {
    /// What the n-th seat of the row has to do with wheelchairs.
    pub fn access_of(&self, n: usize) -> Access {
        let found = self.access.iter().find(|(at, _)| *at as usize == n);
        found.map(|(_, access)| access.clone()).unwrap_or_default()
    }

    /// The number of the n-th seat of the row.
    pub fn number(&self, n: usize) -> String {
        match (&self.numbers, self.first) {
            (Some(numbers), _) => numbers.get(n).cloned().unwrap_or_default(),
            (None, Some(first)) => (first as usize + n).to_string(),
            (None, None) => (n + 1).to_string(),
        }
    }
}
