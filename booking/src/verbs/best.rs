//! Which seats the best available would be: told before anything is held.

use std::sync::Arc;
use std::time::Duration;

use domain::{EventId, Invalid, Money};
use jiff::Timestamp;

use crate::booking::Booking;
use crate::error::{BookingError, Fault};
use crate::live::picture::Picture;
use crate::rules::denial::Denial;
use crate::rules::refusal::Refusal;
use crate::rules::together::Together;
use crate::rules::vacancy::Vacancy;
use crate::rules::wanted::Best;
use crate::verbs::hold::SeatView;

/// How long a look waits for others to be done.
const PATIENCE: Duration = Duration::from_secs(1);

/// The seats that a hold of the best would have now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BestView {
    pub event_id: EventId,
    /// The version of the seats that were looked at.
    pub version: u64,
    /// The event row's version whose prices these are.
    pub terms_version: u64,
    /// When `version` was committed.
    pub as_of: Timestamp,
    pub seats: Vec<SeatView>,
    pub together: Together,
    pub total: Money,
}

impl Booking {
    /// Tells which seats a wish for the best would get now, and whether they are together. Nothing is held.
    ///
    /// Refuses   what a hold would refuse whoever asks: sale_not_open, sale_closed, sold_out, seats_unavailable, seats_held; Busy when
    ///           others look for longer than a second.
    /// Cost      no desk and no row: the picture that all viewers of this node share, and one walk over it, on a blocking thread.
    #[tracing::instrument(name = "booking.best", level = "debug", skip_all, fields(%event))]
    pub async fn best(&self, event: EventId, best: &Best) -> Result<BestView, BookingError> {
        best.check()?;
        let shown = self.gallery.fresh(event).await?;
        let place = tokio::time::timeout(PATIENCE, Arc::clone(&self.looking).acquire_owned()).await;
        let Ok(Ok(place)) = place else { return Err(BookingError::Busy { retry_after: Duration::from_secs(1) }) };
        // after the wait, so that what is looked at is not old
        let (picture, best, now) = (shown.picture(), best.clone(), self.premises().clock.now());
        let look = tokio::task::spawn_blocking(move || {
            let offered = offered(&picture, &best, now);
            // free when the look is done, also when nobody wants to know any more
            drop(place);
            offered
        });
        Ok(look.await.map_err(Fault::from)??)
    }
}

fn offered(picture: &Picture, best: &Best, now: Timestamp) -> Result<BestView, Denial> {
    let terms = &picture.terms;
    let section = terms.section_of(best)?;
    terms.check_open(now)?;
    let vacancy = Vacancy::seen(terms, &picture.letters, picture.counts);
    if vacancy.sold_out() {
        return Err(Refusal::SoldOut.into());
    }
    let (seats, together) = vacancy.offer(best, section)?;
    let unpriced = || Invalid::new("best.tier", "this event has no price there");
    let view = |seat: u32| {
        let tier = terms.seat_tier(seat);
        Ok(SeatView::of(&terms.house, seat, tier, terms.price(tier).ok_or_else(unpriced)?))
    };
    let seats: Vec<SeatView> = seats.into_iter().map(view).collect::<Result<_, Denial>>()?;
    let sum = seats.iter().try_fold(0_i64, |sum, seat| sum.checked_add(seat.price.amount));
    let sum = sum.ok_or_else(|| Invalid::new("best.quantity", "the total is more than money can say"))?;
    Ok(BestView {
        event_id: terms.event,
        version: picture.version.unsigned_abs(),
        terms_version: terms.version.unsigned_abs(),
        as_of: picture.as_of,
        seats,
        together,
        total: Money::new(sum, terms.currency),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Hall, key, noon, refusal, seconds};
    use crate::rules::wanted::Wanted;
    use crate::store::fixture;
    use sqlx::PgPool;

    fn ids(seats: &[SeatView]) -> Vec<&str> {
        seats.iter().map(|seat| seat.id.as_str()).collect()
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn what_is_told_before_is_what_is_held_then(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        hall.hold(hall.ada, &["A-3"]).await.expect("held");
        for (quantity, together) in [(2, Together::Row), (4, Together::Row), (6, Together::Rows)] {
            let told = hall.booking.best(hall.event, &Best::of(quantity)).await.expect("seats");
            let wanted = Wanted::Best(Best::of(quantity));
            let held = hall.booking.hold(hall.event, hall.bob, wanted, key()).await.expect("held").value;
            assert_eq!((&told.seats, Some(told.together), told.total), (&held.seats, held.together, held.total));
            assert_eq!((told.together, told.seats.len() as u32), (together, quantity));
            assert_eq!(hall.booking.get_hold(held.id, hall.bob).await.expect("the same").together, Some(together));
            hall.booking.release(held.id, hall.bob).await.expect("released");
        }
        let floor = hall.floor(hall.ada, 1).await.expect("held");
        assert_eq!(floor.together, None, "places without numbers are nowhere");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn who_wants_to_sit_together_is_told_when_it_cannot_be(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let wish = Best { together: true, ..Best::of(6) };
        let apart = Refusal::NotTogether { together: Together::Rows };
        assert_eq!(refusal(hall.booking.best(hall.event, &wish).await), apart);
        assert_eq!(refusal(hall.booking.hold(hall.event, hall.ada, Wanted::Best(wish.clone()), key()).await), apart);
        let wish = Best { together: true, ..Best::of(5) };
        let told = hall.booking.best(hall.event, &wish).await.expect("a row");
        assert_eq!(ids(&told.seats), ["stalls-A-1", "stalls-A-2", "stalls-A-3", "stalls-A-4", "stalls-A-5"]);
        hall.booking.hold(hall.event, hall.ada, Wanted::Best(wish), key()).await.expect("held");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_look_is_refused_as_the_hold_would_be(pool: PgPool) {
        let hall = Hall::open(&pool).await;
        let look = |best: Best| {
            let hall = &hall;
            async move { hall.booking.best(hall.event, &best).await }
        };
        assert_eq!(refusal(look(Best::of(11)).await), Refusal::TooManySeats { limit: 10 });
        for (best, field) in [
            (Best::of(0), "best.quantity"),
            (Best { spaces: 3, ..Best::of(2) }, "best.accessible_seats"),
            (Best { section: Some("circle".into()), ..Best::of(2) }, "best.section"),
            (Best { tier: domain::TierId::nth(8), ..Best::of(2) }, "best.tier"),
        ] {
            let answer = look(best).await;
            assert!(matches!(&answer, Err(BookingError::Invalid(invalid)) if invalid.field == field), "{answer:?}");
        }
        assert!(matches!(hall.booking.best(EventId::at(noon()), &Best::of(1)).await, Err(BookingError::NotFound)));
        let unavailable = Refusal::SeatsUnavailable { seats: vec![], others_available: true };
        assert_eq!(refusal(look(Best { spaces: 1, ..Best::of(1) }).await), unavailable, "no wheelchair space");
        hall.hold(hall.ada, &["A-1", "A-2", "A-3", "A-4", "A-5", "B-1", "B-2", "B-3", "B-4", "B-5"]).await.expect("held");
        assert_eq!(refusal(look(Best::of(1)).await), Refusal::OnlyAreas);
        for _ in 0..2 {
            hall.floor(hall.ada, 10).await.expect("held");
        }
        assert_eq!(refusal(look(Best::of(1)).await), Refusal::SeatsHeld);
        fixture::change(&pool, hall.event, "sale_closes_at = sale_opens_at + interval '1 second'").await.expect("changed");
        hall.clock.advance(std::time::Duration::from_secs(2));
        assert!(hall.clock.now() > noon() + seconds(1));
        let closed = async {
            loop {
                match look(Best::of(1)).await {
                    Err(BookingError::Refused(Refusal::SeatsHeld)) => tokio::task::yield_now().await,
                    other => return refusal(other),
                }
            }
        };
        assert_eq!(closed.await, Refusal::SaleClosed, "as soon as the change is seen");
    }
}
