//! Waiting for an answer, and listening.

use std::time::Duration;

use domain::{Passes, PresentedPass, QueueTokens};
use sqlx::PgPool;

use super::joining::SLOW;
use super::test_queue::{TestQueue, nth, number};
use crate::{Follower, Heard, PlaceState, QueueError, Settings};

const LONG: Duration = Duration::from_secs(60);

#[sqlx::test(migrations = "../migrations")]
async fn whoever_waits_is_told_at_once_that_he_is_let_in(pool: PgPool) {
    let test = TestQueue::open(&pool, SLOW).await;
    let (first, second, third) = (test.join(0).await, test.join(1).await, test.join(2).await);
    test.settle().await;
    let waiting = test.queue.wait(&second.token, None, LONG);
    let leaving = async {
        test.status(&third).await;
        test.queue.leave(&first.token).await.expect("left")
    };
    let (told, _) = tokio::join!(waiting, leaving);
    assert_eq!(told.expect("told").state, PlaceState::Admitted);
    let at_once = test.queue.wait(&second.token, None, LONG).await.expect("told");
    assert!(at_once.pass.is_some(), "whoever does not wait is not kept waiting");
    let known = test.status(&third).await.version;
    let behind = test.queue.wait(&third.token, Some(known - 1), LONG).await.expect("told");
    assert_eq!((behind.state, behind.place), nth(1));
    let nothing = test.queue.wait(&third.token, Some(known), Duration::from_millis(1)).await.expect("told");
    assert_eq!((nothing.state, nothing.place), nth(1), "after a while as it is");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_stream_keeps_its_holder_here_and_its_frames_say_what_the_status_says(pool: PgPool) {
    let test = TestQueue::open(&pool, Settings { slots: 3, ..SLOW }).await;
    let mut all = Vec::new();
    for n in 0..50 {
        all.push(test.join(n).await);
    }
    test.settle().await;
    let mut stream = test.queue.subscribe(&all[40].token).await.expect("a stream");
    let mut follower = Follower::begin(&stream.snapshot()).expect("a snapshot");
    assert_eq!((follower.ahead(number(&all[40])), stream.status().expect("open").ahead), (Some(37), Some(37)));
    for left in [1, 20, 0, 41] {
        test.queue.leave(&all[left].token).await.expect("left");
        test.settle().await;
        test.clock.advance(Duration::from_secs(1));
        while follower.ahead(number(&all[40])) != test.status(&all[40]).await.ahead {
            let told = stream.next().await.expect("told");
            follower.follow(&told.frame).expect("it follows");
        }
    }
    test.clock.advance(Duration::from_secs(3_000));
    for _ in 0..40 {
        test.settle().await;
        test.clock.advance(Duration::from_secs(600));
    }
    assert_eq!(stream.status().expect("open").state, PlaceState::Over, "he was let in when it was his turn, and ran out");
    test.queue.close(test.event);
    while stream.next().await.is_some() {}
    assert!(matches!(stream.status(), Err(QueueError::Busy { .. })));
}

/// What is told without a task is what a stream tells, whichever frames somebody slow has missed.
#[sqlx::test(migrations = "../migrations")]
async fn whoever_hears_without_a_task_knows_his_place_also_when_he_has_missed_frames(pool: PgPool) {
    let test = TestQueue::open(&pool, Settings { slots: 3, ..SLOW }).await;
    let mut all = Vec::new();
    for n in 0..50 {
        all.push(test.join(n).await);
    }
    test.settle().await;
    let (audience, quick) = test.queue.listen(&all[40].token).await.expect("a place");
    let (_, slow) = test.queue.listen(&all[45].token).await.expect("a place");
    assert_eq!(test.queue.totals().connected, 2);
    let Some(Heard::Place { status, seen, .. }) = audience.next(0, quick.who(), true) else { panic!("his place comes first") };
    assert_eq!((status.ahead, status.turn, seen), (Some(37), Some(40), 0));
    let begins = |seen, who| match audience.next(seen, who, true) {
        Some(Heard::Frame { frame, seen }) => (Follower::begin(&frame).expect("a snapshot"), seen),
        other => panic!("a snapshot, and not {other:?}"),
    };
    let (mut follower, mut seen) = begins(0, quick.who());
    assert!(audience.next(0, slow.who(), true).is_some());
    let (_, behind) = begins(0, slow.who());
    let mut frames = 0;
    for left in [1, 20, 0, 41] {
        test.queue.leave(&all[left].token).await.expect("left");
        test.settle().await;
        test.clock.advance(Duration::from_secs(1));
        while follower.ahead(40) != test.status(&all[40]).await.ahead {
            match audience.next(seen, quick.who(), true) {
                Some(Heard::Frame { frame, seen: now }) => {
                    follower.follow(&frame).expect("it follows");
                    (seen, frames) = (now, frames + 1);
                }
                Some(other) => panic!("a frame, and not {other:?}"),
                None => assert!(audience.moved().await),
            }
        }
    }
    assert!(frames > 1, "{frames}");
    let (whole, _) = begins(behind, slow.who());
    assert_eq!(whole.ahead(45), test.status(&all[45]).await.ahead, "he begins anew");
    drop((quick, slow));
    assert_eq!(test.queue.totals().connected, 0);
    test.queue.close(test.event);
    while audience.moved().await {}
}

#[sqlx::test(migrations = "../migrations")]
async fn whoever_follows_no_frames_is_told_each_change_as_his_place_and_the_end(pool: PgPool) {
    let test = TestQueue::open(&pool, SLOW).await;
    let (first, second) = (test.join(0).await, test.join(1).await);
    test.settle().await;
    let (audience, ada) = test.queue.listen(&second.token).await.expect("a place");
    let mut seen = 0;
    let mut states = Vec::new();
    for leaving in [Some(&first), Some(&second), None] {
        loop {
            match audience.next(seen, ada.who(), false) {
                Some(Heard::Place { status, seen: now, .. }) => {
                    seen = now;
                    states.push(status.state);
                    break;
                }
                Some(other) => panic!("a place, and not {other:?}"),
                None => assert!(audience.moved().await),
            }
        }
        if let Some(one) = leaving {
            test.queue.leave(&one.token).await.expect("left");
            test.status(&second).await;
            test.settle().await;
        }
    }
    assert_eq!(states, [PlaceState::Waiting, PlaceState::Admitted, PlaceState::Left]);
}

/// A rotation: what the old key signed stays good, and rooms that are open sign with the new one at once.
#[sqlx::test(migrations = "../migrations")]
async fn keys_that_turn_sign_in_open_rooms_at_once(pool: PgPool) {
    let test = TestQueue::open(&pool, SLOW).await;
    let before = test.join(0).await;
    test.settle().await;
    let seeds = [[8; 32], super::test_queue::SEEDS[0]];
    test.queue.turn(QueueTokens::of_seeds(&seeds), Passes::of_seeds(&seeds));
    let after = test.join(1).await;
    let new = (QueueTokens::of_seeds(&seeds[..1]), Passes::of_seeds(&seeds[..1]));
    assert!(new.0.open(&after.token).is_some() && new.0.open(&before.token).is_none());
    let pass = test.status(&before).await.pass.expect("he is inside, by his old token");
    assert!(matches!(new.1.open(&pass), PresentedPass::Signed(_)));
}
