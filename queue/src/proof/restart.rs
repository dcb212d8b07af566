//! Owners that die without a word, and owners that do not know that they are over.

use std::collections::HashSet;

use sqlx::PgPool;

use super::joining::SLOW;
use super::test_queue::{TestQueue, nth, number, opened};
use crate::rules::controls::Guard;
use crate::store::fixture;
use crate::{Joined, PlaceState, QueueError, Settings};

async fn joined(test: &TestQueue, of: std::ops::Range<u32>) -> Vec<Joined> {
    let mut joined = Vec::new();
    for n in of {
        joined.push(test.join(n).await);
    }
    joined
}

#[sqlx::test(migrations = "../migrations")]
async fn after_a_crash_every_token_is_good_no_number_is_given_twice_and_the_order_is_kept(pool: PgPool) {
    let mut test = TestQueue::open(&pool, Settings { slots: 2, ..SLOW }).await;
    let mut all = joined(&test, 0..20).await;
    test.settle().await;
    let passes = (test.status(&all[0]).await.pass, test.status(&all[1]).await.pass);
    test.queue.leave(&all[5].token).await.expect("left");
    for start in 1..4_u32 {
        test = test.again(None);
        all.extend(joined(&test, 20 * start..20 * (start + 1)).await);
    }
    let numbers: HashSet<u32> = all.iter().map(number).collect();
    assert_eq!(numbers.len(), 80, "no number twice");
    let epochs: HashSet<u32> = all.iter().map(|joined| opened(&joined.token).epoch).collect();
    assert_eq!(epochs.len(), 4);
    let expected: Vec<_> = (0..80_u32)
        .map(|n| match n {
            0 | 1 => (PlaceState::Admitted, None),
            5 => (PlaceState::Left, None),
            n => nth(n - 1 - u32::from(n > 5)),
        })
        .collect();
    assert_eq!(test.places(&all).await, expected);
    assert_eq!((test.status(&all[0]).await.pass, test.status(&all[1]).await.pass), passes, "the same passes");
}

#[sqlx::test(migrations = "../migrations")]
async fn whoever_bought_while_nobody_listened_is_inside_no_more_after_the_next_start(pool: PgPool) {
    let test = TestQueue::open(&pool, SLOW).await;
    let all = joined(&test, 0..2).await;
    test.settle().await;
    let sealed = test.status(&all[0]).await.pass.expect("a pass");
    let domain::PresentedPass::Signed(pass) = test.queue.premises().passes().open(&sealed) else { panic!("forged") };
    fixture::order(&pool, test.event, pass.id, super::test_queue::noon()).await;
    let after = test.again(None);
    assert_eq!(after.places(&all).await, [(PlaceState::Over, None), nth(1)]);
    after.settle().await;
    assert_eq!(after.places(&all).await, [(PlaceState::Over, None), (PlaceState::Admitted, None)]);
}

/// Joins at an owner that another start has taken the event from. Gives whether it was refused.
async fn is_fenced(pool: &PgPool, without: Option<Guard>) -> bool {
    let test = TestQueue::open(pool, SLOW).await;
    let old = test.again(without);
    let first = old.join(0).await;
    // with nothing left to write it does not find out by itself that it is over
    old.settle().await;
    let room = old.queue.rooms.opened(old.event).expect("open");
    let new = test.again(None);
    assert_eq!(new.status(&first).await.state, PlaceState::Admitted, "it reads what the old one wrote");
    assert!(!room.is_closed(), "the old one believes that it is the owner");
    let ids = vec![super::test_queue::buyer(1).own()];
    let joining = |reply| crate::room::RoomCommand::Join(crate::room::Joining { ids: ids.clone(), signed_in: false, reply });
    matches!(room.ask(joining).await, Err(QueueError::Busy { .. }))
}

#[sqlx::test(migrations = "../migrations")]
async fn an_owner_that_is_over_writes_nothing(pool: PgPool) {
    assert!(is_fenced(&pool, None).await);
    assert!(!is_fenced(&pool, Some(Guard::Epoch)).await, "the control: without its epoch it writes on");
}

/// Loses the row of the last who joined, starts again and lets another join. Gives both numbers.
async fn numbers_after_a_loss(pool: &PgPool, without: Option<Guard>) -> (u32, u32) {
    let test = TestQueue::open(pool, SLOW).await;
    let all = joined(&test, 0..3).await;
    fixture::lose(pool, test.event, number(&all[2])).await;
    let after = test.again(without);
    let next = after.join(9).await;
    if without.is_none() {
        after.settle().await;
        assert_eq!(after.places(&all[1..]).await, [nth(1), nth(2)], "the token proves the place");
        assert_eq!(after.status(&next).await.place, Some(3));
        assert_eq!(after.again(None).places(&all[1..]).await, [nth(1), nth(2)], "and has its row again");
    }
    (number(&all[2]), number(&next))
}

#[sqlx::test(migrations = "../migrations")]
async fn a_place_whose_row_is_lost_is_given_back_to_its_token(pool: PgPool) {
    let (lost, next) = numbers_after_a_loss(&pool, None).await;
    assert!(next > lost);
    let (lost, next) = numbers_after_a_loss(&pool, Some(Guard::Range)).await;
    assert_eq!(next, lost, "the control: without its range a start gives a number twice");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_room_that_closes_in_peace_gives_its_numbers_back(pool: PgPool) {
    let test = TestQueue::open(&pool, SLOW).await;
    let all = joined(&test, 0..3).await;
    test.queue.shutdown().await;
    assert!(matches!(test.try_join(9).await, Err(QueueError::Fault(crate::Fault::ShuttingDown))));
    let after = test.again(None);
    assert_eq!((number(&after.join(3).await), number(&all[2])), (3, 2));
}

#[sqlx::test(migrations = "../migrations")]
async fn while_the_database_is_away_those_who_wait_are_told_their_places(pool: PgPool) {
    let other = pool.options().clone().connect_with((*pool.connect_options()).clone()).await.expect("a pool");
    let test = TestQueue::open(&other, SLOW).await;
    let all = joined(&test, 0..3).await;
    test.settle().await;
    other.close().await;
    let places = [(PlaceState::Admitted, None), nth(1), nth(2)];
    assert!(matches!(test.try_join(9).await, Err(QueueError::Busy { .. })));
    assert_eq!(test.places(&all).await, places);
    let after = TestQueue { pool: pool.clone(), ..test }.again(None);
    assert_eq!(after.places(&all).await, places);
}
