//! Houses built in rings around a rounded rectangle: stadium and arena.

use std::f64::consts::{FRAC_PI_2, PI};

use domain::SeatMap;
use domain::seat_map::Area;

use super::draft::{Block, Draft, Line, row_letters, tier};
use super::path::{Path, Point, ROW_PITCH, rounded};

/// How wide a block may be at its first row.
const BLOCK_WIDTH: f64 = 190.0;
/// Half an aisle between blocks.
const HALF_AISLE: f64 = 9.0;
/// Between the last row of a ring and the first of the next, besides one row.
const RING_GAP: f64 = 22.0;

/// A rounded rectangle around the origin: half its straight sides, and the radius of its corners at the first row.
#[derive(Debug, Clone, Copy)]
struct Bowl {
    half_width: f64,
    half_height: f64,
    corner: f64,
}

/// One stretch of the ring, in walking order from the middle of the bottom: a straight side or a corner.
#[derive(Debug, Clone, Copy)]
enum Stretch {
    Side { from: [f64; 2], to: [f64; 2], long: bool },
    Corner { centre: [f64; 2], from: f64 },
}

impl Bowl {
    /// Bottom, right, top and left side, each followed by its corner, left to right along the bottom.
    fn stretches(&self) -> [Stretch; 8] {
        let (w, h) = (self.half_width, self.half_height);
        let side = |from, to, long| Stretch::Side { from, to, long };
        let corner = |x, y, from| Stretch::Corner { centre: [x, y], from };
        [
            side([-w, h], [w, h], true),
            corner(w, h, 0.0),
            side([w, h], [w, -h], false),
            corner(w, -h, FRAC_PI_2),
            side([w, -h], [-w, -h], true),
            corner(-w, -h, PI),
            side([-w, -h], [-w, h], false),
            corner(-w, h, PI + FRAC_PI_2),
        ]
    }
}

impl Stretch {
    fn length(&self, out: f64) -> f64 {
        match self {
            Self::Side { from, to, .. } => (to[0] - from[0]).hypot(to[1] - from[1]),
            Self::Corner { .. } => FRAC_PI_2 * out,
        }
    }

    /// The part `n` of `parts` at a distance `out` from the rectangle of straight sides.
    fn part(&self, n: u32, parts: u32, out: f64) -> Path {
        let (start, end) = (f64::from(n) / f64::from(parts), f64::from(n + 1) / f64::from(parts));
        match *self {
            Self::Side { from, to, .. } => {
                let length = self.length(out).max(1e-6);
                let along = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
                let at = |run: f64| [from[0] + along[0] * run - along[1] * out, from[1] + along[1] * run + along[0] * out];
                Path::Line { from: at(length * start + HALF_AISLE), to: at(length * end - HALF_AISLE) }
            }
            Self::Corner { centre, from } => Path::Arc {
                centre,
                radius: out,
                from: from + FRAC_PI_2 * start + HALF_AISLE / out,
                to: from + FRAC_PI_2 * end - HALF_AISLE / out,
            },
        }
    }

    fn is_stand(&self) -> bool {
        matches!(self, Self::Side { long: true, .. })
    }
}

/// One ring of blocks: its first row's distance from the straight rectangle, its rows, its tiers on stands and at the ends.
struct Ring {
    number: u32,
    out: f64,
    rows: u32,
    first_row: usize,
    tiers: (usize, usize),
}

/// The blocks of a ring, all around or without the stretches that `keep` refuses.
fn ring_blocks(bowl: &Bowl, ring: &Ring, keep: impl Fn(usize, u32, u32) -> bool) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut number = ring.number * 100;
    for (s, stretch) in bowl.stretches().iter().enumerate() {
        let parts = (stretch.length(ring.out) / BLOCK_WIDTH).round().max(1.0) as u32;
        for n in (0..parts).filter(|n| keep(s, *n, parts)) {
            number += 1;
            let tier = if stretch.is_stand() { ring.tiers.0 } else { ring.tiers.1 };
            let lines = (0..ring.rows).map(|row| {
                let path = stretch.part(n, parts, ring.out + f64::from(row) * ROW_PITCH);
                Line::of(row_letters(ring.first_row + row as usize), path)
            });
            let mut block =
                Block { id: number.to_string(), label: format!("Block {number}"), tier, lines: lines.collect(), group: None };
            if let (1, true, Some(last)) = (ring.number, stretch.is_stand() && n % 2 == 0, block.lines.last_mut()) {
                last.wheelchairs = (2, 2);
            }
            blocks.push(block);
        }
    }
    blocks
}

/// Rings one behind the other, the first row at `out`; the rows are shared among them.
fn rings(rows: u32, out: f64, tiers: &[(usize, usize)]) -> Vec<Ring> {
    let count = tiers.len() as u32;
    let (mut out, mut first_row) = (out, 0);
    let ring = |(n, tiers): (u32, &(usize, usize))| {
        let own = (rows / count + u32::from(n >= count - rows % count)).max(1);
        let ring = Ring { number: n + 1, out, rows: own, first_row, tiers: *tiers };
        out += f64::from(own) * ROW_PITCH + RING_GAP;
        first_row += own as usize;
        ring
    };
    (0..).zip(tiers).map(ring).collect()
}

/// Grows a house until it holds at least `seats`, then shrinks it to exactly that.
fn fitted(seats: u32, plan: impl Fn(f64) -> Draft) -> Draft {
    let scales = (10..600).map(|step| f64::from(step) / 40.0);
    let mut draft = scales.map(plan).find(|draft| draft.seats() >= seats).unwrap_or_default();
    draft.shrink_to(seats);
    draft
}

pub fn stadium(places: u32) -> SeatMap {
    let tiers: &[(usize, usize)] = match places {
        0..6_000 => &[(0, 1)],
        6_000..35_000 => &[(0, 1), (2, 3)],
        _ => &[(0, 1), (2, 3), (2, 3)],
    };
    let name = if places < 6_000 { "Sports hall" } else { "Stadium" };
    fitted(places, |scale| {
        let (width, height) = (430.0 * scale, 260.0 * scale);
        let corner = 26.0 + 60.0 * scale;
        let bowl = Bowl { half_width: width, half_height: height, corner };
        let rows = (27.0 * scale).round().max(4.0) as u32;
        let blocks = rings(rows, bowl.corner, tiers).iter().flat_map(|ring| ring_blocks(&bowl, ring, |_, _, _| true)).collect();
        let field = bowl.corner - 34.0;
        let label = if places < 6_000 { "Court" } else { "Pitch" };
        let stage = (
            label.to_owned(),
            rectangle([-width - field * 0.5, -height - field * 0.5], [width + field * 0.5, height + field * 0.5]),
        );
        // the halfway line, where it crosses the middle of the pitch
        let focal_point = Some([0.0, 0.0]);
        Draft { name: name.into(), stage: Some(stage), focal_point, blocks, areas: Vec::new() }
    })
    .build()
}

/// A quarter stands on the floor; the stage fills the top end, and nobody sits behind it.
pub fn arena(places: u32) -> SeatMap {
    let floor = places / 4;
    fitted(places - floor, |scale| {
        let bowl = Bowl { half_width: 150.0 * scale, half_height: 250.0 * scale, corner: 30.0 + 50.0 * scale };
        let rows = (22.0 * scale).round().max(4.0) as u32;
        // Top side and the two corners beside it stay empty, and so does the piece of the long sides next to the stage.
        let keep = |stretch: usize, n: u32, parts: u32| match stretch {
            2 => f64::from(n + 1) / f64::from(parts) <= 0.86,
            6 => f64::from(n) / f64::from(parts) >= 0.14,
            stretch => !(3..=5).contains(&stretch),
        };
        let tiers = [(2, 1), (3, 3)];
        let blocks = rings(rows, bowl.corner, &tiers).iter().flat_map(|ring| ring_blocks(&bowl, ring, keep)).collect();
        arena_floor(&bowl, floor, blocks)
    })
    .build()
}

fn arena_floor(bowl: &Bowl, capacity: u32, blocks: Vec<Block>) -> Draft {
    let reach = bowl.corner - 30.0;
    let (w, h) = (bowl.half_width + reach, bowl.half_height + reach);
    let (stage_bottom, stage_depth) = (-h + 0.34 * h, 0.30 * h);
    let front = w * 0.72;
    let stage = [
        [-front * 1.08, stage_bottom - stage_depth],
        [front * 1.08, stage_bottom - stage_depth],
        [front, stage_bottom],
        [w * 0.16, stage_bottom],
        [w * 0.16, stage_bottom + 0.2 * h],
        [-w * 0.16, stage_bottom + 0.2 * h],
        [-w * 0.16, stage_bottom],
        [-front, stage_bottom],
    ];
    let top = stage_bottom + 18.0;
    let cut = 0.16 * w + 14.0;
    let runway = stage_bottom + 0.2 * h + 14.0;
    let round = 0.35 * w;
    let mut outline = vec![[-w, top], [-cut, top], [-cut, runway], [cut, runway], [cut, top], [w, top]];
    let corner = |x: f64, from: f64| Path::Arc { centre: [x, h - round], radius: round, from, to: from - FRAC_PI_2 }.drawn();
    outline.extend(corner(w - round, FRAC_PI_2));
    outline.extend(corner(round - w, 0.0));
    let outline = outline.into_iter().map(rounded).collect();
    let area = Area { id: "floor".into(), label: "Floor standing".into(), tier: tier(0), capacity, outline, floor: None };
    let stage = ("Stage".to_owned(), stage.into_iter().map(rounded).collect());
    let focal_point = Some(rounded([0.0, stage_bottom]));
    Draft { name: "Arena".into(), stage: Some(stage), focal_point, blocks, areas: vec![area] }
}

fn rectangle(top_left: [f64; 2], bottom_right: [f64; 2]) -> Vec<Point> {
    let ([left, top], [right, bottom]) = (top_left, bottom_right);
    [[left, top], [right, top], [right, bottom], [left, bottom]].map(rounded).to_vec()
}
