//! Who gets a place, and which.

use std::collections::HashSet;

use domain::BuyerIds;
use futures::future::join_all;
use sqlx::PgPool;

use super::test_queue::{TestQueue, buyer, noon, nth, number};
use crate::rules::controls::Guard;
use crate::store::fixture;
use crate::{Mode, PlaceState, QueueError, Refusal, Settings, Who};

/// One at once.
pub const SLOW: Settings = Settings {
    mode: Mode::On,
    slots: 1,
    minutes: 10,
    auto_above: None,
    buffer_seconds: 10,
    rate_per_minute: None,
    grace_seconds: 120,
    pre_queue_from: None,
    join: Who::Anyone,
    order: crate::Order::FirstCome,
};

fn refusal<T: std::fmt::Debug>(refused: Result<T, QueueError>) -> Refusal {
    match refused {
        Err(QueueError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn whoever_joins_twice_has_one_place_and_one_token(pool: PgPool) {
    let test = TestQueue::open(&pool, SLOW).await;
    let (first, second) = (test.join(0).await, test.join(1).await);
    test.settle().await;
    let again = test.join(1).await;
    assert_eq!((again.token, again.fresh, second.fresh), (second.token.clone(), false, true));
    assert_eq!((again.status.place, again.status.ahead, again.status.eta_seconds), (Some(1), Some(0), Some(610)));
    assert_eq!(test.status(&first).await.state, PlaceState::Admitted);
    let several = BuyerIds::new(*buyer(77).all().collect::<Vec<_>>().first().expect("an id"), buyer(1).all());
    let taken_over = test.queue.join(test.event, &several, true).await.expect("joined");
    assert_eq!(taken_over.token, second.token, "an account that took the session over");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_thousand_joins_of_one_device_are_one_place(pool: PgPool) {
    let test = TestQueue::open(&pool, SLOW).await;
    test.join(0).await;
    let joined = join_all((0..1_000).map(|_| test.join(1))).await;
    let tokens: HashSet<_> = joined.iter().map(|joined| &joined.token).collect();
    assert_eq!((tokens.len(), joined.iter().filter(|joined| joined.fresh).count()), (1, 1));
    let next = test.join(2).await;
    assert_eq!(number(&next), 2, "no number was used up");
    // the control: without looking him up, only the index is left to say no, and it says no to everybody
    let careless = test.again(Some(Guard::Known));
    assert!(careless.try_join(1).await.is_err());
}

#[sqlx::test(migrations = "../migrations")]
async fn many_who_join_at_once_are_in_the_order_in_which_they_came(pool: PgPool) {
    let test = TestQueue::open(&pool, SLOW).await;
    let joined = join_all((0..500).map(|n| test.join(n))).await;
    let numbers: Vec<u32> = joined.iter().map(number).collect();
    assert_eq!(numbers, (0..500).collect::<Vec<_>>(), "over several ranges");
    test.settle().await;
    let expected: Vec<_> = [(PlaceState::Admitted, None)].into_iter().chain((1..500).map(nth)).collect();
    assert_eq!(test.places(&joined).await, expected);
}

#[sqlx::test(migrations = "../migrations")]
async fn whoever_may_not_join_is_told_why(pool: PgPool) {
    let none = TestQueue { event: fixture::event(&pool, noon()).await, ..TestQueue::open(&pool, SLOW).await };
    assert_eq!(refusal(none.try_join(0).await), Refusal::NoQueue);
    fixture::change(&pool, none.event, "queue_required = true").await;
    let usual = none.join(0).await.status.state;
    // the usual one lets the first in at once
    assert!(
        matches!(usual, PlaceState::Waiting | PlaceState::Admitted),
        "an event that must have a queue has the usual one: {usual:?}"
    );
    let off = TestQueue::open(&pool, Settings { mode: Mode::Off, ..SLOW }).await;
    assert_eq!(refusal(off.try_join(0).await), Refusal::NoQueue);
    let closed = TestQueue::open(&pool, Settings { join: Who::SignedIn, ..SLOW }).await;
    assert_eq!(refusal(closed.try_join(0).await), Refusal::SignIn);
    closed.queue.join(closed.event, &buyer(0), true).await.expect("signed in");
    fixture::change(&pool, closed.event, "status = 'cancelled'").await;
    closed.settle().await;
    assert_eq!(refusal(closed.try_join(1).await), Refusal::Closed);
    let tomorrow = noon().checked_add(std::time::Duration::from_secs(86_400)).expect("in range");
    let early = TestQueue::opens(&pool, SLOW, tomorrow).await;
    assert_eq!(refusal(early.try_join(0).await), Refusal::NotOpen { at: Some(tomorrow) });
    let nowhere = TestQueue { event: domain::EventId::at(noon()), ..early };
    assert!(matches!(nowhere.try_join(0).await, Err(QueueError::NotFound)));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_token_that_nobody_signed_or_of_another_time_opens_nothing(pool: PgPool) {
    let test = TestQueue::open(&pool, SLOW).await;
    let joined = test.join(0).await;
    let other = domain::QueueTokens::of_seeds(&[[8; 32]]);
    let mut later = super::test_queue::opened(&joined.token);
    later.number += 1;
    for token in [other.seal(&super::test_queue::opened(&joined.token)), "x".into(), joined.token[1..].into()] {
        assert!(matches!(test.queue.status(&token).await, Err(QueueError::NotFound)), "{token}");
    }
    // ours, but of a number that nobody was given: of a database that is older than its tokens
    let token = test.queue.premises().tokens().seal(&later);
    assert!(matches!(test.queue.status(&token).await, Err(QueueError::NotFound)));
}
