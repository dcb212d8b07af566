//! The waitlist against the plainest model: one list of all who wait, searched from its beginning.

use std::sync::Arc;
use std::time::Duration;

use domain::{BuyerId, EntryId, HoldId, TierId};
use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::fixture::{map, noon, seconds, terms};
use crate::rules::change::Change;
use crate::rules::checkout::{Checkout, Contact, Method};
use crate::rules::command::{Command, Joining, OrderIds, Outcome, Reply};
use crate::rules::controls::{Controls, Guard};
use crate::rules::deciding::Conditions;
use crate::rules::denial::Denial;
use crate::rules::hoard::Asker;
use crate::rules::inventory::Inventory;
use crate::rules::pile::Pile;
use crate::rules::refusal::{NotWaiting, Refusal};
use crate::rules::rows::HoldFacts;
use crate::rules::seat::SeatState;
use crate::rules::terms::Terms;
use crate::rules::waitlist::entry::EntryState;
use crate::rules::waitlist::knobs::Knobs;
use crate::rules::waitlist::step::Step;
use crate::rules::wanted::{Best, Places, Wanted};

fn tier(n: usize) -> TierId {
    TierId::nth(n).expect("a tier")
}

/// Two sections of two rows of four seats in tiers 1 and 3, and a floor of five places in tier 2; all for nothing.
fn house() -> Terms {
    let mut map = map(2, 4, 5);
    let mut circle = map.sections[0].clone();
    (circle.id, circle.tier) = ("circle".into(), tier(2));
    map.sections.push(circle);
    let mut terms = terms(&map);
    terms.closes_at = noon() + seconds(400 * 86_400);
    let mut third = terms.tiers[1].clone();
    third.id = tier(2);
    terms.tiers.push(third);
    terms.tiers[0].price = terms.tiers[1].price;
    terms
}

#[derive(Debug, Clone)]
struct Plain {
    id: EntryId,
    size: u32,
    /// None: any.
    tiers: Vec<TierId>,
    returns: bool,
    until: Timestamp,
    passed: u32,
    first_passed: Option<Timestamp>,
}

/// Who waits, the oldest first.
#[derive(Default)]
struct Model {
    waiters: Vec<Plain>,
    keeper: Option<(EntryId, Timestamp)>,
}

/// How many places one hold could have, of these tiers, by counting.
fn largest(inventory: &Inventory, tiers: &[TierId], but: &[TierId], counts: fn(&SeatState) -> bool, held: bool) -> u32 {
    let within = |tier: TierId| (tiers.is_empty() || tiers.contains(&tier)) && !but.contains(&tier);
    let seats = (0..).zip(&inventory.seats).filter(|(seat, state)| within(inventory.terms.seat_tier(*seat)) && counts(state));
    let areas = inventory.areas.iter().zip(&inventory.terms.area_tiers).filter(|(_, tier)| within(**tier));
    let areas = areas.map(|(area, _)| area.free() + if held { area.held } else { 0 });
    areas.chain([seats.count() as u32]).max().unwrap_or(0)
}

fn free(inventory: &Inventory, tiers: &[TierId], but: &[TierId]) -> u32 {
    largest(inventory, tiers, but, |state| *state == SeatState::Available, false)
}

fn potential(inventory: &Inventory, tiers: &[TierId]) -> u32 {
    largest(inventory, tiers, &[], |state| matches!(state, SeatState::Available | SeatState::Held { .. }), true)
}

impl Model {
    fn find(&self, id: EntryId) -> &Plain {
        self.waiters.iter().find(|waiter| waiter.id == id).expect("a waiter")
    }

    fn keep(&mut self, inventory: &Inventory, now: Timestamp, knobs: Knobs) {
        let over = |since: Timestamp, long: Duration| since + long <= now;
        if let Some((id, since)) = self.keeper {
            let keeper = self.waiters.iter_mut().find(|waiter| waiter.id == id);
            let Some(keeper) = keeper else { return self.keeper = None };
            if over(since, knobs.keep) || potential(inventory, &keeper.tiers) < keeper.size {
                (keeper.passed, keeper.first_passed, self.keeper) = (0, None, None);
            }
        }
        if self.keeper.is_none() {
            let due = |waiter: &&Plain| {
                waiter.first_passed.is_some_and(|first| waiter.passed >= knobs.bypasses || over(first, knobs.patience))
                    && potential(inventory, &waiter.tiers) >= waiter.size
            };
            self.keeper = self.waiters.iter().find(due).map(|waiter| (waiter.id, now));
        }
    }

    /// Who is to be served next.
    fn next(&self, inventory: &Inventory) -> Option<EntryId> {
        let mut kept: Vec<TierId> = Vec::new();
        for waiter in &self.waiters {
            if free(inventory, &waiter.tiers, &kept) >= waiter.size {
                return Some(waiter.id);
            }
            if self.keeper.is_some_and(|(id, _)| id == waiter.id) {
                kept = if waiter.tiers.is_empty() { (0..3).map(tier).collect() } else { waiter.tiers.clone() };
            }
        }
        None
    }

    fn serve(&mut self, id: EntryId, now: Timestamp) {
        let served = self.find(id).clone();
        let mut parties = Vec::new();
        for waiter in &mut self.waiters {
            if waiter.id == id {
                break;
            }
            let party = (waiter.size, waiter.tiers.clone(), waiter.returns);
            let meets =
                waiter.tiers.is_empty() || served.tiers.is_empty() || waiter.tiers.iter().any(|tier| served.tiers.contains(tier));
            // heads alone are passed by: who stands behind one of the same party would not have been next
            if !parties.contains(&party) && meets {
                waiter.passed += 1;
                waiter.first_passed.get_or_insert(now);
            }
            parties.push(party);
        }
        self.leave(id);
    }

    fn leave(&mut self, id: EntryId) {
        self.waiters.retain(|waiter| waiter.id != id);
        self.keeper.take_if(|(keeper, _)| *keeper == id);
    }
}

/// The inventory that decides, another that follows its changes, and the model.
struct Proof {
    inventory: Inventory,
    follower: Inventory,
    model: Model,
    now: Timestamp,
    knobs: Knobs,
    dice: StdRng,
    buyers: Vec<BuyerId>,
    facts: std::collections::HashMap<HoldId, HoldFacts>,
    offered: u64,
    kept: u64,
    ended: [u64; 6],
}

impl Proof {
    fn new(seed: u64) -> Proof {
        let terms = Arc::new(house());
        let inventory = Inventory::new(Arc::clone(&terms));
        let knobs = Knobs { bypasses: 3, patience: Duration::from_secs(600), keep: Duration::from_secs(200), ..Knobs::default() };
        let buyers = (0..60).map(|n| BuyerId(uuid::Uuid::from_u128(n + 1))).collect();
        let (dice, model, now) = (StdRng::seed_from_u64(seed), Model::default(), noon());
        let (follower, facts) = (inventory.clone(), Default::default());
        Proof { inventory, follower, model, now, knobs, dice, buyers, facts, offered: 0, kept: 0, ended: [0; 6] }
    }

    fn someone(&mut self) -> BuyerId {
        self.buyers[self.dice.random_range(0..self.buyers.len())]
    }

    fn a_hold(&mut self) -> Option<(HoldId, BuyerId)> {
        let holds: Vec<_> = self.inventory.holds.values().map(|hold| (hold.id, hold.buyer)).collect();
        if holds.is_empty() { None } else { Some(holds[self.dice.random_range(0..holds.len())]) }
    }

    fn tiers(&mut self) -> Vec<TierId> {
        match self.dice.random_range(0..4) {
            0 | 1 => Vec::new(),
            2 => vec![tier(self.dice.random_range(0..3))],
            _ => vec![tier(0), tier(1 + self.dice.random_range(0..2))],
        }
    }

    fn command(&mut self) -> Command {
        let buyer = self.someone();
        match self.dice.random_range(0..20) {
            0..5 => {
                let (entry, hold) = (EntryId::at(self.now), HoldId::at(self.now));
                let (size, tiers) = (self.dice.random_range(1..7), self.tiers());
                Command::Join(Box::new(Joining {
                    entry,
                    hold,
                    asker: Asker { buyer: buyer.into(), client: None, pass: None },
                    size,
                    tiers,
                }))
            }
            5..10 => {
                let quantity = self.dice.random_range(1..5);
                let area = Wanted::Area { area: "floor".into(), quantity };
                let wanted = if self.dice.random_ratio(1, 3) { area } else { Wanted::Best(Best::of(quantity)) };
                Command::Hold { id: HoldId::at(self.now), buyer: buyer.into(), client: None, pass: None, wanted }
            }
            10..15 => match self.a_hold() {
                Some((hold, buyer)) => Command::Release { hold, buyer: buyer.into() },
                None => Command::Sweep,
            },
            15 => match self.a_hold() {
                Some((hold, buyer)) => free_checkout(hold, buyer, self.now),
                None => Command::Sweep,
            },
            16 => match self.facts.iter().find(|(_, facts)| facts.order.is_some()).map(|(hold, _)| *hold) {
                Some(hold) => Command::CancelOrder { hold, buyer: None },
                None => Command::Sweep,
            },
            17 => match self.inventory.lines.waiting(1_000) {
                waiting if waiting.is_empty() => Command::Sweep,
                waiting => {
                    let entry = waiting[self.dice.random_range(0..waiting.len())];
                    let buyer = self.inventory.lines.get(entry).expect("a waiter").buyer;
                    Command::Leave { entry, buyer: buyer.into() }
                }
            },
            _ => {
                let wait = [1, 30, 126, 700][self.dice.random_range(0..4)];
                self.now += seconds(wait);
                Command::Sweep
            }
        }
    }

    fn step(&mut self) {
        let command = self.command();
        let conditions = Conditions {
            now: self.now,
            hold_ttl: Duration::from_secs(300),
            controls: Controls::default(),
            cancelled: false,
            knobs: self.knobs,
        };
        let facts = command.asks_about().iter().filter_map(|hold| Some((*hold, self.facts.get(hold)?.clone()))).collect();
        let mut pile = Pile { facts, ..Pile::default() };
        let answer = self.inventory.decide(&command, conditions, &mut pile);
        assert!(!matches!(answer, Err(Denial::Corrupt(_))), "{answer:?}");
        self.follow(&pile);
        self.check_answer(&command, &answer);
        for row in &pile.new_holds {
            let facts = HoldFacts { hold: (**row).clone(), payments: vec![], order: None, tickets: vec![] };
            self.facts.insert(row.id, facts);
        }
        self.facts.extend(pile.facts);
        self.facts.retain(|id, facts| {
            facts.order.as_ref().is_some_and(|order| order.returned_at.is_none()) || self.inventory.holds.contains_key(id)
        });
    }

    /// Walks through what the pile did, and holds it against the model: every offer goes to whom the model names at that moment.
    fn follow(&mut self, pile: &Pile) {
        let mut ends: Vec<(EntryId, EntryState)> = Vec::new();
        let offers: Vec<EntryId> = pile
            .steps
            .iter()
            .filter_map(|step| if let Step::Offered { entry, .. } = step { Some(*entry) } else { None })
            .collect();
        for step in &pile.steps {
            match step {
                Step::Ended { entry, how } => ends.push((*entry, *how)),
                Step::Joined(waiter) => self.model.waiters.push(Plain {
                    id: waiter.id,
                    size: waiter.party.size,
                    tiers: waiter.party.tiers.tiers(),
                    returns: waiter.party.returns,
                    until: waiter.waits_until.unwrap_or(Timestamp::MAX),
                    passed: 0,
                    first_passed: None,
                }),
                Step::Offered { .. } | Step::Opened(_) => {}
            }
        }
        for (entry, how) in &ends {
            self.ended[EntryState::ALL.iter().position(|state| state == how).expect("a state")] += 1;
            if !offers.contains(entry) && self.model.waiters.iter().any(|waiter| waiter.id == *entry) {
                let waiter = self.model.find(*entry);
                assert_eq!(*how == EntryState::Expired, waiter.until <= self.now, "{how:?}");
                self.model.leave(*entry);
            }
        }
        assert!(self.model.waiters.iter().all(|waiter| waiter.until > self.now), "nobody waits longer than is said");
        let mut offers = offers.into_iter().peekable();
        for change in &pile.changes {
            let Change::Held(hold) = change else {
                self.follower.apply(change).expect("fits");
                continue;
            };
            if let Some(entry) = offers.next_if(|entry| self.inventory_hold(*entry, pile) == Some(hold.id)) {
                self.model.keep(&self.follower, self.now, self.knobs);
                assert_eq!(self.model.next(&self.follower), Some(entry), "who is served");
                self.kept += u64::from(self.model.keeper.is_some());
                self.follower.apply(change).expect("fits");
                self.model.serve(entry, self.now);
                self.offered += 1;
            } else {
                self.follower.apply(change).expect("fits");
            }
        }
        assert_eq!(offers.next(), None);
        self.model.keep(&self.follower, self.now, self.knobs);
        assert_eq!(self.model.next(&self.follower), None, "nobody is left for whom there is enough");
        for waiter in self.model.waiters.iter().filter(|waiter| !waiter.returns) {
            assert!(potential(&self.follower, &waiter.tiers) >= waiter.size, "who cannot be met is told at once");
        }
        assert!(self.follower == self.inventory);
        self.check_positions();
    }

    fn inventory_hold(&self, entry: EntryId, pile: &Pile) -> Option<HoldId> {
        let offered = pile.steps.iter().find_map(|step| match step {
            Step::Joined(waiter) if waiter.id == entry => Some(waiter.hold),
            _ => None,
        });
        offered.or_else(|| self.inventory.lines.get(entry).map(|waiter| waiter.hold))
    }

    fn check_positions(&self) {
        let mut seen = [0; 11];
        for waiter in &self.model.waiters {
            seen[waiter.size as usize] += 1;
            let standing = self.inventory.lines.standing(waiter.id).expect("it waits");
            assert_eq!(standing.position, Some(seen[waiter.size as usize]));
        }
        let waiting: usize = self.inventory.lines.waiting(usize::MAX).len();
        assert_eq!(waiting, self.model.waiters.len());
    }

    fn check_answer(&self, command: &Command, answer: &Result<Reply, Denial>) {
        let Command::Join(joining) = command else { return };
        match answer {
            Ok(Reply::Outcome { outcome: Outcome::Waits(entry), .. }) if *entry == joining.entry => {
                assert!(self.inventory.lines.get(*entry).is_some());
            }
            Ok(Reply::Outcome { outcome: Outcome::Waits(entry), .. }) => {
                assert!(self.inventory.lines.get(*entry).expect("it is there").is_of(&joining.asker.buyer), "asked again");
            }
            Err(Denial::Refused(Refusal::NotWaiting { why: NotWaiting::SeatsFree })) => {
                assert!(free(&self.follower, &joining.tiers, &[]) >= joining.size);
            }
            Err(Denial::Invalid(invalid)) => assert_eq!(invalid.field, "quantity"),
            other => panic!("{other:?}"),
        }
    }
}

fn free_checkout(hold: HoldId, buyer: BuyerId, now: Timestamp) -> Command {
    let contact = Contact { name: "Ada".into(), email: "ada@example.com".into() };
    let checkout = Box::new(Checkout { method: Method::Free, contact, attendees: Vec::new() });
    Command::Checkout { hold, buyer: buyer.into(), checkout, payment: domain::PaymentId::at(now), ids: OrderIds::at(now) }
}

/// A hundred thousand steps.
#[test]
fn who_is_served_when_and_who_is_told_what_agrees_with_the_plainest_model() {
    let mut proof = Proof::new(15);
    for _ in 0..100_000 {
        proof.step();
    }
    let [_, _, taken, expired, impossible, left] = proof.ended;
    let seen = [proof.offered, proof.kept, taken, expired, impossible, left];
    assert!(seen.iter().all(|count| *count > 100), "every way was gone: {seen:?}");
}

/// A house of six places of an area, all held one by one, and a party of four before ever more parties of one.
fn crowd(bypasses: u32) -> (Inventory, Knobs, Vec<HoldId>) {
    let mut inventory = Inventory::new(Arc::new(terms(&map(0, 0, 6))));
    let knobs = Knobs { bypasses, ..Knobs::default() };
    let holds: Vec<HoldId> = (0..6).map(|_| HoldId::at(noon())).collect();
    for hold in &holds {
        let wanted = Wanted::Area { area: "floor".into(), quantity: 1 };
        let command = Command::Hold { id: *hold, buyer: somebody().into(), client: None, pass: None, wanted };
        decide(&mut inventory, &command, noon(), knobs, &[]).0.expect("held");
    }
    (inventory, knobs, holds)
}

fn somebody() -> BuyerId {
    BuyerId::at(noon())
}

fn join(size: u32) -> (EntryId, HoldId, BuyerId, Command) {
    let (entry, hold, buyer) = (EntryId::at(noon()), HoldId::at(noon()), somebody());
    let asker = Asker { buyer: buyer.into(), client: None, pass: None };
    (entry, hold, buyer, Command::Join(Box::new(Joining { entry, hold, asker, size, tiers: vec![] })))
}

fn decide(
    inventory: &mut Inventory,
    command: &Command,
    now: Timestamp,
    knobs: Knobs,
    off: &[Guard],
) -> (Result<Reply, Denial>, Pile) {
    let controls = Controls::without(off);
    let conditions = Conditions { now, hold_ttl: Duration::from_secs(300), controls, cancelled: false, knobs };
    let mut pile = Pile::default();
    (inventory.decide(command, conditions, &mut pile), pile)
}

/// Small parties pass a large one by so often as they may, and not once more, however many come. With the budget without end the large
/// party waits for ever.
#[test]
fn nobody_starves_beyond_the_budget() {
    for (bypasses, ends) in [(3, true), (u32::MAX, false)] {
        let (mut inventory, knobs, holds) = crowd(bypasses);
        let (large, _, _, command) = join(4);
        decide(&mut inventory, &command, noon(), knobs, &[]).0.expect("it waits");
        let mut live: Vec<HoldId> = holds;
        let (mut passed, mut served) = (0, false);
        for _ in 0..40 {
            let (_, _, _, command) = join(1);
            decide(&mut inventory, &command, noon(), knobs, &[]).0.expect("it waits");
            let freed = live.remove(0);
            let buyer = inventory.holds[&freed].buyer;
            let (answer, pile) =
                decide(&mut inventory, &Command::Release { hold: freed, buyer: buyer.into() }, noon(), knobs, &[]);
            answer.expect("given back");
            for step in &pile.steps {
                let Step::Offered { entry, .. } = step else { continue };
                live.extend(pile.new_holds.iter().map(|row| row.id));
                served |= *entry == large;
                passed += u32::from(*entry != large);
            }
            if served {
                break;
            }
        }
        assert_eq!((served, passed <= 3), (ends, ends), "{passed} were served before");
    }
}

/// A house of sixty places of an area that are all blocked, and forty who wait for one each, are offered ten at a time; nobody else gets any
/// of what is still to be offered. The control: were all but the first ten for sale, who asks first would have one.
#[test]
fn of_much_that_comes_free_at_once_some_is_offered_by_each_command_and_the_rest_stays_theirs() {
    let mut inventory = Inventory::new(Arc::new(terms(&map(0, 0, 60))));
    let knobs = Knobs { offers: 10, ..Knobs::default() };
    let area = |quantity| Places { seats: vec![], area: Some(("floor".into(), quantity)) };
    decide(&mut inventory, &Command::Block(area(60)), noon(), knobs, &[]).0.expect("blocked");
    for _ in 0..40 {
        decide(&mut inventory, &join(1).3, noon(), knobs, &[]).0.expect("it waits");
    }
    let hold = || {
        let wanted = Wanted::Area { area: "floor".into(), quantity: 1 };
        Command::Hold { id: HoldId::at(noon()), buyer: somebody().into(), client: None, pass: None, wanted }
    };
    let offered = |pile: &Pile| pile.steps.iter().filter(|step| matches!(step, Step::Offered { .. })).count();
    let (_, pile) = decide(&mut inventory, &Command::Unblock(area(60)), noon(), knobs, &[]);
    assert_eq!((offered(&pile), inventory.counts.available), (10, 50));
    let (closes_at, due) = (inventory.terms.closes_at, |inventory: &Inventory, at| inventory.lines.next_deadline(at, knobs));
    assert_eq!(due(&inventory, closes_at), Some(jiff::Timestamp::MIN), "the desk goes on at once");
    let mut free = inventory.clone();
    free.lines.leave_unserved(false);
    assert!(!free.is_kept(&crate::rules::change::Taken { seats: vec![], area: Some((0, 1)) }), "the control");
    let mut all = 10;
    while !inventory.lines.waiting(1).is_empty() {
        let (refused, pile) = decide(&mut inventory, &hold(), noon(), knobs, &[]);
        all += offered(&pile);
        assert!(all == 40 || matches!(refused, Err(Denial::Refused(Refusal::SeatsHeld))), "{refused:?} after {all}");
    }
    assert_eq!((all, due(&inventory, closes_at).is_some_and(|at| at > noon())), (40, false));
    decide(&mut inventory, &hold(), noon(), knobs, &[]).0.expect("the rest is for sale");
}

/// Every choice of tiers has a line of its own, which costs a look: there may be so many of them; whoever takes any tier, also by naming
/// all, or one alone, always has his.
#[test]
fn there_are_so_many_lines_and_whoever_takes_any_tier_or_one_always_has_his() {
    let (mut inventory, knobs, _) = crowd(3);
    let mut terms = (*inventory.terms).clone();
    terms.tiers = (0..20).filter_map(domain::TierId::nth).map(|id| domain::Tier { id, ..terms.tiers[0].clone() }).collect();
    inventory.terms = Arc::new(terms);
    let floor = inventory.terms.area_tiers[0];
    let tiers = |bits: u32| {
        let chosen = (0..20).filter(move |n| bits >> n & 1 == 1).filter_map(domain::TierId::nth);
        chosen.chain([floor]).collect::<Vec<_>>()
    };
    let mut ask = |tiers: Vec<domain::TierId>, choices| {
        let Command::Join(joining) = join(1).3 else { unreachable!() };
        let command = Command::Join(Box::new(Joining { tiers, ..*joining }));
        decide(&mut inventory, &command, noon(), Knobs { choices, ..knobs }, &[]).0
    };
    for bits in 1..=256 {
        ask(tiers(bits << 8), 256).expect("it waits");
    }
    let refused = ask(tiers(1), 256);
    assert!(matches!(refused, Err(Denial::Refused(Refusal::NotWaiting { why: NotWaiting::Choices }))), "{refused:?}");
    for known in [vec![], tiers(0), tiers(255 << 8), tiers(u32::MAX)] {
        ask(known, 256).expect("it waits in a line that there is, or that is always there");
    }
    ask(tiers(1), 257).expect("the control: with room for one more");
    assert_eq!(inventory.lines.kinds(), 259, "257 choices, one line for any, and one for a single tier");
}

/// What is kept together is not on sale meanwhile, and for sale again when it was kept in vain.
#[test]
fn what_is_kept_for_one_is_refused_to_others_and_not_for_ever() {
    let (mut inventory, knobs, holds) = crowd(0);
    let (large, _, _, command) = join(4);
    decide(&mut inventory, &command, noon(), knobs, &[]).0.expect("it waits");
    let (_, _, _, small) = join(1);
    decide(&mut inventory, &small, noon(), knobs, &[]).0.expect("it waits");
    let release = |inventory: &mut Inventory, hold: HoldId| {
        let buyer = inventory.holds[&hold].buyer;
        decide(inventory, &Command::Release { hold, buyer: buyer.into() }, noon(), knobs, &[]).1.steps
    };
    assert!(
        matches!(release(&mut inventory, holds[0])[..], [Step::Offered { entry, .. }] if entry != large),
        "once it is passed by"
    );
    assert!(release(&mut inventory, holds[1]).is_empty(), "then places are kept for it");
    let ask = |now| {
        let wanted = Wanted::Area { area: "floor".into(), quantity: 1 };
        (Command::Hold { id: HoldId::at(now), buyer: somebody().into(), client: None, pass: None, wanted }, now)
    };
    let (hold, now) = ask(noon());
    let (refused, _) = decide(&mut inventory, &hold, now, knobs, &[]);
    assert!(matches!(refused, Err(Denial::Refused(Refusal::SeatsHeld))), "{refused:?}");
    let (hold, now) = ask(noon() + knobs.keep);
    decide(&mut inventory, &hold, now, knobs, &[]).0.expect("for sale again");
}

/// With the guard off, whoever asks first has what the waiter waited for.
#[test]
fn what_comes_free_is_never_seen_free_and_without_the_guard_it_is() {
    for stands in [true, false] {
        let off: &[Guard] = if stands { &[] } else { &[Guard::ServedFirst] };
        let (mut inventory, knobs, holds) = crowd(3);
        let (_, offer, buyer, command) = join(1);
        decide(&mut inventory, &command, noon(), knobs, off).0.expect("it waits");
        let giver = inventory.holds[&holds[0]].buyer;
        decide(&mut inventory, &Command::Release { hold: holds[0], buyer: giver.into() }, noon(), knobs, off).0.expect("freed");
        assert_eq!(inventory.counts.available == 0, stands);
        assert_eq!(inventory.holds.get(&offer).is_some_and(|hold| hold.buyer == buyer), stands);
    }
}
