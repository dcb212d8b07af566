//! The race: many buyers, few seats, several nodes; afterwards the audit. Used by this crate's tests and by the acceptance tests.

use std::time::Duration;

use domain::{BuyerId, Clock, EventId};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng, rngs::StdRng};
use sqlx::PgPool;

use crate::booking::Booking;
use crate::config::BookingConfig;
use crate::desk::keyed::Idempotency;
use crate::error::{BookingError, Fault};
use crate::rules::checkout::{Checkout, Contact};
use crate::rules::controls::Controls;
use crate::rules::hoard::Asker;
use crate::rules::payment::{NoticeKind, PaymentNotice};
use crate::rules::waitlist::entry::EntryState;
use crate::rules::wanted::{Best, Wanted};
use crate::verbs::audit::AuditReport;
use crate::verbs::hold::HoldView;

/// How a race is run.
#[derive(Debug, Clone)]
pub struct Race {
    pub nodes: usize,
    pub buyers: usize,
    /// Holds each buyer tries for.
    pub tries: usize,
    /// How long a hold lasts: short ones lapse while others want their seats.
    pub hold_ttl: Duration,
    pub controls: Controls,
    pub seed: u64,
    /// An area of which places are wanted instead of every other seat.
    pub area: Option<String>,
}

impl Default for Race {
    fn default() -> Self {
        let hold_ttl = Duration::from_secs(300);
        Race { nodes: 2, buyers: 24, tries: 6, hold_ttl, controls: Controls::default(), seed: 7, area: None }
    }
}

/// How it went.
#[derive(Debug, Default)]
pub struct Raced {
    pub held: u64,
    pub ordered: u64,
    pub refused: u64,
    /// Offers of the waitlist that were heard of.
    pub offered: u64,
    /// Answers that were neither what was asked for nor a refusal.
    pub failures: Vec<String>,
    pub audit: AuditReport,
}

/// Lets buyers race for the seats of one event on several nodes of one database.
///
/// Takes     `seats`: the seat ids they fight for.
pub async fn race(pool: &PgPool, event: EventId, seats: &[String], race: &Race) -> Result<Raced, Fault> {
    let config = BookingConfig {
        hold_ttl: race.hold_ttl,
        controls: race.controls,
        poll: Duration::from_millis(50),
        ..BookingConfig::default()
    };
    let mut nodes = Vec::new();
    for _ in 0..race.nodes {
        nodes.push(Booking::start(pool.clone(), Clock::System, config.clone()).await?);
    }
    let mut raced = Raced::default();
    line_up(&nodes, event, seats, &mut raced).await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..race.buyers {
        let (node, wishes) = (nodes[n % nodes.len()].clone(), Wishes { seats: seats.to_vec(), area: race.area.clone() });
        tasks.spawn(run_buyer(node, event, wishes, race.tries, StdRng::seed_from_u64(race.seed + n as u64)));
    }
    while let Some(done) = tasks.join_next().await {
        let one = done.map_err(|error| Fault::corrupt("race", error))?;
        raced.held += one.held;
        raced.ordered += one.ordered;
        raced.refused += one.refused;
        raced.offered += one.offered;
        raced.failures.extend(one.failures);
    }
    for node in &nodes {
        node.shutdown().await;
    }
    let auditor = Booking::start(pool.clone(), Clock::System, BookingConfig::default()).await?;
    raced.audit = auditor.audit().await.map_err(|error| Fault::corrupt("audit", error))?;
    auditor.shutdown().await;
    Ok(raced)
}

/// Opens the event's desk on every node, and then lets one buyer of each ask for the same seat, one after the other: with the guards
/// off this alone sells it twice, whatever the machine does meanwhile.
async fn line_up(nodes: &[Booking], event: EventId, seats: &[String], raced: &mut Raced) {
    for node in nodes {
        raced.failures.extend(node.sweep(event).await.err().map(|error| format!("opening: {error:?}")));
    }
    let Some(seat) = seats.first() else { return };
    for node in nodes {
        let buyer = BuyerId::at(node.premises().clock.now());
        match node.hold(event, buyer, Wanted::Seats(vec![seat.clone()]), key(0, "first")).await {
            Ok(_) => raced.held += 1,
            Err(BookingError::Refused(_)) => raced.refused += 1,
            Err(error) => raced.failures.push(format!("first: {error:?}")),
        }
    }
}

/// What buyers fight for.
struct Wishes {
    seats: Vec<String>,
    area: Option<String>,
}

async fn run_buyer(node: Booking, event: EventId, wishes: Wishes, tries: usize, mut dice: StdRng) -> Raced {
    let buyer = BuyerId::at(node.premises().clock.now());
    let mut raced = Raced::default();
    for n in 0..tries {
        match node.hold(event, buyer, wish(&wishes, &mut dice), key(n, "hold")).await {
            Ok(hold) => {
                raced.held += 1;
                match go_on(&node, buyer, &hold.value, n, &mut dice).await {
                    Ok(ordered) => raced.ordered += u64::from(ordered),
                    Err(error) => raced.failures.push(format!("after a hold: {error:?}")),
                }
            }
            Err(BookingError::Refused(_)) => {
                raced.refused += 1;
                if let Err(error) = wait_for_it(&node, event, buyer, n, &mut dice, &mut raced).await {
                    raced.failures.push(format!("waiting: {error:?}"));
                }
            }
            Err(error) => raced.failures.push(format!("hold: {error:?}")),
        }
    }
    raced
}

/// Joins the waitlist, or looks at the place there is; takes up an offer, or leaves.
async fn wait_for_it(
    node: &Booking,
    event: EventId,
    buyer: BuyerId,
    n: usize,
    dice: &mut StdRng,
    raced: &mut Raced,
) -> Result<(), BookingError> {
    let asker = Asker { buyer: buyer.into(), client: None, pass: None };
    let entry = match node.join_waitlist(event, asker, dice.random_range(1..4), vec![], Some(key(n, "join"))).await {
        Ok(entry) => entry.value,
        Err(BookingError::Refused(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    match entry.hold.filter(|_| entry.state == EntryState::Offered) {
        Some(offer) => {
            raced.offered += 1;
            raced.ordered += u64::from(go_on(node, buyer, &offer, n, dice).await?);
        }
        None if dice.random_ratio(1, 4) => _ = node.leave_waitlist(event, entry.id, buyer).await?,
        None => {}
    }
    Ok(())
}

fn wish(wishes: &Wishes, dice: &mut StdRng) -> Wanted {
    let quantity = dice.random_range(1..4);
    match &wishes.area {
        Some(area) if wishes.seats.is_empty() || dice.random_ratio(1, 2) => Wanted::Area { area: area.clone(), quantity },
        _ if dice.random_ratio(1, 4) => Wanted::Best(Best::of(quantity)),
        _ => Wanted::Seats(wishes.seats.choose_multiple(dice, quantity as usize).cloned().collect()),
    }
}

/// Pays (sometimes twice), gives back, or forgets a hold. Gives whether it became an order.
async fn go_on(node: &Booking, buyer: BuyerId, hold: &HoldView, n: usize, dice: &mut StdRng) -> Result<bool, BookingError> {
    match dice.random_range(0..4) {
        0 => Ok(false),
        1 => node.release(hold.id, buyer).await.map(|_| false),
        times => {
            let contact = Contact { name: "Ada".into(), email: "ada@example.com".into() };
            let checkout = Checkout { method: crate::proof::PLAY_MONEY, contact, attendees: Vec::new() };
            let payment = match node.checkout(hold.id, buyer, checkout, key(n, &format!("checkout-{}", hold.id))).await {
                Ok(begun) => begun.value.payment,
                Err(BookingError::Refused(_)) => return Ok(false),
                Err(error) => return Err(error),
            };
            for time in 0..times - 1 {
                let provider_event_id = format!("{}-{time}", payment.id);
                let notice =
                    PaymentNotice { payment: payment.id, provider_event_id, kind: NoticeKind::Captured, amount: payment.amount };
                node.confirm(notice).await?;
            }
            Ok(node.payment(payment.id).await?.order_id.is_some())
        }
    }
}

fn key(n: usize, verb: &str) -> Idempotency {
    Idempotency { key: format!("{verb}-{n}"), fingerprint: [n as u8; 32] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{FLOOR_TIER, Hall, TIERS, map};
    use crate::rules::controls::Guard;
    use crate::store::fixture;

    async fn few_seats(pool: &PgPool) -> (EventId, Vec<String>) {
        let map = map(2, 8, 0);
        let opened = Clock::System.now() - crate::fixture::seconds(60);
        let event = fixture::event(pool, &map, TIERS, opened).await.expect("an event");
        (event, map.seats().map(|seat| seat.id()).collect())
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn many_buyers_on_two_nodes_leave_books_that_balance(pool: PgPool) {
        let (event, seats) = few_seats(&pool).await;
        let raced = race(&pool, event, &seats, &Race::default()).await.expect("a race");
        assert_eq!(raced.audit.violations, []);
        assert_eq!(raced.failures, Vec::<String>::new());
        assert!(raced.held > 0 && raced.refused > 0 && raced.ordered > 0, "{raced:?}");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn holds_that_lapse_midway_change_nothing_about_it(pool: PgPool) {
        let (event, seats) = few_seats(&pool).await;
        let short = Race { hold_ttl: Duration::from_millis(50), nodes: 1, buyers: 8, ..Race::default() };
        let raced = race(&pool, event, &seats, &short).await.expect("a race");
        assert_eq!((raced.audit.violations, raced.failures), (vec![], vec![]));
    }

    /// The control: with fence and key switched off, the audit must find the same seat in two hands.
    #[sqlx::test(migrations = "../migrations")]
    async fn without_fence_and_key_the_audit_finds_seats_sold_twice(pool: PgPool) {
        let (event, seats) = few_seats(&pool).await;
        let controls = Controls::without(&[Guard::Fence, Guard::AllocationKey]);
        let raced = race(&pool, event, &seats, &Race { controls, ..Race::default() }).await.expect("a race");
        assert!(!raced.audit.clean(), "the guards are off, so somebody must have got hurt: {raced:?}");
    }

    async fn floor(pool: &PgPool) -> EventId {
        let opened = Clock::System.now() - crate::fixture::seconds(60);
        fixture::event(pool, &map(0, 0, 20), FLOOR_TIER, opened).await.expect("an event")
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn many_buyers_of_an_area_on_two_nodes_leave_books_that_balance(pool: PgPool) {
        let event = floor(&pool).await;
        let wishes = Race { area: Some("floor".into()), ..Race::default() };
        let raced = race(&pool, event, &[], &wishes).await.expect("a race");
        assert_eq!((raced.audit.violations, raced.failures), (vec![], vec![]));
        assert!(raced.held > 0 && raced.refused > 0 && raced.ordered > 0);
    }

    /// A desk that does not know what another node sold asks for places that are gone: the statement says no; without that the CHECK
    /// does; without both, more is held than there is.
    #[sqlx::test(migrations = "../migrations")]
    async fn a_blind_desk_oversells_an_area_only_when_statement_and_check_are_both_off(pool: PgPool) {
        let drop_check = "ALTER TABLE area_counts DROP CONSTRAINT area_counts_check";
        let lines: [(&[Guard], bool, i64); 3] = [
            (&[Guard::Fence], true, 0),
            (&[Guard::Fence, Guard::AreaCounts], true, 0),
            (&[Guard::Fence, Guard::AreaCounts], false, 1),
        ];
        for (off, check, oversold) in lines {
            if !check {
                fixture::spoil(&pool, drop_check).await.expect("the CHECK goes");
            }
            let here = Hall::open(&pool).await;
            let config = BookingConfig { controls: Controls::without(off), ..BookingConfig::default() };
            let there = Hall::node(&pool, here.event, here.clock.clone(), config).await;
            there.hold(there.bob, &["B-5"]).await.expect("held, and the desk there is open");
            for buyer in [here.ada, here.bob] {
                here.floor(buyer, 9).await.expect("held");
            }
            let blind = there.floor(there.bob, 3).await;
            assert_eq!(blind.is_ok(), oversold > 0, "{off:?}: {blind:?}");
            let more = fixture::count(&pool, "area_counts WHERE held + sold + blocked > capacity").await.expect("a count");
            assert_eq!(more, oversold, "{off:?}");
        }
    }
}
