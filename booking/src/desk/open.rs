//! Opening a desk, and bringing it up to date: from rows, or from the journal since its version.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::{EventId, HoldId, OrderId};
use jiff::Timestamp;
use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, Postgres};

use super::desk::{Desk, Premises};
use super::gate::Gate;
use crate::error::{BookingError, Fault};
use crate::rules::change::{Change, Hold, JournalRow, Taken};
use crate::rules::corrupt::Corrupt;
use crate::rules::inventory::Inventory;
use crate::rules::pass::PassUse;
use crate::rules::terms::Terms;
use crate::store::desks::DeskRow;
use crate::store::looks::Looked;
use crate::store::{allocations, desks, holds, journal, looks, orders, pass_uses, sale_terms, tickets, waitlist};

/// More versions behind than this, rows are quicker than the journal.
const CATCH_UP: i64 = 500;
/// The version of a memory that is wrong: no desk is at it and no journal leads on from it, so that rows are read before it is used.
pub const OF_NO_VERSION: i64 = -1;

/// An event's state as its rows say it.
pub struct Opened {
    pub inventory: Inventory,
    pub version: i64,
    /// The database's clock when it was read.
    pub now: Timestamp,
    /// The connection that read it, for whoever asks something of the desk at once.
    pub db: Option<PoolConnection<Postgres>>,
}

/// How often an event's desk is made before it is read, when exchanges of the map come between.
const MAKINGS: u32 = 5;

/// Reads an event's state, making its desk if it has none.
///
/// Takes     `stopped`: whoever is inside the fence and was asked nothing for so long is put out first.
/// Refuses   an event that does not exist.
/// Cost      one statement, and one where the desk is made; where something was sold, one pass over its allocations, tickets, live
///           holds, and holds and orders of seats, as far as its counts say that there are any.
pub async fn open(premises: &Premises, event: EventId, stopped: Option<Duration>) -> Result<Opened, BookingError> {
    for _ in 0..MAKINGS {
        match read_or_make(premises, event, stopped).await {
            Ok(Some(opened)) => return Ok(opened),
            Ok(None) => {}
            // another node has made it meanwhile, and sells already
            Err(BookingError::Fault(Fault::Database(error))) if pg::retryable(&error) => {
                tracing::debug!(%event, %error, "a desk is read once more");
            }
            Err(error) => return Err(error),
        }
    }
    Err(BookingError::Busy { retry_after: Duration::from_secs(1) })
}

/// Gives `None` where the map was exchanged meanwhile, or another node was quicker and has sold since.
async fn read_or_make(premises: &Premises, event: EventId, stopped: Option<Duration>) -> Result<Option<Opened>, BookingError> {
    let mut db = premises.pool.acquire().await?;
    let look = looks::look(&mut db, event, &premises.houses, stopped).await?.ok_or(BookingError::NotFound)?;
    match look.desk {
        Some(desk) if desk.row.version > 0 => {
            let mut gate = Gate::new(db);
            match read(&mut gate, premises, event).await {
                Ok(opened) => Ok(Some(Opened { db: gate.left(), ..opened })),
                Err(error) => {
                    gate.give_up().await;
                    Err(error)
                }
            }
        }
        Some(desk) if made_for(&look.terms, &desk) => {
            let opened = opened(Inventory::new(Arc::new(look.terms)), &desk.row)?;
            Ok(Some(Opened { db: Some(db), ..opened }))
        }
        _ => {
            let made = looks::make(&mut db, &look.terms).await?;
            Ok(made.map(|now| Opened { inventory: Inventory::new(Arc::new(look.terms)), version: 0, now, db: Some(db) }))
        }
    }
}

/// Reads a desk that has sold, all of it as it was at one instant.
async fn read(gate: &mut Gate, premises: &Premises, event: EventId) -> Result<Opened, BookingError> {
    gate.begin_with(desks::BEGIN_SNAPSHOT).await?;
    let look = looks::look(gate.db()?, event, &premises.houses, None).await?.ok_or(BookingError::NotFound)?;
    let desk = look.desk.ok_or_else(|| Fault::corrupt("desk", format_args!("{event} has none")))?;
    let opened = rebuild(gate.db()?, look.terms, &desk).await?;
    gate.roll_back_and_leave().await?;
    Ok(opened)
}

/// Whether a desk that has never sold, of which no rows are read, was made for the map that the event has now.
fn made_for(terms: &Terms, desk: &Looked) -> bool {
    let fits = desk.areas.iter().map(|(capacity, _)| *capacity).eq(terms.house.areas.iter().map(|area| area.capacity));
    fits && desk.row.counts.capacity() == terms.house.capacity()
}

fn opened(mut inventory: Inventory, desk: &DeskRow) -> Result<Opened, Fault> {
    inventory.closed = desk.cancelled_at.is_some();
    if inventory.counts != desk.counts {
        let detail = format!("{} counts {:?}, its rows {:?}", inventory.terms.event, desk.counts, inventory.counts);
        return Err(Fault::corrupt("desk", detail));
    }
    Ok(Opened { inventory, version: desk.version, now: desk.now, db: None })
}

/// Builds the inventory from rows, within one snapshot. What the desk counts none of is not looked for.
async fn rebuild(db: &mut PgConnection, terms: Terms, desk: &Looked) -> Result<Opened, Fault> {
    let event = terms.event;
    let counts = desk.row.counts;
    let mut inventory = Inventory::new(Arc::new(terms));
    if counts.sold > 0 {
        sell_seats(db, &mut inventory).await?;
        sell_places(db, &mut inventory).await?;
    }
    if counts.held > 0 {
        for hold in holds::live(db, event).await? {
            inventory.apply(&Change::Held(Arc::new(hold.hold())))?;
        }
    }
    if desk.has_passes || !inventory.passes.is_empty() {
        end_passes(db, &mut inventory).await?;
    }
    if counts.available < counts.capacity() {
        block(db, &mut inventory, &desk.areas).await?;
    }
    if desk.has_waitlist {
        inventory.lines = waitlist::lines(db, event).await?;
    }
    opened(inventory, &desk.row)
}

/// Sells the seats that are sold, each to whoever held it.
async fn sell_seats(db: &mut PgConnection, inventory: &mut Inventory) -> Result<(), Fault> {
    let event = inventory.terms.event;
    let seated = tickets::seated_orders(db, event).await?;
    if seated.is_empty() {
        return Ok(());
    }
    let paid = orders::paid_among(db, event, &seated).await?;
    let owners: Vec<uuid::Uuid> = paid.iter().map(|order| order.hold.0).collect();
    let sold: HashMap<HoldId, _> = holds::by_ids(db, event, &owners).await?.into_iter().map(|hold| (hold.id, hold)).collect();
    for order in &paid {
        let hold = sold.get(&order.hold).ok_or_else(|| Fault::corrupt("order", format_args!("{} has no hold", order.id)))?;
        // Which passes are over, their own rows say.
        let hold = Arc::new(Hold { pass: None, ..hold.hold() });
        inventory.apply(&Change::Held(Arc::clone(&hold)))?;
        inventory.apply(&Change::Ordered { hold, order: order.id })?;
    }
    Ok(())
}

/// Sells the places without numbers that are sold: of them nothing is remembered but how many each buyer has, however many orders made it.
async fn sell_places(db: &mut PgConnection, inventory: &mut Inventory) -> Result<(), Fault> {
    let event = inventory.terms.event;
    let returned = orders::returned(db, event).await?;
    for (buyer, area, places) in tickets::places(db, event, &returned).await? {
        let taken = Taken { seats: Vec::new(), area: Some((area, places)) };
        let hold = Hold { id: HoldId(uuid::Uuid::nil()), buyer, until: Timestamp::MAX, taken, pass: None };
        inventory.apply(&Change::Sold { hold: Arc::new(hold), order: OrderId(uuid::Uuid::nil()) })?;
    }
    Ok(())
}

/// Reads which passes are over, and holds the rest against the live holds.
async fn end_passes(db: &mut PgConnection, inventory: &mut Inventory) -> Result<(), Fault> {
    let event = inventory.terms.event;
    let held = inventory.passes.len();
    let rows = pass_uses::of(db, event).await?;
    let (standing, over): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(_, used)| matches!(used, PassUse::Held(_)));
    if standing.len() != held || standing.iter().any(|(pass, used)| inventory.passes.get(pass) != Some(used)) {
        return Err(Fault::corrupt("pass_uses", format_args!("{event} has {} in use, its holds {held}", standing.len())));
    }
    inventory.passes.extend(over);
    Ok(())
}

/// Blocks what is blocked, and holds the allocations against what holds and orders made of the seats.
///
/// Takes     `areas`: places, and how many of them are blocked, in order.
async fn block(db: &mut PgConnection, inventory: &mut Inventory, areas: &[(u32, u32)]) -> Result<(), Fault> {
    let event = inventory.terms.event;
    let mut blocked = crate::rules::change::Taken::default();
    let mut taken = 0_usize;
    for (seat, hold) in allocations::of(db, event).await? {
        match hold {
            None => blocked.seats.push(seat),
            Some(_) => taken += 1,
        }
    }
    let by_holds = inventory.seats.iter().filter(|state| !matches!(state, crate::rules::seat::SeatState::Available)).count();
    if taken != by_holds {
        return Err(Fault::corrupt("allocations", format_args!("{event} has {taken}, its holds {by_holds}")));
    }
    inventory.apply(&Change::Blocked(blocked))?;
    for (area, (_, blocked)) in areas.iter().enumerate() {
        let places = crate::rules::change::Taken { seats: Vec::new(), area: Some((area as u32, *blocked)) };
        inventory.apply(&Change::Blocked(places))?;
    }
    Ok(())
}

impl Desk {
    /// Brings the inventory up to what others committed: by the journal, or from rows where that is far or does not fit.
    pub(super) async fn catch_up(&mut self) -> Result<(), Fault> {
        let mut db = self.premises.pool.acquire().await?;
        let followed = self.follow_journal(&mut db, None).await;
        drop(db);
        match followed {
            Ok(true) => Ok(()),
            Ok(false) => self.start_over().await,
            Err(Fault::Corrupt(Corrupt { what, detail })) => {
                tracing::warn!(event = %self.event, what, detail, "memory and journal disagree: reading rows");
                self.start_over().await
            }
            Err(fault) => Err(fault),
        }
    }

    /// Follows the journal to a version, or to its end. Gives false where it does not lead there from here.
    pub(super) async fn follow_journal(&mut self, db: &mut PgConnection, to: Option<i64>) -> Result<bool, Fault> {
        let Some(terms) = sale_terms::find(db, self.event, &self.premises.houses).await? else { return Ok(false) };
        if terms.map != self.inventory.terms.map {
            return Ok(false);
        }
        self.set_terms(terms);
        let mut room = CATCH_UP;
        loop {
            let rows = journal::page(db, self.event, self.version, room + 1, journal::BYTES).await?;
            if rows.is_empty() {
                return Ok(desks::find(db, self.event).await?.is_some_and(|row| row.version == self.version));
            }
            room -= rows.len() as i64;
            if room < 0 || !self.follow(rows)? {
                return Ok(false);
            }
            if to.is_some_and(|to| to <= self.version) {
                return Ok(true);
            }
        }
    }

    /// Gives false where the first of these versions is not the next.
    fn follow(&mut self, rows: Vec<JournalRow>) -> Result<bool, Fault> {
        for row in rows {
            if row.version != self.version + 1 {
                return Ok(false);
            }
            row.changes.changes.iter().try_for_each(|change| self.inventory.apply(change))?;
            if row.changes.waitlist {
                self.inventory.lines.make_stale();
            }
            if self.inventory.counts != row.changes.counts {
                return Err(Fault::corrupt("journal", format_args!("version {} counts differently", row.version)));
            }
            self.version = row.version;
            self.premises.committed(self.event, &row);
        }
        Ok(true)
    }

    /// Reads everything again.
    ///
    /// Refuses   with [`Fault::Gone`] where the event is gone; the desk goes too then.
    pub(super) async fn start_over(&mut self) -> Result<(), Fault> {
        metrics::counter!("booking_rebuilds_total").increment(1);
        self.premises.tally.rebuilds.fetch_add(1, Ordering::Relaxed);
        // should it fail, nothing may be decided by what is in memory now
        self.version = OF_NO_VERSION;
        let opened = match open(&self.premises, self.event, None).await {
            Ok(opened) => opened,
            Err(BookingError::Fault(fault)) => return Err(fault),
            Err(BookingError::NotFound) => {
                self.close.cancel();
                return Err(Fault::Gone);
            }
            Err(other) => return Err(Fault::corrupt("event", other)),
        };
        (self.inventory, self.version) = (opened.inventory, opened.version);
        self.premises.waitlists.show(self.event, &self.inventory.lines);
        Ok(())
    }

    /// Reads who waits, where memory does not say it.
    pub(super) async fn read_waitlist(&mut self, db: &mut PgConnection) -> Result<(), Fault> {
        if self.inventory.lines.is_stale() {
            self.inventory.lines = waitlist::lines(db, self.event).await?;
            self.premises.waitlists.show(self.event, &self.inventory.lines);
        }
        Ok(())
    }

    pub(super) fn set_terms(&mut self, terms: Terms) {
        if terms.version != self.inventory.terms.version {
            self.inventory.terms = Arc::new(terms);
        }
    }
}
