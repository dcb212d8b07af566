//! Removing what is kept no longer, of every room; docs/OPERATIONS.md says how long each thing is kept.

use std::collections::HashSet;
use std::error::Error;
use std::time::Duration;

use booking::{Booking, Purged};
use catalog::store::{changes, creations, images};
use jiff::Timestamp;
use people::People;
use sqlx::PgPool;
use uuid::Uuid;

use crate::payments::sandbox::store::deliveries;
use crate::web::album::Album;
use crate::web::store::cache_purges;

/// How long lines of the change feed are kept, and how many are however old; an index that lacks others is built anew. Tests want them gone.
const FEED_HOURS: u32 = 7 * 24;
const FEED_LINES: u32 = if cfg!(test) { 0 } else { 10_000 };
/// From so much beyond it on it is said that lines stay.
const FEED_LATE_HOURS: u32 = 24;
/// How long a creation's idempotency key is kept.
const KEY_HOURS: u32 = 24;
/// How long an upload may take from its bytes to its row.
const UPLOAD_SECONDS: i64 = 3_600;
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

/// Removes files of pictures that no row names: of uploads that ended half-way, and of images that were replaced or deleted when the store
/// was away.
///
/// Takes     `folders`: how many of the 256 folders are looked through; the next sweep looks on from there.
pub async fn sweep_images(
    pool: &PgPool,
    album: &Album,
    now: Timestamp,
    folders: usize,
) -> Result<u64, Box<dyn Error + Send + Sync>> {
    let mut swept = 0;
    for _ in 0..folders {
        let mut files = album.files(album.next_folder()).await?;
        files.retain(|file| seconds_old(*file, now).is_some_and(|age| age > UPLOAD_SECONDS));
        let mut conn = pool.acquire().await?;
        let named: HashSet<Uuid> = images::files(&mut conn, &files).await?.into_iter().collect();
        drop(conn);
        for file in files.into_iter().filter(|file| !named.contains(file)) {
            album.remove(file).await?;
            swept += 1;
        }
    }
    Ok(swept)
}

/// How long ago an id was made; none for what is no id of ours, which is left alone.
fn seconds_old(file: Uuid, now: Timestamp) -> Option<i64> {
    let (seconds, _) = file.get_timestamp()?.to_unix();
    Some(now.as_second() - i64::try_from(seconds).ok()?)
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
    changes::purge(&mut connection, FEED_HOURS, FEED_LINES).await?;
    creations::purge(&mut connection, KEY_HOURS).await?;
    cache_purges::purge(&mut connection).await?;
    Ok(())
}

/// Measures how far back the change feed reaches, and says when lines stay beyond their time: no purge takes what a transaction that is open,
/// of whichever database of the server, may come before.
///
/// Gives     whether there are such lines.
pub async fn measure_feed(pool: &PgPool) -> sqlx::Result<bool> {
    let mut connection = pool.acquire().await?;
    let seconds = changes::oldest_seconds(&mut connection, FEED_LINES).await?.unwrap_or_default();
    metrics::gauge!("search_feed_oldest_seconds").set(seconds);
    let late = seconds > f64::from(FEED_HOURS + FEED_LATE_HOURS) * 3_600.0;
    if late {
        tracing::warn!(
            seconds,
            "lines of the change feed cannot be purged: a transaction of this server has been open or prepared since \
             (pg_stat_activity, pg_prepared_xacts)"
        );
    }
    Ok(late)
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalog::model::{ImageFile, ImageLimits};
    use domain::{Actor, Clock, ImageId};
    use renderer::photo::Format;

    use crate::web::album::Name;

    #[sqlx::test(migrations = "../migrations")]
    async fn only_old_files_that_no_row_names_are_swept(pool: PgPool) {
        let home = tempfile::tempdir().expect("a directory");
        let album = Album::open(&home.path().display().to_string(), []).expect("opened");
        let now = Clock::System.now();
        let long_ago = now.checked_sub(Duration::from_secs(2 * 3_600)).expect("in range");
        let put = async |at| {
            let file = ImageId::at(at).0;
            album.put(Name { file, width: None, format: Format::Png }, vec![1]).await.expect("put");
            file
        };
        let (named, orphan, fresh) = (put(long_ago).await, put(long_ago).await, put(now).await);
        let file = ImageFile { file: named, sha256: [0; 32], format: "png".into(), opaque: true, width: 1, height: 1, bytes: 1 };
        let room = ImageLimits { images: 9, bytes: 9 };
        catalog::write::images::create(&pool, &Clock::System, &Actor::house(), "x", &file, room, None).await.expect("made");
        // what is not ours stays, whatever its name
        std::fs::create_dir_all(home.path().join("00/others")).expect("a folder");
        assert_eq!(sweep_images(&pool, &album, now, 256).await.expect("swept"), 1);
        for (file, there) in [(named, true), (orphan, false), (fresh, true)] {
            let kept = album.get(Name { file, width: None, format: Format::Png }).await.expect("read");
            assert_eq!(kept.is_some(), there);
        }
        assert!(home.path().join("00/others").exists());
        assert_eq!(sweep_images(&pool, &album, now, 256).await.expect("swept"), 0);
    }

    /// The control: lines of today, and none.
    #[sqlx::test(migrations = "../migrations")]
    async fn lines_of_the_feed_that_a_forgotten_transaction_keeps_are_said(pool: PgPool) {
        assert!(!measure_feed(&pool).await.expect("measured"), "there is none");
        let mut forgotten = pool.begin().await.expect("begun");
        let mut conn = pool.acquire().await.expect("a connection");
        for connection in [&mut *forgotten, &mut *conn] {
            changes::append(connection, catalog::model::Kind::Event, &[Uuid::nil()]).await.expect("appended");
        }
        assert!(!measure_feed(&pool).await.expect("measured"), "it is of today");
        let aged = "UPDATE catalog_changes SET at = at - interval '9 days'";
        sqlx::query(aged).execute(&mut *conn).await.expect("aged");
        assert_eq!(changes::purge(&mut conn, FEED_HOURS, FEED_LINES).await.expect("purged"), 0, "the other may come before it");
        assert!(measure_feed(&pool).await.expect("measured"));
        forgotten.rollback().await.expect("ended");
        while changes::purge(&mut conn, FEED_HOURS, FEED_LINES).await.expect("purged") == 0 {
            tokio::task::yield_now().await;
        }
        assert!(!measure_feed(&pool).await.expect("measured"));
    }
}
