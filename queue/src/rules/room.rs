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
pub enum Outlook {
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
    pub fn look(&self, number: u32, now: i64) -> Option<Outlook> {
        let off = self.settings.mode == Mode::Off;
        match self.standings.of(number) {
            Standing::Nobody => None,
            Standing::Waiting | Standing::Called if off => Some(Outlook::Over),
            Standing::Waiting if !self.started => {
                let known = self.settings.order == Order::FirstCome;
                Some(Outlook::Before { ahead: known.then(|| self.line.ahead(number)) })
            }
            Standing::Waiting => {
                let ahead = self.line.ahead(self.turns.turn_of(number));
                Some(Outlook::Waiting { ahead, eta: self.crew.estimate().eta(ahead, now, &self.settings.pace()) })
            }
            Standing::Called => Some(Outlook::Waiting { ahead: 0, eta: 0 }),
            Standing::Inside => {
                Some(self.crew.inside(number).filter(|inside| inside.until > now).map_or(Outlook::Over, Outlook::Admitted))
            }
            Standing::Left => Some(Outlook::Left),
            Standing::Over => Some(Outlook::Over),
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
        let (mut k, mut called) = (0, 0);
        while room > 0 && due.admit.len() + due.lost.len() + called < most {
            let Some(turn) = self.line.kth(k) else { break };
            let number = self.turns.number_at(turn);
            match self.standings.is_here(number, now) {
                true => due.admit.push(number),
                false if self.settings.grace_seconds == 0 => due.lost.push(number),
                false => {
                    self.call(number, turn, now);
                    called += 1;
                }
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
        if was == standing {
            return;
        }
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

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use domain::PassId;
    use rand::rngs::StdRng;
    use rand::{Rng as _, SeedableRng as _};
    use uuid::Uuid;

    use super::*;
    use crate::rules::frame::Follower;

    fn room(settings: Settings) -> Room {
        Room::new(settings, Restored { drawn: Some(vec![]), reserved: MOST_NUMBERS, ..Restored::default() }, 1_000)
    }

    fn join(room: &mut Room, count: u32, now: i64) {
        for _ in 0..count {
            let number = room.give(MOST_NUMBERS).expect("a number");
            room.joined(number);
            room.heard(number, now);
        }
    }

    /// Lets in all whose turn it is.
    fn let_in(room: &mut Room, now: i64) -> Vec<u32> {
        room.pass_time(now);
        let due = room.due(now * 1_000, usize::MAX);
        due.lost.iter().for_each(|number| room.end(*number, Standing::Over));
        for number in &due.admit {
            let pass = PassId(Uuid::from_u128(u128::from(*number)));
            room.admitted(*number, Inside { pass, until: now + 600 });
        }
        due.admit
    }

    #[test]
    fn whoever_is_away_at_his_turn_is_called_and_then_the_next_one_comes() {
        let mut room = room(Settings { slots: 1, ..Settings::default() });
        join(&mut room, 3, 1_000);
        assert_eq!(let_in(&mut room, 1_000), [0]);
        room.end(0, Standing::Left);
        room.heard(2, 1_100);
        assert_eq!(let_in(&mut room, 1_100), [] as [u32; 0], "number 1 is called");
        assert_eq!(room.look(1, 1_100), Some(Outlook::Waiting { ahead: 0, eta: 0 }));
        assert_eq!(room.look(2, 1_100), Some(Outlook::Waiting { ahead: 0, eta: 130 }), "the slot is kept for 120 s");
        room.heard(2, 1_219);
        assert_eq!(let_in(&mut room, 1_219), [] as [u32; 0]);
        assert_eq!((let_in(&mut room, 1_220), let_in(&mut room, 1_220)), (vec![], vec![2]));
        assert_eq!(room.look(1, 1_220), Some(Outlook::Over));
    }

    #[test]
    fn whoever_is_called_and_comes_in_time_is_let_in_on_the_slot_that_was_kept() {
        let mut room = room(Settings { slots: 1, ..Settings::default() });
        join(&mut room, 2, 1_000);
        assert_eq!(let_in(&mut room, 1_100), [] as [u32; 0]);
        room.heard(1, 1_200);
        assert!(room.heard(0, 1_200), "he was called");
        assert_eq!(let_in(&mut room, 1_200), [0]);
        assert_eq!(room.look(0, 1_799), Some(Outlook::Admitted(Inside { pass: PassId(Uuid::nil()), until: 1_800 })));
        room.heard(1, 1_800);
        assert_eq!(let_in(&mut room, 1_800), [1], "after ten minutes the next one");
        assert_eq!(room.look(0, 1_800), Some(Outlook::Over));
    }

    #[test]
    fn with_a_load_to_wait_for_everybody_is_let_in_until_it_comes() {
        let mut room = room(Settings { mode: Mode::Auto, auto_above: Some(5), slots: 1, ..Settings::default() });
        (0..3).for_each(|_| room.came(1_000));
        join(&mut room, 3, 1_000);
        assert_eq!(let_in(&mut room, 1_000), [0, 1, 2], "three a second are few");
        (0..6).for_each(|_| room.came(1_001));
        join(&mut room, 6, 1_001);
        assert_eq!(let_in(&mut room, 1_001), [] as [u32; 0], "there is a queue now, and more are inside than there are slots");
    }

    #[test]
    fn a_client_that_follows_its_frames_knows_what_the_room_knows() {
        let mut chance = StdRng::seed_from_u64(15);
        let mut room = room(Settings { slots: 20, ..Settings::default() });
        join(&mut room, 4_000, 1_000);
        let mut followers: HashMap<u32, Vec<Follower>> = HashMap::new();
        let (mut compared, mut inside) = (0, Vec::new());
        for step in 0..4_000 {
            let now = 1_000 + step / 4;
            (0..20).for_each(|_| _ = room.heard(chance.random_range(0..4_000), now));
            let somebody = chance.random_range(0..4_000);
            match chance.random_range(0..6) {
                0 | 1 => room.end(somebody, Standing::Left),
                2 if !inside.is_empty() => {
                    let number: u32 = inside.swap_remove(chance.random_range(0..inside.len()));
                    room.end(number, Standing::Over);
                }
                3 => {
                    let block = chance.random_range(0..4);
                    room.watch(block, now);
                    let follower = Follower::begin(&room.snapshot(block, now)).expect("a snapshot");
                    followers.entry(block).or_default().truncate(5);
                    followers.entry(block).or_default().push(follower);
                }
                _ => {}
            }
            inside.extend(let_in(&mut room, now));
            let watched: Vec<u32> = followers.keys().copied().collect();
            for (block, frame) in room.beat(now, |block| watched.contains(&block)) {
                for follower in followers.get_mut(&block).expect("watched") {
                    follower.follow(&frame).expect("it follows");
                    assert_eq!(follower.version, room.version(block));
                    let number = block * BLOCK + chance.random_range(0..900);
                    if let Some(Outlook::Waiting { ahead, eta }) =
                        room.look(number, now).filter(|_| room.standing(number) == Standing::Waiting)
                    {
                        assert_eq!(
                            (follower.ahead(number), follower.eta(number, now - 1_000)),
                            (Some(ahead), Some(eta)),
                            "at {now}"
                        );
                        compared += 1;
                    }
                }
            }
        }
        assert!(compared > 1_000, "{compared}");
    }

    #[test]
    fn a_beat_for_a_million_takes_no_more_than_100_bytes_a_block() {
        let mut room = room(Settings { slots: 20_000, grace_seconds: 0, ..Settings::default() });
        join(&mut room, 1_048_576, 1_000);
        let mut chance = StdRng::seed_from_u64(15);
        let mut inside = let_in(&mut room, 1_000);
        (0..1_024).for_each(|block| room.watch(block, 1_000));
        for second in 1_001..1_004 {
            (0..1_000).for_each(|_| room.end(chance.random_range(25_000..1_048_576), Standing::Left));
            (0..33).for_each(|_| room.end(inside.swap_remove(chance.random_range(0..inside.len())), Standing::Over));
            let_in(&mut room, second);
            room.at_once.extend(0..1_024);
            let frames = room.beat(second, |_| true);
            let longest = frames.iter().map(|(_, frame)| frame.len()).max();
            assert!(frames.len() == 1_024 && longest <= Some(100), "{} frames, {longest:?} bytes", frames.len());
        }
    }
}
