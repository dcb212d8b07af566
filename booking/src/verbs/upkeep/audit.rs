//! The audit: proves that every place and every payment is accounted for.
//!
//! Four books are held against one another, in one snapshot an event: what holds and orders say, the allocations, the desk's counts,
//! and what a replay of the journal gives.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use domain::{Currency, EventId, HoldId, Money, PassId, PaymentId, SeatIndex, TicketId};
use jiff::Timestamp;
use sqlx::PgConnection;

use crate::booking::Booking;
use crate::error::{BookingError, Fault};
use crate::rules::checkout::Method;
use crate::rules::checkpoint::{Broken, Replay};
use crate::rules::inventory::{AreaState, Inventory};
use crate::rules::order::OrderState;
use crate::rules::pass::PassUse;
use crate::rules::payment::PaymentState;
use crate::rules::rows::{CaptureRow, HoldRow, OrderRow, PaymentRow, RefundRow};
use crate::rules::seat::SeatState;
use crate::rules::terms::Terms;
use crate::rules::waitlist::lines::Lines;
use crate::store::desks::DeskRow;
use crate::store::houses::Houses;
use crate::store::pass_uses::PassRow;
use crate::store::{
    allocations, area_counts, captures, checkpoints, desks, holds, journal, orders, pass_uses, payments, prints, refunds,
    sale_terms, tickets, waitlist,
};

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditReport {
    pub events: u64,
    pub places: u64,
    pub orders: u64,
    pub payments: u64,
    pub journal_entries: u64,
    /// At most `MAX_VIOLATIONS`.
    pub violations: Vec<Violation>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub event_id: EventId,
    /// Which law was broken, such as `seat_twice` or `captured_without_order`.
    pub law: &'static str,
    pub detail: String,
}

/// A capture that a provider reports and of which nothing was heard here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unheard {
    pub payment: PaymentId,
    pub since: Timestamp,
    /// How often the provider tried to tell it.
    pub attempts: u32,
}

/// More than this nobody reads.
pub const MAX_VIOLATIONS: usize = 1_000;
const PAGE: i64 = 500;

impl AuditReport {
    pub fn clean(&self) -> bool {
        self.violations.is_empty()
    }

    fn add(&mut self, event_id: EventId, law: &'static str, detail: impl std::fmt::Display) {
        if self.violations.len() < MAX_VIOLATIONS {
            self.violations.push(Violation { event_id, law, detail: detail.to_string() });
        }
    }
}

impl Booking {
    /// Reads everything and reports every violation.
    ///
    /// Cost      one snapshot an event; no lock, so selling goes on.
    pub async fn audit(&self) -> Result<AuditReport, BookingError> {
        let mut report = AuditReport::default();
        let mut after = None;
        loop {
            let page = desks::page(self.pool(), after, PAGE).await?;
            for event in &page {
                let mut db = pg::begin_with(self.pool(), desks::BEGIN_SNAPSHOT).await?;
                match audit_event(&mut db, *event, &self.premises().houses, &mut report).await {
                    Err(Fault::Corrupt(corrupt)) => {
                        report.add(*event, "corrupt_row", format_args!("{}: {}", corrupt.what, corrupt.detail))
                    }
                    other => other?,
                }
                db.rollback().await?;
            }
            match page.last() {
                Some(last) => after = Some(*last),
                None => break,
            }
        }
        check_prints(&prints::wrong(self.pool(), MAX_VIOLATIONS as i64).await?, &mut report);
        Ok(report)
    }
}

impl Booking {
    /// Reports captures that a provider could not tell: somebody's money without a ticket or a refund.
    pub async fn report_unheard(&self, report: &mut AuditReport, unheard: &[Unheard]) -> Result<(), BookingError> {
        for Unheard { payment, since, attempts } in unheard {
            // A payment that is not known here belongs to no event.
            let event = payments::find(self.pool(), *payment).await?.map_or(EventId(uuid::Uuid::nil()), |row| row.event);
            let detail = format_args!("payment {payment} was captured at {since} and told {attempts} times in vain");
            report.add(event, "capture_undelivered", detail);
        }
        Ok(())
    }
}

/// Every offer of the waitlist is a live hold in the waiter's name.
fn check_offers(event: EventId, lines: &Lines, books: &Books, report: &mut AuditReport) {
    for waiter in lines.offers() {
        if !books.live.iter().any(|hold| hold.id == waiter.hold && waiter.is_of(&hold.buyer.into())) {
            report.add(event, "offer_without_hold", format_args!("entry {} was offered hold {}", waiter.id, waiter.hold));
        }
    }
}

/// What the rows of one event say.
struct Books {
    desk: DeskRow,
    owners: BTreeMap<SeatIndex, Option<HoldId>>,
    areas: Vec<AreaState>,
    live: Vec<HoldRow>,
    sold: HashMap<HoldId, HoldRow>,
    orders: Vec<OrderRow>,
    payments: Vec<PaymentRow>,
    captures: Vec<CaptureRow>,
    refunds: Vec<RefundRow>,
    passes: Vec<PassRow>,
}

async fn audit_event(db: &mut PgConnection, event: EventId, houses: &Houses, report: &mut AuditReport) -> Result<(), Fault> {
    let Some(terms) = sale_terms::find(db, event, houses).await? else {
        report.add(event, "desk_without_event", "the event is gone");
        return Ok(());
    };
    // it was there when the page of events was read; with its event it is gone whole
    let Some(books) = read(db, event).await? else { return Ok(()) };
    report.events += 1;
    report.places += u64::from(terms.house.capacity());
    report.orders += books.orders.len() as u64;
    report.payments += books.payments.len() as u64;
    check_seats(event, &books, report);
    check_passes(event, &books, report);
    check_offers(event, &waitlist::lines(db, event).await?, &books, report);
    check_counts(event, &terms, &books, report);
    check_money(event, &books, report);
    check_captures(event, &books, report);
    check_tickets(event, &books, &tickets::count_by_order(db, event).await?, report);
    if let Some(replayed) = replay(db, terms, &books, report).await? {
        check_replay(event, &books, &replayed, report);
    }
    Ok(())
}

async fn read(db: &mut PgConnection, event: EventId) -> Result<Option<Books>, Fault> {
    let Some(desk) = desks::find(db, event).await? else { return Ok(None) };
    let orders = orders::of(db, event).await?;
    let owners: Vec<uuid::Uuid> = orders.iter().map(|order| order.hold.0).collect();
    let sold = holds::by_ids(db, event, &owners).await?.into_iter().map(|hold| (hold.id, hold)).collect();
    Ok(Some(Books {
        desk,
        owners: allocations::of(db, event).await?.into_iter().collect(),
        areas: area_counts::of(db, event).await?,
        live: holds::live(db, event).await?,
        sold,
        orders,
        payments: payments::of(db, event).await?,
        captures: captures::of(db, event).await?,
        refunds: refunds::of(db, event).await?,
        passes: pass_uses::of(db, event).await?,
    }))
}

impl Books {
    /// Holds that own places: live ones, and those of paid orders.
    fn owning(&self) -> impl Iterator<Item = (&HoldRow, bool)> {
        let paid = self.orders.iter().filter(|order| order.state == OrderState::Paid);
        let sold = paid.filter_map(|order| self.sold.get(&order.hold)).map(|hold| (hold, true));
        self.live.iter().map(|hold| (hold, false)).chain(sold)
    }
}

/// No seat twice; who owns a seat has its allocation, and the other way round.
fn check_seats(event: EventId, books: &Books, report: &mut AuditReport) {
    let mut owned: HashMap<SeatIndex, HoldId> = HashMap::new();
    for (hold, _) in books.owning() {
        for seat in &hold.taken.seats {
            if let Some(other) = owned.insert(*seat, hold.id) {
                report.add(event, "seat_twice", format_args!("seat {seat} belongs to holds {other} and {}", hold.id));
            }
            if books.owners.get(seat) != Some(&Some(hold.id)) {
                report.add(event, "hold_without_allocation", format_args!("seat {seat} of hold {}", hold.id));
            }
        }
    }
    for (seat, owner) in &books.owners {
        if let Some(owner) = owner
            && owned.get(seat) != Some(owner)
        {
            report.add(event, "allocation_without_hold", format_args!("seat {seat} points at hold {owner}"));
        }
    }
}

/// No pass under two live holds; who stands on a pass has its row, and the other way round.
fn check_passes(event: EventId, books: &Books, report: &mut AuditReport) {
    let mut used: HashMap<PassId, HoldId> = HashMap::new();
    let rows: HashMap<PassId, PassUse> = books.passes.iter().copied().collect();
    for (pass, hold) in books.live.iter().filter_map(|hold| Some((hold.pass?, hold.id))) {
        if let Some(other) = used.insert(pass, hold) {
            report.add(event, "pass_twice", format_args!("pass {pass} is under holds {other} and {hold}"));
        }
        if rows.get(&pass) != Some(&PassUse::Held(hold)) {
            report.add(event, "hold_without_pass", format_args!("pass {pass} of hold {hold}"));
        }
    }
    for (pass, row) in &books.passes {
        let stands = match row {
            PassUse::Held(hold) => used.get(pass) == Some(hold),
            PassUse::Ordered(hold) => books.sold.contains_key(hold),
            PassUse::Left => true,
        };
        if !stands {
            report.add(event, "pass_without_hold", format_args!("pass {pass} is {row:?}"));
        }
    }
}

/// Free, held, sold and blocked places make the capacity, in the desk's row as in all others.
fn check_counts(event: EventId, terms: &Terms, books: &Books, report: &mut AuditReport) {
    let (mut held, mut sold) = (0_u32, 0_u32);
    let mut areas: Vec<(u32, u32)> = vec![(0, 0); terms.house.areas.len()];
    for (hold, is_sold) in books.owning() {
        *(if is_sold { &mut sold } else { &mut held }) += hold.taken.places();
        if let Some((at, (area_held, area_sold))) = hold.taken.area.and_then(|(at, q)| Some((q, areas.get_mut(at as usize)?))) {
            *(if is_sold { area_sold } else { area_held }) += at;
        }
    }
    let blocked_seats = books.owners.values().filter(|owner| owner.is_none()).count() as u32;
    let blocked = books.areas.iter().fold(blocked_seats, |sum, area| sum + area.blocked);
    let counts = books.desk.counts;
    if (counts.held, counts.sold, counts.blocked) != (held, sold, blocked) {
        report.add(
            event,
            "counts_differ",
            format_args!("the desk says {counts:?}, rows say {held} held, {sold} sold, {blocked} blocked"),
        );
    }
    if counts.capacity() != terms.house.capacity() {
        report.add(event, "capacity", format_args!("{counts:?} do not make {}", terms.house.capacity()));
    }
    for (n, (row, rows)) in books.areas.iter().zip(areas).enumerate() {
        if (row.held, row.sold) != rows || row.held + row.sold + row.blocked > row.capacity {
            report.add(event, "area_counts_differ", format_args!("area {n}: {row:?}, holds and orders say {rows:?}"));
        }
    }
}

/// Every captured payment has a paid order or went back; every paid order has its one captured payment.
fn check_money(event: EventId, books: &Books, report: &mut AuditReport) {
    let orders: HashMap<_, _> = books.orders.iter().map(|order| (order.payment, order)).collect();
    for payment in &books.payments {
        let paid = orders.get(&payment.id).is_some_and(|order| order.state == OrderState::Paid);
        match payment.state {
            PaymentState::Captured if !paid => report.add(event, "captured_without_order", payment.id),
            PaymentState::Pending | PaymentState::Declined | PaymentState::Refunded if paid => {
                report.add(event, "order_without_capture", format_args!("{} is {:?}", payment.id, payment.state));
            }
            _ => {}
        }
    }
    let known: HashSet<_> = books.payments.iter().map(|payment| payment.id).collect();
    for order in &books.orders {
        let hold = books.sold.get(&order.hold);
        let fits =
            hold.is_some_and(|hold| hold.order == Some(order.id) && hold.total == order.total && hold.buyer == order.buyer);
        if !known.contains(&order.payment) {
            report.add(event, "order_without_payment", order.id);
        }
        if !fits {
            report.add(event, "order_without_hold", order.id);
        }
    }
}

/// A print is of a ticket of its event, in an edition that there has been.
fn check_prints(wrong: &[(EventId, TicketId, bool)], report: &mut AuditReport) {
    for (event, ticket, without_ticket) in wrong {
        if *without_ticket {
            report.add(*event, "print_without_ticket", format_args!("{ticket} is no ticket of the event"));
        } else {
            report.add(
                *event,
                "print_of_no_edition",
                format_args!("the print of {ticket} shows an edition that has not been yet"),
            );
        }
    }
}

/// Of every payment, what was captured less what went back is what its paid order costs, in every currency.
fn check_captures(event: EventId, books: &Books, report: &mut AuditReport) {
    let mut kept: HashMap<(PaymentId, Currency), i128> = HashMap::new();
    let sum = |kept: &mut HashMap<_, i128>, payment: PaymentId, amount: Money, sign: i128| {
        *kept.entry((payment, amount.currency)).or_insert(0) += sign * i128::from(amount.amount);
    };
    let mut captured: HashSet<PaymentId> = HashSet::new();
    for capture in &books.captures {
        captured.insert(capture.payment);
        sum(&mut kept, capture.payment, capture.amount, 1);
    }
    books.refunds.iter().for_each(|refund| sum(&mut kept, refund.payment, refund.amount, -1));
    let paid = books.orders.iter().filter(|order| order.state == OrderState::Paid);
    paid.for_each(|order| sum(&mut kept, order.payment, order.total, -1));
    let mut left: Vec<_> = kept.into_iter().filter(|(_, amount)| *amount != 0).collect();
    left.sort_unstable_by_key(|((payment, currency), _)| (*payment, currency.code().to_owned()));
    for ((payment, currency), amount) in left {
        report.add(
            event,
            "money_not_conserved",
            format_args!("{amount} {} of payment {payment} are unaccounted for", currency.code()),
        );
    }
    let known: HashMap<PaymentId, &PaymentRow> = books.payments.iter().map(|payment| (payment.id, payment)).collect();
    for payment in captured.iter().filter(|payment| !known.contains_key(payment)) {
        report.add(event, "capture_without_payment", payment);
    }
    for payment in &books.payments {
        let settled = matches!(payment.state, PaymentState::Captured | PaymentState::Refunded) && payment.method != Method::Free;
        if settled != captured.contains(&payment.id) {
            report.add(event, "capture_missing", format_args!("{} is {:?}", payment.id, payment.state));
        }
    }
}

fn check_tickets(event: EventId, books: &Books, tickets: &[(domain::OrderId, u32)], report: &mut AuditReport) {
    let tickets: HashMap<_, _> = tickets.iter().copied().collect();
    for order in &books.orders {
        let issued = tickets.get(&order.id).copied().unwrap_or(0);
        if issued != order.places {
            report.add(
                event,
                "tickets_differ",
                format_args!("order {} has {} places and {issued} tickets", order.id, order.places),
            );
        }
    }
}

/// Plays the journal from its last checkpoint on. `None` where it cannot be played to its end.
async fn replay(
    db: &mut PgConnection,
    terms: Terms,
    books: &Books,
    report: &mut AuditReport,
) -> Result<Option<Inventory>, Fault> {
    let event = terms.event;
    let mut replay = match begin_replay(db, terms).await {
        Err(Fault::Corrupt(corrupt)) => {
            report.add(event, "checkpoint_impossible", corrupt);
            return Ok(None);
        }
        begun => begun?,
    };
    loop {
        let rows = journal::page(db, event, replay.version, PAGE, journal::BYTES).await?;
        for row in &rows {
            report.journal_entries += 1;
            if let Err(broken) = replay.step(row) {
                let law = match broken {
                    Broken::Gap { .. } => "journal_gap",
                    Broken::Impossible { .. } => "journal_impossible",
                    Broken::Miscounts { .. } => "journal_miscounts",
                };
                report.add(event, law, broken);
                return Ok(None);
            }
        }
        if rows.is_empty() {
            break;
        }
    }
    let version = replay.version;
    if version != books.desk.version {
        report.add(event, "journal_gap", format_args!("it ends at version {version}, the desk is at {}", books.desk.version));
    }
    Ok(Some(replay.inventory))
}

/// An event's state at its last checkpoint, or the empty house.
pub(crate) async fn begin_replay(db: &mut PgConnection, terms: Terms) -> Result<Replay, Fault> {
    let (event, terms) = (terms.event, Arc::new(terms));
    Ok(match checkpoints::find(db, event).await? {
        Some((version, checkpoint)) => Replay { inventory: Inventory::restored(terms, &checkpoint)?, version },
        None => Replay { inventory: Inventory::new(terms), version: 0 },
    })
}

/// The replay's seats are the allocations, its areas the area counts, its counts the desk's.
fn check_replay(event: EventId, books: &Books, replayed: &Inventory, report: &mut AuditReport) {
    let hold_of: HashMap<_, _> = books.orders.iter().map(|order| (order.id, order.hold)).collect();
    for (seat, state) in (0..).zip(&replayed.seats) {
        let owner = match state {
            SeatState::Available => None,
            SeatState::Held { hold, .. } => Some(Some(*hold)),
            SeatState::Sold { order } => Some(hold_of.get(order).copied()),
            SeatState::Blocked => Some(None),
        };
        if books.owners.get(&seat).copied() != owner {
            report.add(
                event,
                "journal_differs",
                format_args!("seat {seat} is {state:?} in the journal, {:?} in the table", books.owners.get(&seat)),
            );
        }
    }
    if replayed.areas != books.areas {
        report.add(
            event,
            "journal_differs",
            format_args!("areas are {:?} in the journal, {:?} in the table", replayed.areas, books.areas),
        );
    }
    if replayed.counts != books.desk.counts {
        report.add(
            event,
            "journal_differs",
            format_args!("counts are {:?}, the desk's {:?}", replayed.counts, books.desk.counts),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::Hall;
    use crate::store::fixture;
    use sqlx::PgPool;

    /// Each line spoils rows that balanced, past all guards; the audit must name the law.
    #[sqlx::test(migrations = "../migrations")]
    async fn every_law_that_is_broken_is_found(pool: PgPool) {
        let table = [
            ("DELETE FROM allocations WHERE seat = 0", "hold_without_allocation"),
            ("INSERT INTO allocations SELECT event_id, 9, gen_random_uuid() FROM desks", "allocation_without_hold"),
            ("UPDATE holds SET seats = '{0}' WHERE seats = '{1}'", "seat_twice"),
            ("UPDATE desks SET available = available - 1, held = held + 1", "counts_differ"),
            ("UPDATE desks SET available = available - 1, capacity = capacity - 1", "capacity"),
            ("UPDATE area_counts SET held = held + 1", "area_counts_differ"),
            ("DELETE FROM orders", "captured_without_order"),
            (
                "UPDATE payments SET state = 'refunded', refunded_at = settled_at, refund_reason = 'seats_taken'",
                "order_without_capture",
            ),
            ("DELETE FROM payments", "order_without_payment"),
            ("DELETE FROM payments", "capture_without_payment"),
            ("DELETE FROM captures", "capture_missing"),
            ("UPDATE captures SET amount = amount + 1", "money_not_conserved"),
            ("UPDATE captures SET currency = 'EUR'", "money_not_conserved"),
            (
                "INSERT INTO refunds SELECT event_id, id, id, NULL, provider_ref, 1, currency, 'already_paid', settled_at FROM payments",
                "money_not_conserved",
            ),
            ("UPDATE orders SET total = total + 1", "order_without_hold"),
            ("DELETE FROM tickets", "tickets_differ"),
            ("DELETE FROM journal WHERE version = 1", "journal_gap"),
            ("DELETE FROM journal WHERE version = (SELECT max(version) FROM journal)", "journal_gap"),
            (
                "UPDATE journal SET changes = (SELECT changes FROM journal WHERE version = 2) WHERE version = 1",
                "journal_impossible",
            ),
            ("UPDATE holds SET tiers = '!'", "corrupt_row"),
            ("UPDATE prints SET ticket_id = gen_random_uuid()", "print_without_ticket"),
            ("UPDATE prints SET edition = edition + 1", "print_of_no_edition"),
            ("INSERT INTO pass_uses SELECT event_id, id, id, 'held', created_at FROM holds", "pass_without_hold"),
            ("UPDATE holds SET pass_id = gen_random_uuid() WHERE state = 'held'", "hold_without_pass"),
            ("UPDATE holds SET pass_id = event_id WHERE state = 'held'", "pass_twice"),
        ];
        for (spoil, law) in table {
            let hall = Hall::open(&pool).await;
            let order = hall.buy(hall.ada, &["A-1"]).await;
            hall.booking.request_print(order.tickets[0].id, None).await.expect("asked for");
            hall.hold(hall.ada, &["A-2"]).await.expect("held");
            hall.floor(hall.bob, 2).await.expect("held");
            hall.balanced().await;
            assert!(fixture::spoil(&pool, spoil).await.expect("spoiled") > 0, "{spoil}");
            let found = hall.booking.audit().await.expect("an audit").violations;
            assert!(found.iter().any(|violation| violation.law == law), "{spoil}: {found:?}");
            let clean = "TRUNCATE desks, allocations, area_counts, holds, orders, payments, captures, refunds, tickets, journal, checkpoints, payment_notices, prints, pass_uses";
            fixture::spoil(&pool, clean).await.expect("swept");
        }
    }
}
