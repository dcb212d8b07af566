//! Rows of nodes, one heartbeat each, and of leases: which life of which node has what.

use pg::column;
use sqlx::PgPool;
use uuid::Uuid;

use super::LIFE;
use crate::lease::{Neighbour, Node};
use crate::name::LeaseName;

/// Begins a new life of the node. Gives which.
#[tracing::instrument(name = "db.nodes.enter", level = "debug", skip_all)]
pub async fn enter(pool: &PgPool, node: &Node, leaving: bool) -> sqlx::Result<i64> {
    let statement = "-- nodes.enter
        INSERT INTO nodes AS n (id, url, incarnation, until, leaving)
        VALUES ($1, $2, 1, clock_timestamp() + make_interval(secs => $3), $4)
        ON CONFLICT (id) DO UPDATE SET url = excluded.url, incarnation = n.incarnation + 1,
            until = clock_timestamp() + make_interval(secs => $3), leaving = excluded.leaving
        RETURNING incarnation";
    sqlx::query_scalar(statement).bind(node.id).bind(&node.url).bind(LIFE.as_secs_f64()).bind(leaving).fetch_one(pool).await
}

/// Makes the heartbeat of a life that is not over last on, and says where the node is. Gives whether it was not over.
#[tracing::instrument(name = "db.nodes.renew", level = "debug", skip_all)]
pub async fn renew(pool: &PgPool, node: &Node, incarnation: i64) -> sqlx::Result<bool> {
    let statement = "-- nodes.renew
        UPDATE nodes SET until = clock_timestamp() + make_interval(secs => $3), url = $4
        WHERE id = $1 AND incarnation = $2 AND until > clock_timestamp()";
    let query = sqlx::query(statement).bind(node.id).bind(incarnation).bind(LIFE.as_secs_f64()).bind(&node.url);
    Ok(query.execute(pool).await?.rows_affected() > 0)
}

/// Says that a node gives away what it has and takes nothing more.
#[tracing::instrument(name = "db.nodes.give_away", level = "debug", skip_all)]
pub async fn give_away(pool: &PgPool, node: &Node) -> sqlx::Result<()> {
    let statement = "-- nodes.give_away
        UPDATE nodes SET leaving = true WHERE id = $1";
    sqlx::query(statement).bind(node.id).execute(pool).await?;
    Ok(())
}

/// Ends a life: what it had is free.
#[tracing::instrument(name = "db.nodes.leave", level = "debug", skip_all)]
pub async fn leave(pool: &PgPool, node: &Node, incarnation: i64) -> sqlx::Result<()> {
    let statement = "-- nodes.leave
        UPDATE nodes SET until = '-infinity' WHERE id = $1 AND incarnation = $2";
    sqlx::query(statement).bind(node.id).bind(incarnation).execute(pool).await?;
    Ok(())
}

/// Removes nodes that were not heard of for a day, at most so many. Gives how many.
#[tracing::instrument(name = "db.nodes.purge", level = "debug", skip_all)]
pub async fn purge_nodes(pool: &PgPool, limit: i64) -> sqlx::Result<u64> {
    let statement = "-- nodes.purge
        DELETE FROM nodes WHERE id IN (
            SELECT id FROM nodes WHERE until < clock_timestamp() - interval '1 day' LIMIT $1 FOR UPDATE SKIP LOCKED)";
    Ok(sqlx::query(statement).bind(limit).execute(pool).await?.rows_affected())
}

/// A lease's row.
#[derive(Debug)]
pub struct LeaseRow {
    pub has: Neighbour,
    pub incarnation: i64,
    /// Whether it was taken by this very statement.
    pub taken: bool,
}

/// Takes a lease unless another node has it. Gives who has it; none when this life is over.
#[tracing::instrument(name = "db.leases.claim", level = "debug", skip_all)]
pub async fn claim(pool: &PgPool, name: LeaseName, node: Uuid, incarnation: i64) -> sqlx::Result<Option<LeaseRow>> {
    let statement = "-- leases.claim
        SELECT node, url, incarnation, epoch, taken FROM claim_lease($1, $2, $3)";
    let row = sqlx::query(statement).bind(name.to_string()).bind(node).bind(incarnation).fetch_optional(pool).await?;
    let Some(row) = row else { return Ok(None) };
    let has = Neighbour { node: column::get(&row, "node")?, url: column::get(&row, "url")?, epoch: column::get(&row, "epoch")? };
    Ok(Some(LeaseRow { has, incarnation: column::get(&row, "incarnation")?, taken: column::get(&row, "taken")? }))
}

/// Who has a lease now; none where it is free.
#[tracing::instrument(name = "db.leases.owner", level = "debug", skip_all)]
pub async fn owner(pool: &PgPool, name: LeaseName) -> sqlx::Result<Option<Neighbour>> {
    let statement = "-- leases.owner
        SELECT l.node, n.url, l.epoch FROM leases l
        JOIN nodes n ON n.id = l.node AND n.incarnation = l.incarnation AND n.until > clock_timestamp() WHERE l.name = $1";
    let row = sqlx::query(statement).bind(name.to_string()).fetch_optional(pool).await?;
    let read =
        |row| Ok(Neighbour { node: column::get(row, "node")?, url: column::get(row, "url")?, epoch: column::get(row, "epoch")? });
    row.as_ref().map(read).transpose()
}

/// Who has each of these leases now; none where it is free.
#[tracing::instrument(name = "db.leases.owners", level = "debug", skip_all)]
pub async fn owners(pool: &PgPool, names: &[String]) -> sqlx::Result<Vec<Option<Neighbour>>> {
    let statement = "-- leases.owners
        SELECT l.node, n.url, l.epoch FROM unnest($1::text[]) WITH ORDINALITY AS asked (name, at)
        LEFT JOIN (leases l JOIN nodes n ON n.id = l.node AND n.incarnation = l.incarnation AND n.until > clock_timestamp())
            ON l.name = asked.name ORDER BY asked.at";
    let rows: Vec<(Option<Uuid>, Option<String>, Option<i64>)> = sqlx::query_as(statement).bind(names).fetch_all(pool).await?;
    Ok(rows.into_iter().map(|(node, url, epoch)| Some(Neighbour { node: node?, url, epoch: epoch? })).collect())
}

/// Another node that lives, has an address, and stays.
#[tracing::instrument(name = "db.nodes.other", level = "debug", skip_all)]
pub async fn other(pool: &PgPool, node: Uuid) -> sqlx::Result<Option<Neighbour>> {
    let statement = "-- nodes.other
        SELECT id, url FROM nodes WHERE id <> $1 AND url IS NOT NULL AND NOT leaving AND until > clock_timestamp()
        ORDER BY random() LIMIT 1";
    let row: Option<(Uuid, String)> = sqlx::query_as(statement).bind(node).fetch_optional(pool).await?;
    Ok(row.map(|(node, url)| Neighbour { node, url: Some(url), epoch: 0 }))
}

/// Says by which address the outside reaches a node. Gives those of the others that live.
#[tracing::instrument(name = "db.nodes.meet", level = "debug", skip_all)]
pub async fn meet(pool: &PgPool, node: Uuid, public_url: &str) -> sqlx::Result<Vec<String>> {
    let statement = "-- nodes.meet
        WITH said AS (UPDATE nodes SET public_url = $2 WHERE id = $1)
        SELECT DISTINCT public_url FROM nodes WHERE id <> $1 AND public_url IS NOT NULL AND until > clock_timestamp() ORDER BY public_url";
    sqlx::query_scalar(statement).bind(node).bind(public_url).fetch_all(pool).await
}

/// Gives a lease back, unless it has passed on.
#[tracing::instrument(name = "db.leases.release", level = "debug", skip_all)]
pub async fn release(pool: &PgPool, name: LeaseName, node: Uuid, epoch: i64) -> sqlx::Result<()> {
    // what a crash of the database forgets of it is a lease that this node has once more: none waits for the disk
    let statement = "-- leases.release
        WITH hasty AS (SELECT set_config('synchronous_commit', 'off', true))
        DELETE FROM leases USING hasty WHERE name = $1 AND node = $2 AND epoch = $3";
    sqlx::query(statement).bind(name.to_string()).bind(node).bind(epoch).execute(pool).await?;
    Ok(())
}

/// Gives back all that a life of a node has.
#[tracing::instrument(name = "db.leases.release_all", level = "debug", skip_all)]
pub async fn release_all(pool: &PgPool, node: Uuid, incarnation: i64) -> sqlx::Result<()> {
    let statement = "-- leases.release_all
        DELETE FROM leases WHERE node = $1 AND incarnation = $2";
    sqlx::query(statement).bind(node).bind(incarnation).execute(pool).await?;
    Ok(())
}

/// Removes leases that no living node has, at most so many. Gives how many.
#[tracing::instrument(name = "db.leases.purge", level = "debug", skip_all)]
pub async fn purge(pool: &PgPool, limit: i64) -> sqlx::Result<u64> {
    // a minute: what has just become free is about to be claimed
    let statement = "-- leases.purge
        DELETE FROM leases WHERE name IN (
            SELECT l.name FROM leases l LEFT JOIN nodes n ON n.id = l.node AND n.incarnation = l.incarnation
            WHERE n.until IS NULL OR n.until < clock_timestamp() - interval '1 minute' LIMIT $1 FOR UPDATE OF l SKIP LOCKED)";
    Ok(sqlx::query(statement).bind(limit).execute(pool).await?.rows_affected())
}
