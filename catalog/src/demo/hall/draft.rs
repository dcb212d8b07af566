//! A house before its seats are placed: blocks of lines with seat counts that can still shrink.

use std::collections::HashMap;

use domain::TierId;
use domain::seat_map::{Area, Row, Seat, SeatMap, Section, Stage};

use super::path::{Path, Point, band, rounded};

/// How far apart the seats of a shortened run may stand: first only runs shrink that stay dense.
const WIDEST_PITCHES: [f64; 4] = [12.0, 14.0, 17.0, 21.0];
/// No run is shortened below this.
const SHORTEST_RUN: u32 = 3;

/// Seats along one path without an aisle between them.
#[derive(Debug, Clone)]
pub struct Run {
    pub path: Path,
    pub count: u32,
}

impl Run {
    pub fn full(path: Path) -> Self {
        Self { path, count: path.seats() }
    }

    /// How far apart its seats would stand with one less; endless when it may not become shorter.
    fn pitch_without_one(&self) -> f64 {
        if self.count > SHORTEST_RUN { self.path.length() / f64::from(self.count - 2) } else { f64::INFINITY }
    }
}

/// One row of a block; an aisle follows every run but the last.
#[derive(Debug, Clone)]
pub struct Line {
    pub label: String,
    pub runs: Vec<Run>,
    /// How many wheelchair spaces stand at the row's first and last end, each with its companion's seat on the inner side: as many as the
    /// runs there have room for.
    pub wheelchairs: (u32, u32),
}

impl Line {
    pub fn of(label: String, path: Path) -> Self {
        Self { label, runs: vec![Run::full(path)], wheelchairs: (0, 0) }
    }

    fn count(&self) -> u32 {
        self.runs.iter().map(|run| run.count).sum()
    }

    /// How many wheelchair spaces with their companions' seats fit into the first and into the last run.
    fn pairs(&self) -> (u32, u32) {
        let room = |run: Option<&Run>, taken: u32| run.map_or(0, |run| (run.count - taken) / 2);
        let first = self.wheelchairs.0.min(room(self.runs.first(), 0));
        let taken = if self.runs.len() == 1 { 2 * first } else { 0 };
        (first, self.wheelchairs.1.min(room(self.runs.last(), taken)))
    }

    /// The whole line from its first run's start to its last run's end.
    fn path(&self) -> Option<Path> {
        match (self.runs.first()?.path, self.runs.last()?.path) {
            (Path::Arc { centre, radius, from, .. }, Path::Arc { to, .. }) => Some(Path::Arc { centre, radius, from, to }),
            (Path::Line { from, .. }, Path::Line { to, .. }) => Some(Path::Line { from, to }),
            (path, _) => Some(path),
        }
    }
}

/// A section in the making.
#[derive(Debug, Clone)]
pub struct Block {
    pub id: String,
    pub label: String,
    pub tier: usize,
    pub lines: Vec<Line>,
    /// Blocks of one group continue each other's seat numbers in rows of the same label.
    pub group: Option<u32>,
}

#[derive(Debug, Clone, Default)]
pub struct Draft {
    pub name: String,
    pub stage: Option<(String, Vec<Point>)>,
    /// Where the stage alone does not say it.
    pub focal_point: Option<Point>,
    pub blocks: Vec<Block>,
    pub areas: Vec<Area>,
}

impl Draft {
    pub fn seats(&self) -> u32 {
        self.blocks.iter().flat_map(|block| &block.lines).map(Line::count).sum()
    }

    /// Takes single seats away until `seats` are left: one a row, from the rear rows first, and from long rows before short ones,
    /// where a missing seat would leave a hole.
    pub fn shrink_to(&mut self, seats: u32) {
        let mut surplus = self.seats().saturating_sub(seats);
        for widest in WIDEST_PITCHES {
            while surplus > 0 {
                let before = surplus;
                for line in self.blocks.iter_mut().rev().flat_map(|block| block.lines.iter_mut().rev()) {
                    let longest =
                        line.runs.iter_mut().filter(|run| run.pitch_without_one() <= widest).max_by_key(|run| run.count);
                    if let (Some(run), true) = (longest, surplus > 0) {
                        run.count -= 1;
                        surplus -= 1;
                    }
                }
                if surplus == before {
                    break;
                }
            }
        }
    }

    /// Places and numbers the seats.
    pub fn build(self) -> SeatMap {
        let mut numbers = HashMap::new();
        let sections = self.blocks.into_iter().map(|block| section(block, &mut numbers)).collect();
        let stage = self.stage.map(|(label, outline)| Stage { label, outline });
        SeatMap { name: self.name, focal_point: self.focal_point, stage, sections, areas: self.areas }
    }
}

fn section(block: Block, numbers: &mut HashMap<(u32, String), u32>) -> Section {
    let outline = match (block.lines.first().and_then(Line::path), block.lines.last().and_then(Line::path)) {
        (Some(first), Some(last)) => band(&first, &last),
        _ => Vec::new(),
    };
    let mut rows = Vec::with_capacity(block.lines.len());
    for line in block.lines {
        let mut own = 0;
        let number = match block.group {
            Some(group) => numbers.entry((group, line.label.clone())).or_insert(0),
            None => &mut own,
        };
        rows.push(row(&block.id, line, number));
    }
    Section { id: block.id, label: block.label, tier: tier(block.tier), outline, floor: None, rows }
}

fn row(section: &str, line: Line, number: &mut u32) -> Row {
    let total = line.count();
    let (first, last) = line.pairs();
    let mut seats = Vec::with_capacity(total as usize);
    let last_run = line.runs.len().saturating_sub(1);
    for (r, run) in line.runs.iter().enumerate() {
        for (n, point) in (1..).zip(run.path.spread(run.count)) {
            *number += 1;
            let [x, y] = rounded(point);
            let (from_first, from_last) = (seats.len() as u32, total - 1 - seats.len() as u32);
            let (at_first, at_last) = (from_first < 2 * first, from_last < 2 * last);
            let accessible = at_first && from_first % 2 == 0 || at_last && from_last % 2 == 0;
            let space = match (accessible, at_first, at_last) {
                (false, true, _) => Some(*number - 1),
                (false, _, true) => Some(*number + 1),
                _ => None,
            };
            let companion_of = space.map(|space| format!("{section}-{}-{space}", line.label));
            let gap_after = n == run.count && r < last_run;
            seats.push(Seat { number: number.to_string(), x, y, accessible, companion_of, gap_after });
        }
    }
    Row { label: line.label, seats }
}

/// The tier at a position; designs have at most a handful.
pub fn tier(index: usize) -> TierId {
    TierId::nth(index).unwrap_or_else(|| unreachable!("a design has fewer than {} tiers", TierId::COUNT))
}

/// Row letters from the front: A to Z without I and O, then AA, BB and so on.
pub fn row_letters(index: usize) -> String {
    const LETTERS: &[u8; 24] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
    let letter = char::from(LETTERS[index % LETTERS.len()]);
    std::iter::repeat_n(letter, index / LETTERS.len() + 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_lettered_without_i_and_o() {
        let letters: Vec<_> = [0, 7, 8, 12, 13, 23, 24, 25, 48].into_iter().map(row_letters).collect();
        assert_eq!(letters, ["A", "H", "J", "N", "P", "Z", "AA", "BB", "AAA"]);
    }

    #[test]
    fn shrinking_is_exact_and_starts_at_the_rear() {
        let line = |label: &str| Line::of(label.into(), Path::Line { from: [0.0, 0.0], to: [100.0, 0.0] });
        let block = Block { id: "a".into(), label: "A".into(), tier: 0, lines: vec![line("A"), line("B")], group: None };
        let mut draft = Draft { name: "x".into(), blocks: vec![block], ..Draft::default() };
        assert_eq!(draft.seats(), 22);
        draft.shrink_to(19);
        let counts: Vec<_> = draft.blocks[0].lines.iter().map(Line::count).collect();
        assert_eq!(counts, [10, 9]);
    }
}
