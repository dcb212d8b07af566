//! Removing what is kept no longer, of every room; docs/OPERATIONS.md says how long each thing is kept.

use std::error::Error;
use std::time::Duration;

use booking::{Booking, Purged};
use catalog::store::{changes, creations};
use people::People;
use sqlx::PgPool;

use crate::payments::sandbox::store::deliveries;

/// How long lines of the change feed are kept; an index older than that is built anew.
const FEED_HOURS: u32 = 7 * 24;
/// How long a creation's idempotency key is kept.
const KEY_HOURS: u32 = 24;
/// How long a notice that was taken is kept. One that was not taken is never removed.
const DELIVERIES: Duration = Duration::from_secs(30 * 24 * 3_600);
/// Notices removed in one transaction.
const BITE: i64 = 1_000;

/// How many of each were removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Removed {
    pub selling: Purged,
    /// Notices of the sandbox that were taken long ago.
    pub deliveries: u64,
    /// Sessions, partners' counts, lines of the audit log.
    pub people: u64,
    /// Buyers without session, account and order.
    pub buyers: u64,
}

/// Removes what is kept no longer, in bites. What fails does not keep the rest from being removed; the first failure is given.
///
/// Takes     `pages`: how many times a thousand buyers are looked at, at most; the next purge of this process looks on from there.
pub async fn purge(
    pool: &PgPool,
    booking: &Booking,
    people: &People,
    pages: usize,
) -> Result<Removed, Box<dyn Error + Send + Sync>> {
    let selling = booking.purge().await;
    let deliveries = purge_deliveries(pool, booking).await;
    let ended = people.purge().await;
    let buyers = purge_buyers(booking, people, pages).await;
    purge_catalogue(pool).await?;
    Ok(Removed { selling: selling?, deliveries: deliveries?, people: ended?, buyers: buyers? })
}

async fn purge_buyers(booking: &Booking, people: &People, pages: usize) -> Result<u64, Box<dyn Error + Send + Sync>> {
    let mut sum = 0;
    for _ in 0..pages {
        let idle = people.next_idle_buyers().await?;
        if idle.is_empty() {
            break;
        }
        let strangers = booking.without_orders(&idle).await?;
        sum += people.forget_buyers(&strangers).await?;
    }
    Ok(sum)
}

async fn purge_deliveries(pool: &PgPool, booking: &Booking) -> sqlx::Result<u64> {
    let now = booking.now();
    let before = now.checked_sub(DELIVERIES).unwrap_or(now);
    let mut sum = 0;
    loop {
        let removed = deliveries::purge(pool, before, BITE).await?;
        sum += removed;
        if removed < BITE.unsigned_abs() {
            return Ok(sum);
        }
    }
}

async fn purge_catalogue(pool: &PgPool) -> sqlx::Result<()> {
    let mut connection = pool.acquire().await?;
    changes::purge(&mut connection, FEED_HOURS).await?;
    creations::purge(&mut connection, KEY_HOURS).await?;
    Ok(())
}
