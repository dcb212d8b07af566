//! How near each other a party's seats are.

use domain::SeatIndex;

use crate::rules::house::House;

/// Whether a party sits together; the later, the farther apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Together {
    /// Side by side in one row, with no aisle between.
    Row,
    /// In one section, but not all side by side.
    Rows,
    Sections,
}

impl Together {
    pub const ALL: [Self; 3] = [Self::Row, Self::Rows, Self::Sections];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Row => "row",
            Self::Rows => "rows",
            Self::Sections => "sections",
        }
    }
}

impl House {
    /// How near each other these seats are, in whatever order they come; none where there are no seats.
    pub fn together(&self, seats: &[SeatIndex]) -> Option<Together> {
        let mut seats = seats.to_vec();
        seats.sort_unstable();
        let first = *seats.first()?;
        let section = |seat: SeatIndex| self.row_of(seat).section;
        Some(match seats.windows(2).all(|pair| self.neighbours(pair[0], pair[1])) {
            true => Together::Row,
            false if seats.iter().all(|seat| section(*seat) == section(first)) => Together::Rows,
            false => Together::Sections,
        })
    }

    /// Whether the second seat follows the first in its row, with no aisle between.
    fn neighbours(&self, first: SeatIndex, second: SeatIndex) -> bool {
        let [here, there] = [first, second].map(|seat| &self.seats[seat as usize]);
        second == first + 1 && here.row == there.row && !here.gap_after
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::map;

    #[test]
    fn words_are_those_of_the_interface() {
        assert_eq!(Together::ALL.map(Together::as_str), ["row", "rows", "sections"]);
    }

    #[test]
    fn aisles_rows_and_sections_part_a_party() {
        let mut map = map(2, 4, 0);
        map.sections[0].rows[0].seats[1].gap_after = true;
        let mut circle = map.sections[0].clone();
        circle.id = "circle".into();
        map.sections.push(circle);
        let house = House::new(&map);
        let table: [(&[u32], Option<Together>); 8] = [
            (&[], None),
            (&[3], Some(Together::Row)),
            (&[3, 2], Some(Together::Row)),
            (&[1, 2], Some(Together::Rows)),
            (&[4, 6], Some(Together::Rows)),
            (&[3, 4], Some(Together::Rows)),
            (&[6, 4, 5, 7], Some(Together::Row)),
            (&[7, 8], Some(Together::Sections)),
        ];
        for (seats, together) in table {
            assert_eq!(house.together(seats), together, "{seats:?}");
        }
    }
}
