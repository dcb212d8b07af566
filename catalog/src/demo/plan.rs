//! The order in which a demo catalogue comes into being: batches that are small enough to hold and refer only backwards.

use std::collections::HashSet;

use jiff::Timestamp;

use super::calendar::Calendar;
use super::dice::Dice;
use super::ids::Ids;
use super::programme::{Maker, Programme, SHOWCASES, Strand};
use super::world::World;
use crate::write::Bulk;

/// How many events a demo has at most.
pub const MOST_EVENTS: u32 = 5_000_000;
const HOUSES_PER_BATCH: usize = 40;
const PERFORMERS_PER_BATCH: usize = 5_000;
const EVENTS_PER_BATCH: usize = 5_000;
/// Programmes in a row without a new date, after which the plan ends rather than search on.
const BARREN: u32 = 10_000;

/// What to generate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoOptions {
    /// Upcoming events; some past ones come on top.
    pub events: u32,
    pub seed: u64,
}

impl Default for DemoOptions {
    fn default() -> Self {
        Self { events: 20_000, seed: 1 }
    }
}

/// Plans a demo catalogue dated from the UTC day of `now`.
///
/// Takes     at most 5,000,000 events; more are cut to that.
/// Gives     batches whose rows refer only to rows of the same or earlier batches; the same options and `now` give the same batches.
///           Of `now` within its day only the openings of sales and what counts as upcoming depend.
/// Cost      memory for the world (4,000 houses and some ten thousand names at most) and one batch.
pub fn plan(options: &DemoOptions, now: Timestamp) -> Plan {
    let calendar = Calendar::new(now);
    let events = options.events.clamp(1, MOST_EVENTS);
    let mut ids = Ids::new(options.seed, calendar.start());
    let world = World::new(events, options.seed, calendar, &mut ids);
    Plan {
        world,
        ids,
        stage: Stage::Cities,
        events,
        upcoming: 0,
        past_left: (events / 40).clamp(20, 4_000),
        programmes: 0,
        barren: 0,
        made: [0; Strand::SHARES.len()],
        taken: HashSet::new(),
    }
}

/// A demo catalogue in the making.
#[derive(Debug, Clone)]
pub struct Plan {
    world: World,
    ids: Ids,
    stage: Stage,
    events: u32,
    upcoming: u32,
    past_left: u32,
    programmes: u64,
    barren: u32,
    /// Events by strand.
    made: [u64; Strand::SHARES.len()],
    taken: HashSet<(u32, u16)>,
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    Cities,
    Houses(usize),
    Performers(usize),
    Events,
}

impl Iterator for Plan {
    type Item = Bulk;

    fn next(&mut self) -> Option<Bulk> {
        let (bulk, stage) = match self.stage {
            Stage::Cities => (self.cities(), Stage::Houses(0)),
            Stage::Houses(from) => {
                let to = (from + HOUSES_PER_BATCH).min(self.world.houses.len());
                let stage = if to < self.world.houses.len() { Stage::Houses(to) } else { Stage::Performers(0) };
                (self.houses(from, to), stage)
            }
            Stage::Performers(from) => {
                let performers: Vec<_> = self.world.roster.rows().skip(from).take(PERFORMERS_PER_BATCH).cloned().collect();
                let more = performers.len() == PERFORMERS_PER_BATCH;
                let stage = if more { Stage::Performers(from + PERFORMERS_PER_BATCH) } else { Stage::Events };
                (Bulk { performers, ..Bulk::default() }, stage)
            }
            Stage::Events => (self.events()?, Stage::Events),
        };
        self.stage = stage;
        Some(bulk)
    }
}

impl Plan {
    /// Upcoming events that are made so far.
    pub fn upcoming(&self) -> u32 {
        self.upcoming
    }

    fn cities(&self) -> Bulk {
        Bulk { cities: (0..self.world.cities.len()).map(|city| self.world.city_row(city)).collect(), ..Bulk::default() }
    }

    fn houses(&self, from: usize, to: usize) -> Bulk {
        let houses = &self.world.houses[from..to];
        Bulk {
            venues: houses.iter().map(|house| house.row.clone()).collect(),
            seat_maps: houses.iter().map(|house| house.seat_map()).collect(),
            ..Bulk::default()
        }
    }

    fn events(&mut self) -> Option<Bulk> {
        let mut bulk = Bulk::default();
        while bulk.events.len() < EVENTS_PER_BATCH && self.upcoming < self.events && self.barren < BARREN {
            let strand = self.strand();
            let mut programme = self.programme(strand);
            self.keep_wanted(&mut programme);
            self.barren = if programme.events.is_empty() { self.barren + 1 } else { 0 };
            self.made[strand] += programme.events.len() as u64;
            if !programme.events.is_empty() {
                bulk.series.extend(programme.series);
                bulk.events.append(&mut programme.events);
            }
        }
        (!bulk.events.is_empty()).then_some(bulk)
    }

    /// The strand that lags most behind its share.
    fn strand(&self) -> usize {
        let done = |n: usize| (self.made[n] as f64 + 1.0) / Strand::SHARES[n].1;
        // A strand that made nothing lately steps aside for the next.
        let turn = self.barren as usize % Strand::SHARES.len();
        let mut order: Vec<_> = (0..Strand::SHARES.len()).collect();
        order.sort_by(|a, b| done(*a).total_cmp(&done(*b)).then(a.cmp(b)));
        order[turn]
    }

    fn programme(&mut self, strand: usize) -> Programme {
        let dice = Dice::stream(self.world.seed, "programme", self.programmes);
        let scale = (f64::from(self.events) / 20_000.0).clamp(0.05, 50.0);
        let number = self.programmes;
        self.programmes += 1;
        let mut maker = Maker { world: &self.world, ids: &mut self.ids, dice, taken: &mut self.taken, scale };
        if number < SHOWCASES { maker.showcase(number) } else { maker.make(Strand::SHARES[strand].0) }
    }

    /// Drops past dates beyond what history needs, and upcoming ones beyond what was ordered.
    fn keep_wanted(&mut self, programme: &mut Programme) {
        let now = self.world.calendar.now;
        programme.events.retain(|event| {
            let left = if event.starts_at > now { self.events - self.upcoming } else { self.past_left };
            let keep = left > 0;
            if keep && event.starts_at > now {
                self.upcoming += 1;
            } else if keep {
                self.past_left -= 1;
            }
            keep
        });
    }
}
