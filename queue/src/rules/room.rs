//! The room: one event's queue as a state machine. Before the start people gather; then they wait in line, are let in, and are inside until
//! they buy, leave or run out.
//!
//! It changes only after rows say so, with two exceptions that need no row: time that passes, and who is called.

use std::collections::HashSet;

use super::crew::{Crew, Inside};
use super::draw::Turns;
use super::ledger::{Ledger, Scene};
use super::line::{BLOCK, Line};
use super::load::Load;
use super::rate::Rate;
use super::settings::{Mode, Order, Settings};
use super::standing::{Standing, Standings};

/// Numbers that one event can give.
pub const MOST_NUMBERS: u32 = 8 * 1_048_576;

/// What the rows say of a room.
#[derive(Debug, Default)]
pub struct Restored {
    pub epoch: u32,
    /// By number.
    pub standings: Vec<Standing>,
    pub inside: Vec<(u32, Inside)>,
    /// None before the start.
    pub drawn: Option<Vec<u32>>,
    /// The first number that nobody was given.
    pub next: u32,
    /// The first number that is not set aside.
    pub reserved: u32,
}

/// What one is told of his place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// The start is not yet. A place is known where who comes first is first.
    Before {
        ahead: Option<u32>,
    },
    Waiting {
        ahead: u32,
        eta: u32,
    },
    Admitted(Inside),
    Left,
    Over,
}

/// What is due now, to be written before it is so.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Due {
    pub admit: Vec<u32>,
    /// Their turn has passed while they were away.
    pub lost: Vec<u32>,
}

#[derive(Debug)]
pub struct Room {
    settings: Settings,
    started: bool,
    line: Line,
    turns: Turns,
    standings: Standings,
    crew: Crew,
    ledger: Ledger,
    rate: Rate,
    load: Load,
    next: u32,
    reserved: u32,
    zero: i64,
    /// Blocks that are told at the next beat, whatever their turn.
    at_once: HashSet<u32>,
}

impl Room {
    /// Takes     `zero`: the second of this start.
    pub fn new(settings: Settings, restored: Restored, zero: i64) -> Self {
        let turns = Turns::of_draw(restored.drawn.as_deref().unwrap_or_default());
        let waiting =
            |(number, standing): (usize, &Standing)| (*standing == Standing::Waiting).then(|| turns.turn_of(number as u32));
        let line = Line::of_turns(restored.standings.iter().enumerate().filter_map(waiting));
        let mut room = Self {
            settings,
            started: restored.drawn.is_some(),
            line,
            turns,
            standings: Standings::restored(restored.standings, zero),
            crew: Crew::default(),
            // versions of a later start are greater than all before, and exact in JavaScript
            ledger: Ledger::new(u64::from(restored.epoch) << 32),
            rate: Rate::default(),
            load: Load::default(),
            next: restored.next,
            reserved: restored.reserved,
            zero,
            at_once: HashSet::new(),
        };
        for (number, inside) in restored.inside {
            room.standings.set(number, Standing::Inside);
            room.crew.enter(number, inside);
        }
        if !room.line.is_empty() {
            room.load.resume(zero);
        }
        room
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Goes by other settings from now on.
    pub fn configure(&mut self, settings: Settings) {
        if self.settings != settings {
            self.settings = settings;
            self.ledger.anew();
        }
    }

    pub fn has_started(&self) -> bool {
        self.started
    }

    /// How many wait, those who are called with them.
    pub fn waiting(&self) -> u32 {
        self.line.len() + self.crew.len() - self.crew.count()
    }

    /// How many are inside.
    pub fn inside(&self) -> u32 {
        self.crew.count()
    }

    /// How many have a stream open.
    pub fn connected(&self) -> usize {
        self.standings.connected()
    }

    /// The first number that nobody was given, and the first that is not set aside.
    pub fn numbers(&self) -> (u32, u32) {
        (self.next, self.reserved)
    }

    pub fn reserve(&mut self, reserved: u32) {
        self.reserved = reserved;
    }

    /// Gives the next number below this one; none when they are used up.
    pub fn give(&mut self, reserved: u32) -> Option<u32> {
        let number = (self.next < reserved).then_some(self.next)?;
        self.next += 1;
        Some(number)
    }

    /// Counts somebody who comes.
    pub fn came(&mut self, now: i64) {
        if let Some(above) = self.settings.auto_above {
            self.load.came(above, now);
        }
    }

    /// Lets somebody wait whose row is there. One who comes back to an old number makes its block be told anew.
    pub fn joined(&mut self, number: u32) {
        self.standings.set(number, Standing::Waiting);
        let turn = self.turns.turn_of(number);
        let last = turn >= self.line.blocks().saturating_sub(1) * BLOCK;
        self.line.join(turn);
        if !last {
            self.ledger.returned(turn);
        }
    }

    /// Starts: those who came before are in the order of the draw.
    pub fn start(&mut self, drawn: &[u32]) {
        self.started = true;
        self.turns = Turns::of_draw(drawn);
        let turns: Vec<u32> =
            (0..self.next).filter(|number| self.line.waits(*number)).map(|number| self.turns.turn_of(number)).collect();
        self.line = Line::of_turns(turns.into_iter());
        self.ledger.retain(|_| false);
    }

    pub fn standing(&self, number: u32) -> Standing {
        self.standings.of(number)
    }

    /// Where somebody stands; none where nobody has this number.
    pub fn look(&self, number: u32, now: i64) -> Option<Look> {
        let off = self.settings.mode == Mode::Off;
        match self.standings.of(number) {
            Standing::Nobody => None,
            Standing::Waiting | Standing::Called if off => Some(Look::Over),
            Standing::Waiting if !self.started => {
                let known = self.settings.order == Order::FirstCome;
                Some(Look::Before { ahead: known.then(|| self.line.ahead(number)) })
            }
            Standing::Waiting => {
                let ahead = self.line.ahead(self.turns.turn_of(number)) + self.waiting() - self.line.len();
                Some(Look::Waiting { ahead, eta: self.crew.estimate().eta(ahead, now, &self.settings.pace()) })
            }
            Standing::Called => Some(Look::Waiting { ahead: 0, eta: 0 }),
            Standing::Inside => {
                Some(self.crew.inside(number).filter(|inside| inside.until > now).map_or(Look::Over, Look::Admitted))
            }
            Standing::Left => Some(Look::Left),
            Standing::Over => Some(Look::Over),
        }
    }

    /// A sign of life. Gives whether somebody who was called has come.
    pub fn heard(&mut self, number: u32, now: i64) -> bool {
        self.standings.heard(number, now);
        self.standings.of(number) == Standing::Called
    }

    pub fn opened(&mut self, number: u32) -> bool {
        self.standings.opened(number);
        self.standings.of(number) == Standing::Called
    }

    pub fn closed(&mut self, number: u32, now: i64) {
        self.standings.closed(number, now);
    }

    /// Lets time pass: whoever has been inside for his time is inside no more.
    pub fn pass_time(&mut self, now: i64) {
        let ended: Vec<u32> = self.crew.ended(now).filter(|(_, inside)| *inside).map(|(number, _)| number).collect();
        for number in ended {
            self.end(number, Standing::Over);
        }
        self.crew.pass_time(now);
        self.load.rest(self.waiting() == 0, now);
    }

    /// Says whose turn it is. Who is away is called, and a slot is kept for him; who was called and did not come has lost his turn.
    ///
    /// Takes     `most`: how many at once.
    pub fn due(&mut self, now_ms: i64, most: usize) -> Due {
        let now = now_ms.div_euclid(1_000);
        let mut due = Due::default();
        if !self.started || self.settings.mode == Mode::Off {
            return due;
        }
        let returned = self.crew.called().filter(|number| self.standings.is_here(*number, now));
        due.admit = returned.take(most).collect();
        let missed = self.crew.ended(now).filter(|(number, inside)| !inside && !self.standings.is_here(*number, now));
        due.lost = missed.map(|(number, _)| number).take(most).collect();
        let mut room = self.slots().saturating_sub(self.crew.len()).min(self.by_rate(now_ms));
        let before = room;
        let mut k = 0;
        while room > 0 && due.admit.len() + due.lost.len() < most {
            let Some(turn) = self.line.kth(k) else { break };
            let number = self.turns.number_at(turn);
            match self.standings.is_here(number, now) {
                true => due.admit.push(number),
                false if self.settings.grace_seconds == 0 => due.lost.push(number),
                false => self.call(number, turn, now),
            }
            // whoever is called has left the line; the others are in it until it is written
            k += u32::from(self.standings.of(number) == Standing::Waiting);
            room -= u32::from(due.lost.last() != Some(&number));
        }
        if let Some(a_minute) = self.settings.rate_per_minute {
            self.rate.take(a_minute, now_ms, before - room);
        }
        due
    }

    /// Somebody is let in, and his row says so.
    pub fn admitted(&mut self, number: u32, inside: Inside) {
        self.out_of_line(number);
        self.at_once.insert(self.block_of(number));
        self.standings.set(number, Standing::Inside);
        let changes = self.crew.enter(number, inside);
        self.ledger.changed(&changes);
        self.ledger.admitted();
    }

    /// Somebody waits no more, or is inside no more, and his row says so or his time does.
    pub fn end(&mut self, number: u32, standing: Standing) {
        let was = self.standings.of(number);
        self.out_of_line(number);
        self.standings.set(number, standing);
        let changes = self.crew.leave(number);
        self.ledger.changed(&changes);
        // whoever leaves the line knows it
        if (was, standing) != (Standing::Waiting, Standing::Left) {
            self.at_once.insert(self.block_of(number));
        }
    }

    /// Who has this pass.
    pub fn with_pass(&self, pass: domain::PassId) -> Option<u32> {
        self.crew.with_pass(pass)
    }

    /// The block in which somebody stands.
    pub fn block_of(&self, number: u32) -> u32 {
        self.turns.turn_of(number) / BLOCK
    }

    pub fn turn_of(&self, number: u32) -> u32 {
        self.turns.turn_of(number)
    }

    /// The version of what this block was told last.
    pub fn version(&self, block: u32) -> u64 {
        self.ledger.version(block)
    }

    /// Watches a block from now on.
    pub fn watch(&mut self, block: u32, now: i64) {
        let scene = Scene { line: &self.line, estimate: self.crew.estimate(), pace: self.settings.pace(), zero: self.zero, now };
        self.ledger.watch(block, scene);
    }

    /// What one must know of a block to follow its frames.
    pub fn snapshot(&self, block: u32, now: i64) -> Vec<u8> {
        let scene = Scene { line: &self.line, estimate: self.crew.estimate(), pace: self.settings.pace(), zero: self.zero, now };
        self.ledger.snapshot(block, scene).encode()
    }

    /// Ends a beat: the frames of those watched blocks to whom something is told.
    pub fn beat(&mut self, now: i64, watched: impl Fn(u32) -> bool) -> Vec<(u32, Vec<u8>)> {
        self.ledger.retain(watched);
        let at_once = std::mem::take(&mut self.at_once);
        let scene = Scene { line: &self.line, estimate: self.crew.estimate(), pace: self.settings.pace(), zero: self.zero, now };
        self.ledger.beat(scene, |block| at_once.contains(&block))
    }

    /// Whether somebody must be told at once.
    pub fn is_urgent(&self) -> bool {
        !self.at_once.is_empty()
    }

    fn slots(&self) -> u32 {
        let free = self.settings.mode == Mode::Auto && !self.load.is_high();
        if free { u32::MAX } else { self.settings.slots }
    }

    fn by_rate(&self, now_ms: i64) -> u32 {
        let free = self.settings.mode == Mode::Auto && !self.load.is_high();
        self.settings.rate_per_minute.filter(|_| !free).map_or(u32::MAX, |a_minute| self.rate.room(a_minute, now_ms))
    }

    fn call(&mut self, number: u32, turn: u32, now: i64) {
        self.line.leave(turn);
        self.ledger.left(turn);
        self.at_once.insert(turn / BLOCK);
        self.standings.set(number, Standing::Called);
        let changes = self.crew.call(number, now + i64::from(self.settings.grace_seconds));
        self.ledger.changed(&changes);
    }

    fn out_of_line(&mut self, number: u32) {
        let turn = self.turns.turn_of(number);
        if self.line.leave(turn) {
            self.ledger.left(turn);
        }
    }
}
