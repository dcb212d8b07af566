//! An event with a queue, and buyers.

use std::time::Duration;

use domain::{Actor, BuyerId, BuyerIds, Clock, EventId, Passes, QueueToken, QueueTokens};
use jiff::Timestamp;
use lease::Leases;
use sqlx::PgPool;

use crate::rules::controls::{Controls, Guard};
use crate::store::fixture;
use crate::{Joined, PlaceState, Queue, QueueConfig, QueueError, Settings, Status};

pub const SEEDS: [[u8; 32]; 1] = [[7; 32]];

pub struct TestQueue {
    pub pool: PgPool,
    pub clock: Clock,
    pub event: EventId,
    pub queue: Queue,
}

pub fn noon() -> Timestamp {
    "2027-03-12T12:00:00Z".parse().expect("an instant")
}

impl TestQueue {
    /// On sale since noon, which it is.
    pub async fn open(pool: &PgPool, settings: Settings) -> TestQueue {
        Self::opens(pool, settings, noon()).await
    }

    pub async fn opens(pool: &PgPool, settings: Settings, opens_at: Timestamp) -> TestQueue {
        let (clock, event) = (Clock::manual(noon()), fixture::event(pool, opens_at).await);
        let test = TestQueue { pool: pool.clone(), clock: clock.clone(), event, queue: queue(pool, clock, None) };
        test.queue.configure(&Actor::house(), event, settings).await.expect("configured");
        test
    }

    /// Another start on the same rows. The one before it is not told.
    pub fn again(&self, without: Option<Guard>) -> TestQueue {
        let queue = queue(&self.pool, self.clock.clone(), without);
        TestQueue { pool: self.pool.clone(), clock: self.clock.clone(), event: self.event, queue }
    }

    pub async fn try_join(&self, n: u32) -> Result<Joined, QueueError> {
        self.queue.join(self.event, &buyer(n), false).await
    }

    pub async fn join(&self, n: u32) -> Joined {
        self.try_join(n).await.expect("joined")
    }

    pub async fn status(&self, joined: &Joined) -> Status {
        self.queue.status(&joined.token).await.expect("a status")
    }

    /// Everybody's state and place, which is a sign of life.
    pub async fn places(&self, joined: &[Joined]) -> Vec<(PlaceState, Option<u32>)> {
        let mut places = Vec::new();
        for one in joined {
            let status = self.status(one).await;
            places.push((status.state, status.place));
        }
        places
    }

    /// Lets time pass, with everybody here, and does what is due.
    pub async fn pass(&self, seconds: u64, here: &[Joined]) {
        self.clock.advance(Duration::from_secs(seconds));
        self.places(here).await;
        self.settle().await;
    }

    pub async fn settle(&self) {
        self.queue.look_again(self.event).await.expect("looked");
    }
}

pub fn queue(pool: &PgPool, clock: Clock, without: Option<Guard>) -> Queue {
    let config = QueueConfig {
        range: 100,
        patience: Duration::from_millis(500),
        // a test says when it looks again
        reread: Duration::MAX,
        controls: without.map(Controls::without).unwrap_or_default(),
        ..QueueConfig::default()
    };
    queue_of(pool, None, clock, config)
}

pub fn queue_of(pool: &PgPool, leases: Option<Leases>, clock: Clock, config: QueueConfig) -> Queue {
    Queue::start(pool.clone(), leases, clock, QueueTokens::of_seeds(&SEEDS), Passes::of_seeds(&SEEDS), config)
}

pub fn buyer(n: u32) -> BuyerIds {
    BuyerIds::from(BuyerId(uuid::Uuid::from_u128(u128::from(n) + 1)))
}

pub fn number(joined: &Joined) -> u32 {
    opened(&joined.token).number
}

pub fn opened(token: &str) -> QueueToken {
    QueueTokens::of_seeds(&SEEDS).open(token).expect("a token")
}

/// Waits in line as the n-th.
pub fn nth(n: u32) -> (PlaceState, Option<u32>) {
    (PlaceState::Waiting, Some(n))
}
