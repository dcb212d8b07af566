//! The printer: takes prints in the order of their turns, a batch at a time, draws them aside of what people wait for, and finishes them.
//!
//! Any node with the role renderer prints. One that dies loses what it took to another; one that stops finishes it.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use booking::{BookingError, DrawnPrint, PrintBatch, PrintReason, TicketView};
use domain::{EventId, TicketId};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::drawing::ticket::Show;
use crate::web::app::App;

/// Prints taken at once: what has an earlier turn waits for no more than this to be drawn.
const BATCH: u32 = 64;
/// Prints drawn in one go: a drawing that somebody waits for begins after no more than this.
const GO: usize = 8;
/// How often a node looks for what was asked for on others.
const LOOK: Duration = Duration::from_millis(250);
/// How long to wait after a fault.
const AGAIN: Duration = Duration::from_secs(1);
/// How often the metrics are told how many wait.
const MEASURE: Duration = Duration::from_secs(5);

/// A print that is not: why.
type Failed = (TicketId, PrintReason);

/// Prints until the server stops.
pub async fn run(app: App) {
    let batches = app.config.print_workers;
    let places = Arc::new(Semaphore::new(batches as usize));
    let mut measured: Option<Instant> = None;
    while !app.shutdown.is_cancelled() {
        if measured.is_none_or(|at| at.elapsed() >= MEASURE) {
            measured = Some(Instant::now());
            measure(&app).await;
        }
        let place = tokio::select! {
            () = app.shutdown.cancelled() => break,
            place = Arc::clone(&places).acquire_owned() => place,
        };
        match app.booking.take_prints(BATCH).await {
            Ok(Some(batch)) => {
                let app = app.clone();
                drop(tokio::spawn(async move {
                    if !print(&app, batch).await {
                        tokio::time::sleep(AGAIN).await;
                    }
                    drop(place);
                }));
            }
            Ok(None) => wait(&app, LOOK).await,
            Err(fault) => {
                tracing::warn!(%fault, "prints wait: they could not be taken");
                wait(&app, AGAIN).await;
            }
        }
    }
    // what was taken is finished
    drop(places.acquire_many(batches).await);
}

async fn measure(app: &App) {
    if let Err(fault) = app.booking.measure_prints().await {
        tracing::debug!(%fault, "the prints that wait could not be counted");
    }
}

async fn wait(app: &App, at_most: Duration) {
    tokio::select! {
        () = app.shutdown.cancelled() => {}
        () = app.booking.print_asked() => {}
        () = tokio::time::sleep(at_most) => {}
    }
}

/// Draws and finishes a batch. Gives false where it failed as a whole: it is tried again, and counts as a failure of its prints unless the
/// database was away or somebody keeps their events. What can be told to nobody now is taken again when its time is over.
async fn print(app: &App, batch: PrintBatch) -> bool {
    let done = async {
        let (drawn, failed) = draw(app, &batch).await?;
        app.booking.finish_prints(&batch, drawn).await?;
        app.booking.fail_prints(&batch, &failed).await
    };
    let Err(fault) = done.await else { return true };
    tracing::warn!(%fault, prints = batch.prints.len(), "a batch of prints failed");
    let told = if fault.is_away() || matches!(fault, BookingError::Busy { .. }) {
        app.booking.give_prints_back(&batch).await
    } else {
        let failed: Vec<Failed> = batch.prints.iter().map(|print| (print.ticket, PrintReason::GaveUp)).collect();
        app.booking.fail_prints(&batch, &failed).await
    };
    if let Err(fault) = told {
        tracing::debug!(%fault, "a batch of prints is taken again when its time is over");
    }
    false
}

async fn draw(app: &App, batch: &PrintBatch) -> Result<(Vec<DrawnPrint>, Vec<Failed>), BookingError> {
    let ids: Vec<TicketId> = batch.prints.iter().map(|print| print.ticket).collect();
    let last: HashSet<TicketId> = batch.prints.iter().filter(|print| print.is_last_try()).map(|print| print.ticket).collect();
    let found = app.booking.tickets(&ids).await?;
    let events = events(app, found.iter().map(|ticket| ticket.event_id)).await?;
    let mut found: HashMap<TicketId, TicketView> = found.into_iter().map(|ticket| (ticket.id, ticket)).collect();
    let (mut wanted, mut failed) = (Vec::new(), Vec::new());
    for id in ids {
        match found.remove(&id).filter(|ticket| ticket.valid) {
            None => failed.push((id, PrintReason::TicketReturned)),
            Some(ticket) => match events.get(&ticket.event_id) {
                // a picture that is out of reach now may be there at the next try; the last one draws without
                Some(event) if event.awaits_picture && !last.contains(&id) => failed.push((id, PrintReason::GaveUp)),
                Some(event) => wanted.push((Arc::clone(event), ticket)),
                None => failed.push((id, PrintReason::GaveUp)),
            },
        }
    }
    let mut drawn = Vec::with_capacity(wanted.len());
    let mut wanted = wanted.into_iter().peekable();
    while wanted.peek().is_some() {
        let go: Vec<_> = wanted.by_ref().take(GO).collect();
        let ids: Vec<TicketId> = go.iter().map(|(_, ticket)| ticket.id).collect();
        let renderer = app.clone();
        let done = app.studio.draw_aside(move || go.into_iter().map(|(event, ticket)| one(&renderer, &event, ticket)).collect());
        let done: Vec<Result<DrawnPrint, Failed>> =
            done.await.unwrap_or_else(|_| ids.into_iter().map(|id| Err((id, PrintReason::GaveUp))).collect());
        for print in done {
            match print {
                Ok(print) => drawn.push(print),
                Err(print) => failed.push(print),
            }
        }
    }
    Ok((drawn, failed))
}

/// What the events of a batch show now. One that cannot be read fails its own prints alone.
///
/// Refuses   busy when the database is away or has no connection left: that is the failure of none of them.
async fn events(app: &App, ids: impl Iterator<Item = EventId>) -> Result<HashMap<EventId, Arc<Show>>, BookingError> {
    let mut events = HashMap::new();
    for id in ids {
        if events.contains_key(&id) {
            continue;
        }
        let read = Show::read(app, id).await;
        if read.as_ref().is_err_and(|fault| fault.status() == StatusCode::SERVICE_UNAVAILABLE) {
            return Err(BookingError::Busy { retry_after: Duration::from_secs(1) });
        }
        let event = read.inspect_err(|fault| tracing::warn!(%fault, event = %id, "prints wait for an event that cannot be read"));
        events.insert(id, event.ok().map(Arc::new));
    }
    Ok(events.into_iter().filter_map(|(id, event)| Some((id, event?))).collect())
}

/// Draws one print; what the renderer refuses is undrawable, and a panic is one print's own.
fn one(app: &App, show: &Show, ticket: TicketView) -> Result<DrawnPrint, Failed> {
    let (id, event_id) = (ticket.id, ticket.event_id);
    let drawn = catch_unwind(AssertUnwindSafe(|| {
        let drawing = show.ticket(app, ticket).map_err(|_| PrintReason::TicketReturned)?;
        app.renderer.ticket_svg(&drawing).map_err(|fault| {
            tracing::warn!(%fault, ticket = %id, "a ticket cannot be printed");
            PrintReason::Undrawable
        })
    }));
    let svg = drawn.unwrap_or(Err(PrintReason::GaveUp)).map_err(|reason| (id, reason))?;
    Ok(DrawnPrint { ticket: id, event: event_id, edition: show.event.edition, drawing: svg.into_bytes() })
}
