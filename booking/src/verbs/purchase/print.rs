//! Printing: drawing a ticket for good. Asked for, it waits for its turn; whoever runs draws it; what is printed is kept for its edition.
//!
//! Who asks commits a row before the answer. Who draws takes a batch for a while: a node that dies loses it to another. What was drawn is
//! finished while the event's edition is kept as it is, so that a change which was acknowledged finds no print of the time before.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use domain::{BuyerIds, EventId, TicketId};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::booking::Booking;
use crate::error::{BookingError, Fault};
use crate::rules::controls::Guard;
use crate::rules::print::{ATTEMPTS, Present, Print, PrintCommand, PrintReason, PrintStatus, PrintStays, nearness};
use crate::rules::refusal::Refusal;
use crate::store::prints::{self, DrawnPrint, FailedPrint, FinishedPrint, Guarded, PrintRow, TakenPrint};
use crate::store::tickets;
use crate::verbs::ticket::TicketView;

/// The most tickets that one call asks for.
pub const MAX_PRINTS: usize = 1_000;
/// Pending prints that are counted.
const COUNTED: i64 = 100_000;
/// Readings until a print that others change at the same time stands still.
const READINGS: usize = 3;

/// How far a ticket's printing has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrintView {
    pub ticket_id: TicketId,
    pub status: PrintStatus,
    /// The event's edition now: what a print shows.
    pub edition: u32,
    pub reason: Option<PrintReason>,
}

/// What a print looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintDrawing {
    pub edition: u32,
    pub drawing: Vec<u8>,
}

/// Prints that were taken together to be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintBatch {
    pub claim: Uuid,
    /// In the order of their turns.
    pub prints: Vec<TakenPrint>,
}

impl Booking {
    /// Asks for a ticket's print.  Again, while it is pending or printed: the same answer.
    ///
    /// Takes     `buyer`: only the buyer's own ticket; none: anybody's.
    pub async fn request_print(&self, ticket: TicketId, buyer: Option<BuyerIds>) -> Result<PrintView, BookingError> {
        self.patiently(|| self.request_once(ticket, buyer.as_ref())).await
    }

    async fn request_once(&self, ticket: TicketId, buyer: Option<&BuyerIds>) -> Result<PrintView, BookingError> {
        for _ in 0..READINGS {
            let row = self.print_row(ticket, buyer).await?;
            match row.print.apply(PrintCommand::Ask, self.present(&row)) {
                Ok(print) if self.ask_for_prints(&[ticket]).await? > 0 => return Ok(self.print_view(&PrintRow { print, ..row })),
                // asked for, given back or renamed meanwhile: look again
                Ok(_) => {}
                Err(PrintStays::TicketReturned) => return Err(Refusal::TicketReturned.into()),
                Err(_) => return Ok(self.print_view(&row)),
            }
        }
        Err(BookingError::Busy { retry_after: Duration::from_secs(1) })
    }

    /// Asks for the prints of many tickets, whosever they are: those that were given back, and those there are not, are left out.
    ///
    /// Takes     at most [`MAX_PRINTS`]; of more, the first.
    /// Cost      two statements, however many.
    pub async fn request_prints(&self, asked: &[TicketId]) -> Result<Vec<PrintView>, BookingError> {
        let asked = &asked[..asked.len().min(MAX_PRINTS)];
        self.ask_for_prints(asked).await?;
        let rows = prints::of(self.pool(), asked).await?;
        Ok(rows.iter().filter(|row| row.valid).map(|row| self.print_view(row)).collect())
    }

    /// How far a ticket's printing has come.
    pub async fn print(&self, ticket: TicketId, buyer: Option<BuyerIds>) -> Result<PrintView, BookingError> {
        let read = || async { Ok(self.print_view(&self.print_row(ticket, buyer.as_ref()).await?)) };
        self.patiently(read).await
    }

    /// How far the printing of these tickets has come, whosever they are; those there are not are left out.
    pub async fn prints(&self, tickets: &[TicketId]) -> Result<Vec<PrintView>, BookingError> {
        let rows = prints::of(self.pool(), tickets).await?;
        Ok(rows.iter().map(|row| self.print_view(row)).collect())
    }

    /// What is printed of a ticket in its event's present edition.
    ///
    /// Refuses   NotFound where it is not printed, and where it is another's.
    pub async fn print_drawing(&self, ticket: TicketId, buyer: Option<BuyerIds>) -> Result<PrintDrawing, BookingError> {
        let guarded = self.premises().config.controls.stands(Guard::ShownEdition);
        let read = || async {
            let found = prints::drawing(self.pool(), ticket, guarded).await?;
            let own = found.filter(|(owner, ..)| buyer.as_ref().is_none_or(|buyer| buyer.has(*owner)));
            let (_, edition, drawing) = own.ok_or(BookingError::NotFound)?;
            Ok(PrintDrawing { edition, drawing })
        };
        self.patiently(read).await
    }

    /// Takes back what was asked for and is not printed.  Again: the same answer.
    pub async fn cancel_print(&self, ticket: TicketId, buyer: Option<BuyerIds>) -> Result<(), BookingError> {
        self.patiently(|| self.cancel_once(ticket, buyer.as_ref())).await
    }

    async fn cancel_once(&self, ticket: TicketId, buyer: Option<&BuyerIds>) -> Result<(), BookingError> {
        for _ in 0..READINGS {
            let row = self.print_row(ticket, buyer).await?;
            match row.print.apply(PrintCommand::Cancel, self.present(&row)) {
                Ok(_) if prints::cancel(self.pool(), ticket).await? => return Ok(()),
                // finished meanwhile: look again
                Ok(_) => {}
                Err(PrintStays::Printed) => return Err(Refusal::Printed.into()),
                Err(_) => return Ok(()),
            }
        }
        Err(BookingError::Busy { retry_after: Duration::from_secs(1) })
    }

    async fn print_row(&self, ticket: TicketId, buyer: Option<&BuyerIds>) -> Result<PrintRow, BookingError> {
        let found = prints::of(self.pool(), &[ticket]).await?.pop();
        found.filter(|row| buyer.is_none_or(|buyer| buyer.has(row.buyer))).ok_or(BookingError::NotFound)
    }

    /// Commits what is asked for, and wakes who draws on this node; others look by themselves. Gives how many prints that were.
    async fn ask_for_prints(&self, asked: &[TicketId]) -> Result<u64, BookingError> {
        let new = prints::ask(self.pool(), asked, self.premises().decides_at()).await?;
        if new > 0 {
            self.printing.notify_one();
        }
        Ok(new)
    }

    fn present(&self, row: &PrintRow) -> Present {
        row.present(self.now())
    }

    fn print_view(&self, row: &PrintRow) -> PrintView {
        let (status, reason) = row.print.status(self.present(row));
        PrintView { ticket_id: row.ticket, status, edition: row.edition, reason }
    }
}

impl PrintRow {
    /// What is written of a print that failed.
    fn end(&self, next: Print, tried: PrintReason, now: Timestamp) -> FailedPrint {
        let (reason, rest) = match next {
            Print::Pending { ready_at, .. } => (None, ready_at.duration_since(now)),
            Print::Absent | Print::Printed { .. } | Print::Failed { .. } => (Some(tried), SignedDuration::ZERO),
        };
        FailedPrint { ticket: self.ticket, edition: self.edition, reason, rest }
    }
}

/// For who draws.
impl Booking {
    /// Waits until somebody on this node asks for a print.
    pub async fn print_asked(&self) {
        self.printing.notified().await;
    }

    /// Takes the prints whose turn it is, for as long as `print_claim` says; none when nothing waits. What was taken too often in vain is
    /// given up at once.
    pub async fn take_prints(&self, limit: u32) -> Result<Option<PrintBatch>, BookingError> {
        let config = &self.premises().config;
        let kept = SignedDuration::try_from(config.print_claim).unwrap_or(SignedDuration::MAX);
        let taken = prints::take(self.pool(), limit, kept, self.premises().decides_at()).await?;
        let Some((claim, taken)) = taken else { return Ok(None) };
        let (prints, lost): (Vec<_>, Vec<_>) = taken.into_iter().partition(|print| print.attempts <= ATTEMPTS);
        let batch = PrintBatch { claim, prints };
        self.fail_prints(&batch, &lost.iter().map(|print| (print.ticket, PrintReason::GaveUp)).collect::<Vec<_>>()).await?;
        Ok(Some(batch))
    }

    /// The tickets of these ids, as sets; those there are not are left out.
    pub async fn tickets(&self, ids: &[TicketId]) -> Result<Vec<TicketView>, BookingError> {
        let ids: Vec<Uuid> = ids.iter().map(|ticket| ticket.0).collect();
        self.ticket_views(tickets::by_ids(self.pool(), &ids).await?).await
    }

    /// Finishes prints of a batch. What shows an edition that is over meanwhile goes back and keeps its turn.
    ///
    /// Gives     the tickets that are printed. Another's, cancelled and lapsed ones are not.
    pub async fn finish_prints(&self, batch: &PrintBatch, drawn: Vec<DrawnPrint>) -> Result<Vec<TicketId>, BookingError> {
        if drawn.is_empty() {
            return Ok(Vec::new());
        }
        let finished = self.finish_in_their_editions(batch.claim, drawn).await?;
        metrics::counter!("booking_prints_printed_total").increment(finished.len() as u64);
        for print in &finished {
            let waited = print.ended_at.duration_since(print.asked_at).as_secs_f64().max(0.0);
            let nearness = nearness(print.asked_at, print.turn);
            metrics::histogram!("booking_prints_wait_seconds", "event_within" => nearness).record(waited);
        }
        Ok(finished.into_iter().map(|print| print.ticket).collect())
    }

    async fn finish_in_their_editions(&self, claim: Uuid, drawn: Vec<DrawnPrint>) -> Result<Vec<FinishedPrint>, BookingError> {
        let (now, controls) = (self.premises().decides_at(), self.premises().config.controls);
        let guarded = Guarded { claim: controls.stands(Guard::PrintClaim), edition: controls.stands(Guard::PrintedEdition) };
        let mut events: Vec<EventId> = drawn.iter().map(|print| print.event).collect();
        events.sort_unstable();
        events.dedup();
        let mut tx = pg::begin(self.pool()).await?;
        if guarded.edition {
            prints::keep_editions(&mut tx, &events).await?;
        }
        let finished = prints::finish(&mut tx, claim, &drawn, guarded, now).await?;
        let printed: HashSet<TicketId> = finished.iter().map(|print| print.ticket).collect();
        let over: Vec<TicketId> = drawn.iter().map(|print| print.ticket).filter(|ticket| !printed.contains(ticket)).collect();
        let again = if over.is_empty() { 0 } else { prints::give_back(&mut tx, claim, &over, now).await? };
        tx.commit().await?;
        if again > 0 {
            metrics::counter!("booking_prints_drawn_again_total").increment(again);
            self.printing.notify_one();
        }
        Ok(finished)
    }

    /// Says of prints of a batch that they did not come to be: they rest and are tried again, or end with the reason.
    pub async fn fail_prints(&self, batch: &PrintBatch, failed: &[(TicketId, PrintReason)]) -> Result<(), BookingError> {
        if failed.is_empty() {
            return Ok(());
        }
        let ids: Vec<TicketId> = failed.iter().map(|(ticket, _)| *ticket).collect();
        let rows: HashMap<TicketId, PrintRow> =
            prints::of(self.pool(), &ids).await?.into_iter().map(|row| (row.ticket, row)).collect();
        let taken: HashMap<TicketId, u32> = batch.prints.iter().map(|print| (print.ticket, print.edition)).collect();
        let (now, mut ends, mut over) = (self.now(), Vec::new(), Vec::new());
        for (ticket, reason) in failed {
            let Some(row) = rows.get(ticket) else { continue };
            // what failed may have been the edition before: of the present one nothing is known yet
            if taken.get(ticket).is_some_and(|edition| *edition != row.edition) {
                over.push(*ticket);
                continue;
            }
            // cancelled, or another's by now
            let fail = PrintCommand::Fail { claim: batch.claim, reason: *reason };
            if let Ok(next) = row.print.apply(fail, row.present(now)) {
                ends.push(row.end(next, *reason, now));
            }
        }
        for end in ends.iter().filter_map(|end| end.reason) {
            metrics::counter!("booking_prints_failed_total", "reason" => end.as_str()).increment(1);
        }
        prints::fail(self.pool(), batch.claim, &ends, self.premises().decides_at()).await?;
        self.give_back(batch.claim, &over).await
    }

    /// Gives a batch back undrawn, for the fault of nobody: its prints keep their turn.
    pub async fn give_prints_back(&self, batch: &PrintBatch) -> Result<(), BookingError> {
        self.give_back(batch.claim, &batch.prints.iter().map(|print| print.ticket).collect::<Vec<_>>()).await
    }

    async fn give_back(&self, claim: Uuid, tickets: &[TicketId]) -> Result<(), BookingError> {
        if !tickets.is_empty() {
            let mut db = self.pool().acquire().await?;
            prints::give_back(&mut db, claim, tickets, self.premises().decides_at()).await?;
        }
        Ok(())
    }

    /// Tells the metrics how many prints wait, over all nodes.
    pub async fn measure_prints(&self) -> Result<(), Fault> {
        metrics::gauge!("booking_prints_waiting").set(prints::waiting(self.pool(), COUNTED).await? as f64);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Hall, TIERS, map, noon, refusal, seconds};
    use crate::rules::print::turn;
    use crate::store::fixture;
    use crate::{BookingConfig, Method};
    use domain::EventId;
    use sqlx::PgPool;

    const DAY: i64 = 24 * 3_600;

    /// A hall whose event begins so many seconds after noon.
    async fn starting(pool: &PgPool, clock: &domain::Clock, after: i64) -> Hall {
        let event: EventId = fixture::event(pool, &map(0, 0, 100), TIERS, noon()).await.expect("an event");
        let starts_at = noon() + seconds(after);
        fixture::change(pool, event, &format!("starts_at = '{starts_at}', sale_closes_at = '2032-01-01'")).await.expect("moved");
        Hall::node(pool, event, clock.clone(), BookingConfig::default()).await
    }

    async fn tickets(hall: &Hall, quantity: u32) -> Vec<TicketId> {
        let hold = hall.floor(hall.ada, quantity).await.expect("held");
        let order = hall.checkout(hold.id, hall.ada, Method::Free).await.expect("bought").order.expect("an order");
        order.tickets.iter().map(|ticket| ticket.id).collect()
    }

    async fn take(hall: &Hall, limit: u32) -> PrintBatch {
        hall.booking.take_prints(limit).await.expect("taken").expect("something waits")
    }

    fn ids(batch: &PrintBatch) -> Vec<TicketId> {
        batch.prints.iter().map(|print| print.ticket).collect()
    }

    fn drawn(hall: &Hall, tickets: &[TicketId]) -> Vec<DrawnPrint> {
        let of = |ticket: &TicketId| DrawnPrint { ticket: *ticket, event: hall.event, edition: 1, drawing: b"<svg/>".to_vec() };
        tickets.iter().map(of).collect()
    }

    async fn status(hall: &Hall, ticket: TicketId) -> (PrintStatus, Option<PrintReason>) {
        let print = hall.booking.print(ticket, None).await.expect("a print");
        (print.status, print.reason)
    }

    /// The statement and the rule give the same turn.
    #[sqlx::test(migrations = "../migrations")]
    async fn the_statement_gives_the_turn_that_the_rule_gives(pool: PgPool) {
        let clock = domain::Clock::manual(noon());
        for lead in [-DAY, 0, 1_440, 6 * 3_600, DAY, 7 * DAY, 120 * DAY, 360 * DAY, 4_000 * DAY] {
            let hall = starting(&pool, &clock, lead).await;
            hall.booking.request_prints(&tickets(&hall, 1).await).await.expect("asked for");
            let batch = take(&hall, 1).await;
            assert_eq!(batch.prints[0].turn, turn(noon(), noon() + seconds(lead)), "{lead} s");
            hall.booking.finish_prints(&batch, drawn(&hall, &ids(&batch))).await.expect("finished");
        }
    }

    /// Tonight's are taken before those of a concert in four months, however many of these wait; after two hours the concert's turn comes.
    #[sqlx::test(migrations = "../migrations")]
    async fn an_evening_goes_before_a_concert_in_four_months_which_does_not_starve(pool: PgPool) {
        let clock = domain::Clock::manual(noon());
        let (far, tonight) = (starting(&pool, &clock, 120 * DAY).await, starting(&pool, &clock, 9 * 3_600).await);
        let concert = tickets(&far, 10).await;
        far.booking.request_prints(&concert).await.expect("asked for");
        far.wait(60_000_000);
        let evening = tickets(&tonight, 5).await;
        tonight.booking.request_prints(&evening).await.expect("asked for");
        let first = take(&far, 6).await;
        assert_eq!(ids(&first)[..5].iter().filter(|ticket| evening.contains(ticket)).count(), 5, "any node takes them first");
        assert!(concert.contains(&ids(&first)[5]));
        far.booking.finish_prints(&first, drawn(&far, &ids(&first))).await.expect("finished");
        // somebody asks for tonight's without end: what has waited for two hours is overtaken no more
        far.wait(2 * 3_600 * 1_000_000);
        let late = tickets(&tonight, 10).await;
        tonight.booking.request_prints(&late).await.expect("asked for");
        let next = ids(&take(&far, 9).await);
        assert!(next.iter().all(|ticket| !late.contains(ticket)), "nine of the concert are older than any of these");
    }

    /// Two nodes take at the same time: nothing twice, nothing left.
    #[sqlx::test(migrations = "../migrations")]
    async fn two_nodes_never_take_the_same_print(pool: PgPool) {
        let clock = domain::Clock::manual(noon());
        let hall = starting(&pool, &clock, DAY).await;
        let mut all = Vec::new();
        for _ in 0..10 {
            all.extend(tickets(&hall, 10).await);
        }
        hall.booking.request_prints(&all).await.expect("asked for");
        let node = || Hall::idle(&pool, hall.event, clock.clone(), BookingConfig::default()).booking;
        let taking = |node: Booking| async move {
            let mut taken = Vec::new();
            while let Some(batch) = node.take_prints(3).await.expect("taken") {
                taken.extend(ids(&batch));
            }
            taken
        };
        let (mut taken, more) = tokio::join!(tokio::spawn(taking(node())), tokio::spawn(taking(node())));
        let taken = taken.as_mut().expect("a node");
        taken.extend(more.expect("a node"));
        taken.sort_unstable();
        all.sort_unstable();
        assert_eq!(*taken, all);
    }

    /// A node that dies with what it took loses it after its time; one that always dies on it is not tried for ever.
    #[sqlx::test(migrations = "../migrations")]
    async fn what_a_dead_node_took_is_taken_again_and_given_up_at_last(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let ticket = tickets(&hall, 1).await[0];
        hall.booking.request_print(ticket, None).await.expect("asked for");
        for attempt in 1..=ATTEMPTS {
            assert_eq!(take(&hall, 5).await.prints[0].attempts, attempt);
            hall.wait(30_000_000 - 1);
            assert_eq!(hall.booking.take_prints(5).await.expect("looked"), None, "it still has it");
            hall.wait(1);
        }
        assert_eq!(take(&hall, 5).await.prints, [], "nobody draws it again");
        assert_eq!(status(&hall, ticket).await, (PrintStatus::Error, Some(PrintReason::GaveUp)));
        let again = hall.booking.request_print(ticket, None).await.expect("asked for again");
        assert_eq!(again.status, PrintStatus::Pending);
        let batch = take(&hall, 5).await;
        hall.booking.finish_prints(&batch, drawn(&hall, &[ticket])).await.expect("finished");
        assert_eq!(status(&hall, ticket).await, (PrintStatus::Printed, None));
        hall.balanced().await;
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_print_that_fails_rests_longer_each_time_and_ends_with_its_reason(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let ticket = tickets(&hall, 1).await[0];
        hall.booking.request_print(ticket, None).await.expect("asked for");
        for rest in [1, 4, 16, 64] {
            let batch = take(&hall, 1).await;
            hall.booking.fail_prints(&batch, &[(ticket, PrintReason::GaveUp)]).await.expect("failed");
            hall.wait(rest * 1_000_000 - 1);
            assert_eq!(hall.booking.take_prints(1).await.expect("looked"), None, "it rests for {rest} s");
            assert_eq!(status(&hall, ticket).await.0, PrintStatus::Pending);
            hall.wait(1);
        }
        let batch = take(&hall, 1).await;
        hall.booking.fail_prints(&batch, &[(ticket, PrintReason::GaveUp)]).await.expect("failed");
        assert_eq!(status(&hall, ticket).await, (PrintStatus::Error, Some(PrintReason::GaveUp)));
    }

    /// What could not be drawn of the edition before says nothing of the present one: the print keeps its turn.
    #[sqlx::test(migrations = "../migrations")]
    async fn a_failure_of_an_edition_that_is_over_ends_nothing(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let ticket = tickets(&hall, 1).await[0];
        hall.booking.request_print(ticket, None).await.expect("asked for");
        let batch = take(&hall, 1).await;
        fixture::change(&pool, hall.event, "edition = edition + 1").await.expect("renamed");
        hall.booking.fail_prints(&batch, &[(ticket, PrintReason::Undrawable)]).await.expect("given back");
        assert_eq!(status(&hall, ticket).await, (PrintStatus::Pending, None));
        let again = take(&hall, 1).await;
        assert_eq!((ids(&again), again.prints[0].attempts), (vec![ticket], 1));
        hall.booking.fail_prints(&again, &[(ticket, PrintReason::Undrawable)]).await.expect("failed");
        assert_eq!(status(&hall, ticket).await, (PrintStatus::Error, Some(PrintReason::Undrawable)));
    }

    /// Taken back while somebody draws it: it is not printed, and can be asked for again.
    #[sqlx::test(migrations = "../migrations")]
    async fn a_print_that_is_taken_back_at_work_does_not_come(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let ticket = tickets(&hall, 1).await[0];
        hall.booking.request_print(ticket, None).await.expect("asked for");
        let batch = take(&hall, 1).await;
        hall.booking.cancel_print(ticket, Some(hall.ada.into())).await.expect("taken back");
        hall.booking.fail_prints(&batch, &[(ticket, PrintReason::Undrawable)]).await.expect("nothing");
        assert_eq!(hall.booking.finish_prints(&batch, drawn(&hall, &[ticket])).await.expect("nothing"), []);
        assert_eq!(status(&hall, ticket).await, (PrintStatus::NotPrinted, None));
        hall.booking.request_print(ticket, None).await.expect("asked for again");
        assert_eq!(ids(&take(&hall, 1).await), [ticket]);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_returned_ticket_is_refused_and_what_is_printed_of_it_is_shown_no_more(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let order = hall.buy(hall.ada, &["A-1"]).await;
        let ticket = order.tickets[0].id;
        hall.booking.request_print(ticket, None).await.expect("asked for");
        let batch = take(&hall, 1).await;
        hall.booking.finish_prints(&batch, drawn(&hall, &[ticket])).await.expect("finished");
        assert_eq!(refusal(hall.booking.cancel_print(ticket, None).await), Refusal::Printed);
        hall.booking.cancel_order(order.id, None).await.expect("given back");
        assert_eq!(refusal(hall.booking.request_print(ticket, None).await), Refusal::TicketReturned);
        assert_eq!(status(&hall, ticket).await, (PrintStatus::Error, Some(PrintReason::TicketReturned)));
        let shown = hall.booking.print_drawing(ticket, None).await;
        assert!(matches!(shown, Err(BookingError::NotFound)), "{shown:?}");
        assert_eq!(hall.booking.request_prints(&[ticket]).await.expect("left out"), []);
    }

    /// Many at once: each ticket once, unknown ones left out, whoever asks for one alone reads the same.
    #[sqlx::test(migrations = "../migrations")]
    async fn many_are_asked_for_by_one_call(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let mut asked = tickets(&hall, 10).await;
        let unknown = TicketId::at(noon());
        asked.extend([asked[0], unknown]);
        let prints = hall.booking.request_prints(&asked).await.expect("asked for");
        assert_eq!(prints.len(), 10);
        assert!(prints.iter().all(|print| print.status == PrintStatus::Pending && print.edition == 1));
        assert_eq!(take(&hall, 100).await.prints.len(), 10);
        let foreign = hall.booking.print(asked[0], Some(hall.bob.into())).await;
        assert!(matches!(foreign, Err(BookingError::NotFound)), "{foreign:?}");
    }

    /// Prints go thirty days after their event began, printed or not; they can be asked for again.
    #[sqlx::test(migrations = "../migrations")]
    async fn prints_are_kept_until_their_event_is_long_over(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let both = tickets(&hall, 2).await;
        hall.booking.request_prints(&both).await.expect("asked for");
        let batch = take(&hall, 1).await;
        hall.booking.finish_prints(&batch, drawn(&hall, &ids(&batch))).await.expect("finished");
        // the hall's event begins a day after noon
        hall.wait(31 * DAY * 1_000_000);
        assert_eq!(hall.booking.purge().await.expect("purged").prints, 0);
        hall.wait(1);
        assert_eq!(hall.booking.purge().await.expect("purged").prints, 2);
        for ticket in both {
            assert_eq!(status(&hall, ticket).await.0, PrintStatus::NotPrinted);
        }
    }

    /// Who waits on this node is woken by who asks on it.
    #[sqlx::test(migrations = "../migrations")]
    async fn who_draws_is_woken_by_who_asks(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let ticket = tickets(&hall, 1).await[0];
        let woken = tokio::spawn({
            let booking = hall.booking.clone();
            async move { booking.print_asked().await }
        });
        hall.booking.request_print(ticket, None).await.expect("asked for");
        tokio::time::timeout(Duration::from_secs(60), woken).await.expect("woken").expect("awake");
    }
}
