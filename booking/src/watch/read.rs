//! What viewers read from the database: pictures made of rows, and steps from the journal.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use domain::{EventId, HoldId};
use sqlx::PgPool;

use crate::error::{BookingError, Fault};
use crate::live::picture::Picture;
use crate::rules::change::JournalRow;
use crate::rules::seat::SeatLetter;
use crate::rules::terms::Terms;
use crate::store::houses::Houses;
use crate::store::{allocations, area_counts, desks, holds, journal, looks, sale_terms};

/// More versions behind than this, rows are quicker than the journal, and a listener begins anew.
const FAR: i64 = 200;
/// A page of the journal ends with the row that goes beyond this, whatever the number of rows.
const PAGE_BYTES: i64 = 256 * 1024;

/// Whether so many versions are too many to be read one by one.
pub fn far_behind(versions: i64) -> bool {
    versions > FAR
}

/// Reads an event's seats from its rows, in one snapshot. Nothing is written: an event nobody has sold at needs no rows to be shown.
///
/// Cost      one statement; where something was sold, one pass over its allocations and live holds.
pub async fn picture(pool: &PgPool, houses: &Houses, event: EventId) -> Result<Picture, BookingError> {
    let mut db = pool.acquire().await?;
    let look = looks::look(&mut db, event, houses, None).await?.ok_or(BookingError::NotFound)?;
    drop(db);
    match look.desk {
        Some(desk) if desk.row.version > 0 => taken(pool, houses, event).await,
        // No version yet: nothing was ever taken, and the row may still speak of a map that was exchanged.
        Some(desk) => Ok(Picture::free(Arc::new(look.terms), desk.row.changed_at)),
        None => Ok(Picture::free(Arc::new(look.terms), look.now)),
    }
}

/// An event at which something was sold.
async fn taken(pool: &PgPool, houses: &Houses, event: EventId) -> Result<Picture, BookingError> {
    let mut db = pg::begin_with(pool, desks::BEGIN_SNAPSHOT).await?;
    let terms = Arc::new(sale_terms::find(&mut db, event, houses).await?.ok_or(BookingError::NotFound)?);
    let row = desks::find(&mut db, event).await?.ok_or(BookingError::NotFound)?;
    let mut picture = Picture { version: row.version, counts: row.counts, ..Picture::free(terms, row.changed_at) };
    show_taken(&mut db, &mut picture).await?;
    db.rollback().await?;
    Ok(picture)
}

async fn show_taken(db: &mut sqlx::PgConnection, picture: &mut Picture) -> Result<(), Fault> {
    let event = picture.terms.event;
    let live = holds::live(db, event).await?;
    let live: HashSet<HoldId> = live.into_iter().map(|hold| hold.id).collect();
    for (seat, hold) in allocations::of(db, event).await? {
        let state = match hold {
            None => SeatLetter::Blocked,
            Some(hold) if live.contains(&hold) => SeatLetter::Held,
            Some(_) => SeatLetter::Sold,
        };
        if !picture.show(seat, state) {
            return Err(Fault::corrupt("allocations", format_args!("{event} has no seat {seat}")));
        }
    }
    let shown = picture.free_in_areas.iter_mut().zip(&mut picture.held_in_areas);
    for ((free, held), area) in shown.zip(area_counts::of(db, event).await?) {
        (*free, *held) = (area.free(), area.held);
    }
    Ok(())
}

/// The versions of these events and of their terms: those that there are.
pub async fn versions(pool: &PgPool, events: &[EventId]) -> Result<HashMap<EventId, (i64, i64)>, Fault> {
    desks::versions(pool, events).await
}

pub async fn terms(pool: &PgPool, houses: &Houses, event: EventId) -> Result<Option<Terms>, Fault> {
    let mut db = pool.acquire().await?;
    sale_terms::find(&mut db, event, houses).await
}

/// The versions after `after` in order, as many as a page holds.
pub async fn page(pool: &PgPool, event: EventId, after: i64) -> Result<Vec<JournalRow>, Fault> {
    let mut db = pool.acquire().await?;
    journal::page(&mut db, event, after, FAR, PAGE_BYTES).await
}
