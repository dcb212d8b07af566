//! Two nodes from which the database is away for longer than a lease lasts: nobody who waits is sent away.

use std::time::Duration;

use lease::{LeaseName, Leases, Node};
use sqlx::PgPool;
use uuid::Uuid;

use super::joining::SLOW;
use super::test_queue::{TestQueue, nth, opened, queue_of};
use super::way::Way;
use crate::{Joined, PlaceState, QueueConfig, QueueError};

/// Two nodes of one event, the first of which has it.
struct Town {
    way: Way,
    nodes: [(TestQueue, Leases); 2],
}

impl Town {
    /// Takes     `adrift`: for how long a room goes on without its lease.  `reread`: how often it reads what the organiser may have changed.
    async fn of(pool: &PgPool, adrift: Duration, reread: Duration) -> Town {
        let first = TestQueue::open(pool, SLOW).await;
        let (way, wired) = Way::to(pool).await;
        let node = async |n: u128| {
            let node = Node { id: Uuid::from_u128(n), url: Some(format!("http://node-{n}")) };
            let leases = Leases::start(wired.clone(), node).await.expect("started");
            let config = QueueConfig { adrift, reread, ..QueueConfig::default() };
            let queue = queue_of(&wired, Some(leases.clone()), first.clock.clone(), config);
            (TestQueue { pool: wired.clone(), clock: first.clock.clone(), event: first.event, queue }, leases)
        };
        Town { nodes: [node(1).await, node(2).await], way }
    }

    /// Three who wait, in the room of the first node, where the database is away for longer than its lease lasts.
    async fn cut_off(&self) -> Vec<Joined> {
        let [(one, leases), (two, others)] = &self.nodes;
        let mut all = Vec::new();
        for n in 0..3 {
            all.push(one.join(n).await);
        }
        one.settle().await;
        let owner = two.queue.elsewhere(two.event).await.expect("an answer").expect("the first");
        assert_eq!(owner.node, leases.node().id);
        self.way.cut();
        while leases.is_alive() || others.is_alive() {
            tokio::task::yield_now().await;
        }
        all
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_database_that_is_away_for_longer_than_a_lease_sends_nobody_away_who_waits(pool: PgPool) {
    nobody_is_sent_away(Town::of(&pool, QueueConfig::default().adrift, Duration::MAX).await).await;
}

/// It asks the database all the time, so that it waits for an answer when none comes any more.
#[sqlx::test(migrations = "../migrations")]
async fn a_room_that_waits_for_a_database_that_says_nothing_sends_nobody_away_either(pool: PgPool) {
    nobody_is_sent_away(Town::of(&pool, QueueConfig::default().adrift, Duration::ZERO).await).await;
}

async fn nobody_is_sent_away(town: Town) {
    let [(one, leases), (two, _)] = &town.nodes;
    let all = town.cut_off().await;
    let mut stream = one.queue.subscribe(&all[2].token).await.expect("a stream");
    let places = [(PlaceState::Admitted, None), nth(1), nth(2)];
    assert_eq!(one.places(&all).await, places);
    assert!(matches!(one.try_join(9).await, Err(QueueError::Busy { .. })), "nothing is written");
    let last = two.queue.elsewhere(two.event).await.expect("an answer").expect("the first");
    assert_eq!(last.node, leases.node().id, "who asks the other node is still sent there");
    town.way.mend();
    let name = LeaseName::event(one.event);
    while !leases.held().iter().any(|(held, _)| *held == name) {
        // the other one is asked all the while, and takes nothing
        assert!(two.try_join(9).await.is_err());
    }
    assert_eq!(one.places(&all).await, places);
    let next = loop {
        match one.try_join(9).await {
            Ok(joined) => break joined,
            Err(error) => assert!(matches!(error, QueueError::Busy { .. }), "{error}"),
        }
    };
    assert_eq!((next.status.place, opened(&next.token).epoch), (Some(3), opened(&all[0].token).epoch), "the same owner goes on");
    one.queue.leave(&all[1].token).await.expect("left");
    one.clock.advance(Duration::from_secs(1));
    one.settle().await;
    let told = stream.next().await.expect("the stream goes on");
    assert_eq!((told.status.state, told.status.place), nth(1));
}

/// The control: without that time a room ends with its lease, for everybody in it.
#[sqlx::test(migrations = "../migrations")]
async fn a_room_that_goes_no_further_than_its_lease_sends_all_away(pool: PgPool) {
    let town = Town::of(&pool, Duration::ZERO, Duration::MAX).await;
    let all = town.cut_off().await;
    let (one, _) = &town.nodes[0];
    while one.queue.is_open(one.event) {
        tokio::task::yield_now().await;
    }
    town.way.mend();
    while one.queue.status(&all[1].token).await.is_err() {}
    let next = one.join(9).await;
    assert!(opened(&next.token).epoch > opened(&all[0].token).epoch, "another owner");
}

/// One node hears nothing of the database, and the other takes the event meanwhile.
#[sqlx::test(migrations = "../migrations")]
async fn an_event_that_another_node_took_meanwhile_is_left_to_it(pool: PgPool) {
    let town = Town::of(&pool, QueueConfig::default().adrift, Duration::MAX).await;
    let (one, _) = &town.nodes[0];
    let all = town.cut_off().await;
    let third = Leases::start(pool.clone(), Node { id: Uuid::from_u128(3), url: Some("http://node-3".into()) }).await;
    let third = third.expect("started");
    let there = queue_of(&pool, Some(third.clone()), one.clock.clone(), QueueConfig::default());
    while there.status(&all[1].token).await.is_err() {
        tokio::task::yield_now().await;
    }
    assert_eq!(one.places(&all[1..]).await, [nth(1), nth(2)], "nobody can tell it");
    town.way.mend();
    while one.queue.is_open(one.event) {
        tokio::task::yield_now().await;
    }
    let owner = one.queue.elsewhere(one.event).await.expect("an answer").expect("the third");
    assert_eq!(owner.node, third.node().id);
}

/// No other node can be asked, so that no lease ends the wait for an answer that does not come.
#[sqlx::test(migrations = "../migrations")]
async fn a_room_of_one_node_alone_tells_places_and_answers_while_the_database_says_nothing(pool: PgPool) {
    let first = TestQueue::open(&pool, SLOW).await;
    let (way, wired) = Way::to(&pool).await;
    let soon = Duration::from_millis(200);
    // it asks the database all the time
    let config = QueueConfig { silence: soon, patience: soon, reread: Duration::ZERO, ..QueueConfig::default() };
    let queue = queue_of(&wired, None, first.clock.clone(), config);
    let one = TestQueue { pool: wired, clock: first.clock.clone(), event: first.event, queue };
    let mut all = Vec::new();
    for n in 0..3 {
        all.push(one.join(n).await);
    }
    one.settle().await;
    let mut stream = one.queue.subscribe(&all[2].token).await.expect("a stream");
    one.queue.leave(&all[1].token).await.expect("left");
    way.cut();
    one.clock.advance(Duration::from_secs(1));
    let in_time = Duration::from_secs(60);
    let told = tokio::time::timeout(in_time, stream.next()).await.expect("in time").expect("the stream goes on");
    assert_eq!((told.status.state, told.status.place), nth(1));
    let refused = tokio::time::timeout(in_time, one.try_join(9)).await.expect("in time");
    assert!(matches!(refused, Err(QueueError::Busy { .. })), "{refused:?}");
    assert_eq!(one.places(&all).await, [(PlaceState::Admitted, None), (PlaceState::Left, None), nth(1)]);
    way.mend();
    while one.try_join(9).await.is_err() {}
}
