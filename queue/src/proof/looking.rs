//! Looking at queues without being in any.

use std::time::Duration;

use domain::{Actor, Clock, EventId, Passes, QueueTokens};
use futures::FutureExt as _;
use sqlx::PgPool;

use super::joining::SLOW;
use super::test_queue::{SEEDS, buyer, noon};
use crate::store::{fixture, queues};
use crate::{Pools, Queue, QueueConfig, QueueError};

/// As many rooms as may be open, and one event more than that, each with a queue.
async fn three_queues_for_two_rooms(pool: &PgPool) -> (Queue, [EventId; 3]) {
    let config = QueueConfig { rooms: 2, ..QueueConfig::default() };
    let signers = (QueueTokens::of_seeds(&SEEDS), Passes::of_seeds(&SEEDS));
    let queue = Queue::start(pool.clone(), None, Clock::manual(noon()), signers.0, signers.1, config);
    let mut events = Vec::new();
    for _ in 0..3 {
        let event = fixture::event(pool, noon()).await;
        queue.configure(&Actor::house(), event, SLOW).await.expect("configured");
        events.push(event);
    }
    (queue, events.try_into().expect("three"))
}

/// The control: where somebody is in each room, none closes.
#[sqlx::test(migrations = "../migrations")]
async fn who_looks_at_many_queues_keeps_nobody_out_of_another(pool: PgPool) {
    let (queue, [one, two, three]) = three_queues_for_two_rooms(&pool).await;
    for event in [one, two, three, one, two, three] {
        assert_eq!(queue.view(event).await.expect("looked at").waiting, 0);
        assert!(queue.totals().rooms <= 2, "{:?}", queue.totals());
    }
    let first = queue.join(one, &buyer(1), false).await.expect("joined");
    for event in [two, three] {
        queue.view(event).await.expect("looked at");
        assert!(queue.is_open(one), "somebody is in it");
    }
    queue.join(three, &buyer(1), false).await.expect("joined");
    let refused = queue.view(two).await;
    assert!(matches!(refused, Err(QueueError::Busy { .. })), "somebody is in both: {refused:?}");
    assert_eq!(queue.status(&first.token).await.expect("a place").event, one);
}

/// The long one has all connections for what is read at length. The control: where these are the rooms' own, nobody joins.
#[sqlx::test(migrations = "../migrations")]
async fn who_opens_a_long_queue_keeps_nobody_from_joining_another(pool: PgPool) {
    let (before, [one, two, _]) = three_queues_for_two_rooms(&pool).await;
    before.shutdown().await;
    let single = || {
        let options = sqlx::postgres::PgPoolOptions::new().max_connections(1).acquire_timeout(Duration::from_millis(100));
        options.connect_lazy_with((*pool.connect_options()).clone())
    };
    for apart in [true, false] {
        let others = single();
        let pools = Pools { rooms: if apart { single() } else { others.clone() }, others: others.clone() };
        let config = QueueConfig { patience: Duration::from_millis(200), ..QueueConfig::default() };
        let signers = (QueueTokens::of_seeds(&SEEDS), Passes::of_seeds(&SEEDS));
        let queue = Queue::start(pools, None, Clock::manual(noon()), signers.0, signers.1, config);
        queue.join(one, &buyer(1), false).await.expect("joined");
        let reading = others.acquire().await.expect("the only one");
        assert!(queue.view(two).await.is_err(), "it does not open");
        assert_eq!(queue.join(one, &buyer(2), false).await.is_ok(), apart);
        drop(reading);
        queue.view(two).await.expect("opened");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn who_hangs_up_while_a_queue_opens_uses_up_no_number_and_does_not_begin_it_anew(pool: PgPool) {
    let (before, [one, ..]) = three_queues_for_two_rooms(&pool).await;
    before.shutdown().await;
    let queue = super::test_queue::queue(&pool, Clock::manual(noon()), None);
    let row = || async {
        let mut db = pool.acquire().await.expect("a connection");
        queues::find(&mut db, one).await.expect("an answer").expect("a queue")
    };
    let closed = row().await;
    for _ in 0..20 {
        assert!(queue.rooms.room(one).now_or_never().is_none(), "gone after the first step");
    }
    queue.view(one).await.expect("looked at");
    let opened = row().await;
    assert_eq!((opened.epoch, opened.reserved), (closed.epoch + 1, closed.reserved));
    queue.join(one, &buyer(1), false).await.expect("joined");
    assert!(row().await.reserved > opened.reserved, "who joins sets numbers aside");
}
