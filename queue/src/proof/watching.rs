//! Waiting for an answer, and listening.

use std::time::Duration;

use sqlx::PgPool;

use super::house::{House, nth, number};
use super::joining::SLOW;
use crate::{Follower, QueueError, Settings, State};

const LONG: Duration = Duration::from_secs(60);

#[sqlx::test(migrations = "../migrations")]
async fn whoever_waits_is_told_at_once_that_he_is_let_in(pool: PgPool) {
    let house = House::open(&pool, SLOW).await;
    let (first, second, third) = (house.join(0).await, house.join(1).await, house.join(2).await);
    house.settle().await;
    let waiting = house.queue.wait(&second.token, None, LONG);
    let leaving = async {
        house.status(&third).await;
        house.queue.leave(&first.token).await.expect("left")
    };
    let (told, _) = tokio::join!(waiting, leaving);
    assert_eq!(told.expect("told").state, State::Admitted);
    let at_once = house.queue.wait(&second.token, None, LONG).await.expect("told");
    assert!(at_once.pass.is_some(), "whoever does not wait is not kept waiting");
    let known = house.status(&third).await.version;
    let behind = house.queue.wait(&third.token, Some(known - 1), LONG).await.expect("told");
    assert_eq!((behind.state, behind.place), nth(1));
    let nothing = house.queue.wait(&third.token, Some(known), Duration::from_millis(1)).await.expect("told");
    assert_eq!((nothing.state, nothing.place), nth(1), "after a while as it is");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_stream_keeps_its_holder_here_and_its_frames_say_what_the_status_says(pool: PgPool) {
    let house = House::open(&pool, Settings { slots: 3, ..SLOW }).await;
    let mut all = Vec::new();
    for n in 0..50 {
        all.push(house.join(n).await);
    }
    house.settle().await;
    let mut stream = house.queue.subscribe(&all[40].token).await.expect("a stream");
    let mut follower = Follower::begin(&stream.snapshot()).expect("a snapshot");
    assert_eq!((follower.ahead(number(&all[40])), stream.status().expect("open").ahead), (Some(37), Some(37)));
    for left in [1, 20, 0, 41] {
        house.queue.leave(&all[left].token).await.expect("left");
        house.settle().await;
        house.clock.advance(Duration::from_secs(1));
        while follower.ahead(number(&all[40])) != house.status(&all[40]).await.ahead {
            let told = stream.next().await.expect("told");
            follower.follow(&told.frame).expect("it follows");
        }
    }
    house.clock.advance(Duration::from_secs(3_000));
    for _ in 0..40 {
        house.settle().await;
        house.clock.advance(Duration::from_secs(600));
    }
    assert_eq!(stream.status().expect("open").state, State::Over, "he was let in when it was his turn, and ran out");
    house.queue.close(house.event);
    while stream.next().await.is_some() {}
    assert!(matches!(stream.status(), Err(QueueError::Busy { .. })));
}
