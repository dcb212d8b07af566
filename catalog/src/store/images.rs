//! Images: the rows; their bytes lie in a store of objects.

use domain::{ImageId, OrganiserId};
use serde_json::{Value, json};
use sqlx::{
    PgConnection, Postgres, Row,
    postgres::{PgArguments, PgRow},
    query::Query,
};
use uuid::Uuid;

use super::{Locked, column};
use crate::model::{Image, ImageFile};

pub async fn get(conn: &mut PgConnection, id: ImageId) -> sqlx::Result<Option<Image>> {
    let row = sqlx::query("-- images.get\nSELECT * FROM images WHERE id = $1").bind(id.0).fetch_optional(conn).await?;
    row.as_ref().map(image).transpose()
}

/// Locks an image's row until the transaction ends, if it is theirs who may; gives its version and whose it is.
pub async fn lock(conn: &mut PgConnection, bounds: Option<OrganiserId>, id: ImageId) -> sqlx::Result<Option<Locked>> {
    let statement = "-- images.lock
        SELECT version, organiser_id FROM images WHERE id = $1 AND ($2::uuid IS NULL OR organiser_id = $2) FOR UPDATE";
    Locked::read(conn, statement, bounds, id.0).await
}

/// Whether an organiser may show an image: it is its own or the house's. Keeps it until the transaction ends.
pub async fn usable(conn: &mut PgConnection, owner: OrganiserId, id: ImageId) -> sqlx::Result<bool> {
    let statement = "-- images.usable\nSELECT FROM images WHERE id = $1 AND organiser_id IN ($2, $3) FOR KEY SHARE";
    let found = sqlx::query(statement).bind(id.0).bind(owner.0).bind(OrganiserId::HOUSE.0).fetch_optional(conn).await?;
    Ok(found.is_some())
}

/// Lets the uploads of one organiser count one after the other, until the transaction ends.
pub async fn line_up(conn: &mut PgConnection, owner: OrganiserId) -> sqlx::Result<()> {
    let statement = "-- images.line_up\nSELECT pg_advisory_xact_lock(hashtextextended('images ' || $1, 0))";
    sqlx::query(statement).bind(owner.to_string()).execute(conn).await?;
    Ok(())
}

/// How many images an organiser has, and how many bytes they are.
pub async fn used(conn: &mut PgConnection, owner: OrganiserId) -> sqlx::Result<(u64, u64)> {
    let statement = "-- images.used
        SELECT count(*) AS images, coalesce(sum(bytes), 0)::bigint AS bytes FROM images WHERE organiser_id = $1";
    let row = sqlx::query(statement).bind(owner.0).fetch_one(conn).await?;
    Ok((column::total(&row, "images")?, column::total(&row, "bytes")?))
}

pub async fn insert(conn: &mut PgConnection, owner: OrganiserId, id: ImageId, alt: &str, file: &ImageFile) -> sqlx::Result<()> {
    let statement = "-- images.insert
        INSERT INTO images (id, organiser_id, alt, file, sha256, format, opaque, width, height, bytes)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    bound(sqlx::query(statement).bind(id.0).bind(owner.0), alt, file).execute(conn).await?;
    Ok(())
}

/// Gives an image another text and other bytes, and the next version; bounds again, beside the lock.
pub async fn update(
    conn: &mut PgConnection,
    bounds: Option<OrganiserId>,
    id: ImageId,
    alt: &str,
    file: &ImageFile,
) -> sqlx::Result<()> {
    let statement = "-- images.update
        UPDATE images SET alt = $3, file = $4, sha256 = $5, format = $6, opaque = $7, width = $8, height = $9, bytes = $10,
            version = version + 1, updated_at = clock_timestamp()
        WHERE id = $1 AND ($2::uuid IS NULL OR organiser_id = $2)";
    bound(sqlx::query(statement).bind(id.0).bind(bounds.map(|own| own.0)), alt, file).execute(conn).await?;
    Ok(())
}

/// Counts what was made of an image's file and lies beside it; nothing where the image has another file by now.
pub async fn add_derived(conn: &mut PgConnection, id: ImageId, file: Uuid, bytes: u64) -> sqlx::Result<()> {
    let statement = "-- images.add_derived
        INSERT INTO derived_images AS d (image_id, file, bytes) SELECT id, file, $3 FROM images WHERE id = $1 AND file = $2
        ON CONFLICT (image_id) DO UPDATE SET file = excluded.file,
            bytes = CASE d.file WHEN excluded.file THEN d.bytes ELSE 0 END + excluded.bytes";
    let query = sqlx::query(statement).bind(id.0).bind(file).bind(i64::try_from(bytes).unwrap_or(i64::MAX));
    query.execute(conn).await?;
    Ok(())
}

/// Where more than `most` bytes were made of an organiser's files: counts nothing any more of the one of which the most was made, and
/// gives it.
pub async fn drop_derived(conn: &mut PgConnection, owner: OrganiserId, most: u64) -> sqlx::Result<Option<Uuid>> {
    let statement = "-- images.drop_derived
        DELETE FROM derived_images WHERE image_id = (
            SELECT image_id FROM (
                SELECT d.image_id, d.bytes, sum(d.bytes) OVER () AS weigh
                FROM derived_images d JOIN images i ON i.id = d.image_id AND i.file = d.file WHERE i.organiser_id = $1) made
            WHERE weigh > $2 ORDER BY bytes DESC, image_id LIMIT 1)
        RETURNING file";
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    sqlx::query_scalar(statement).bind(owner.0).bind(most).fetch_optional(conn).await
}

/// Binds text and bytes, $3 to $10.
fn bound(query: Query<'static, Postgres, PgArguments>, alt: &str, file: &ImageFile) -> Query<'static, Postgres, PgArguments> {
    query
        .bind(alt)
        .bind(file.file)
        .bind(&file.sha256[..])
        .bind(&file.format)
        .bind(file.opaque)
        .bind(column::integer(file.width))
        .bind(column::integer(file.height))
        .bind(i64::try_from(file.bytes).unwrap_or(i64::MAX))
}

pub async fn delete(conn: &mut PgConnection, bounds: Option<OrganiserId>, id: ImageId) -> sqlx::Result<()> {
    let statement = "-- images.delete\nDELETE FROM images WHERE id = $1 AND ($2::uuid IS NULL OR organiser_id = $2)";
    sqlx::query(statement).bind(id.0).bind(bounds.map(|own| own.0)).execute(conn).await?;
    Ok(())
}

/// Which of these files a row names.
pub async fn files(conn: &mut PgConnection, files: &[Uuid]) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar("-- images.files\nSELECT file FROM images WHERE file = ANY($1)").bind(files).fetch_all(conn).await
}

/// An image as the audit log tells it.
pub(crate) fn told(alt: &str, file: &ImageFile) -> Value {
    json!({ "alt": alt, "sha256": hex(&file.sha256), "width": file.width, "height": file.height, "bytes": file.bytes })
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn image(row: &PgRow) -> sqlx::Result<Image> {
    let sha256: Vec<u8> = row.try_get("sha256")?;
    Ok(Image {
        id: ImageId(row.try_get("id")?),
        organiser: OrganiserId(row.try_get("organiser_id")?),
        file: ImageFile {
            file: row.try_get("file")?,
            sha256: sha256.try_into().map_err(|_| column::decode("sha256", "has no 32 bytes".to_owned()))?,
            format: row.try_get("format")?,
            opaque: row.try_get("opaque")?,
            width: column::natural(row, "width")?,
            height: column::natural(row, "height")?,
            bytes: column::total(row, "bytes")?,
        },
        alt: row.try_get("alt")?,
        version: row.try_get("version")?,
        created_at: column::instant(row, "created_at")?,
        updated_at: column::instant(row, "updated_at")?,
    })
}
