//! A wire to Postgres that is cut in the middle of COMMIT: each caller gets exactly one outcome, and it is what the rows say.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::{Clock, OrganiserId};
use sqlx::PgPool;

use super::wire::{Cut, Wire};
use crate::fixture::{Hall, checkout, key, map, noon};
use crate::rules::controls::{Controls, Guard};
use crate::store::fixture;
use crate::{Best, BookingConfig, BookingError, Decided, Method, Wanted};

fn seats() -> Wanted {
    Wanted::Seats(vec!["stalls-A-1".into(), "stalls-A-2".into()])
}

fn best() -> Wanted {
    Wanted::Best(Best::of(2))
}

fn area() -> Wanted {
    Wanted::Area { area: "floor".into(), quantity: 3 }
}

async fn cut_hall(pool: &PgPool, controls: Controls) -> (Arc<Wire>, Hall) {
    let first = Hall::open(pool).await;
    let (wire, wired) = Wire::to(pool).await;
    let config = BookingConfig { controls, patience: Duration::from_secs(20), ..BookingConfig::default() };
    (wire, Hall::node(&wired, first.event, first.clock.clone(), config).await)
}

#[sqlx::test(migrations = "../migrations")]
async fn a_hold_whose_commit_is_cut_off_has_one_outcome(pool: PgPool) {
    for cut in [Cut::Before, Cut::After] {
        for wanted in [seats(), best(), area()] {
            let (wire, hall) = cut_hall(&pool, Controls::default()).await;
            hall.hold(hall.bob, &["B-5"]).await.expect("held, and the desk is open");
            let one = key();
            wire.cut_next(cut);
            let hold = hall.booking.hold(hall.event, hall.ada, wanted.clone(), one.clone()).await.expect("held");
            assert_eq!(wire.cuts.load(Ordering::SeqCst), 1, "{cut:?} {wanted:?}");
            assert_eq!(hold.replayed, cut == Cut::After, "{cut:?} {wanted:?}: told from what was kept, if it was");
            let again = hall.booking.hold(hall.event, hall.ada, wanted.clone(), one).await.expect("the same");
            assert_eq!(again, Decided { replayed: true, ..hold });
            let holds = fixture::count(&pool, &format!("holds WHERE event_id = '{}'", hall.event)).await.expect("a count");
            assert_eq!(holds, 2, "{cut:?} {wanted:?}");
            assert_eq!(hall.booking.premises().tally.rebuilds.load(Ordering::SeqCst), 0, "{cut:?}: the journal told the rest");
            hall.balanced().await;
        }
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn everyone_in_a_pile_whose_commit_is_cut_off_has_one_outcome(pool: PgPool) {
    for cut in [Cut::Before, Cut::After] {
        let (wire, hall) = cut_hall(&pool, Controls::default()).await;
        hall.hold(hall.bob, &["B-5"]).await.expect("held, and the desk is open");
        let wishes = || [seats(), best(), area(), best(), seats()];
        let keys: Vec<_> = wishes().iter().map(|_| key()).collect();
        let ask = || {
            let each = wishes().into_iter().zip(&keys);
            futures::future::join_all(each.map(|(wanted, key)| hall.booking.hold(hall.event, hall.ada, wanted, key.clone())))
        };
        wire.cut_next(cut);
        let words = |answers: Vec<Result<Decided<crate::HoldView>, BookingError>>| -> Vec<Result<_, String>> {
            answers.into_iter().map(|answer| answer.map(|hold| hold.value).map_err(|error| error.to_string())).collect()
        };
        let first = words(ask().await);
        assert_eq!(wire.cuts.load(Ordering::SeqCst), 1, "{cut:?}");
        assert_eq!(
            first.iter().filter(|answer| answer.is_ok()).count(),
            4,
            "{cut:?}: the last wants what the first has: {first:?}"
        );
        assert_eq!(words(ask().await), first, "{cut:?}");
        let holds = fixture::count(&pool, &format!("holds WHERE event_id = '{}'", hall.event)).await.expect("a count");
        assert_eq!(holds, 5, "{cut:?}");
        hall.balanced().await;
    }
}

/// A sale at once has no key: without the look for its rows it would be told sold out, or a fault, although it was sold.
#[sqlx::test(migrations = "../migrations")]
async fn a_sale_at_once_whose_commit_is_cut_off_is_sold_and_told_so(pool: PgPool) {
    let contact = || crate::Contact { name: "Ada".into(), email: "ada@example.com".into() };
    for (cut, places) in [(Cut::Before, 2), (Cut::After, 2), (Cut::After, 5)] {
        let event = fixture::event(&pool, &map(0, 0, places), "[]", noon()).await.expect("an event");
        let (wire, wired) = Wire::to(&pool).await;
        let config = BookingConfig { patience: Duration::from_secs(20), ..BookingConfig::default() };
        let hall = Hall::node(&wired, event, Clock::manual(noon()), config).await;
        hall.booking.sell(event, OrganiserId::HOUSE, hall.bob, contact()).await.expect("sold, and the desk is open");
        wire.cut_next(cut);
        let sold = hall.booking.sell(event, OrganiserId::HOUSE, hall.ada, contact()).await.expect("sold");
        assert_eq!(wire.cuts.load(Ordering::SeqCst), 1, "{cut:?} {places}");
        assert_eq!(hall.booking.sold_ticket(sold).await.expect("a ticket").buyer, hall.ada);
        assert_eq!(hall.booking.sold_places(event).await.expect("a count"), 2, "{cut:?} {places}");
        hall.balanced().await;
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_checkout_whose_commit_is_cut_off_has_one_outcome(pool: PgPool) {
    for cut in [Cut::Before, Cut::After] {
        for (wanted, method) in [(seats(), crate::proof::PLAY_MONEY), (area(), Method::Free)] {
            let (wire, hall) = cut_hall(&pool, Controls::default()).await;
            let hold = hall.booking.hold(hall.event, hall.ada, wanted, key()).await.expect("held").value;
            let one = key();
            wire.cut_next(cut);
            let ask = || hall.booking.checkout(hold.id, hall.ada, checkout(method), one.clone());
            let paid = ask().await.expect("begun");
            assert_eq!(wire.cuts.load(Ordering::SeqCst), 1, "{cut:?} {method:?}");
            assert_eq!((paid.replayed, paid.value.order.is_some()), (cut == Cut::After, method == Method::Free));
            assert_eq!(ask().await.expect("the same"), Decided { replayed: true, ..paid });
            let payments = fixture::count(&pool, &format!("payments WHERE event_id = '{}'", hall.event)).await.expect("a count");
            assert_eq!(payments, 1, "{cut:?} {method:?}");
            hall.balanced().await;
        }
    }
}

/// The control: a desk that does not look keys up decides again what was committed, and can tell nobody.
#[sqlx::test(migrations = "../migrations")]
async fn without_the_look_up_of_keys_a_cut_commit_leaves_the_caller_without_an_outcome(pool: PgPool) {
    for wanted in [best(), area()] {
        let (wire, hall) = cut_hall(&pool, Controls::without(&[Guard::Keys])).await;
        hall.booking.sweep(hall.event).await.expect("the desk is open: making one commits too");
        wire.cut_next(Cut::After);
        let answer = hall.booking.hold(hall.event, hall.ada, wanted, key()).await;
        assert!(matches!(answer, Err(BookingError::Busy { .. })), "{answer:?}");
        let holds = fixture::count(&pool, &format!("holds WHERE event_id = '{}'", hall.event)).await.expect("a count");
        assert_eq!(holds, 1, "though it was committed");
    }
}

/// Postgres that neither answers nor ends: the desk gives up in time, says so, and goes on once it is there again.
#[sqlx::test(migrations = "../migrations")]
async fn a_database_that_does_not_answer_makes_a_desk_busy_and_nothing_else(pool: PgPool) {
    let first = Hall::open(&pool).await;
    let (wire, wired) = Wire::to(&pool).await;
    let config = BookingConfig { patience: Duration::from_secs(2), ..BookingConfig::default() };
    let hall = Hall::node(&wired, first.event, first.clock.clone(), config).await;
    // however busy the machine is: the desk is open before anything is timed
    while hall.booking.sweep(hall.event).await.is_err() {}
    let hold = hall.hold(hall.ada, &["A-1"]).await.expect("held");
    wire.cut_next(Cut::Frozen);
    let answers = [
        hall.hold(hall.ada, &["A-2"]).await.map(|_| ()),
        hall.booking.get_hold(hold.id, hall.ada).await.map(|_| ()),
        hall.booking.release(hold.id, hall.ada).await.map(|_| ()),
        hall.checkout(hold.id, hall.ada, crate::proof::PLAY_MONEY).await.map(|_| ()),
        hall.booking.my_orders(hall.ada, None, 20).await.map(|_| ()),
    ];
    for (n, answer) in answers.iter().enumerate() {
        assert!(matches!(answer, Err(BookingError::Busy { .. })), "{n}: {answer:?}");
    }
}
