//! The knobs of the queue, each with its limit.

use std::time::Duration;

use sqlx::PgPool;

use crate::rules::controls::Controls;

/// The connections of queues: what is long keeps nobody waiting who joins.
#[derive(Debug, Clone)]
pub struct Pools {
    /// For what rooms write, some four.
    pub rooms: PgPool,
    /// For what is read at length, such as the places of a room that opens, and for everything else.
    pub others: PgPool,
}

impl From<PgPool> for Pools {
    /// One pool for both.
    fn from(pool: PgPool) -> Self {
        Self { rooms: pool.clone(), others: pool }
    }
}

/// How the queue behaves. Every channel and every table in memory has a bound here.
#[derive(Debug, Clone, Copy)]
pub struct QueueConfig {
    /// Commands that may wait at one room; one more is answered Busy.
    pub commands: usize,
    /// Commands written in one transaction.
    pub pile: usize,
    /// Numbers that are set aside at once.
    pub range: u32,
    /// Whether this node takes events; one that does not opens a room only where no other node can be asked.
    pub sells: bool,
    /// Rooms open at once on this node.
    pub rooms: usize,
    /// A room that nobody asks closes after this.
    pub idle: Duration,
    /// How long a pile waits for a database that is away before it is answered Busy.
    pub patience: Duration,
    /// How long one try at a database that says nothing may take; the draw of a million takes a second or two.
    pub silence: Duration,
    /// For how long a room whose lease is over tells those who wait their places while nobody can say whose the event is: less than the
    /// minute for which everybody counts as here at the next owner.
    pub adrift: Duration,
    /// How often the event's facts and the settings are read anew.
    pub reread: Duration,
    /// How long a place is kept after the sale.
    pub kept: Duration,
    /// Rows that a purge removes in one transaction.
    pub purge_bite: u32,
    /// All guards stand, unless a test switched one off.
    pub controls: Controls,
}

impl Default for QueueConfig {
    fn default() -> Self {
        Self {
            commands: 65_536,
            pile: 2_048,
            range: 10_000,
            sells: true,
            rooms: 1_024,
            idle: Duration::from_secs(120),
            patience: Duration::from_secs(5),
            silence: Duration::from_secs(30),
            adrift: Duration::from_secs(30),
            reread: Duration::from_secs(3),
            kept: Duration::from_secs(30 * 24 * 3_600),
            purge_bite: 5_000,
            controls: Controls::default(),
        }
    }
}
