//! All lines of one event: who joins, who is next, who can no longer be met.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use domain::{BuyerIds, EntryId, HoldId};
use jiff::Timestamp;

use crate::rules::corrupt::Corrupt;
use crate::rules::hoard::Amount;
use crate::rules::waitlist::entry::{EntryState, Party, Waiter};
use crate::rules::waitlist::knobs::Knobs;
use crate::rules::waitlist::line::EntryLine;
use crate::rules::waitlist::step::Step;
use crate::rules::waitlist::supply::Supply;
use crate::rules::waitlist::tiers::TierSet;

/// The waitlist of one event.
#[derive(Debug, Clone, Default)]
pub struct Lines {
    lines: BTreeMap<Party, EntryLine>,
    waiters: HashMap<EntryId, Arc<Waiter>>,
    by_buyer: HashMap<domain::BuyerId, EntryId>,
    offers: HashMap<HoldId, EntryId>,
    /// What waits from each address.
    clients: HashMap<i64, Amount>,
    /// When those who wait a limited time have waited long enough.
    deadlines: BTreeSet<(Timestamp, EntryId)>,
    last_number: u64,
    /// Heads that were passed by: how often, and when first. Counted anew when a desk is opened.
    passed: HashMap<EntryId, (u32, Timestamp)>,
    /// For whom places are kept together, and since when.
    keeper: Option<(Arc<Waiter>, Timestamp)>,
    /// Nobody may join, and nobody waits.
    closed: bool,
    /// More ended than one decision ends.
    unfinished: bool,
    /// More is free for those who wait than one decision offers: until it is offered it is theirs.
    unserved: bool,
    /// The rows say otherwise, or may: they are to be read before anything is decided.
    stale: bool,
}

/// How an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryStanding {
    pub state: EntryState,
    /// 1 for who is next among the parties of this size; none once something was offered.
    pub position: Option<u32>,
    pub hold: HoldId,
}

impl Lines {
    /// As rows say it.
    ///
    /// Takes     `waiters`: the live entries.  `last_number`: the highest that was ever given at this event.
    pub fn read(mut waiters: Vec<Waiter>, last_number: u64, closed: bool) -> Result<Lines, Corrupt> {
        waiters.sort_unstable_by_key(|waiter| waiter.number);
        let mut lines = Lines { closed, ..Lines::default() };
        for waiter in waiters {
            lines.apply(&Step::Joined(Arc::new(waiter)))?;
        }
        lines.last_number = lines.last_number.max(last_number);
        Ok(lines)
    }

    pub fn apply(&mut self, step: &Step) -> Result<(), Corrupt> {
        match step {
            Step::Joined(waiter) => self.join(waiter),
            Step::Offered { entry, until } => {
                let waiter = self.leave_line(*entry)?;
                self.remember(Waiter { offered_until: Some(*until), ..Waiter::clone(&waiter) });
                Ok(())
            }
            Step::Ended { entry, .. } => self.end(*entry),
            Step::Opened(open) => {
                self.closed = !open;
                Ok(())
            }
        }
    }

    fn join(&mut self, waiter: &Arc<Waiter>) -> Result<(), Corrupt> {
        if self.waiters.contains_key(&waiter.id) {
            return Err(Corrupt::new("waitlist", format_args!("entry {} is there already", waiter.id)));
        }
        self.last_number = self.last_number.max(waiter.number);
        if waiter.offered_until.is_none() {
            self.lines.entry(waiter.party).or_default().join(waiter.number, waiter.id);
            self.deadlines.extend(waiter.waits_until.map(|until| (until, waiter.id)));
        }
        for buyer in std::iter::once(&waiter.buyer).chain(&waiter.others) {
            self.by_buyer.insert(*buyer, waiter.id);
        }
        if let Some(client) = waiter.client {
            let amount = self.clients.entry(client).or_default();
            *amount = amount.plus(waiter.amount());
        }
        self.remember(Waiter::clone(waiter));
        Ok(())
    }

    fn remember(&mut self, waiter: Waiter) {
        if waiter.offered_until.is_some() {
            self.offers.insert(waiter.hold, waiter.id);
        }
        self.waiters.insert(waiter.id, Arc::new(waiter));
    }

    fn leave_line(&mut self, entry: EntryId) -> Result<Arc<Waiter>, Corrupt> {
        let waiter = self.waiters.get(&entry).cloned().ok_or_else(|| unknown(entry))?;
        let line = self.lines.get_mut(&waiter.party);
        if !line.is_some_and(|line| line.leave(waiter.number)) {
            return Err(Corrupt::new("waitlist", format_args!("entry {entry} stands in no line")));
        }
        if self.lines.get(&waiter.party).is_some_and(EntryLine::is_empty) {
            self.lines.remove(&waiter.party);
        }
        if let Some(until) = waiter.waits_until {
            self.deadlines.remove(&(until, entry));
        }
        self.passed.remove(&entry);
        self.keeper.take_if(|(keeper, _)| keeper.id == entry);
        Ok(waiter)
    }

    fn end(&mut self, entry: EntryId) -> Result<(), Corrupt> {
        let waiting = self.waiters.get(&entry).is_some_and(|waiter| waiter.state() == EntryState::Waiting);
        if waiting {
            self.leave_line(entry)?;
        }
        let waiter = self.waiters.remove(&entry).ok_or_else(|| unknown(entry))?;
        self.offers.remove(&waiter.hold);
        if let Some(client) = waiter.client {
            let left = self.from(client).minus(waiter.amount());
            if left == Amount::default() {
                self.clients.remove(&client)
            } else {
                self.clients.insert(client, left)
            };
        }
        for buyer in std::iter::once(&waiter.buyer).chain(&waiter.others) {
            if self.by_buyer.get(buyer) == Some(&entry) {
                self.by_buyer.remove(buyer);
            }
        }
        Ok(())
    }

    /// The live entry of a buyer, under whichever id.
    pub fn of(&self, buyer: &BuyerIds) -> Option<&Arc<Waiter>> {
        let entry = buyer.all().find_map(|id| self.by_buyer.get(&id))?;
        self.waiters.get(entry)
    }

    /// What waits from an address, offers included.
    pub fn from(&self, client: i64) -> Amount {
        self.clients.get(&client).copied().unwrap_or_default()
    }

    pub fn get(&self, entry: EntryId) -> Option<&Arc<Waiter>> {
        self.waiters.get(&entry)
    }

    /// Who was offered something and has not taken it yet.
    pub fn offers(&self) -> impl Iterator<Item = &Arc<Waiter>> {
        self.offers.values().filter_map(|entry| self.waiters.get(entry))
    }

    /// The entry whose offer a hold is.
    pub fn offered(&self, hold: HoldId) -> Option<EntryId> {
        self.offers.get(&hold).copied()
    }

    /// How a live entry stands.
    ///
    /// Cost      the logarithm of the line's length, for each set of tiers that parties of its size ask for.
    pub fn standing(&self, entry: EntryId) -> Option<EntryStanding> {
        let waiter = self.waiters.get(&entry)?;
        let state = waiter.state();
        let ahead = || {
            let same = self.lines.iter().filter(|(party, _)| party.size == waiter.party.size);
            same.map(|(_, line)| line.ahead(waiter.number)).sum::<u32>()
        };
        let position = (state == EntryState::Waiting).then(|| 1 + ahead());
        Some(EntryStanding { state, position, hold: waiter.hold })
    }

    /// The number of the next who joins.
    pub fn next_number(&self) -> u64 {
        self.last_number + 1
    }

    /// Live entries, offered ones included.
    pub fn len(&self) -> usize {
        self.waiters.len()
    }

    pub fn is_empty(&self) -> bool {
        self.waiters.is_empty()
    }

    pub fn is_closed(&self) -> bool {
        self.closed
    }

    pub fn is_stale(&self) -> bool {
        self.stale
    }

    /// Says that rows are to be read before anything is decided.
    pub fn make_stale(&mut self) {
        self.stale = true;
    }

    /// When something becomes due without anybody asking.
    ///
    /// Takes     `closes_at`: when the sale is over, and nobody waits any more.
    pub fn next_deadline(&self, closes_at: Timestamp, knobs: Knobs) -> Option<Timestamp> {
        if self.stale || self.unfinished || self.unserved {
            return Some(Timestamp::MIN);
        }
        let closes = (!self.lines.is_empty()).then_some(closes_at);
        let kept = self.keeper.as_ref().and_then(|(_, since)| since.checked_add(knobs.keep).ok());
        let waited = self.deadlines.first().map(|(until, _)| *until);
        [closes, kept, waited].into_iter().flatten().min()
    }

    /// Somebody who has waited as long as is waited for what is only held.
    pub fn waited_out(&self, now: Timestamp) -> Option<EntryId> {
        self.deadlines.first().filter(|(until, _)| *until <= now).map(|(_, entry)| *entry)
    }

    /// Those who wait for what is held, and for whom free and held places together do not suffice any more.
    ///
    /// Cost      a look at each line, whatever its length, and what is given.
    pub fn hopeless(&self, potential: &Supply, most: usize) -> Vec<EntryId> {
        let lines = self.lines.iter().filter(|(party, _)| !party.returns && !potential.fits(party.tiers, party.size));
        lines.flat_map(|(_, line)| line.entries()).take(most).collect()
    }

    /// How many lines there are.
    #[cfg(test)]
    pub fn kinds(&self) -> usize {
        self.lines.len()
    }

    /// All who still wait, up to a number.
    pub fn waiting(&self, most: usize) -> Vec<EntryId> {
        self.lines.values().flat_map(EntryLine::entries).take(most).collect()
    }

    /// Notes whether there was more to end than one decision ends.
    pub fn leave_unfinished(&mut self, unfinished: bool) {
        self.unfinished = unfinished;
    }

    /// Notes whether there was more to offer than one decision offers.
    pub fn leave_unserved(&mut self, unserved: bool) {
        self.unserved = unserved;
    }

    /// Whether a party would begin one line more than there may be. Whoever takes any tier, or one alone, always has his line: whatever
    /// others choose takes it from nobody.
    pub fn is_one_too_many(&self, party: Party, choices: usize) -> bool {
        let chooses = |party: &&Party| party.tiers != TierSet::ANY && party.tiers.named().nth(1).is_some();
        chooses(&&party) && !self.lines.contains_key(&party) && self.lines.keys().filter(chooses).count() >= choices
    }

    /// Who is served next of what is free, and with places of which tiers: the oldest head that it suffices for.
    pub fn next(&self, free: &Supply) -> Option<(Arc<Waiter>, TierSet)> {
        let heads = self.lines.iter().filter_map(|(party, line)| Some((party, line.head()?)));
        let may_take = |party: &Party, number: u64| match &self.keeper {
            Some((keeper, _)) if keeper.number < number => party.tiers.without(keeper.party.tiers),
            _ => party.tiers,
        };
        let fitting = heads.filter(|(party, (number, _))| free.fits(may_take(party, *number), party.size));
        let (party, (number, entry)) = fitting.min_by_key(|(_, (number, _))| *number)?;
        Some((Arc::clone(self.waiters.get(&entry)?), may_take(party, number)))
    }

    /// Counts who was passed by when this waiter was served: every older head that would have taken some of the same places.
    pub fn pass_by(&mut self, served: &Waiter, now: Timestamp) {
        for (party, line) in &self.lines {
            let Some((number, entry)) = line.head() else { continue };
            if number < served.number && party.tiers.meets(served.party.tiers) {
                let (times, _) = self.passed.entry(entry).or_insert((0, now));
                *times += 1;
            }
        }
    }

    /// Begins to keep places together for the oldest head that was passed by too often or too long ago, or ends it: when it took too
    /// long, or when free and held places together do not suffice.
    pub fn keep_together(&mut self, potential: &Supply, now: Timestamp, knobs: Knobs) {
        let over = |since: Timestamp, long: std::time::Duration| since.checked_add(long).is_ok_and(|end| end <= now);
        let ends = |keeper: &Waiter, since| over(since, knobs.keep) || !potential.fits(keeper.party.tiers, keeper.party.size);
        if let Some((keeper, _)) = self.keeper.take_if(|(keeper, since)| ends(keeper, *since)) {
            self.passed.remove(&keeper.id);
        }
        if self.keeper.is_none() {
            let due = self.passed.iter().filter(|(_, (times, since))| *times >= knobs.bypasses || over(*since, knobs.patience));
            let due = due.filter_map(|(entry, _)| self.waiters.get(entry));
            let met = due.filter(|waiter| potential.fits(waiter.party.tiers, waiter.party.size));
            self.keeper = met.min_by_key(|waiter| waiter.number).map(|waiter| (Arc::clone(waiter), now));
        }
    }

    /// The tiers of which free places are kept: together for one who was passed by, or all until those who wait were served.
    pub fn kept(&self) -> TierSet {
        if self.unserved {
            return TierSet::ANY;
        }
        self.keeper.as_ref().map_or(TierSet::NONE, |(keeper, _)| keeper.party.tiers)
    }
}

fn unknown(entry: EntryId) -> Corrupt {
    Corrupt::new("waitlist", format_args!("there is no entry {entry}"))
}
