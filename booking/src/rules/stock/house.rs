//! A seat map as selling sees it: names, neighbours, and how good each seat is. One house serves all events with that map.

use std::collections::HashMap;
use std::ops::Range;

use domain::{SeatIndex, SeatMap, TierId};

#[derive(Debug, Default)]
pub struct House {
    pub sections: Vec<HouseSection>,
    pub rows: Vec<HouseRow>,
    pub seats: Vec<HouseSeat>,
    pub areas: Vec<HouseArea>,
    /// Rows by their best seat's distance from the focal point, nearest first.
    pub rows_by_distance: Vec<u32>,
    /// The wheelchair spaces, in map order.
    pub spaces: Vec<SeatIndex>,
    index: HashMap<Box<str>, SeatIndex>,
}

#[derive(Debug)]
pub struct HouseSection {
    pub id: String,
    pub label: String,
    pub tier: TierId,
    /// Positions in `House::rows`.
    pub rows: Range<u32>,
}

#[derive(Debug)]
pub struct HouseRow {
    pub section: u32,
    pub label: String,
    /// Positions in `House::seats`, which are seat indices.
    pub seats: Range<SeatIndex>,
    /// The distance of its best seat.
    pub nearest: f32,
}

#[derive(Debug)]
pub struct HouseSeat {
    pub row: u32,
    pub number: Box<str>,
    pub x: f32,
    pub y: f32,
    /// A wheelchair space.
    pub accessible: bool,
    /// Of a wheelchair space its companion seat, of a companion seat its wheelchair space.
    pub partner: Option<SeatIndex>,
    pub gap_after: bool,
    /// Map units to the focal point.
    pub distance: f32,
}

/// What a seat has to do with wheelchairs: a space tells its companion's seat, a companion's seat tells the space.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Access {
    /// A wheelchair space.
    pub accessible: bool,
    /// The id of the seat beside this wheelchair space that is its companion's.
    pub companion: Option<String>,
    /// The id of the wheelchair space that this seat is the companion's of.
    pub companion_of: Option<String>,
}

#[derive(Debug)]
pub struct HouseArea {
    pub id: String,
    pub label: String,
    pub tier: TierId,
    pub capacity: u32,
}

impl House {
    /// Reads a map; who sits near whom is measured as it is drawn, with its floors apart.
    pub fn new(map: &SeatMap) -> House {
        let map = &*map.laid_apart();
        let focus = map.focus();
        let mut house = House { index: index(map), areas: map.areas.iter().map(area).collect(), ..House::default() };
        for section in &map.sections {
            let first = house.rows.len() as u32;
            for row in &section.rows {
                house.push_row(row, focus);
            }
            let (id, label) = (section.id.clone(), section.label.clone());
            let rows = first..house.rows.len() as u32;
            house.sections.push(HouseSection { id, label, tier: section.tier, rows });
        }
        for (space, companion) in map.companions() {
            house.seats[space as usize].partner = Some(companion);
            house.seats[companion as usize].partner = Some(space);
        }
        house.spaces = (0..house.seats.len() as u32).filter(|seat| house.seats[*seat as usize].accessible).collect();
        house.rows_by_distance = (0..house.rows.len() as u32).collect();
        let rows = &house.rows;
        house.rows_by_distance.sort_by(|a, b| rows[*a as usize].nearest.total_cmp(&rows[*b as usize].nearest));
        house
    }

    fn push_row(&mut self, row: &domain::Row, focus: [f32; 2]) {
        let (number, first) = (self.rows.len() as u32, self.seats.len() as u32);
        for seat in &row.seats {
            let distance = (seat.x - focus[0]).hypot(seat.y - focus[1]);
            let (number_text, gap_after) = (seat.number.as_str().into(), seat.gap_after);
            let (x, y, accessible, partner) = (seat.x, seat.y, seat.accessible, None);
            self.seats.push(HouseSeat { row: number, number: number_text, x, y, accessible, partner, gap_after, distance });
        }
        let seats = first..self.seats.len() as u32;
        let nearest = self.seats[first as usize..].iter().map(|seat| seat.distance).fold(f32::INFINITY, f32::min);
        self.rows.push(HouseRow { section: self.sections.len() as u32, label: row.label.clone(), seats, nearest });
    }

    /// Finds a seat by its id, such as `stalls-C-12`.
    pub fn seat(&self, id: &str) -> Option<SeatIndex> {
        self.index.get(id).copied()
    }

    pub fn area(&self, id: &str) -> Option<usize> {
        self.areas.iter().position(|area| area.id == id)
    }

    /// The row of a seat.
    pub fn row_of(&self, seat: SeatIndex) -> &HouseRow {
        &self.rows[self.seats[seat as usize].row as usize]
    }

    /// The section of a seat.
    pub fn section_of(&self, seat: SeatIndex) -> &HouseSection {
        &self.sections[self.row_of(seat).section as usize]
    }

    /// `section-row-number`.
    pub fn seat_id(&self, seat: SeatIndex) -> String {
        let (section, row, number) = (self.section_of(seat), self.row_of(seat), &self.seats[seat as usize].number);
        let mut id = String::with_capacity(section.id.len() + row.label.len() + number.len() + 2);
        for part in [section.id.as_str(), "-", row.label.as_str(), "-", number] {
            id.push_str(part);
        }
        id
    }

    /// What a seat has to do with wheelchairs.
    pub fn access_of(&self, seat: SeatIndex) -> Access {
        let HouseSeat { accessible, partner, .. } = self.seats[seat as usize];
        let partner = partner.map(|partner| self.seat_id(partner));
        let (companion, companion_of) = if accessible { (partner, None) } else { (None, partner) };
        Access { accessible, companion, companion_of }
    }

    /// Seats and area places together.
    pub fn capacity(&self) -> u32 {
        self.areas.iter().fold(self.seats.len() as u32, |sum, area| sum.saturating_add(area.capacity))
    }
}

fn index(map: &SeatMap) -> HashMap<Box<str>, SeatIndex> {
    map.seats().map(|seat| (seat.id().into_boxed_str(), seat.index)).collect()
}

fn area(area: &domain::Area) -> HouseArea {
    HouseArea { id: area.id.clone(), label: area.label.clone(), tier: area.tier, capacity: area.capacity }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::map;
    use crate::hall::hall;

    #[test]
    fn rows_are_ordered_from_the_focal_point_wherever_it_is() {
        for (y, order, distances) in [(0.0, [0, 1, 2], [0.0, 10.0, 20.0]), (20.0, [2, 1, 0], [20.0, 10.0, 0.0])] {
            let house = House::new(&SeatMap { focal_point: Some([0.0, y]), ..map(3, 1, 0) });
            assert_eq!(house.rows_by_distance, order);
            assert_eq!(house.seats.iter().map(|seat| seat.distance).collect::<Vec<_>>(), distances);
        }
    }

    #[test]
    fn a_space_tells_its_companions_seat_and_that_the_space() {
        let house = &hall(&["wc."]).terms.house;
        let id = |n: u32| Some(format!("stalls-A-{n}"));
        let told = [0, 1, 2].map(|seat| house.access_of(seat));
        let space = Access { accessible: true, companion: id(2), companion_of: None };
        assert_eq!(told, [space, Access { companion_of: id(1), ..Access::default() }, Access::default()]);
    }
}
