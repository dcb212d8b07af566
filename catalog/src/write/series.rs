//! Series: create, replace, patch, delete.

use domain::{Clock, SeriesId};
use sqlx::{PgConnection, PgPool};

use super::{Claim, Created, WriteError, check, claimed, matched};
use crate::model::{Kind, NewSeries, Series, SeriesPatch, SeriesRow};
use crate::store::{self, changes};

/// Creates a series.
///
/// Refuses   invalid (names the field), key_reused.
pub async fn create(pool: &PgPool, clock: &Clock, new: NewSeries, claim: Option<Claim>) -> Result<Created<Series>, WriteError> {
    check::series(&new)?;
    let id = SeriesId::at(clock.now());
    let mut tx = pool.begin().await?;
    if let Some(before) = claimed(&mut tx, claim, Kind::Series, id.0).await? {
        let record = store::series::get(&mut tx, SeriesId(before)).await?.ok_or(WriteError::NotFound)?;
        return Ok(Created { record, replayed: true });
    }
    store::series::copy_in(&mut tx, &[row(id, new)]).await?;
    changes::append(&mut tx, Kind::Series, &[id.0]).await?;
    let record = store::series::get(&mut tx, id).await?.ok_or(WriteError::NotFound)?;
    tx.commit().await?;
    Ok(Created { record, replayed: false })
}

/// Replaces all that an organiser writes of a series.
///
/// Takes     `if_match`: the version it must still have.
/// Refuses   not_found, conflict, invalid.
pub async fn replace(pool: &PgPool, id: SeriesId, new: NewSeries, if_match: Option<i64>) -> Result<Series, WriteError> {
    let mut tx = pool.begin().await?;
    matched(store::series::lock(&mut tx, id).await?, if_match)?;
    let series = write(&mut tx, id, new).await?;
    tx.commit().await?;
    Ok(series)
}

/// Changes some fields of a series; otherwise as [`replace`].
pub async fn patch(pool: &PgPool, id: SeriesId, patch: SeriesPatch, if_match: Option<i64>) -> Result<Series, WriteError> {
    let mut tx = pool.begin().await?;
    matched(store::series::lock(&mut tx, id).await?, if_match)?;
    let before = store::series::get(&mut tx, id).await?.ok_or(WriteError::NotFound)?;
    let mut new = NewSeries::from(&before);
    patch.apply(&mut new);
    let series = write(&mut tx, id, new).await?;
    tx.commit().await?;
    Ok(series)
}

/// Deletes a series without dates.
///
/// Refuses   not_found, conflict, in_use.
pub async fn delete(pool: &PgPool, id: SeriesId, if_match: Option<i64>) -> Result<(), WriteError> {
    let mut tx = pool.begin().await?;
    matched(store::series::lock(&mut tx, id).await?, if_match)?;
    if store::events::in_series(&mut tx, id).await? {
        return Err(WriteError::InUse { by: "events are dates of the series" });
    }
    store::series::delete(&mut tx, id).await?;
    changes::append(&mut tx, Kind::Series, &[id.0]).await?;
    tx.commit().await?;
    Ok(())
}

async fn write(conn: &mut PgConnection, id: SeriesId, new: NewSeries) -> Result<Series, WriteError> {
    check::series(&new)?;
    let changed = store::series::update(conn, &[row(id, new)]).await?;
    changes::append(conn, Kind::Series, &changed).await?;
    store::series::get(conn, id).await?.ok_or(WriteError::NotFound)
}

/// A checked record as it is stored.
pub(crate) fn row(id: SeriesId, new: NewSeries) -> SeriesRow {
    SeriesRow {
        id,
        external_id: new.external_id,
        slug: domain::text::slug(&new.title),
        title: new.title,
        kind: if new.kind.is_empty() { "series".to_owned() } else { new.kind },
        category: new.category,
        description: new.description,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::NewEvent;
    use crate::write::fixture::{self, new_event};

    #[sqlx::test(migrations = "../migrations")]
    async fn a_series_comes_changes_and_goes(pool: PgPool) {
        let made = fixture::series(&pool, "World Tour").await;
        let renamed = SeriesPatch { title: Some("Last Tour".into()), ..SeriesPatch::default() };
        let patched = patch(&pool, made.row.id, renamed, Some(1)).await.expect("patched");
        assert_eq!((patched.version, patched.row.slug.as_str()), (2, "last-tour"));
        let new = NewSeries { title: "World Tour".into(), ..NewSeries::default() };
        assert_eq!(replace(&pool, made.row.id, new, Some(2)).await.expect("replaced").row, made.row);
        delete(&pool, made.row.id, Some(3)).await.expect("deleted");
        assert!(matches!(delete(&pool, made.row.id, None).await, Err(WriteError::NotFound)));
        assert_eq!(fixture::feed(&pool).await, [(Kind::Series, made.row.id.0); 4]);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_series_with_dates_stays(pool: PgPool) {
        let made = fixture::series(&pool, "World Tour").await;
        fixture::event(&pool, NewEvent { series_id: Some(made.row.id), ..new_event("Night") }).await;
        assert!(matches!(delete(&pool, made.row.id, None).await, Err(WriteError::InUse { .. })));
    }
}
