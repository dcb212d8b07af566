//! What piles cost Postgres: round trips, transactions, complaints in its log, and what two nodes cost each other.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::future::join_all;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use super::wire::Wire;
use crate::fixture::{Hall, TIERS, key, map, noon, refusal};
use crate::store::fixture;
use crate::{BookingConfig, BookingError, Idempotency, Method, NoticeKind, Wanted};

/// A node of which only what is asked goes over the wire: nothing begins by itself.
async fn wired(pool: &PgPool, first: &Hall) -> (Arc<Wire>, Hall) {
    let (wire, wired) = Wire::to(pool).await;
    let booking = crate::Booking::open(wired, first.clock.clone(), BookingConfig::default());
    (wire, Hall { booking, clock: first.clock.clone(), event: first.event, ada: first.ada, bob: first.bob })
}

fn floor(quantity: u32) -> Wanted {
    Wanted::Area { area: "floor".into(), quantity }
}

/// Asks for a place of the floor under each key at once.
async fn storm(hall: &Hall, keys: &[Idempotency]) -> Vec<bool> {
    let answers = keys.iter().map(|key| hall.booking.hold(hall.event, hall.ada, floor(1), key.clone()));
    join_all(answers).await.into_iter().map(|answer| answer.expect("held").replayed).collect()
}

#[sqlx::test(migrations = "../migrations")]
async fn a_pile_costs_four_round_trips_and_a_storm_of_repeats_begins_no_transaction(pool: PgPool) {
    let (wire, hall) = wired(&pool, &Hall::open(&pool).await).await;
    for seat in ["A-1", "A-2"] {
        hall.hold(hall.ada, &[seat]).await.expect("held, and the statements are prepared");
    }
    wire.forget();
    hall.hold(hall.ada, &["A-3"]).await.expect("held");
    assert_eq!(wire.asked.load(Ordering::SeqCst), 4, "the fence with its keys; BEGIN; what was decided; COMMIT");
    let keys: Vec<Idempotency> = (0..10).map(|_| key()).collect();
    assert_eq!(storm(&hall, &keys).await, [false; 10]);
    storm(&hall, &keys[..1]).await;
    wire.forget();
    assert_eq!(storm(&hall, &keys).await, [true; 10]);
    assert_eq!(wire.begun.load(Ordering::SeqCst), 0);
    let asked = wire.asked.load(Ordering::SeqCst);
    assert!(asked <= 6, "at most two piles, each of them the fence, the holds and the way out: {asked}");
    hall.balanced().await;
}

/// The first hold at an event, and the first after its desk had to make room: what opening costs stands before the pile's four.
#[sqlx::test(migrations = "../migrations")]
async fn opening_a_desk_costs_one_look_and_one_making_and_reads_no_rows_that_are_not_there(pool: PgPool) {
    let first = Hall::open(&pool).await;
    let (wire, wired) = Wire::to(&pool).await;
    // one connection: what was prepared once is known whichever way it is taken
    let wired =
        PgPoolOptions::new().max_connections(1).test_before_acquire(false).connect_lazy_with((*wired.connect_options()).clone());
    let config = BookingConfig { desks: 1, ..BookingConfig::default() };
    let booking = crate::Booking::open(wired, first.clock.clone(), config);
    let mut events = Vec::new();
    for _ in 0..3 {
        events.push(fixture::event_beside(&pool, first.event).await.expect("an event"));
    }
    let hold = async |event, seat: &str| {
        wire.forget();
        booking.hold(event, first.ada, Wanted::Seats(vec![format!("stalls-{seat}")]), key()).await.expect("held");
        wire.asked.load(Ordering::SeqCst)
    };
    let cold = hold(events[0], "A-1").await;
    assert!(cold > 2 + 4, "the control: statements are prepared, {cold}");
    hold(events[1], "A-1").await;
    hold(events[0], "A-2").await;
    assert_eq!(hold(events[2], "A-1").await, 2 + 4, "a look, the desk made; the pile");
    assert_eq!(hold(events[1], "A-2").await, 6 + 4, "a look; a snapshot with a look, live holds, allocations; the pile");
    first.balanced().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn normal_work_gives_postgres_nothing_to_complain_of(pool: PgPool) {
    let first = Hall::open(&pool).await;
    let ((here_wire, here), (there_wire, there)) = (wired(&pool, &first).await, wired(&pool, &first).await);
    let one = key();
    for (hall, replayed) in [(&here, false), (&here, true), (&there, true)] {
        let hold = hall.booking.hold(hall.event, first.ada, floor(1), one.clone()).await.expect("held");
        assert_eq!(hold.replayed, replayed);
    }
    let (a, b) = tokio::join!(here.hold(here.ada, &["A-1"]), there.hold(there.ada, &["A-2"]));
    let (a, b) = (a.expect("held"), b.expect("held"));
    assert_eq!(refusal(here.hold(here.bob, &["A-2"]).await).code(), "seats_unavailable");
    let payment = here.begin(&a, here.ada).await;
    let order = here.say(&payment, NoticeKind::Captured, "paid").await.order_id.expect("an order");
    here.say(&payment, NoticeKind::Captured, "paid").await;
    here.booking.cancel_order(order, Some(here.ada.into())).await.expect("cancelled");
    there.booking.release(b.id, there.ada).await.expect("released");
    there.checkout(there.floor(there.bob, 2).await.expect("held").id, there.bob, Method::Free).await.expect("an order");
    here.wait(400_000_000);
    here.booking.sweep(here.event).await.expect("swept");
    here.balanced().await;
    for wire in [&here_wire, &there_wire] {
        assert_eq!(wire.complaints.load(Ordering::SeqCst), 0);
    }
    // the control: what used to fill the log is counted
    sqlx::raw_sql("COMMIT").execute(here.booking.pool()).await.expect("a warning");
    sqlx::raw_sql("SELECT 1 / 0").execute(here.booking.pool()).await.expect_err("an error");
    assert_eq!(here_wire.complaints.load(Ordering::SeqCst), 2);
}

fn retries(hall: &Hall) -> [u64; 3] {
    let tally = &hall.booking.premises().tally;
    [&tally.missed, &tally.conflicts, &tally.rebuilds].map(|count| count.load(Ordering::SeqCst))
}

/// Whoever waited at the fence catches up by the journal before anything is decided: nothing fails, nothing is tried again. Without the
/// comparison of versions at the fence the write's own guard would refuse, and each turn would be taken twice.
#[sqlx::test(migrations = "../migrations")]
async fn two_nodes_that_contend_for_an_event_try_nothing_twice(pool: PgPool) {
    let event = fixture::event(&pool, &map(4, 20, 0), TIERS, noon()).await.expect("an event");
    let here = Hall::node(&pool, event, domain::Clock::manual(noon()), BookingConfig::default()).await;
    let there = Hall::node(&pool, event, here.clock.clone(), BookingConfig::default()).await;
    for n in 1..=5 {
        here.hold(here.ada, &[&format!("A-{n}")]).await.expect("held");
        there.hold(there.ada, &[&format!("B-{n}")]).await.expect("held");
    }
    for round in 0..6 {
        let ask = |hall: &'_ Hall, row: &'static str, n: u32| {
            let (booking, buyer) = (hall.booking.clone(), hall.bob);
            let wanted = Wanted::Seats(vec![format!("stalls-{row}-{}", round * 3 + n + 1)]);
            async move { booking.hold(event, buyer, wanted, key()).await }
        };
        let asked = (0..3).map(|n| ask(&here, "C", n)).collect::<Vec<_>>().into_iter();
        let (a, b) = tokio::join!(join_all(asked), join_all((0..3).map(|n| ask(&there, "D", n)).collect::<Vec<_>>()));
        assert!(a.into_iter().chain(b).all(|answer| answer.is_ok()));
    }
    assert_eq!((retries(&here), retries(&there)), ([0; 3], [0; 3]), "missed, conflicts, rebuilds");
    here.balanced().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn memory_that_contradicts_the_journal_inside_the_fence_starts_over_at_once(pool: PgPool) {
    let here = Hall::open(&pool).await;
    let there = Hall::node(&pool, here.event, here.clock.clone(), BookingConfig::default()).await;
    there.hold(there.bob, &["B-5"]).await.expect("held, and the desk there is open");
    here.hold(here.ada, &["A-1"]).await.expect("held");
    let spoil = "UPDATE journal SET changes = jsonb_set(changes::jsonb, '{counts,available}', '7')::json WHERE version = 2";
    assert_eq!(fixture::spoil(&pool, spoil).await.expect("spoiled"), 1);
    assert_eq!(refusal(there.hold(there.bob, &["A-1"]).await).code(), "seats_unavailable");
    there.hold(there.bob, &["A-2"]).await.expect("held");
    assert_eq!(retries(&there)[2], 1, "rows were read once");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_pile_that_takes_its_time_goes_on_in_the_next_transaction(pool: PgPool) {
    for (deciding, piles) in [(Duration::ZERO, 5), (Duration::from_secs(60), 1)] {
        let first = Hall::open(&pool).await;
        let config = BookingConfig { deciding, ..BookingConfig::default() };
        let hall = Hall::node(&pool, first.event, first.clock.clone(), config).await;
        hall.booking.sweep(hall.event).await.expect("the desk is open");
        let seats = ["A-1", "A-2", "A-3", "B-1", "B-2"];
        let answers = join_all(seats.iter().map(|seat| hall.hold(hall.ada, std::slice::from_ref(seat)))).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        assert_eq!(hall.booking.seats(hall.event).await.expect("seats").version, piles, "{deciding:?}");
        hall.balanced().await;
    }
}

/// A server that takes no more connections, for real: the role may have none.
#[sqlx::test(migrations = "../migrations")]
async fn a_server_without_connections_to_give_makes_booking_busy(pool: PgPool) {
    let first = Hall::open(&pool).await;
    let hold = first.hold(first.ada, &["A-1"]).await.expect("held");
    let role = format!("nobody_{}", first.event.0.simple());
    fixture::spoil(&pool, &format!("CREATE ROLE {role} LOGIN CONNECTION LIMIT 0")).await.expect("a role");
    let options = (*pool.connect_options()).clone().username(&role);
    let refused = PgPoolOptions::new().acquire_timeout(Duration::from_millis(500)).connect_lazy_with(options);
    let config = BookingConfig { patience: Duration::from_millis(700), ..BookingConfig::default() };
    let booking = crate::Booking::open(refused, first.clock.clone(), config);
    let answers = [
        booking.hold(first.event, first.ada, floor(1), key()).await.map(|_| ()),
        booking.get_hold(hold.id, first.ada).await.map(|_| ()),
        booking.release(hold.id, first.ada).await.map(|_| ()),
        booking.get_order(domain::OrderId::at(noon()), first.ada).await.map(|_| ()),
    ];
    fixture::spoil(&pool, &format!("DROP ROLE {role}")).await.expect("no role");
    for (n, answer) in answers.iter().enumerate() {
        assert!(matches!(answer, Err(BookingError::Busy { .. })), "{n}: {answer:?}");
    }
}
