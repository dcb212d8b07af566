//! Houses whose rows are arcs around one centre behind the stage: theatre, concert hall, cinema.

use domain::SeatMap;

use super::draft::{Block, Draft, Line, Run, row_letters};
use super::path::{Path, Point, ROW_PITCH, rounded};

/// Half an aisle, from its middle to the seats at its edge.
const HALF_AISLE: f64 = 8.5;
/// Between the last row of a tier and the first of the next, besides one row.
const TIER_GAP: f64 = 17.0;

/// One tier: its rows and where aisles cut them, as shares -1..=1 of the fan's half angle.
struct Tier {
    id: &'static str,
    label: &'static str,
    rows: u32,
    cuts: &'static [f64],
    tier: usize,
    wheelchairs: bool,
}

struct Fan {
    /// Of the first row.
    radius: f64,
    half_angle: f64,
    tiers: Vec<Tier>,
}

/// Three or five blocks, named from the left as drawn.
const SIDES: [&[&str]; 2] = [&["left", "centre", "right"], &["far left", "left", "centre", "right", "far right"]];

impl Fan {
    fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let (mut radius, mut row) = (self.radius, 0);
        for (group, tier) in (0..).zip(&self.tiers) {
            let sides = SIDES[usize::from(tier.cuts.len() > 4)];
            for (n, cut) in tier.cuts.windows(2).enumerate() {
                let lines = (0..tier.rows).map(|r| {
                    let path = self.arc(radius + f64::from(r) * ROW_PITCH, cut[0], cut[1]);
                    Line::of(row_letters((row + r) as usize), path)
                });
                let label = format!("{} {}", tier.label, sides.get(n).copied().unwrap_or("side"));
                let mut block = Block {
                    id: format!("{}-{}", tier.id, n + 1),
                    label,
                    tier: tier.tier,
                    lines: lines.collect(),
                    group: Some(group),
                };
                if let (true, Some(last)) = (tier.wheelchairs, block.lines.last_mut()) {
                    last.wheelchairs = (4 * u32::from(n == 0), 4 * u32::from(n + 2 == tier.cuts.len()));
                }
                blocks.push(block);
            }
            row += tier.rows;
            radius += f64::from(tier.rows) * ROW_PITCH + TIER_GAP;
        }
        blocks
    }

    /// The part of a row between two cuts; half an aisle stays free at every cut that is not the fan's edge.
    fn arc(&self, radius: f64, from: f64, to: f64) -> Path {
        let edge = |cut: f64, sign: f64| {
            let aisle = if cut.abs() < 1.0 { HALF_AISLE } else { 0.0 };
            cut * self.half_angle + sign * aisle / radius
        };
        Path::Arc { centre: [0.0, 0.0], radius, from: edge(from, 1.0), to: edge(to, -1.0) }
    }

    /// A stage before the first row: wider behind, its front an arc around the same centre.
    fn stage(&self, reach: f64, depth: f64) -> Vec<Point> {
        let front = Path::Arc { centre: [0.0, 0.0], radius: self.radius - 24.0, from: -reach, to: reach };
        let [corner_x, corner_y] = front.at(1.0);
        let back = corner_y - depth;
        let mut outline = vec![rounded([corner_x + depth * 0.28, back]), rounded([-corner_x - depth * 0.28, back])];
        outline.extend(front.drawn().into_iter().map(rounded));
        outline
    }
}

/// Grows a fan until it seats at least `places`, then shrinks it to exactly that.
fn fitted(places: u32, plan: impl Fn(f64) -> Draft) -> Draft {
    let scales = (20..1_000).map(|step| f64::from(step) / 50.0);
    let mut draft = scales.map(plan).find(|draft| draft.seats() >= places).unwrap_or_default();
    draft.shrink_to(places);
    draft
}

fn rows(scale: f64, at_scale_one: f64) -> u32 {
    (scale * at_scale_one).round().max(2.0) as u32
}

pub fn concert_hall(places: u32) -> SeatMap {
    const FRONT: &[f64] = &[-1.0, -0.2, 0.2, 1.0];
    const FIVE: &[f64] = &[-1.0, -0.6, -0.2, 0.2, 0.6, 1.0];
    let tier = |id, label, rows, cuts, tier, wheelchairs| Tier { id, label, rows, cuts, tier, wheelchairs };
    fitted(places, |scale| {
        let tiers = vec![
            tier("front", "Front stalls", rows(scale, 7.0), FRONT, 0, false),
            tier("stalls", "Stalls", rows(scale, 10.0), FIVE, 1, true),
            tier("royal", "Royal circle", rows(scale, 6.0), FIVE, 2, false),
            tier("balcony", "Balcony", rows(scale, 5.0), FIVE, 3, false),
        ];
        let fan = Fan { radius: 190.0 * scale, half_angle: 0.6, tiers };
        let stage = ("Stage".to_owned(), fan.stage(0.46, 38.0 * scale));
        Draft { name: "Concert hall".into(), stage: Some(stage), focal_point: None, blocks: fan.blocks(), areas: Vec::new() }
    })
    .build()
}

pub fn theatre(places: u32) -> SeatMap {
    const STALLS: &[f64] = &[-1.0, -0.42, 0.42, 1.0];
    let tier = |id, label, rows, tier, wheelchairs| Tier { id, label, rows, cuts: STALLS, tier, wheelchairs };
    fitted(places, |scale| {
        let tiers = vec![
            tier("premium", "Premium stalls", rows(scale, 5.0), 0, false),
            tier("stalls", "Stalls", rows(scale, 8.0), 1, true),
            tier("circle", "Circle", rows(scale, 5.0), 2, false),
        ];
        let fan = Fan { radius: 300.0 * scale, half_angle: 0.36, tiers };
        let stage = ("Stage".to_owned(), fan.stage(0.3, 30.0 * scale));
        Draft { name: "Theatre".into(), stage: Some(stage), focal_point: None, blocks: fan.blocks(), areas: Vec::new() }
    })
    .build()
}

pub fn cinema(places: u32) -> SeatMap {
    const CUTS: [f64; 4] = [-1.0, -0.5, 0.5, 1.0];
    fitted(places, |scale| {
        let (standard, premium) = (rows(scale, 8.0), rows(scale, 4.0));
        let fan = Fan { radius: 480.0 * scale, half_angle: 0.2, tiers: Vec::new() };
        let line = |row: u32, radius: f64| {
            let runs = CUTS.windows(2).map(|cut| Run::full(fan.arc(radius, cut[0], cut[1]))).collect();
            Line { label: row_letters(row as usize), runs, wheelchairs: (0, 0) }
        };
        let block = |id: &str, label: &str, tier, rows: std::ops::Range<u32>, gap: f64| {
            let lines = rows.map(|row| line(row, fan.radius + gap + f64::from(row) * ROW_PITCH)).collect();
            Block { id: id.into(), label: label.into(), tier, lines, group: None }
        };
        let mut front = block("standard", "Standard", 1, 0..standard, 0.0);
        if let Some(first) = front.lines.first_mut() {
            first.wheelchairs = (2, 2);
        }
        let rear = block("premium", "Premium", 0, standard..standard + premium, TIER_GAP - 5.0);
        // two thirds back, in the middle
        let depth = TIER_GAP - 5.0 + f64::from(standard + premium - 1) * ROW_PITCH;
        Draft {
            name: "Screen".into(),
            focal_point: Some(rounded([0.0, fan.radius + depth * 2.0 / 3.0])),
            stage: Some(("Screen".into(), screen(&fan))),
            blocks: vec![front, rear],
            areas: Vec::new(),
        }
    })
    .build()
}

/// A thin curved bar, bent towards the rows as cinema screens are.
fn screen(fan: &Fan) -> Vec<Point> {
    let reach = fan.half_angle * 0.92;
    let bar = |radius| Path::Arc { centre: [0.0, 0.0], radius, from: -reach, to: reach }.drawn();
    let front = bar(fan.radius - 44.0);
    let back = bar(fan.radius - 54.0);
    front.into_iter().chain(back.into_iter().rev()).map(rounded).collect()
}
