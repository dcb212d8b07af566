//! Pictures for a demo: drawn by us, read and put away as uploads are, and given to series, performers and venues.

use catalog::model::{ImageFile, ImageLimits, Kind};
use catalog::store::{image_links, performers, series, venues};
use catalog::write;
use domain::{Actor, Clock, ImageId, PerformerId, SeriesId, VenueId};
use renderer::photo;
use sha2::{Digest as _, Sha256};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::run::outcome::Outcome;
use crate::settings::config;
use crate::web::album::{Album, Name};

/// Pictures of a demo: enough that neighbours on a page differ, and few enough to be drawn in a moment.
const PICTURES: usize = 12;
/// Records in one read.
const BATCH: u32 = 5_000;
const NO_LIMITS: ImageLimits = ImageLimits { images: u64::MAX, bytes: u64::MAX };

/// Draws the pictures of a new demo and gives them to what is on.
///
/// Cost      some 40 ms a picture, and two statements for each 5,000 records.
pub async fn hang(pool: &PgPool, store: &str, clock: &Clock) -> Outcome<usize> {
    let album = Album::open(store, config::store_options())?;
    let mut images = Vec::with_capacity(PICTURES);
    for number in 0..PICTURES {
        images.push(upload(pool, &album, clock, number).await?);
    }
    let mut conn = pool.acquire().await?;
    let mut linked = 0;
    for kind in [Kind::Series, Kind::Performer, Kind::Venue] {
        let mut after = None;
        loop {
            let ids = batch(&mut conn, kind, after).await?;
            let Some(last) = ids.last() else { break };
            after = Some(*last);
            let links: Vec<(Uuid, ImageId)> =
                ids.iter().map(|id| (*id, images[usize::from(id.as_bytes()[15]) % images.len()])).collect();
            image_links::insert(&mut conn, kind, &links).await?;
            linked += links.len();
        }
    }
    Ok(linked)
}

async fn upload(pool: &PgPool, album: &Album, clock: &Clock, number: usize) -> Outcome<ImageId> {
    // spread over styles and colours
    let drawn = tokio::task::spawn_blocking(move || {
        let (png, alt) = photo::poster(number * 7)?;
        let photo = photo::read(&png)?;
        let (format, kept) = photo.kept()?;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>((photo, format, kept, alt))
    });
    let (photo, format, kept, alt) = drawn.await??;
    let file = ImageId::at(clock.now()).0;
    let sha256 = Sha256::digest(&kept).into();
    let bytes = kept.len() as u64;
    album.put(Name { file, width: None, format }, kept).await?;
    let format = format.as_str().to_owned();
    let opaque = photo.is_opaque();
    let file = ImageFile { file, sha256, format, opaque, width: photo.width(), height: photo.height(), bytes };
    let made = write::images::create(pool, clock, &Actor::house(), &alt, &file, NO_LIMITS, None).await?;
    Ok(made.record.id)
}

async fn batch(conn: &mut PgConnection, kind: Kind, after: Option<Uuid>) -> sqlx::Result<Vec<Uuid>> {
    Ok(match kind {
        Kind::Series => {
            series::read_batch(conn, after.map(SeriesId), BATCH).await?.iter().map(|record| record.row.id.0).collect()
        }
        Kind::Performer => {
            performers::read_batch(conn, after.map(PerformerId), BATCH).await?.iter().map(|record| record.row.id.0).collect()
        }
        _ => venues::read_batch(conn, after.map(VenueId), BATCH).await?.iter().map(|record| record.row.id.0).collect(),
    })
}
