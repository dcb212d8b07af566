//! Performers: create, replace, patch, delete.

use domain::{Actor, Clock, OrganiserId, PerformerId};
use sqlx::{PgConnection, PgPool};

use super::told::{Change, tell, with_image};
use super::{Claim, Created, WriteError, check, claimed, images, matched};
use crate::model::{Kind, NewPerformer, Performer, PerformerPatch, PerformerRow};
use crate::store::{self, changes};

/// Creates a performer.
///
/// Refuses   invalid (names the field), key_reused.
pub async fn create(
    pool: &PgPool,
    clock: &Clock,
    by: &Actor,
    new: NewPerformer,
    claim: Option<Claim>,
) -> Result<Created<Performer>, WriteError> {
    let new = check::performer(new)?;
    let id = PerformerId::at(clock.now());
    let mut tx = pg::begin_briefly(pool).await?;
    if let Some(before) = claimed(&mut tx, claim, Kind::Performer, id.0).await? {
        let record = shown(&mut tx, PerformerId(before)).await?;
        return Ok(Created { record, replayed: true });
    }
    images::may_show(&mut tx, by.organiser, new.image_id).await?;
    let (image, row) = (new.image_id, row(id, new));
    store::performers::copy_in(&mut tx, by.organiser, std::slice::from_ref(&row)).await?;
    store::image_links::set(&mut tx, Kind::Performer, id.0, image).await?;
    let made = Change {
        owner: by.organiser,
        action: "performers.create",
        kind: Kind::Performer,
        id: id.0,
        before: None,
        after: Some(with_image(store::performers::record(&row), image)),
    };
    tell(&mut tx, by, made).await?;
    changes::append(&mut tx, Kind::Performer, &[id.0]).await?;
    let record = shown(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Created { record, replayed: false })
}

/// Replaces all that an organiser writes of a performer.
///
/// Takes     `if_match`: the version it must still have.
/// Refuses   not_found, conflict, invalid.
pub async fn replace(
    pool: &PgPool,
    by: &Actor,
    id: PerformerId,
    new: NewPerformer,
    if_match: Option<i64>,
) -> Result<Performer, WriteError> {
    let mut tx = pg::begin_briefly(pool).await?;
    let owner = matched(store::performers::lock(&mut tx, by.bounds(), id).await?, if_match)?;
    let before = shown(&mut tx, id).await?;
    let performer = write(&mut tx, by, owner, &before, new).await?;
    tx.commit().await?;
    Ok(performer)
}

/// Changes some fields of a performer; otherwise as [`replace`].
pub async fn patch(
    pool: &PgPool,
    by: &Actor,
    id: PerformerId,
    patch: PerformerPatch,
    if_match: Option<i64>,
) -> Result<Performer, WriteError> {
    let mut tx = pg::begin_briefly(pool).await?;
    let owner = matched(store::performers::lock(&mut tx, by.bounds(), id).await?, if_match)?;
    let before = shown(&mut tx, id).await?;
    let mut new = NewPerformer::from(&before);
    patch.apply(&mut new);
    let performer = write(&mut tx, by, owner, &before, new).await?;
    tx.commit().await?;
    Ok(performer)
}

/// Deletes a performer who is on no bill.
///
/// Refuses   not_found, conflict, in_use.
pub async fn delete(pool: &PgPool, by: &Actor, id: PerformerId, if_match: Option<i64>) -> Result<(), WriteError> {
    let mut tx = pg::begin_briefly(pool).await?;
    let owner = matched(store::performers::lock(&mut tx, by.bounds(), id).await?, if_match)?;
    let before = shown(&mut tx, id).await?;
    if store::event_performers::on_a_bill(&mut tx, id).await? {
        return Err(WriteError::InUse { by: "the performer is on the bill of events" });
    }
    store::performers::delete(&mut tx, by.bounds(), id).await?;
    store::image_links::set(&mut tx, Kind::Performer, id.0, None).await?;
    let gone = Change {
        owner,
        action: "performers.delete",
        kind: Kind::Performer,
        id: id.0,
        before: Some(with_image(store::performers::record(&before.row), before.image.own)),
        after: None,
    };
    tell(&mut tx, by, gone).await?;
    changes::append(&mut tx, Kind::Performer, &[id.0]).await?;
    tx.commit().await?;
    Ok(())
}

async fn write(
    conn: &mut PgConnection,
    by: &Actor,
    owner: OrganiserId,
    before: &Performer,
    new: NewPerformer,
) -> Result<Performer, WriteError> {
    let new = check::performer(new)?;
    images::may_show(conn, owner, new.image_id).await?;
    let (id, image, row) = (before.row.id, new.image_id, row(before.row.id, new));
    let touched = if store::image_links::set(conn, Kind::Performer, id.0, image).await? { vec![id.0] } else { Vec::new() };
    let changed = store::performers::update(conn, by.bounds(), std::slice::from_ref(&row), &touched).await?;
    changes::append(conn, Kind::Performer, &changed).await?;
    let before = Some(with_image(store::performers::record(&before.row), before.image.own));
    let after = Some(with_image(store::performers::record(&row), image));
    tell(conn, by, Change { owner, action: "performers.change", kind: Kind::Performer, id: id.0, before, after }).await?;
    shown(conn, id).await
}

/// The record with its picture.
async fn shown(conn: &mut PgConnection, id: PerformerId) -> Result<Performer, WriteError> {
    let record = store::performers::get(conn, id).await?.ok_or(WriteError::NotFound)?;
    Ok(store::image_links::fill_one(conn, record).await?)
}

/// A checked record as it is stored.
pub(crate) fn row(id: PerformerId, new: NewPerformer) -> PerformerRow {
    PerformerRow {
        id,
        external_id: new.external_id,
        source: new.source,
        slug: domain::text::slug(&new.name),
        name: new.name,
        sort_name: new.sort_name,
        kind: if new.kind.is_empty() { "performer".to_owned() } else { new.kind },
        kinds: new.kinds,
        instruments: new.instruments,
        sport: new.sport,
        city: new.city,
        country: new.country,
        aliases: new.aliases,
        description: new.description,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::NewEvent;
    use crate::write::fixture::{self, cast, new_event};

    #[sqlx::test(migrations = "../migrations")]
    async fn a_performer_comes_changes_and_goes(pool: PgPool) {
        let made = fixture::performer(&pool, "Antonín Dvořák").await;
        assert_eq!((made.row.slug.as_str(), made.row.kind.as_str()), ("antonin-dvorak", "performer"));
        let aliases = PerformerPatch { aliases: Some(vec!["Dvorak".into()]), ..PerformerPatch::default() };
        let patched = patch(&pool, &domain::Actor::house(), made.row.id, aliases, Some(1)).await.expect("patched");
        assert_eq!((patched.version, patched.row.aliases.len(), patched.row.name), (2, 1, made.row.name.clone()));
        let new = NewPerformer { name: "A. Dvořák".into(), ..NewPerformer::default() };
        assert!(matches!(
            replace(&pool, &domain::Actor::house(), made.row.id, new.clone(), Some(1)).await,
            Err(WriteError::Conflict { version: 2 })
        ));
        assert!(
            replace(&pool, &domain::Actor::house(), made.row.id, new, Some(2)).await.expect("replaced").row.aliases.is_empty()
        );
        delete(&pool, &domain::Actor::house(), made.row.id, Some(3)).await.expect("deleted");
        assert_eq!(fixture::feed(&pool).await, [(Kind::Performer, made.row.id.0); 4]);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_performer_on_a_bill_stays(pool: PgPool) {
        let made = fixture::performer(&pool, "The Night Owls").await;
        fixture::event(&pool, NewEvent { performers: vec![cast(&made, "band")], ..new_event("Night") }).await;
        assert!(matches!(delete(&pool, &domain::Actor::house(), made.row.id, None).await, Err(WriteError::InUse { .. })));
    }
}
