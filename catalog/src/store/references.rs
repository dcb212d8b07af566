//! What many new events refer to, checked and held at once.
//!
//! A foreign key's trigger asks once for every row and reference, which is half the cost of a large COPY. The same lock
//! (`FOR KEY SHARE`) taken once for every record referred to makes the same promise; then the triggers may be skipped. That takes a
//! superuser, as in the embedded cluster; elsewhere, and for few rows, the triggers run as ever.

use std::collections::HashSet;

use domain::PerformerId;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::model::EventRow;
use crate::store::{performers, seat_maps, series, venues};

/// Below this many events the triggers are as cheap.
const MANY: usize = 500;

/// Ids that are remembered; with more, all are held anew.
const MOST: usize = 200_000;

/// What a transaction holds already: nothing is held twice.
#[derive(Debug, Default)]
pub struct HeldReferences {
    ids: HashSet<Uuid>,
    /// Whether the transaction's role may skip triggers, once that is known.
    may_skip: Option<bool>,
}

/// Holds everything that these events refer to until the transaction ends.
///
/// Takes     `before`: what this transaction holds already.
/// Gives     whether all of it exists and is held; `false` also for few events and for roles that may not skip triggers.
pub(crate) async fn held(conn: &mut PgConnection, events: &[EventRow], before: &mut HeldReferences) -> sqlx::Result<bool> {
    if events.len() < MANY {
        return Ok(false);
    }
    let may_skip = match before.may_skip {
        Some(known) => known,
        None => *before.may_skip.insert(may_skip_triggers(conn).await?),
    };
    if !may_skip {
        return Ok(false);
    }
    if before.ids.len() > MOST {
        before.ids.clear();
    }
    let in_venues = before.lacks(events.iter().filter_map(|event| event.venue_id).map(|id| id.0));
    let in_series = before.lacks(events.iter().filter_map(|event| event.series_id).map(|id| id.0));
    let in_maps = before.lacks(events.iter().filter_map(|event| event.seat_map_id).map(|id| id.0));
    let on_stage = before.lacks(events.iter().flat_map(|event| &event.performers).map(|cast| cast.performer_id.0));
    let on_stage: Vec<PerformerId> = on_stage.into_iter().map(PerformerId).collect();
    let all = venues::hold(conn, &in_venues).await? == in_venues.len()
        && series::hold(conn, &in_series).await? == in_series.len()
        && seat_maps::hold(conn, &in_maps).await? == in_maps.len()
        && performers::existing(conn, &on_stage).await?.len() == on_stage.len();
    if all {
        let held = in_venues.into_iter().chain(in_series).chain(in_maps).chain(on_stage.into_iter().map(|id| id.0));
        before.ids.extend(held);
    }
    Ok(all)
}

impl HeldReferences {
    /// Those of these ids that are not held, each once.
    fn lacks(&self, ids: impl Iterator<Item = Uuid>) -> Vec<Uuid> {
        let mut ids: Vec<Uuid> = ids.filter(|id| !self.ids.contains(id)).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

async fn may_skip_triggers(conn: &mut PgConnection) -> sqlx::Result<bool> {
    let statement = "-- references.may_skip_triggers\nSELECT current_setting('is_superuser') = 'on'";
    sqlx::query_scalar(statement).fetch_one(conn).await
}

/// Skips triggers in this transaction, or no longer; outside a transaction it does nothing.
pub(crate) async fn skip_triggers(conn: &mut PgConnection, skip: bool) -> sqlx::Result<()> {
    let statement =
        if skip { "SET LOCAL session_replication_role = replica" } else { "SET LOCAL session_replication_role = origin" };
    sqlx::query(statement).execute(conn).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::NewEvent;
    use crate::store::events;
    use crate::write::fixture::{self, clock, new_event};
    use domain::{EventId, VenueId};
    use sqlx::PgPool;

    fn many(venue: VenueId) -> Vec<EventRow> {
        let new = |n: usize| NewEvent { venue_id: Some(venue), ..new_event(&format!("Night {n}")) };
        (0..MANY).map(|n| crate::write::events::row_without_tiers(EventId::at(clock().now()), new(n))).collect()
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn many_events_at_no_venue_are_refused_as_one_is(pool: PgPool) {
        for rows in [many(VenueId::at(clock().now())), many(VenueId::at(clock().now()))[..1].to_vec()] {
            let mut tx = pool.begin().await.expect("begun");
            let refused = events::copy_in(&mut tx, domain::OrganiserId::HOUSE, &rows).await.expect_err("no such venue");
            assert_eq!(refused.as_database_error().and_then(|told| told.constraint()), Some("events_venue_id_fkey"));
        }
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_venue_cannot_go_while_many_events_come(pool: PgPool) {
        let venue = fixture::venue(&pool, "Hall").await.row.id;
        let mut tx = pool.begin().await.expect("begun");
        assert!(
            held(&mut tx, &many(venue), &mut HeldReferences::default()).await.expect("asked"),
            "the tests' role is a superuser"
        );
        events::copy_in(&mut tx, domain::OrganiserId::HOUSE, &many(venue)).await.expect("copied");
        let deleting = pool.clone();
        let gone =
            tokio::spawn(async move { crate::write::venues::delete(&deleting, &domain::Actor::house(), venue, None).await });
        let waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while sqlx::query_scalar::<_, i64>(waits).fetch_one(&pool).await.expect("a count") == 0 {
            assert!(!gone.is_finished(), "the deletion waits");
        }
        tx.commit().await.expect("committed");
        let refused = gone.await.expect("ended");
        assert!(matches!(refused, Err(crate::write::WriteError::InUse { .. })), "{refused:?}");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn triggers_are_back_after_many_events_came(pool: PgPool) {
        let venue = fixture::venue(&pool, "Hall").await.row.id;
        let mut tx = pool.begin().await.expect("begun");
        events::copy_in(&mut tx, domain::OrganiserId::HOUSE, &many(venue)).await.expect("copied");
        assert!(crate::store::venues::delete(&mut tx, None, venue).await.is_err(), "the foreign key holds again");
    }
}
