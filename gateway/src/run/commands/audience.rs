//! The audience of a demo: real sales through the desks, so that some dates are sold out or nearly so, and the audit holds.

use booking::{
    Best, Booking, BookingConfig, BookingError, Checkout, Contact, Idempotency, Method, NoticeKind, PaymentNotice, Provider as _,
    Refusal, Wanted,
};
use catalog::demo::{Audience, MOST_SOLD, audiences, crowded};
use catalog::model::EventPatch;
use catalog::write;
use domain::{Actor, BuyerId, Clock, EventId, Passes, QueueTokens};
use queue::{Order, Queue, QueueConfig, Settings};
use sqlx::PgPool;

use crate::payments::sandbox::Sandbox;
use crate::run::outcome::Outcome;

/// Parties come in these sizes, one after another.
const PARTIES: [u32; 7] = [2, 2, 4, 3, 2, 10, 6];
/// Who has come.
const NAMES: [&str; 6] =
    ["Ada Lovelace", "Grace Hopper", "Emmy Noether", "Alan Turing", "Katherine Johnson", "Srinivasa Ramanujan"];

/// Sells what a demo's showcase has sold, before anybody else can.
///
/// Cost      one hold, one checkout and one notice a party; at most [`MOST_SOLD`] places in all. A date that has sold something stays as it is.
pub async fn sell(pool: &PgPool) -> Outcome<()> {
    let booking = Booking::open(pool.clone(), Clock::System, BookingConfig::default());
    let mut budget = MOST_SOLD;
    for (event, audience) in audiences(pool).await? {
        budget -= fill(&booking, event, audience, budget).await?;
    }
    booking.shutdown().await;
    Ok(())
}

/// Puts a waiting room before the sale that opens in ten minutes: who comes before is ordered by lot.
pub async fn open_waiting_room(pool: &PgPool) -> Outcome<()> {
    let Some(event) = crowded(pool).await? else { return Ok(()) };
    let (actor, clock) = (Actor::house(), Clock::System);
    let required = EventPatch { queue_required: Some(true), ..EventPatch::default() };
    write::events::patch(pool, &clock, &actor, event, required, None).await?;
    // Nobody joins here, so nothing is signed.
    let secrets = [[0; 32]];
    let (tokens, passes) = (QueueTokens::of_seeds(&secrets), Passes::of_seeds(&secrets));
    let queue = Queue::start(pool.clone(), None, clock.clone(), tokens, passes, QueueConfig::default());
    let settings = Settings { slots: 50, pre_queue_from: Some(clock.now()), order: Order::Shuffle, ..Settings::default() };
    queue.configure(&actor, event, settings).await?;
    queue.shutdown().await;
    Ok(())
}

/// Gives how many places were sold.
async fn fill(booking: &Booking, event: EventId, audience: Audience, budget: u32) -> Result<u32, BookingError> {
    let seats = booking.seats(event).await?;
    if seats.counts.sold > 0 {
        return Ok(0);
    }
    let wanted = match audience {
        Audience::AllBut(left) => seats.counts.available.saturating_sub(left),
        Audience::Some(places) => places.min(seats.counts.available),
    };
    let area = seats.sections.is_empty().then(|| seats.areas.first().map(|area| area.id.clone())).flatten();
    let (mut left, mut party) = (wanted.min(budget), 0);
    while left > 0 {
        let places = PARTIES[party % PARTIES.len()].min(left);
        let wish = match &area {
            Some(area) => Wanted::Area { area: area.clone(), quantity: places },
            None => Wanted::Best(Best::of(places)),
        };
        match buy(booking, event, wish, NAMES[party % NAMES.len()]).await {
            Ok(()) => left -= places,
            // Areas are sold by their own name: what is left has no seats.
            Err(BookingError::Refused(Refusal::SoldOut | Refusal::SeatsUnavailable { .. } | Refusal::OnlyAreas)) => break,
            Err(error) => return Err(error),
        }
        party += 1;
    }
    Ok(wanted.min(budget) - left)
}

/// One party, from the hold to the tickets.
async fn buy(booking: &Booking, event: EventId, wish: Wanted, name: &str) -> Result<(), BookingError> {
    let buyer = BuyerId::at(booking.now());
    let hold = booking.hold(event, buyer, wish, key()).await?.value;
    let email = format!("{}@example.org", name.split(' ').next().unwrap_or("guest").to_lowercase());
    let method = if hold.total.amount == 0 { Method::Free } else { Sandbox.method() };
    let checkout = Checkout { method, contact: Contact { name: name.to_owned(), email }, attendees: Vec::new() };
    let payment = booking.checkout(hold.id, buyer, checkout, key()).await?.value.payment;
    if method != Method::Free {
        let notice = PaymentNotice {
            payment: payment.id,
            provider_event_id: format!("demo-{}", payment.id),
            kind: NoticeKind::Captured,
            amount: payment.amount,
        };
        booking.confirm(notice).await?;
    }
    Ok(())
}

fn key() -> Idempotency {
    Idempotency { key: hex::encode(rand::random::<[u8; 16]>()), fingerprint: [0; 32] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalog::demo::DemoOptions;

    #[sqlx::test(migrations = "../migrations")]
    async fn a_demo_is_sold_by_real_sales_once_and_the_audit_holds(pool: PgPool) {
        let options = DemoOptions { events: 50, seed: 1 };
        catalog::demo::fill(&pool, &Clock::System, &options, |_| {}).await.expect("an empty catalogue");
        let booking = Booking::open(pool.clone(), Clock::System, BookingConfig::default());
        let dates = audiences(&pool).await.expect("a look-up");
        assert!(dates.len() >= 4, "{dates:?}");
        sell(&pool).await.expect("sold");
        let mut sold = 0;
        for (event, audience) in &dates {
            let counts = booking.seats(*event).await.expect("seats").counts;
            sold += counts.sold;
            match audience {
                Audience::AllBut(left) => assert_eq!((counts.available, counts.held), (*left, 0), "{event}"),
                Audience::Some(places) => assert!((1..=*places).contains(&counts.sold), "{event}: {counts:?}"),
            }
        }
        assert!(sold <= MOST_SOLD, "{sold}");
        let report = booking.audit().await.expect("an audit");
        assert!(report.clean() && report.orders > 0, "{report:?}");
        // The control: once there is an audience, nobody else comes.
        sell(&pool).await.expect("nothing to do");
        assert_eq!(booking.audit().await.expect("an audit").orders, report.orders);
    }
}
