//! Deciding and committing one pile: fence, decide, write, commit; and again when another was quicker.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::again::{Again, backoff, within};
use super::audited::{AuditedChange, audited};
use super::desk::{Answered, Desk, DeskAnswer, Envelope, Letter};
use super::gate::Gate;
use super::open::OF_NO_VERSION;
use super::write::{PileTarget, noted, write};
use super::{outcomes, read};
use crate::error::{BookingError, Fault};
use crate::rules::change::JournalRow;
use crate::rules::command::{Command, Reply, Verdict};
use crate::rules::controls::Guard;
use crate::rules::deciding::Conditions;
use crate::rules::denial::Denial;
use crate::rules::pile::Pile;
use crate::rules::waitlist::knobs::Knobs;
use crate::store::desks::Badged;
use crate::store::{audit, desks, sale_terms};

impl Desk {
    /// Decides a pile and answers everyone in it.
    #[tracing::instrument(name = "booking.pile", level = "debug", skip_all, fields(event = %self.event, size = pile.len()))]
    pub(super) async fn decide_pile(&mut self, mut pile: Vec<Envelope>) {
        let (started, mut until) = (Instant::now(), self.patience());
        self.gather(&mut pile, until).await;
        metrics::histogram!("booking_pile_size").record(pile.len() as f64);
        self.uncertain = pile.iter().any(|envelope| envelope.uncertain);
        while !pile.is_empty() {
            match self.decide_until_committed(&mut pile, until).await {
                Ok(()) => {}
                // One command may be what the database cannot stomach: the others must not suffer for it.
                Err(fault) if pile.len() > 1 && matches!(fault, Fault::Database(_) | Fault::Exhausted { in_time: true, .. }) => {
                    tracing::warn!(event = %self.event, %fault, "a pile failed: deciding its commands one by one");
                    self.decide_one_by_one(std::mem::take(&mut pile), &fault).await;
                }
                Err(fault) => {
                    if !matches!(fault, Fault::Gone | Fault::NotOwner) {
                        tracing::error!(event = %self.event, %fault, "a pile was given up");
                    }
                    answer_fault(std::mem::take(&mut pile), &fault, self.uncertain);
                }
            }
            until = self.patience();
        }
        self.keep_or_give_back();
        metrics::histogram!("booking_pile_seconds").record(started.elapsed().as_secs_f64());
    }

    /// Waits for a connection where more desks decide than there are, and takes into the pile what has come meanwhile. Where none comes
    /// in time, whoever tries to decide the pile says so.
    async fn gather(&mut self, pile: &mut Vec<Envelope>, until: Instant) {
        // what is another node's is given back at once
        if self.db.is_some() || !self.owns() {
            return;
        }
        self.db = tokio::time::timeout_at(until, self.premises.pool.acquire()).await.ok().and_then(Result::ok);
        while self.db.is_some()
            && pile.len() < self.premises.config.pile
            && let Ok(envelope) = self.commands.try_recv()
        {
            pile.push(envelope);
        }
    }

    /// Decides a pile's commands each in a pile of its own, all within the patience for one; those it does not reach have the pile's fault.
    async fn decide_one_by_one(&mut self, pile: Vec<Envelope>, fault: &Fault) {
        let until = self.patience();
        for envelope in pile {
            let mut alone = vec![envelope];
            if Instant::now() >= until {
                answer_fault(alone, fault, self.uncertain);
            } else if let Err(fault) = Box::pin(self.decide_until_committed(&mut alone, until)).await {
                answer_fault(alone, &fault, self.uncertain);
            }
        }
    }

    fn patience(&self) -> Instant {
        Instant::now() + self.premises.config.patience
    }

    pub(super) fn answered(&self, reply: Reply) -> Answered {
        Answered { reply, version: self.version }
    }

    /// Commits one transaction and answers whom it decided, who stood at the head of the pile; the rest is left in it.
    async fn decide_until_committed(&mut self, pile: &mut Vec<Envelope>, until: Instant) -> Result<(), Fault> {
        let attempts = self.premises.config.attempts;
        let mut last = String::new();
        for attempt in 0..attempts {
            if !self.owns() {
                self.lose();
                return Err(Fault::NotOwner);
            }
            let again = match self.attempt(pile, until).await {
                Ok(decided) => {
                    let rest = pile.split_off(decided.len());
                    answer(std::mem::replace(pile, rest), decided, self.version);
                    return Ok(());
                }
                Err(again) => again,
            };
            if matches!(again, Again::Number) {
                pile.iter_mut().for_each(|envelope| envelope.command.renumber());
            }
            last = self.prepare_again(again, attempt, until).await?;
            if Instant::now() >= until {
                break;
            }
        }
        Err(Fault::Exhausted { attempts, last, in_time: Instant::now() < until })
    }

    /// Makes the next attempt likelier to succeed than the last one.
    async fn prepare_again(&mut self, again: Again, attempt: u32, until: Instant) -> Result<String, Fault> {
        self.premises.tally.again(&again);
        self.uncertain |= matches!(again, Again::Away(_));
        let mended = match &again {
            Again::Missed => within(until, self.catch_up()).await,
            Again::Disagreement(table) => {
                tracing::error!(event = %self.event, table, "tables and memory disagree: reading rows");
                within(until, self.start_over()).await
            }
            Again::Conflict(_) | Again::Number | Again::Known | Again::Away(_) => {
                tokio::time::sleep(backoff(attempt, matches!(again, Again::Away(_)))).await;
                Ok(())
            }
            Again::NotOwner => {
                self.lose();
                return Err(Fault::NotOwner);
            }
            Again::Fault(_) => Ok(()),
        };
        match (again, mended) {
            (Again::Fault(fault), _) | (_, Err(Again::Fault(fault))) => Err(fault),
            (_, Err(Again::Away(word))) => {
                tokio::time::sleep(backoff(attempt, true)).await;
                Ok(word)
            }
            (again, _) => Ok(again.to_string()),
        }
    }

    /// One transaction, on the connection of the last one if it was kept. After a failure the next attempt takes another.
    async fn attempt(&mut self, pile: &mut Vec<Envelope>, until: Instant) -> Result<Vec<Verdict>, Again> {
        let db = match self.db.take() {
            Some(db) => db,
            None => within(until, async { self.premises.pool.acquire().await.map_err(Fault::from) }).await?,
        };
        let mut gate = Gate::new(db);
        match self.transact(&mut gate, pile, until).await {
            Ok(decided) => {
                self.db = gate.left();
                Ok(decided)
            }
            Err(again) => {
                gate.give_up().await;
                Err(again)
            }
        }
    }

    /// Gives what became of the commands at the head of the pile. On failure the inventory is as it was.
    async fn transact(&mut self, gate: &mut Gate, envelopes: &mut Vec<Envelope>, until: Instant) -> Result<Vec<Verdict>, Again> {
        let Some(conditions) = within(until, self.pass(gate, envelopes)).await? else { return Ok(Vec::new()) };
        let mut pile = within(until, self.read(gate, envelopes)).await?;
        let decided = self.decide(conditions, envelopes, &mut pile);
        match self.commit(gate, (conditions.now, until), envelopes, &decided, &mut pile).await {
            Ok(()) => Ok(decided),
            Err(again) => {
                self.undo(&pile);
                Err(again)
            }
        }
    }

    /// Passes the fence, answers what was answered before, and takes over what others sold. Gives the conditions under which the
    /// rest is decided, inside a transaction; none when nothing is left.
    async fn pass(&mut self, gate: &mut Gate, envelopes: &mut Vec<Envelope>) -> Result<Option<Conditions>, Again> {
        let (event, controls) = (self.event, self.premises.config.controls);
        let keys = if controls.stands(Guard::Keys) { outcomes::keys(envelopes) } else { Vec::new() };
        let passed = match desks::pass(gate.db()?, event, self.premises.decides_at(), &keys).await {
            Err(fault) if desks::waited_in_vain(&fault) => {
                let freed = desks::free(gate.db()?, event, FROZEN).await?;
                tracing::warn!(%event, freed, "the fence did not open: a node that stopped inside is put out");
                return Err(fault.into());
            }
            passed => passed?.ok_or(Again::Missed)?,
        };
        self.answer_known(gate.db()?, envelopes, &passed.known).await?;
        if self.uncertain {
            self.answer_sold(gate.db()?, envelopes, passed.version).await?;
        }
        if envelopes.is_empty() {
            gate.commit_and_leave().await?;
            return Ok(None);
        }
        let epoch = self.lease.as_ref().map(|lease| lease.epoch);
        if epoch.is_some() && epoch != passed.lease && controls.stands(Guard::Lease) {
            return Err(Again::NotOwner);
        }
        gate.begin().await?;
        if passed.version != self.version && controls.stands(Guard::Fence) {
            self.take_over(gate, passed.version).await?;
        }
        self.read_waitlist(gate.db()?).await?;
        if passed.terms_version != self.inventory.terms.version {
            self.read_terms(gate).await?;
        }
        // A clock that was set back must not unlapse what lapsed.
        let now = self.decided.map_or(passed.now, |(before, _)| before.max(passed.now));
        let (config, cancelled) = (&self.premises.config, passed.cancelled);
        Ok(Some(Conditions {
            now,
            hold_ttl: config.hold_ttl,
            controls,
            cancelled,
            knobs: Knobs { hoards: config.hoards, ..config.waitlist },
        }))
    }

    /// Takes over what another node sold up to this version, still inside the fence.
    async fn take_over(&mut self, gate: &mut Gate, to: i64) -> Result<(), Again> {
        match self.follow_journal(gate.db()?, Some(to)).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Again::Missed),
            Err(Fault::Corrupt(fault)) => {
                tracing::warn!(event = %self.event, %fault, "memory and journal disagree inside the fence");
                Err(Again::Disagreement("the journal"))
            }
            Err(fault) => Err(fault.into()),
        }
    }

    /// What the rows say of the things that the pile is about.
    async fn read(&self, gate: &mut Gate, envelopes: &[Envelope]) -> Result<Pile, Fault> {
        let facts = read::facts(gate.db()?, self.event, envelopes).await?;
        let notices = read::seen_notices(gate.db()?, self.event, envelopes).await?;
        Ok(Pile { facts, notices, ..Pile::default() })
    }

    /// Decides one after the other until the time for it is over; one is always decided.
    fn decide(&mut self, conditions: Conditions, envelopes: &[Envelope], pile: &mut Pile) -> Vec<Verdict> {
        let began = Instant::now();
        let mut decided = Vec::with_capacity(envelopes.len());
        for envelope in envelopes {
            decided.push(self.inventory.decide(&envelope.command, conditions, pile));
            if began.elapsed() >= self.premises.config.deciding {
                break;
            }
        }
        self.decided = Some((conditions.now, Instant::now()));
        decided
    }

    async fn commit(
        &mut self,
        gate: &mut Gate,
        deciding: (Timestamp, Instant),
        envelopes: &[Envelope],
        decided: &[Verdict],
        pile: &mut Pile,
    ) -> Result<(), Again> {
        if let Some(Err(Denial::Corrupt(fault))) = decided.iter().find(|decided| matches!(decided, Err(Denial::Corrupt(_)))) {
            tracing::error!(event = %self.event, %fault, "memory contradicts itself");
            return Err(Again::Disagreement("themselves"));
        }
        let (now, until) = deciding;
        let (event, controls) = (self.event, self.premises.config.controls);
        let badged = Badged { tiers: self.inventory.tier_badges(), terms: self.inventory.terms.version };
        let swept = envelopes.iter().any(|envelope| matches!(envelope.command, Command::Sweep));
        let target = PileTarget { event, version: self.version, now, closed: self.inventory.closed, badged, swept, controls };
        let changes = noted(std::mem::take(&mut pile.changes), !pile.steps.is_empty(), &self.inventory);
        let outcomes = outcomes::of(envelopes, decided);
        let (audited, organiser) = (audited(envelopes, decided, &changes.changes), self.inventory.terms.organiser);
        let committed = within(until, async {
            let version = write(gate.db()?, target, pile, &changes, &outcomes).await?;
            for AuditedChange { by, action, after } in audited {
                audit::append(gate.db()?, by, organiser, event, action, after).await?;
            }
            gate.commit_and_leave().await?;
            Ok::<_, Again>(version)
        });
        match committed.await {
            Ok(Some(version)) => {
                self.version = version;
                self.premises.committed(self.event, &JournalRow { version, at: now, changes });
                self.inventory.forget_passes(now);
                if !pile.steps.is_empty() {
                    self.premises.waitlists.committed(self.event, &pile.steps, &self.inventory.lines);
                }
            }
            Ok(None) => {}
            Err(again) => {
                // They are still to be undone.
                pile.changes = changes.changes;
                return Err(again);
            }
        }
        Ok(())
    }

    /// Puts the inventory back. Where that is not possible it is of no version, and rows are read before anything is decided by it.
    fn undo(&mut self, pile: &Pile) {
        if !pile.steps.is_empty() {
            self.inventory.lines.make_stale();
        }
        if let Err(fault) = pile.changes.iter().rev().try_for_each(|change| self.inventory.undo(change)) {
            tracing::error!(event = %self.event, %fault, "memory cannot be put back: reading rows");
            self.version = OF_NO_VERSION;
        }
    }

    async fn read_terms(&mut self, gate: &mut Gate) -> Result<(), Again> {
        let terms = sale_terms::find(gate.db()?, self.event, &self.premises.houses).await?.ok_or(Again::Missed)?;
        if terms.map != self.inventory.terms.map {
            return Err(Again::Missed);
        }
        self.set_terms(terms);
        Ok(())
    }
}

/// How long a connection inside a fence may be asked nothing before others put it out: its node is frozen or cut off.
const FROZEN: Duration = Duration::from_secs(5);

impl Envelope {
    /// Frees the key, then answers: who asks again at once must not find it claimed.
    pub(super) fn answer(self, answer: Result<Answered, BookingError>) {
        drop(self.keyed);
        // The caller may have gone; what was decided stays decided.
        let _ = self.reply.send(DeskAnswer::Answered(answer));
    }

    /// Gives it back undecided, as far as is known: another desk must decide it.
    fn give_back(self, uncertain: bool) {
        let Envelope { command, keyed, by, uncertain: before, reply } = self;
        let _ = reply.send(DeskAnswer::Back(Box::new(Letter { command, keyed, by, uncertain: uncertain || before })));
    }
}

fn answer(pile: Vec<Envelope>, decided: Vec<Verdict>, version: i64) {
    for (envelope, decided) in pile.into_iter().zip(decided) {
        envelope.answer(match decided {
            Ok(reply) => Ok(Answered { reply, version }),
            Err(Denial::Gone) => Ok(Answered { reply: Reply::Gone, version }),
            Err(denial) => Err(denial.into()),
        });
    }
}

fn answer_fault(pile: Vec<Envelope>, fault: &Fault, uncertain: bool) {
    for envelope in pile {
        if let Fault::NotOwner = fault {
            envelope.give_back(uncertain);
            continue;
        }
        envelope.answer(Err(match fault {
            Fault::Gone => BookingError::NotFound,
            Fault::Exhausted { .. } => BookingError::Busy { retry_after: Duration::from_secs(1) },
            other => Fault::PileFailed(other.to_string()).into(),
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Hall, checkout, key, refusal};
    use crate::rules::controls::Controls;
    use crate::store::fixture;
    use crate::{BookingConfig, Idempotency, Wanted};
    use sqlx::PgPool;

    fn wish(seat: &str) -> Wanted {
        Wanted::Seats(vec![format!("stalls-{seat}")])
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn the_same_key_gives_the_same_outcome_and_another_request_is_told(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let (one, two) = (key(), key());
        let first = hall.booking.hold(hall.event, hall.ada, wish("A-1"), one.clone()).await.expect("held");
        assert!(!first.replayed);
        hall.wait(60_000_000);
        let again = hall.booking.hold(hall.event, hall.ada, wish("A-1"), one.clone()).await.expect("the same");
        assert_eq!((&again.value, again.replayed), (&first.value, true));
        hall.checkout(first.value.id, hall.ada, crate::proof::PLAY_MONEY).await.expect("begun");
        hall.booking.release(first.value.id, hall.ada).await.expect("released");
        let again = hall.booking.hold(hall.event, hall.ada, wish("A-1"), one.clone()).await.expect("the same");
        assert_eq!((again.value, again.replayed), (first.value, true), "as it was when it was made");
        hall.hold(hall.ada, &["A-1"]).await.expect("free again");
        let other = Idempotency { fingerprint: [9; 32], ..one.clone() };
        let answer = hall.booking.hold(hall.event, hall.ada, wish("A-2"), other).await;
        assert!(matches!(answer, Err(BookingError::KeyReused)), "{answer:?}");
        let refused = hall.booking.hold(hall.event, hall.bob, wish("A-1"), two.clone()).await;
        let code = refusal(refused);
        hall.wait(600_000_000);
        let again = hall.booking.hold(hall.event, hall.bob, wish("A-1"), two).await;
        assert_eq!(refusal(again), code, "a refusal is an outcome too, though the seat is free by now");
        hall.booking.hold(hall.event, hall.bob, wish("A-1"), one).await.expect("another buyer's same key is another key");
        hall.balanced().await;
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_key_holds_on_every_node_and_for_checkout(pool: PgPool) {
        let here = Hall::open(&pool).await;
        let there = Hall::node(&pool, here.event, here.clock.clone(), BookingConfig::default()).await;
        let (one, two) = (key(), key());
        let first = here.booking.hold(here.event, here.ada, wish("A-1"), one.clone()).await.expect("held").value;
        let again = there.booking.hold(here.event, here.ada, wish("A-1"), one).await.expect("the same");
        assert_eq!((&again.value, again.replayed), (&first, true));
        let paid = here
            .booking
            .checkout(first.id, here.ada, checkout(crate::proof::PLAY_MONEY), two.clone())
            .await
            .expect("begun")
            .value;
        let again = there.booking.checkout(first.id, here.ada, checkout(crate::proof::PLAY_MONEY), two).await.expect("the same");
        assert_eq!((again.value, again.replayed), (paid, true));
        here.balanced().await;
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_key_that_is_running_is_in_progress_and_old_keys_are_forgotten(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let one = key();
        let ask = || hall.booking.hold(hall.event, hall.ada, wish("A-1"), one.clone());
        let (a, b) = tokio::join!(ask(), ask());
        let running = [a.is_err(), b.is_err()];
        assert!(running == [false, true], "the second came while the first was running");
        hall.wait(24 * 3_600 * 1_000_000);
        assert_eq!(hall.booking.purge().await.expect("purged").keys, 0, "kept for 24 h");
        hall.wait(1);
        assert_eq!(hall.booking.purge().await.expect("purged").keys, 1);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_pile_of_refusals_makes_no_version(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        hall.hold(hall.ada, &["A-1"]).await.expect("held");
        for _ in 0..3 {
            assert_eq!(refusal(hall.hold(hall.bob, &["A-1"]).await).code(), "seats_unavailable");
        }
        assert_eq!(hall.booking.seats(hall.event).await.expect("seats").version, 1);
        assert_eq!(fixture::count(&pool, "journal").await.expect("a count"), 1);
    }

    /// More desks decide than there are connections: what comes while one waits needs no second transaction.
    #[sqlx::test(migrations = "../migrations")]
    async fn what_comes_while_a_connection_is_waited_for_is_decided_in_one_pile(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let desks = sqlx::postgres::PgPoolOptions::new().max_connections(1).connect_lazy_with((*pool.connect_options()).clone());
        let pools = crate::Pools { desks: desks.clone(), others: pool.clone() };
        let booking = crate::Booking::open(pools, hall.clock.clone(), BookingConfig::default());
        let hold = |seat: &'static str| Box::pin(booking.hold(hall.event, hall.ada, wish(seat), key()));
        hold("A-1").await.expect("held, and the desk is open");
        let only = desks.acquire().await.expect("a connection");
        let (mut first, mut second, mut third) = (hold("A-2"), hold("A-3"), hold("A-4"));
        let waiting = |commands: usize| booking.depth().0 == commands;
        loop {
            assert!(futures::poll!(&mut first).is_pending());
            if waiting(1) {
                break;
            }
            tokio::task::yield_now().await;
        }
        while !waiting(0) {
            tokio::task::yield_now().await;
        }
        while !waiting(2) {
            assert!(futures::poll!(&mut second).is_pending() && futures::poll!(&mut third).is_pending());
            tokio::task::yield_now().await;
        }
        drop(only);
        let (first, second, third) = tokio::join!(first, second, third);
        assert!(first.is_ok() && second.is_ok() && third.is_ok());
        assert_eq!(
            fixture::count(&pool, "journal").await.expect("a count"),
            2,
            "one version for the first and one for the three"
        );
        hall.balanced().await;
    }

    /// Two nodes take turns; with the fence up, the one that is behind catches up before it decides.
    #[sqlx::test(migrations = "../migrations")]
    async fn a_node_that_is_behind_catches_up_and_without_the_fence_the_books_do_not_balance(pool: PgPool) {
        for stands in [true, false] {
            let here = Hall::open(&pool).await;
            let controls = if stands { Controls::default() } else { Controls::without(&[Guard::Fence]) };
            let there =
                Hall::node(&pool, here.event, here.clock.clone(), BookingConfig { controls, ..BookingConfig::default() }).await;
            there.hold(there.bob, &["B-5"]).await.expect("held, and the desk there is open");
            here.hold(here.ada, &["A-1"]).await.expect("held");
            there.hold(there.bob, &["A-2"]).await.expect("held");
            let audit = here.booking.audit().await.expect("an audit");
            assert_eq!(audit.clean(), stands, "{:?}", audit.violations);
        }
    }

    /// With a single attempt there is no second chance: what is missed must be read under the lock, not after a refusal by the guard.
    #[sqlx::test(migrations = "../migrations")]
    async fn a_node_that_is_behind_needs_no_second_attempt(pool: PgPool) {
        let here = Hall::open(&pool).await;
        let config = BookingConfig { attempts: 1, ..BookingConfig::default() };
        let there = Hall::node(&pool, here.event, here.clock.clone(), config).await;
        there.hold(there.bob, &["B-5"]).await.expect("held, and the desk there is open");
        here.hold(here.ada, &["A-1"]).await.expect("held");
        there.hold(there.bob, &["A-2"]).await.expect("held, though another node sold in between");
        assert_eq!(refusal(there.hold(there.bob, &["A-1"]).await).code(), "seats_unavailable");
        here.balanced().await;
    }

    /// No day's partition was made for them: such a key is there until it is purged, and answered until then.
    #[sqlx::test(migrations = "../migrations")]
    async fn an_old_key_that_is_still_there_is_answered_and_harms_no_pile(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let one = key();
        let first = hall.booking.hold(hall.event, hall.ada, wish("A-1"), one.clone()).await.expect("held").value;
        assert_eq!(fixture::count(&pool, "idempotency_rest").await.expect("a count"), 1);
        hall.wait(24 * 3_600 * 1_000_000 + 1);
        let again = hall.booking.hold(hall.event, hall.ada, wish("A-1"), one).await.expect("the same");
        assert_eq!((again.value.id, again.replayed), (first.id, true));
    }

    /// The event is cancelled between the look at the desk and the transaction. The control has the guard off: one pile more is sold.
    #[sqlx::test(migrations = "../migrations")]
    async fn a_pile_that_passed_before_the_event_was_cancelled_sells_nothing(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        hall.booking.shutdown().await;
        fixture::cancelled_behind_the_fence(&pool).await.expect("prepared");
        for stands in [true, false] {
            fixture::change(&pool, hall.event, "status = 'scheduled'").await.expect("changed");
            fixture::spoil(&pool, "UPDATE desks SET cancel_asked_at = NULL, cancelled_at = NULL").await.expect("as before");
            let off: &[Guard] = if stands { &[] } else { &[Guard::Cancelling] };
            let config = BookingConfig { controls: Controls::without(off), ..BookingConfig::default() };
            let node = Hall::idle(&pool, hall.event, hall.clock.clone(), config);
            let answer = node.hold(node.ada, &["A-1"]).await;
            assert_eq!(answer.is_err(), stands, "{answer:?}");
            node.booking.shutdown().await;
        }
    }

    /// The key of allocations alone: a desk that is behind and blind still cannot sell the seat again.
    #[sqlx::test(migrations = "../migrations")]
    async fn a_blind_desk_is_stopped_by_the_key_and_without_the_key_the_seat_is_held_twice(pool: PgPool) {
        for stands in [true, false] {
            let here = Hall::open(&pool).await;
            let off: &[Guard] = if stands { &[Guard::Fence] } else { &[Guard::Fence, Guard::AllocationKey] };
            let config = BookingConfig { controls: Controls::without(off), ..BookingConfig::default() };
            let there = Hall::node(&pool, here.event, here.clock.clone(), config).await;
            there.hold(there.bob, &["B-5"]).await.expect("held, and the desk there is open");
            here.hold(here.ada, &["A-1"]).await.expect("held");
            let second = there.hold(there.bob, &["A-1"]).await;
            assert_eq!(second.is_err(), stands, "{second:?}");
            let audit = here.booking.audit().await.expect("an audit");
            let twice = audit.violations.iter().any(|violation| violation.law == "seat_twice");
            assert_eq!(twice, !stands, "{:?}", audit.violations);
        }
    }

    #[test]
    fn waiting_is_bounded() {
        assert!(backoff(0, false) < Duration::from_millis(1));
        assert!((0..100).all(|attempt| backoff(attempt, false) < Duration::from_millis(64)));
        assert!((0..100).all(|attempt| backoff(attempt, true) < Duration::from_millis(1_024)));
    }
}
