//! Columns as the model's types: what every store reads alike, and places.

use domain::Place;
use jiff::Timestamp;
use sqlx::{PgConnection, Row, postgres::PgRow};

pub(crate) use pg::column::{
    bind, count as natural, decode, instant, integer, maybe_count as maybe_natural, maybe_instant, total,
};

pub(crate) fn place(row: &PgRow, lat: &str, lon: &str) -> sqlx::Result<Option<Place>> {
    let (lat, lon): (Option<f64>, Option<f64>) = (row.try_get(lat)?, row.try_get(lon)?);
    Ok(lat.zip(lon).and_then(|(lat, lon)| Place::new(lat, lon)))
}

/// The database's now, for columns whose own default would make COPY take row by row what it can take by the page.
pub(crate) async fn now(conn: &mut PgConnection) -> sqlx::Result<Timestamp> {
    instant(&sqlx::query("-- store.now\nSELECT clock_timestamp() AS now").fetch_one(conn).await?, "now")
}
