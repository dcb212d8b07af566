//! A fan-shaped hall: tiers of curved rows around a stage, cut by aisles that line up.

use domain::seat_map::Stage;
use domain::{Area, Row, Seat, SeatMap, Section, TierId};
use serde::Deserialize;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hall {
    pub name: String,
    pub tiers: Vec<Ring>,
    /// Degrees that the fan spans.
    pub span: f32,
    /// From the middle of the arcs to the first row.
    pub radius: f32,
    #[serde(default)]
    pub areas: Vec<Floor>,
    /// The last row of the first ring's outer blocks has this many wheelchair spaces each.
    #[serde(default)]
    pub wheelchairs: usize,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ring {
    pub name: String,
    pub rows: usize,
    pub blocks: usize,
    /// The floor it is on.
    #[serde(default)]
    pub floor: Option<String>,
    /// How far from the middle it begins, where that is not behind the ring before.
    #[serde(default)]
    pub radius: Option<f32>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Floor {
    pub name: String,
    pub capacity: u32,
    /// Inner and outer radius; absent: no outline.
    #[serde(default)]
    pub ring: Option<[f32; 2]>,
    /// Share of the fan, left to right.
    #[serde(default)]
    pub share: Option<[f32; 2]>,
}

const PITCH: f32 = 10.0;
const ROW: f32 = 10.5;
const AISLE: f32 = 16.0;
const BETWEEN: f32 = 20.0;

impl Hall {
    pub fn map(&self) -> SeatMap {
        let half = (self.span / 2.0).to_radians();
        let mut radius = self.radius;
        let (mut sections, mut letter) = (Vec::new(), 0);
        for (index, ring) in self.tiers.iter().enumerate() {
            let tier = TierId::nth(index).expect("a tier");
            radius = ring.radius.unwrap_or(radius);
            for block in 0..ring.blocks {
                let rows =
                    (0..ring.rows).map(|row| self.row(ring, block, radius + row as f32 * ROW, half, letter + row, (index, row)));
                let id = format!("r{}b{}", index + 1, block + 1);
                let label = format!("{} {}", ring.name, block + 1);
                sections.push(Section { id, label, tier, outline: vec![], floor: ring.floor.clone(), rows: rows.collect() });
            }
            radius += ring.rows as f32 * ROW + BETWEEN;
            letter += ring.rows;
        }
        let areas = self.areas.iter().enumerate().map(|(index, floor)| self.area(index, floor, half)).collect();
        SeatMap { name: self.name.clone(), focal_point: None, stage: Some(self.stage(half)), sections, areas }
            .laid_apart()
            .into_owned()
    }

    fn row(&self, ring: &Ring, block: usize, radius: f32, half: f32, letter: usize, (tier, row): (usize, usize)) -> Row {
        let (aisle, width) = (AISLE / radius, 2.0 * half / ring.blocks as f32);
        let (from, to) = (-half + block as f32 * width, -half + (block + 1) as f32 * width);
        let from = if block == 0 { from } else { from + aisle / 2.0 };
        let to = if block + 1 == ring.blocks { to } else { to - aisle / 2.0 };
        let count = (((to - from) * radius / PITCH).floor() as usize).max(1) + 1;
        let outer = block == 0 || block + 1 == ring.blocks;
        let seat = |n: usize| {
            let angle = if count > 1 { from + (to - from) * n as f32 / (count - 1) as f32 } else { (from + to) / 2.0 };
            let nth = if block == 0 { n } else { count - 1 - n };
            let accessible = tier == 0 && outer && row + 1 == ring.rows && nth < self.wheelchairs;
            let [x, y] = polar(radius, angle);
            Seat { number: (n + 1).to_string(), x, y, accessible, companion_of: None, gap_after: false }
        };
        Row { label: letters(letter), seats: (0..count).map(seat).collect() }
    }

    fn stage(&self, half: f32) -> Stage {
        let (front, back, half) = (self.radius - 24.0, self.radius - 62.0, half.min(0.9) * 0.8);
        let mut outline: Vec<[f32; 2]> = (0..=24).map(|n| polar(front, -half + 2.0 * half * n as f32 / 24.0)).collect();
        let ([right_x, _], top) = (polar(front, half), polar(back.max(10.0), half)[1]);
        outline.extend([[right_x * 1.06, top], [-right_x * 1.06, top]]);
        Stage { label: "Stage".into(), outline }
    }

    fn area(&self, index: usize, floor: &Floor, half: f32) -> Area {
        let outline = floor.ring.map_or_else(Vec::new, |[inner, outer]| {
            let [from, to] = floor.share.unwrap_or([0.0, 1.0]);
            let angle = |n: usize| -half + 2.0 * half * (from + (to - from) * n as f32 / 24.0);
            let inside = (0..=24).map(|n| polar(inner, angle(n)));
            inside.chain((0..=24).rev().map(|n| polar(outer, angle(n)))).collect()
        });
        let tier = TierId::nth(self.tiers.len() + index).expect("a tier");
        Area { id: format!("a{}", index + 1), label: floor.name.clone(), tier, capacity: floor.capacity, outline, floor: None }
    }
}

fn polar(radius: f32, angle: f32) -> [f32; 2] {
    let round = |value: f32| (value * 100.0).round() / 100.0;
    [round(radius * angle.sin()), round(radius * angle.cos())]
}

/// A, B, … Z, AA, BB, …
fn letters(row: usize) -> String {
    let letter = char::from(b'A' + (row % 26) as u8);
    std::iter::repeat_n(letter, row / 26 + 1).collect()
}
