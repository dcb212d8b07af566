//! Series: create, replace, patch, delete.

use domain::{Actor, Clock, OrganiserId, SeriesId};
use sqlx::{PgConnection, PgPool};

use super::told::{Change, tell, with_image};
use super::{Claim, Created, WriteError, check, claimed, images, matched};
use crate::model::{Kind, NewSeries, Series, SeriesPatch, SeriesRow};
use crate::store::{self, changes};

/// Creates a series.
///
/// Refuses   invalid (names the field), key_reused.
pub async fn create(
    pool: &PgPool,
    clock: &Clock,
    by: &Actor,
    new: NewSeries,
    claim: Option<Claim>,
) -> Result<Created<Series>, WriteError> {
    let new = check::series(new)?;
    let id = SeriesId::at(clock.now());
    let mut tx = pg::begin_briefly(pool).await?;
    if let Some(before) = claimed(&mut tx, claim, Kind::Series, id.0).await? {
        let record = shown(&mut tx, SeriesId(before)).await?;
        return Ok(Created { record, replayed: true });
    }
    images::may_show(&mut tx, by.organiser, new.image_id).await?;
    let (image, row) = (new.image_id, row(id, new));
    store::series::copy_in(&mut tx, by.organiser, std::slice::from_ref(&row)).await?;
    store::image_links::set(&mut tx, Kind::Series, id.0, image).await?;
    let made = Change {
        owner: by.organiser,
        action: "series.create",
        kind: Kind::Series,
        id: id.0,
        before: None,
        after: Some(with_image(store::series::record(&row), image)),
    };
    tell(&mut tx, by, made).await?;
    changes::append(&mut tx, Kind::Series, &[id.0]).await?;
    let record = shown(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Created { record, replayed: false })
}

/// Replaces all that an organiser writes of a series.
///
/// Takes     `if_match`: the version it must still have.
/// Refuses   not_found, conflict, invalid.
pub async fn replace(
    pool: &PgPool,
    by: &Actor,
    id: SeriesId,
    new: NewSeries,
    if_match: Option<i64>,
) -> Result<Series, WriteError> {
    let mut tx = pg::begin_briefly(pool).await?;
    let owner = matched(store::series::lock(&mut tx, by.bounds(), id).await?, if_match)?;
    let before = shown(&mut tx, id).await?;
    let series = write(&mut tx, by, owner, &before, new).await?;
    tx.commit().await?;
    Ok(series)
}

/// Changes some fields of a series; otherwise as [`replace`].
pub async fn patch(
    pool: &PgPool,
    by: &Actor,
    id: SeriesId,
    patch: SeriesPatch,
    if_match: Option<i64>,
) -> Result<Series, WriteError> {
    let mut tx = pg::begin_briefly(pool).await?;
    let owner = matched(store::series::lock(&mut tx, by.bounds(), id).await?, if_match)?;
    let before = shown(&mut tx, id).await?;
    let mut new = NewSeries::from(&before);
    patch.apply(&mut new);
    let series = write(&mut tx, by, owner, &before, new).await?;
    tx.commit().await?;
    Ok(series)
}

/// Deletes a series without dates.
///
/// Refuses   not_found, conflict, in_use.
pub async fn delete(pool: &PgPool, by: &Actor, id: SeriesId, if_match: Option<i64>) -> Result<(), WriteError> {
    let mut tx = pg::begin_briefly(pool).await?;
    let owner = matched(store::series::lock(&mut tx, by.bounds(), id).await?, if_match)?;
    let before = shown(&mut tx, id).await?;
    if store::events::in_series(&mut tx, id).await? {
        return Err(WriteError::InUse { by: "events are dates of the series" });
    }
    store::series::delete(&mut tx, by.bounds(), id).await?;
    store::image_links::set(&mut tx, Kind::Series, id.0, None).await?;
    let gone = Change {
        owner,
        action: "series.delete",
        kind: Kind::Series,
        id: id.0,
        before: Some(with_image(store::series::record(&before.row), before.image.own)),
        after: None,
    };
    tell(&mut tx, by, gone).await?;
    changes::append(&mut tx, Kind::Series, &[id.0]).await?;
    tx.commit().await?;
    Ok(())
}

async fn write(
    conn: &mut PgConnection,
    by: &Actor,
    owner: OrganiserId,
    before: &Series,
    new: NewSeries,
) -> Result<Series, WriteError> {
    let new = check::series(new)?;
    images::may_show(conn, owner, new.image_id).await?;
    let (id, image, row) = (before.row.id, new.image_id, row(before.row.id, new));
    let touched = if store::image_links::set(conn, Kind::Series, id.0, image).await? { vec![id.0] } else { Vec::new() };
    let changed = store::series::update(conn, by.bounds(), std::slice::from_ref(&row), &touched).await?;
    changes::append(conn, Kind::Series, &changed).await?;
    let before = Some(with_image(store::series::record(&before.row), before.image.own));
    let after = Some(with_image(store::series::record(&row), image));
    tell(conn, by, Change { owner, action: "series.change", kind: Kind::Series, id: id.0, before, after }).await?;
    shown(conn, id).await
}

/// The record with its picture.
async fn shown(conn: &mut PgConnection, id: SeriesId) -> Result<Series, WriteError> {
    let record = store::series::get(conn, id).await?.ok_or(WriteError::NotFound)?;
    Ok(store::image_links::fill_one(conn, record).await?)
}

/// A checked record as it is stored.
pub(crate) fn row(id: SeriesId, new: NewSeries) -> SeriesRow {
    SeriesRow {
        id,
        external_id: new.external_id,
        source: new.source,
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
        let patched = patch(&pool, &domain::Actor::house(), made.row.id, renamed, Some(1)).await.expect("patched");
        assert_eq!((patched.version, patched.row.slug.as_str()), (2, "last-tour"));
        let new = NewSeries { title: "World Tour".into(), ..NewSeries::default() };
        assert_eq!(replace(&pool, &domain::Actor::house(), made.row.id, new, Some(2)).await.expect("replaced").row, made.row);
        delete(&pool, &domain::Actor::house(), made.row.id, Some(3)).await.expect("deleted");
        assert!(matches!(delete(&pool, &domain::Actor::house(), made.row.id, None).await, Err(WriteError::NotFound)));
        assert_eq!(fixture::feed(&pool).await, [(Kind::Series, made.row.id.0); 4]);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_series_with_dates_stays(pool: PgPool) {
        let made = fixture::series(&pool, "World Tour").await;
        fixture::event(&pool, NewEvent { series_id: Some(made.row.id), ..new_event("Night") }).await;
        assert!(matches!(delete(&pool, &domain::Actor::house(), made.row.id, None).await, Err(WriteError::InUse { .. })));
    }
}
