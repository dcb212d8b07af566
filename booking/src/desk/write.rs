//! What one pile decided, as rows: one statement for what every pile has, one an aggregate for the rest.

use std::collections::{BTreeSet, HashMap};

use domain::{EventId, HoldId, SeatIndex};
use jiff::Timestamp;
use sqlx::PgConnection;

use super::passed;
use crate::error::Fault;
use crate::rules::change::{Change, Changes, Ending};
use crate::rules::controls::Controls;
use crate::rules::hold::HoldState;
use crate::rules::inventory::Inventory;
use crate::rules::pile::Pile;
use crate::rules::rows::{HoldFacts, HoldRow, OrderRow, PaymentRow, TicketRow};
use crate::store::allocations::Allocation;
use crate::store::area_counts::AreaDelta;
use crate::store::desks::Badged;
use crate::store::holds::HoldStep;
use crate::store::idempotency::{self, Decision};
use crate::store::together::Together;
use crate::store::{
    allocations, area_counts, captures, desks, holds, journal, notices, orders, pass_uses, payments, refunds, tickets, waitlist,
};

/// Why a pile was not written.
#[derive(Debug)]
pub enum NotWritten {
    /// The desk is at another version by now, or there is none any more.
    Passed,
    /// A guard of the tables said no: memory is wrong.
    Disagreement(&'static str),
    Fault(Fault),
}

impl<F: Into<Fault>> From<F> for NotWritten {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
}

/// Where a pile is written.
#[derive(Debug, Clone, Copy)]
pub struct PileTarget {
    pub event: EventId,
    pub version: i64,
    pub now: Timestamp,
    /// Nothing is sold here any more.
    pub closed: bool,
    /// What is then left of each tier.
    pub badged: Badged,
    /// Whether somebody asked for nothing but to see what became due.
    pub swept: bool,
    pub controls: Controls,
}

/// Writes a pile's rows and outcomes, and moves the desk on. Gives its new version when the inventory or the waitlist changed.
pub async fn write(
    db: &mut PgConnection,
    target: PileTarget,
    pile: &Pile,
    changes: &Changes,
    outcomes: &[Decision<'_>],
) -> Result<Option<i64>, NotWritten> {
    let mut together = Together::default();
    write_seats(db, &mut together, target, &changes.changes).await?;
    write_passes(db, &mut together, target, &changes.changes).await?;
    let new: Vec<&HoldRow> = pile.new_holds.iter().map(|row| &**row).chain(pile.sales.iter().map(|sale| &sale.hold)).collect();
    if !new.is_empty() {
        holds::insert(&mut together, target.event, &new)?;
    }
    let steps = hold_steps(pile, &changes.changes);
    if !steps.is_empty() {
        // A hold of this very pile may have ended in it.
        std::mem::take(&mut together).write(db, None).await?;
        let moved = holds::step(db, target.event, &steps, target.now).await?;
        agree(moved, steps.len(), "holds")?;
    }
    if !pile.writes.is_empty() {
        write_money(db, target, pile).await?;
    }
    if !pile.sales.is_empty() {
        write_sales(db, target.event, &pile.sales).await?;
    }
    if !outcomes.is_empty() {
        idempotency::insert(&mut together, outcomes, target.now)?;
    }
    if !pile.steps.is_empty() {
        let (asked, moved) = waitlist::write(db, target.event, &pile.steps, target.now, target.controls).await?;
        agree(moved, asked, "waitlist")?;
    }
    if changes.changes.is_empty() && !changes.waitlist {
        if target.swept {
            desks::badge(&mut together, target.event, target.version, target.badged)?;
        }
        together.write(db, None).await?;
        return Ok(None);
    }
    let left = (changes.counts, target.badged);
    desks::advance(&mut together, target.event, target.version, left, target.closed, target.now, target.controls)?;
    journal::insert(&mut together, target.event, target.now, changes)?;
    let version = together.write(db, Some(desks::ADVANCED)).await?;
    version.map(Some).ok_or(NotWritten::Passed)
}

fn agree(done: u64, asked: usize, table: &'static str) -> Result<(), NotWritten> {
    if done == asked as u64 { Ok(()) } else { Err(NotWritten::Disagreement(table)) }
}

/// Frees seats now, since the same ones may be among those taken together with the rest.
async fn write_seats(
    db: &mut PgConnection,
    together: &mut Together,
    target: PileTarget,
    changes: &[Change],
) -> Result<(), NotWritten> {
    let (freed, taken) = seat_rows(changes);
    if !freed.is_empty() {
        let done = allocations::delete(db, target.event, &freed, target.controls).await?;
        agree(done, freed.len(), "allocations")?;
    }
    if !taken.is_empty() {
        allocations::insert(together, target.event, &taken, target.controls)?;
    }
    let deltas = area_deltas(changes);
    if !deltas.is_empty() {
        let done = area_counts::add(db, target.event, &deltas, target.controls).await?;
        agree(done, deltas.len(), "area_counts")?;
    }
    Ok(())
}

/// Frees passes now, as seats: the same ones may be shown again in this pile.
async fn write_passes(
    db: &mut PgConnection,
    together: &mut Together,
    target: PileTarget,
    changes: &[Change],
) -> Result<(), NotWritten> {
    let (freed, shown) = passed::rows(changes);
    if !freed.is_empty() {
        let done = pass_uses::delete(db, target.event, &freed, target.controls).await?;
        agree(done, freed.len(), "pass_uses")?;
    }
    if !shown.is_empty() {
        pass_uses::insert(together, target.event, &shown, target.now, target.controls)?;
    }
    Ok(())
}

/// Whose allocation a seat has: none, the organiser's (no hold), or a hold's.
type Owner = Option<Option<HoldId>>;

/// Net of a pile: which allocations go, which come. A seat may lapse and be held again in one pile.
fn seat_rows(changes: &[Change]) -> (Vec<Allocation>, Vec<Allocation>) {
    let mut seats: HashMap<SeatIndex, (Owner, Owner)> = HashMap::with_capacity(changes.len() * 2);
    for change in changes {
        let (owner, takes) = match change {
            Change::Held(hold) | Change::Sold { hold, .. } => (Some(hold.id), true),
            Change::Ended { hold, .. } => (Some(hold.id), false),
            Change::Returned { hold, .. } => (Some(*hold), false),
            Change::Blocked(_) => (None, true),
            Change::Unblocked(_) => (None, false),
            Change::Ordered { .. } | Change::PassLeft(_) | Change::Closed => continue,
        };
        for seat in change.taken().into_iter().flat_map(|taken| &taken.seats) {
            let before = if takes { None } else { Some(owner) };
            let entry = seats.entry(*seat).or_insert((before, None));
            entry.1 = takes.then_some(owner);
        }
    }
    let moved = seats.into_iter().filter(|(_, (before, after))| before != after);
    let (mut freed, mut taken) = (Vec::new(), Vec::new());
    for (seat, (before, after)) in moved {
        freed.extend(before.map(|owner| (seat, owner)));
        taken.extend(after.map(|owner| (seat, owner)));
    }
    // Rows of one pile in seat order: neighbours share pages.
    freed.sort_unstable_by_key(|row| row.0);
    taken.sort_unstable_by_key(|row| row.0);
    (freed, taken)
}

fn area_deltas(changes: &[Change]) -> Vec<(u32, AreaDelta)> {
    let mut deltas: HashMap<u32, AreaDelta> = HashMap::new();
    for change in changes {
        let Some((area, quantity)) = change.taken().and_then(|taken| taken.area) else { continue };
        let (delta, n) = (deltas.entry(area).or_default(), quantity as i32);
        match change {
            Change::Held(_) => delta.held += n,
            Change::Ended { .. } => delta.held -= n,
            Change::Ordered { .. } => (delta.held, delta.sold) = (delta.held - n, delta.sold + n),
            Change::Sold { .. } => delta.sold += n,
            Change::Returned { .. } => delta.sold -= n,
            Change::Blocked(_) => delta.blocked += n,
            Change::Unblocked(_) => delta.blocked -= n,
            Change::PassLeft(_) | Change::Closed => {}
        }
    }
    let mut deltas: Vec<_> = deltas.into_iter().filter(|(_, delta)| *delta != AreaDelta::default()).collect();
    deltas.sort_unstable_by_key(|(area, _)| *area);
    deltas
}

/// The last state of every hold the pile moved.
fn hold_steps(pile: &Pile, changes: &[Change]) -> Vec<HoldStep> {
    let mut steps: HashMap<HoldId, HoldStep> = HashMap::new();
    for (id, state) in &pile.writes.moved {
        steps.insert(*id, HoldStep { id: *id, state: *state, order: None });
    }
    for change in changes {
        let step = match change {
            Change::Ended { hold, how: Ending::Lapsed } => HoldStep { id: hold.id, state: HoldState::Lapsed, order: None },
            Change::Ended { hold, how: Ending::Released } => HoldStep { id: hold.id, state: HoldState::Released, order: None },
            Change::Ordered { hold, order } => HoldStep { id: hold.id, state: HoldState::Ordered, order: Some(*order) },
            // The row of a hold that was sold at once says so from its beginning.
            Change::Held(_)
            | Change::Sold { .. }
            | Change::Returned { .. }
            | Change::Blocked(_)
            | Change::Unblocked(_)
            | Change::PassLeft(_)
            | Change::Closed => continue,
        };
        steps.insert(step.id, step);
    }
    let mut steps: Vec<HoldStep> = steps.into_values().collect();
    steps.sort_unstable_by_key(|step| step.id);
    steps
}

/// Writes what was bought at once: payments of nothing, orders and tickets, by one statement a table.
async fn write_sales(db: &mut PgConnection, event: EventId, sales: &[HoldFacts]) -> Result<(), NotWritten> {
    let paid: Vec<&PaymentRow> = sales.iter().flat_map(|sale| &sale.payments).collect();
    payments::insert_captured(db, event, &paid).await?;
    let bought: Vec<&OrderRow> = sales.iter().filter_map(|sale| sale.order.as_ref()).collect();
    orders::insert(db, event, &bought).await?;
    let issued: Vec<&TicketRow> = sales.iter().flat_map(|sale| &sale.tickets).collect();
    Ok(tickets::insert(db, event, &issued).await?)
}

async fn write_money(db: &mut PgConnection, target: PileTarget, pile: &Pile) -> Result<(), NotWritten> {
    let facts = |hold: &HoldId| pile.facts.get(hold);
    let mut touched: Vec<_> = pile.writes.payments.iter().collect();
    touched.sort_unstable();
    for (hold, payment) in touched {
        let row = facts(hold).and_then(|facts| facts.payments.iter().find(|row| row.id == *payment));
        let row = row.ok_or_else(|| Fault::corrupt("pile", format_args!("payment {payment} has no facts")))?;
        agree(payments::put(db, row).await?, 1, "payments")?;
    }
    let new: Vec<&HoldFacts> = pile.writes.new_orders.iter().filter_map(facts).collect();
    if !new.is_empty() {
        let rows: Vec<&OrderRow> = new.iter().filter_map(|facts| facts.order.as_ref()).collect();
        orders::insert(db, target.event, &rows).await?;
        let rows: Vec<&TicketRow> = new.iter().flat_map(|facts| &facts.tickets).collect();
        tickets::insert(db, target.event, &rows).await?;
    }
    let returned = pile.writes.returned_orders.iter().filter_map(facts).filter_map(|facts| facts.order.as_ref());
    let returned: Vec<_> = returned.map(|order| (order.id, order.state)).collect();
    if !returned.is_empty() {
        agree(orders::give_back(db, target.event, &returned, target.now).await?, returned.len(), "orders")?;
    }
    if !pile.writes.captures.is_empty() {
        captures::insert(db, target.event, &pile.writes.captures).await?;
    }
    if !pile.writes.refunds.is_empty() {
        refunds::insert(db, target.event, &pile.writes.refunds).await?;
    }
    if !pile.writes.notices.is_empty() {
        notices::insert(db, target.event, &pile.writes.notices, target.now).await?;
    }
    Ok(())
}

/// What the journal says of changes that led to this inventory.
///
/// Takes     `waitlist`: whether the waitlist changed, too.
pub fn noted(changes: Vec<Change>, waitlist: bool, inventory: &Inventory) -> Changes {
    let areas = areas_of(&changes, |_| true).map(|area| (area, inventory.areas[area as usize].free())).collect();
    let held = areas_of(&changes, Change::moves_held).map(|area| (area, inventory.areas[area as usize].held)).collect();
    Changes { changes, counts: inventory.counts, areas, held, waitlist }
}

/// The areas that some changes are about, in order.
fn areas_of(changes: &[Change], some: fn(&Change) -> bool) -> impl Iterator<Item = u32> {
    let named = changes.iter().filter(|change| some(change)).filter_map(|change| change.taken()?.area);
    named.map(|(area, _)| area).collect::<BTreeSet<u32>>().into_iter()
}
