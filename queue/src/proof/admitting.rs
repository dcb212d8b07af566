//! Who is let in, when, and what ends his time.

use std::time::Duration;

use domain::{Pass, PassId, PresentedPass};
use sqlx::PgPool;

use super::test_queue::{TestQueue, noon, nth, number, opened};
use crate::store::fixture;
use crate::{Joined, PlaceState, Settings};

const TWO: Settings = Settings { slots: 2, ..super::joining::SLOW };

async fn joined(test: &TestQueue, count: u32) -> Vec<Joined> {
    let mut joined = Vec::new();
    for n in 0..count {
        joined.push(test.join(n).await);
    }
    test.settle().await;
    joined
}

async fn pass(test: &TestQueue, joined: &Joined) -> Pass {
    let sealed = test.status(joined).await.pass.expect("a pass");
    match test.queue.premises().passes().open(&sealed) {
        PresentedPass::Signed(pass) => pass,
        PresentedPass::Forged => panic!("forged"),
    }
}

const IN: (PlaceState, Option<u32>) = (PlaceState::Admitted, None);
const LEFT: (PlaceState, Option<u32>) = (PlaceState::Left, None);
const OVER: (PlaceState, Option<u32>) = (PlaceState::Over, None);

#[sqlx::test(migrations = "../migrations")]
async fn leaving_buying_and_running_out_each_let_the_next_one_in(pool: PgPool) {
    let test = TestQueue::open(&pool, TWO).await;
    let all = joined(&test, 6).await;
    assert_eq!(test.places(&all).await, [IN, IN, nth(1), nth(2), nth(3), nth(4)]);
    test.queue.leave(&all[0].token).await.expect("left");
    test.settle().await;
    assert_eq!(test.places(&all).await, [LEFT, IN, IN, nth(1), nth(2), nth(3)]);
    test.queue.leave(&all[3].token).await.expect("left the line");
    assert_eq!(test.places(&all).await, [LEFT, IN, IN, LEFT, nth(1), nth(2)]);
    test.queue.leave(&all[3].token).await.expect("the same again changes nothing");
    let bought = pass(&test, &all[1]).await;
    test.queue.pass_ended(test.event, bought.id).await.expect("ended");
    test.queue.pass_ended(test.event, bought.id).await.expect("the same again changes nothing");
    test.settle().await;
    assert_eq!(test.places(&all).await, [LEFT, OVER, IN, LEFT, IN, nth(1)]);
    test.pass(599, &all).await;
    assert_eq!(test.places(&all[5..]).await, [nth(1)]);
    test.pass(1, &all).await;
    assert_eq!(test.places(&all).await, [LEFT, OVER, OVER, LEFT, OVER, IN]);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_pass_is_its_holders_for_ten_minutes_and_the_same_however_often_he_asks(pool: PgPool) {
    let test = TestQueue::open(&pool, TWO).await;
    let all = joined(&test, 2).await;
    let (first, second) = (pass(&test, &all[0]).await, pass(&test, &all[1]).await);
    assert_eq!((first.event, first.holder), (test.event, super::test_queue::opened(&all[0].token).holder));
    assert_eq!(first.expires_at.as_second(), noon().as_second() + 600);
    assert_ne!(first.id, second.id);
    assert_eq!(pass(&test, &all[0]).await, first);
    let again = test.join(0).await;
    assert_eq!((again.token, again.fresh), (all[0].token.clone(), false));
    test.pass(600, &all).await;
    assert_eq!(test.status(&all[0]).await.pass, None);
    let anew = test.join(0).await;
    assert!(anew.fresh && anew.token != all[0].token, "whoever has run out may join again, at the end");
}

#[sqlx::test(migrations = "../migrations")]
async fn whoever_has_left_stands_at_the_end_when_he_joins_again_and_his_old_token_is_dead(pool: PgPool) {
    let test = TestQueue::open(&pool, TWO).await;
    let all = joined(&test, 5).await;
    test.queue.leave(&all[2].token).await.expect("left");
    let anew = test.join(2).await;
    assert_eq!((anew.fresh, anew.status.place), (true, Some(3)));
    assert_eq!(test.places(&all[2..3]).await, [LEFT]);
    let after = test.again(None);
    assert_eq!(after.places(&all[2..3]).await, [LEFT], "also after a crash");
    assert_eq!(after.status(&anew).await.place, Some(3));
}

#[sqlx::test(migrations = "../migrations")]
async fn whoever_is_away_keeps_his_place_and_loses_it_two_minutes_after_his_turn(pool: PgPool) {
    let test = TestQueue::open(&pool, TWO).await;
    let all = joined(&test, 4).await;
    // number 2 is not heard of while the time of the first two runs
    let others = [&all[..2], &all[3..]].concat();
    test.pass(600, &others).await;
    assert_eq!(test.places(&others).await, [OVER, OVER, IN], "a slot is kept for number 2");
    test.pass(119, &others).await;
    let in_time = test.status(&all[2]).await;
    assert_eq!((in_time.state, in_time.ahead), (PlaceState::Waiting, Some(0)));
    test.settle().await;
    assert_eq!(test.places(&all[2..3]).await, [IN]);
    let late = test.join(9).await;
    test.pass(600, &others).await;
    test.pass(120, &others).await;
    assert_eq!(test.places(&[late]).await, [OVER]);
}

#[sqlx::test(migrations = "../migrations")]
async fn no_more_are_let_in_a_minute_than_the_rate_says(pool: PgPool) {
    let test = TestQueue::open(&pool, Settings { slots: 1_000, rate_per_minute: Some(120), ..TWO }).await;
    let all = joined(&test, 20).await;
    let inside = async || test.places(&all).await.iter().filter(|place| **place == IN).count();
    assert_eq!(inside().await, 2, "a second's worth at once");
    test.pass(1, &all).await;
    assert_eq!(inside().await, 4);
    let last = test.status(&all[19]).await;
    assert_eq!((last.ahead, last.eta_seconds), (Some(15), Some(15 * 60 / 120 + 10)));
}

/// The database was cut off in a COMMIT: the rows know of it, and the room does not. The control: another who waits comes in as ever.
#[sqlx::test(migrations = "../migrations")]
async fn who_was_let_in_without_a_word_has_his_pass_and_nobody_is_sent_away(pool: PgPool) {
    let test = TestQueue::open(&pool, TWO).await;
    let all = joined(&test, 5).await;
    let epoch = opened(&all[0].token).epoch;
    let (written, until) = (PassId::at(noon()), noon() + Duration::from_secs(300));
    fixture::admit(&pool, test.event, number(&all[2]), written, until).await;
    let stream = test.queue.subscribe(&all[4].token).await.expect("a stream");
    for left in &all[..2] {
        test.queue.leave(&left.token).await.expect("left");
    }
    test.settle().await;
    assert_eq!(test.places(&all).await, [LEFT, LEFT, IN, IN, nth(1)]);
    let (second, third) = (pass(&test, &all[2]).await, pass(&test, &all[3]).await);
    assert_eq!((second.id, second.expires_at), (written, until));
    assert_ne!(third.id, written);
    assert_eq!(stream.status().expect("it goes on").place, Some(1));
    assert_eq!(opened(&test.join(9).await.token).epoch, epoch, "the same room");
}
