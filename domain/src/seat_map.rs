//! Seat maps: what a venue's floor looks like, and the order in which its seats are counted.
//!
//! Seats are numbered 0, 1, 2 … in the order sections → rows → seats; that number ([`SeatIndex`]) is what tables and bitmaps
//! store. Outside, a seat is its id, `section-row-number`, such as `stalls-C-12`, which stays the same within a map.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::event::TierId;

/// A seat's position in its map: 0-based, in the order sections → rows → seats.
pub type SeatIndex = u32;

/// How much one map may hold.
pub const MAX_SEATS: usize = 200_000;
pub const MAX_SECTIONS: usize = 2_000;
pub const MAX_AREAS: usize = 200;
pub const MAX_FLOORS: usize = 20;
pub const MAX_AREA_CAPACITY: u32 = 1_000_000;
const MAX_LABEL_CHARS: usize = 60;
const MAX_COORDINATE: f32 = 100_000.0;

/// One version of a venue's floor. Coordinates are in map units: x to the right, y down, neighbouring seats about 10 apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeatMap {
    pub name: String,
    /// Where one would most like to sit near; see [`SeatMap::focus`] for a map that does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub focal_point: Option<[f32; 2]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    #[serde(default)]
    pub sections: Vec<Section>,
    #[serde(default)]
    pub areas: Vec<Area>,
}

/// The stage, screen or pitch: a dark form with a word on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    pub label: String,
    pub outline: Vec<[f32; 2]>,
}

/// A block of rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Letters, digits and hyphens; first part of its seats' ids.
    pub id: String,
    pub label: String,
    /// The tier of its seats unless an event says otherwise.
    pub tier: TierId,
    /// The tinted band behind the rows; drawn around the seats when absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outline: Vec<[f32; 2]>,
    /// Which floor it is on, in a house of several; see [`SeatMap::laid_apart`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<String>,
    pub rows: Vec<Row>,
}

/// Seats that stand side by side, in walking order: neighbours in the list are neighbours in the house unless `gap_after` says so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    pub label: String,
    pub seats: Vec<Seat>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seat {
    pub number: String,
    pub x: f32,
    pub y: f32,
    /// A wheelchair space.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accessible: bool,
    /// The id of the wheelchair space whose companion sits here; a map that names none at all has them derived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub companion_of: Option<String>,
    /// An aisle or pillar follows: the next seat of the row is no neighbour.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gap_after: bool,
}

/// A general-admission part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    pub id: String,
    pub label: String,
    pub tier: TierId,
    pub capacity: u32,
    #[serde(default)]
    pub outline: Vec<[f32; 2]>,
    /// As a section's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<String>,
}

/// What is wrong with a seat map: the field's path and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {detail}")]
pub struct SeatMapError {
    pub field: String,
    pub detail: String,
}

/// A seat with its section and row.
#[derive(Debug, Clone, Copy)]
pub struct SeatAt<'a> {
    pub index: SeatIndex,
    pub section: &'a Section,
    pub row: &'a Row,
    pub seat: &'a Seat,
}

impl SeatAt<'_> {
    /// `section-row-number`.
    pub fn id(&self) -> String {
        format!("{}-{}-{}", self.section.id, self.row.label, self.seat.number)
    }
}

impl SeatMap {
    /// A house without numbers: one general-admission area `general`.
    pub fn general(name: &str, capacity: u32) -> Self {
        let tier = TierId::nth(0).unwrap_or_else(|| unreachable!("there is a first tier"));
        let area =
            Area { id: "general".into(), label: "General admission".into(), tier, capacity, outline: Vec::new(), floor: None };
        Self { name: name.to_owned(), stage: None, sections: Vec::new(), areas: vec![area], focal_point: None }
    }

    /// All seats in the order of their indices.
    pub fn seats(&self) -> impl Iterator<Item = SeatAt<'_>> {
        let rows = self.sections.iter().flat_map(|section| section.rows.iter().map(move |row| (section, row)));
        rows.flat_map(|(section, row)| row.seats.iter().map(move |seat| (section, row, seat)))
            .zip(0..)
            .map(|((section, row, seat), index)| SeatAt { index, section, row, seat })
    }

    pub fn seat_count(&self) -> u32 {
        self.sections.iter().flat_map(|section| &section.rows).map(|row| row.seats.len() as u32).sum()
    }

    /// Seats and area places together.
    pub fn capacity(&self) -> u32 {
        self.areas.iter().fold(self.seat_count(), |sum, area| sum.saturating_add(area.capacity))
    }

    /// Looks seats up by id.
    pub fn index(&self) -> HashMap<String, SeatIndex> {
        self.seats().map(|seat| (seat.id(), seat.index)).collect()
    }

    /// The smallest box around all coordinates: `[left, top, right, bottom]`; a unit box for a map without any.
    pub fn bounds(&self) -> [f32; 4] {
        let seats = self.seats().map(|at| [at.seat.x, at.seat.y]);
        let outlines = self.sections.iter().map(|section| &section.outline).chain(self.areas.iter().map(|area| &area.outline));
        let points = outlines.chain(self.stage.iter().map(|stage| &stage.outline)).flatten().copied();
        seats.chain(points).fold(None, |bounds, [x, y]| Some(grow(bounds, x, y))).unwrap_or([0.0, 0.0, 1.0, 1.0])
    }

    /// Where one would most like to sit near: what the map says, else what its stage suggests.
    ///
    /// Gives     before a screen two thirds of the way back; elsewhere the middle of the stage, which for a pitch with stands around
    ///           it lies on the halfway line; without a stage the middle of the upper edge.
    pub fn focus(&self) -> [f32; 2] {
        self.focal_point.unwrap_or_else(|| match &self.stage {
            Some(stage) if !stage.outline.is_empty() => {
                let middle = mean(stage.outline.iter().copied());
                if stage.is_screen() { self.towards_the_back(middle) } else { middle }
            }
            _ => {
                let [left, top, right, _] = self.bounds();
                [(left + right) / 2.0, top]
            }
        })
    }

    /// The point two thirds of the way from the nearest seats before a screen to the farthest, straight through the middle of them all.
    fn towards_the_back(&self, screen: [f32; 2]) -> [f32; 2] {
        let middle = mean(self.seats().map(|at| [at.seat.x, at.seat.y]));
        let way = [middle[0] - screen[0], middle[1] - screen[1]];
        let length = way[0].hypot(way[1]);
        if length < 1.0 || self.seats().next().is_none() {
            return screen;
        }
        let way = way.map(|part| part / length);
        let depths = self.seats().map(|at| (at.seat.x - screen[0]) * way[0] + (at.seat.y - screen[1]) * way[1]);
        let (near, far) = depths.fold((f32::MAX, f32::MIN), |(near, far), depth| (near.min(depth), far.max(depth)));
        let depth = near + (far - near) * 2.0 / 3.0;
        [screen[0] + way[0] * depth, screen[1] + way[1] * depth]
    }

    /// Each wheelchair space that has a companion seat, and that seat: as the map says, or the seats beside the spaces where it says nothing.
    ///
    /// Gives     no seat twice. What a wrong map names is left out.
    pub fn companions(&self) -> Vec<(SeatIndex, SeatIndex)> {
        if self.seats().any(|at| at.seat.companion_of.is_some()) {
            let index = self.index();
            let named = |at: SeatAt<'_>| Some((*index.get(at.seat.companion_of.as_ref()?)?, at.index));
            return self.seats().filter_map(named).collect();
        }
        let mut first = 0;
        let mut pairs = Vec::new();
        for row in self.sections.iter().flat_map(|section| &section.rows) {
            pairs.extend(beside(&row.seats).map(|(space, seat)| (first + space, first + seat)));
            first += row.seats.len() as u32;
        }
        pairs
    }

    /// Checks ids, labels, coordinates and limits; names the first field that is wrong.
    pub fn validate(&self) -> Result<(), SeatMapError> {
        check_label("name", &self.name)?;
        at_most("sections", self.sections.len(), MAX_SECTIONS)?;
        at_most("areas", self.areas.len(), MAX_AREAS)?;
        at_most("sections", self.seat_count() as usize, MAX_SEATS)?;
        if self.capacity() == 0 {
            return Err(wrong("sections", "a seat map needs at least one seat or area place"));
        }
        at_most("floors", self.floor_names().len(), MAX_FLOORS)?;
        if let Some(stage) = &self.stage {
            check_label("stage.label", &stage.label)?;
            check_outline("stage.outline", &stage.outline)?;
        }
        let mut ids = HashSet::new();
        for (n, section) in self.sections.iter().enumerate() {
            check_section(&format!("sections[{n}]"), section, &mut ids)?;
        }
        for (n, area) in self.areas.iter().enumerate() {
            check_area(&format!("areas[{n}]"), area, &mut ids)?;
        }
        let mut seats = HashSet::new();
        if let Some(twice) = self.seats().map(|seat| seat.id()).find(|id| !seats.insert(id.clone())) {
            return Err(wrong("sections", &format!("the seat {twice:?} is there twice")));
        }
        self.check_companions()?;
        self.check_focal_point()
    }

    /// What sections and areas call their floors; what names none is on a floor without a name.
    fn floor_names(&self) -> HashSet<Option<&str>> {
        let sections = self.sections.iter().map(|section| section.floor.as_deref());
        sections.chain(self.areas.iter().map(|area| area.floor.as_deref())).collect()
    }

    /// A companion's seat names a wheelchair space that no other seat names, and is none itself.
    fn check_companions(&self) -> Result<(), SeatMapError> {
        let spaces: HashSet<String> = self.seats().filter(|at| at.seat.accessible).map(|at| at.id()).collect();
        let mut taken = HashSet::new();
        for (n, section) in self.sections.iter().enumerate() {
            for (r, row) in section.rows.iter().enumerate() {
                for (s, seat) in row.seats.iter().enumerate() {
                    let Some(space) = &seat.companion_of else { continue };
                    let no = |detail: &str| Err(wrong(&format!("sections[{n}].rows[{r}].seats[{s}].companion_of"), detail));
                    match () {
                        () if seat.accessible => return no("a wheelchair space is nobody's companion seat"),
                        () if !spaces.contains(space) => return no("names no wheelchair space of this map"),
                        () if !taken.insert(space) => return no("that wheelchair space has a companion seat already"),
                        () => {}
                    }
                }
            }
        }
        Ok(())
    }

    /// Within the box around everything, or not farther from it than it is long.
    fn check_focal_point(&self) -> Result<(), SeatMapError> {
        let Some([x, y]) = self.focal_point else { return Ok(()) };
        check_point("focal_point", x, y)?;
        let [left, top, right, bottom] = self.bounds();
        let near = (right - left).max(bottom - top);
        let inside = (left - near..=right + near).contains(&x) && (top - near..=bottom + near).contains(&y);
        if inside { Ok(()) } else { Err(wrong("focal_point", "lies far outside the map")) }
    }
}

impl Stage {
    /// Whether it is looked at from the back rather than from near.
    fn is_screen(&self) -> bool {
        let label = self.label.to_lowercase();
        ["screen", "leinwand"].iter().any(|word| label.contains(word))
    }
}

/// Wheelchair spaces of one row with the seat before them, or else after them: that stands beside them, and is no other's.
fn beside(row: &[Seat]) -> impl Iterator<Item = (SeatIndex, SeatIndex)> {
    let mut last = None;
    (0..row.len()).filter(|n| row[*n].accessible).filter_map(move |space| {
        let before = space.checked_sub(1).filter(|n| !row[*n].accessible && !row[*n].gap_after && last != Some(*n));
        let after = || Some(space + 1).filter(|n| row.get(*n).is_some_and(|seat| !seat.accessible) && !row[space].gap_after);
        let seat = before.or_else(after)?;
        last = Some(seat);
        Some((space as SeatIndex, seat as SeatIndex))
    })
}

/// The middle of some points; the origin where there are none.
fn mean(points: impl Iterator<Item = [f32; 2]>) -> [f32; 2] {
    let (sum, count) =
        points.fold(([0.0_f64; 2], 0.0), |([x, y], n), point| ([x + f64::from(point[0]), y + f64::from(point[1])], n + 1.0));
    sum.map(|part| (part / f64::max(count, 1.0)) as f32)
}

pub(crate) fn grow(bounds: Option<[f32; 4]>, x: f32, y: f32) -> [f32; 4] {
    match bounds {
        None => [x, y, x, y],
        Some([left, top, right, bottom]) => [left.min(x), top.min(y), right.max(x), bottom.max(y)],
    }
}

fn check_section<'a>(field: &str, section: &'a Section, ids: &mut HashSet<&'a str>) -> Result<(), SeatMapError> {
    check_id(&format!("{field}.id"), &section.id, ids)?;
    check_label(&format!("{field}.label"), &section.label)?;
    check_outline(&format!("{field}.outline"), &section.outline)?;
    check_floor(field, section.floor.as_deref())?;
    for (n, row) in section.rows.iter().enumerate() {
        let field = format!("{field}.rows[{n}]");
        check_part(&format!("{field}.label"), &row.label)?;
        for (n, seat) in row.seats.iter().enumerate() {
            check_part(&format!("{field}.seats[{n}].number"), &seat.number)?;
            check_point(&format!("{field}.seats[{n}]"), seat.x, seat.y)?;
        }
    }
    Ok(())
}

fn check_area<'a>(field: &str, area: &'a Area, ids: &mut HashSet<&'a str>) -> Result<(), SeatMapError> {
    check_id(&format!("{field}.id"), &area.id, ids)?;
    check_label(&format!("{field}.label"), &area.label)?;
    check_outline(&format!("{field}.outline"), &area.outline)?;
    check_floor(field, area.floor.as_deref())?;
    if (1..=MAX_AREA_CAPACITY).contains(&area.capacity) {
        Ok(())
    } else {
        Err(wrong(&format!("{field}.capacity"), &format!("must be 1 to {MAX_AREA_CAPACITY}")))
    }
}

fn check_id<'a>(field: &str, id: &'a str, ids: &mut HashSet<&'a str>) -> Result<(), SeatMapError> {
    let plain = (1..=40).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !plain {
        return Err(wrong(field, "must be 1 to 40 letters, digits or hyphens"));
    }
    if ids.insert(id) { Ok(()) } else { Err(wrong(field, "is there twice")) }
}

fn check_part(field: &str, part: &str) -> Result<(), SeatMapError> {
    let plain = (1..=12).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    if plain { Ok(()) } else { Err(wrong(field, "must be 1 to 12 letters or digits")) }
}

fn check_label(field: &str, label: &str) -> Result<(), SeatMapError> {
    if (1..=MAX_LABEL_CHARS).contains(&label.chars().count()) {
        Ok(())
    } else {
        Err(wrong(field, &format!("must be 1 to {MAX_LABEL_CHARS} characters")))
    }
}

fn check_floor(field: &str, floor: Option<&str>) -> Result<(), SeatMapError> {
    floor.map_or(Ok(()), |name| check_label(&format!("{field}.floor"), name))
}

fn check_outline(field: &str, outline: &[[f32; 2]]) -> Result<(), SeatMapError> {
    at_most(field, outline.len(), 1_000)?;
    outline.iter().enumerate().try_for_each(|(n, [x, y])| check_point(&format!("{field}[{n}]"), *x, *y))
}

fn check_point(field: &str, x: f32, y: f32) -> Result<(), SeatMapError> {
    if [x, y].iter().all(|c| c.is_finite() && c.abs() <= MAX_COORDINATE) {
        Ok(())
    } else {
        Err(wrong(field, &format!("coordinates must lie within ±{MAX_COORDINATE}")))
    }
}

fn at_most(field: &str, count: usize, limit: usize) -> Result<(), SeatMapError> {
    if count <= limit { Ok(()) } else { Err(wrong(field, &format!("{count} are more than {limit}"))) }
}

fn wrong(field: &str, detail: &str) -> SeatMapError {
    SeatMapError { field: field.to_owned(), detail: detail.to_owned() }
}

#[cfg(test)]
mod tests;
