//! The knobs of selling, each with its limit.

use std::time::Duration;

use sqlx::PgPool;

use crate::neighbours::Nodes;
use crate::rules::controls::Controls;
use crate::rules::hoard::HoardLimits;
use crate::rules::waitlist::knobs::Knobs;

/// The connections of selling: whoever only looks must not keep desks waiting.
#[derive(Debug, Clone)]
pub struct Pools {
    /// For transactions that sell.
    pub desks: PgPool,
    /// For everything else.
    pub others: PgPool,
}

impl From<PgPool> for Pools {
    /// One pool for both.
    fn from(pool: PgPool) -> Self {
        Self { desks: pool.clone(), others: pool }
    }
}

/// How booking behaves. Every queue and every table in memory has a bound here.
#[derive(Debug, Clone)]
pub struct BookingConfig {
    /// How long a hold lasts; `until` says so.  Source: five minutes, the ticketing designs this follows.
    pub hold_ttl: Duration,
    /// Commands that may wait at one desk; one more is answered Busy.
    pub queue: usize,
    /// Commands decided in one transaction.
    pub pile: usize,
    /// Time for deciding the commands of one transaction; those that are left go into the next one.
    pub deciding: Duration,
    /// Desks open at once on this node: events that something is sold at just now.
    pub desks: usize,
    /// A desk without commands and held places closes after this.
    pub idle: Duration,
    /// How old a seats view may be, and how often other nodes' sales are looked for at events that are watched.
    pub poll: Duration,
    /// Events shown to viewers at once on this node.
    pub shown: usize,
    /// What they may take in memory; those that nobody watches make room.
    pub shown_bytes: usize,
    /// Attempts at one transaction before the pile is answered with a fault.
    pub attempts: u32,
    /// How long a pile, or whoever only reads, waits for a database that is away before it is answered Busy.
    pub patience: Duration,
    /// How long idempotency keys are kept.
    pub keys_kept: Duration,
    /// How long entries of the journal are kept; what they came to is kept for ever.
    pub journal_kept: Duration,
    /// How long a hold that ended without an order and without a payment is kept.
    pub holds_kept: Duration,
    /// How long a hold is kept whose payments came to nothing, and they with it: until then a late capture finds them.
    pub unpaid_kept: Duration,
    /// How long it is known which notices were acted on. Captures are known for ever.
    pub notices_kept: Duration,
    /// How long a node may draw the prints it took: after that another one may.
    pub print_claim: Duration,
    /// Rows that a purge removes in one transaction.
    pub purge_bite: u32,
    /// How much one address and one buyer may hold at once.
    pub hoards: HoardLimits,
    /// This node among several; none: it sells by itself, and others may as well.
    pub nodes: Option<Nodes>,
    /// How long is waited for places, and how fairly.
    pub waitlist: Knobs,
    /// All guards stand, unless a test switched one off.
    pub controls: Controls,
}

impl Default for BookingConfig {
    fn default() -> Self {
        Self {
            hold_ttl: Duration::from_secs(300),
            queue: 4_096,
            pile: 1_024,
            deciding: Duration::from_millis(50),
            desks: 1_024,
            idle: Duration::from_secs(120),
            poll: Duration::from_secs(1),
            shown: 50_000,
            shown_bytes: 256 * 1024 * 1024,
            attempts: 40,
            patience: Duration::from_secs(15),
            keys_kept: Duration::from_secs(24 * 3_600),
            journal_kept: Duration::from_secs(7 * 24 * 3_600),
            holds_kept: Duration::from_secs(7 * 24 * 3_600),
            unpaid_kept: Duration::from_secs(90 * 24 * 3_600),
            notices_kept: Duration::from_secs(30 * 24 * 3_600),
            print_claim: Duration::from_secs(30),
            purge_bite: 1_000,
            hoards: HoardLimits::default(),
            nodes: None,
            waitlist: Knobs::default(),
            controls: Controls::default(),
        }
    }
}
