//! Rows of buyers and their sessions.

use domain::{AccountId, BuyerId, BuyerIds, KeyId, SessionId};
use jiff::Timestamp;
use pg::column;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::error::Fault;
use crate::model::account::SessionLine;
use crate::model::session::SignedIn;

/// A session as its row says it.
pub struct SessionRow {
    pub ids: BuyerIds,
    pub expires_at: Timestamp,
    pub partner: Option<KeyId>,
    pub signed_in: Option<SignedIn>,
}

/// A new session of an account.
#[derive(Clone)]
pub struct NewSession {
    pub hash: [u8; 32],
    pub id: SessionId,
    pub account: AccountId,
    pub buyer: BuyerId,
    pub expires_at: Timestamp,
    pub agent: String,
    pub address: String,
}

/// Makes a buyer and the buyer's session. Gives false where that session is there.
#[tracing::instrument(name = "db.sessions.insert", level = "debug", skip_all)]
pub async fn insert(
    pool: &PgPool,
    hash: [u8; 32],
    buyer: BuyerId,
    partner: Option<KeyId>,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<bool, Fault> {
    let statement = "-- sessions.insert
        WITH b AS (INSERT INTO buyers (id, created_at) VALUES ($2, $3) RETURNING id)
        INSERT INTO sessions (token_hash, buyer_id, created_at, expires_at, partner_key_id) SELECT $1, b.id, $3, $4, $5 FROM b
        ON CONFLICT (token_hash) DO NOTHING";
    let query = sqlx::query(statement).bind(hash.as_slice()).bind(buyer.0).bind(column::bind(now)).bind(column::bind(expires_at));
    Ok(query.bind(partner.map(|key| key.0)).execute(pool).await?.rows_affected() > 0)
}

/// Gives a session that has not ended a later end. Gives that end; none where there is no such session.
#[tracing::instrument(name = "db.sessions.renew", level = "debug", skip_all)]
pub async fn renew(pool: &PgPool, hash: [u8; 32], now: Timestamp, end: Timestamp) -> Result<Option<Timestamp>, Fault> {
    let statement = "-- sessions.renew
        UPDATE sessions SET expires_at = greatest(expires_at, $3) WHERE token_hash = $1 AND expires_at > $2 AND revoked_at IS NULL
        RETURNING expires_at";
    let query = sqlx::query(statement).bind(hash.as_slice()).bind(column::bind(now)).bind(column::bind(end));
    query.fetch_optional(pool).await?.map(|row| Ok(column::instant(&row, "expires_at")?)).transpose()
}

/// Whose session it is, when it ends, and which partner opened it; for an account's, all ids that it goes by.
///
/// Takes     `of_late`: since when what was taken over counts as taken over of late.
#[tracing::instrument(name = "db.sessions.find", level = "debug", skip_all)]
pub async fn find(pool: &PgPool, hash: [u8; 32], of_late: Timestamp) -> Result<Option<SessionRow>, Fault> {
    let statement = "-- sessions.find
        SELECT buyer_id, expires_at, partner_key_id, id, account_id, created_at, last_seen_at,
            CASE WHEN account_id IS NULL THEN '{}'
                ELSE ARRAY(SELECT b.id FROM buyers b WHERE b.account_id = s.account_id ORDER BY b.linked_at DESC, b.id) END AS taken_over,
            (SELECT count(*) FROM buyers b WHERE b.account_id = s.account_id AND b.linked_at > $2 AND b.id <> s.buyer_id) AS of_late
        FROM sessions s WHERE token_hash = $1 AND revoked_at IS NULL";
    let row = sqlx::query(statement).bind(hash.as_slice()).bind(column::bind(of_late)).fetch_optional(pool).await?;
    row.map(|row| read(&row)).transpose()
}

fn read(row: &PgRow) -> Result<SessionRow, Fault> {
    let others: Vec<Uuid> = column::get(row, "taken_over")?;
    let of_late = usize::try_from(column::total(row, "of_late")?).unwrap_or(usize::MAX);
    let signed_in =
        match (column::maybe_id(row, "account_id")?, column::maybe_id(row, "id")?, column::maybe_instant(row, "last_seen_at")?) {
            (Some(account), Some(session), Some(seen_at)) => {
                Some(SignedIn { account, session, since: column::instant(row, "created_at")?, seen_at })
            }
            _ => None,
        };
    Ok(SessionRow {
        ids: BuyerIds::new(column::id(row, "buyer_id")?, others.into_iter().map(BuyerId)).with_of_late(of_late),
        expires_at: column::instant(row, "expires_at")?,
        partner: column::maybe_id(row, "partner_key_id")?,
        signed_in,
    })
}

/// Notes that a signed-in session is used, and moves its end.
#[tracing::instrument(name = "db.sessions.touch", level = "debug", skip_all)]
pub async fn touch(pool: &PgPool, hash: [u8; 32], now: Timestamp, expires_at: Timestamp) -> Result<(), Fault> {
    let statement = "-- sessions.touch
        UPDATE sessions SET last_seen_at = $2, expires_at = greatest(expires_at, $3)
        WHERE token_hash = $1 AND last_seen_at < $2 AND revoked_at IS NULL";
    sqlx::query(statement).bind(hash.as_slice()).bind(column::bind(now)).bind(column::bind(expires_at)).execute(pool).await?;
    Ok(())
}

/// Makes a buyer who has no session yet.
#[tracing::instrument(name = "db.sessions.new_buyer", level = "debug", skip_all)]
pub async fn new_buyer(db: &mut PgConnection, buyer: BuyerId, now: Timestamp) -> Result<(), Fault> {
    let statement = "-- sessions.new_buyer
        INSERT INTO buyers (id, created_at) VALUES ($1, $2)";
    sqlx::query(statement).bind(buyer.0).bind(column::bind(now)).execute(db).await?;
    Ok(())
}

/// Locks a buyer; gives whether it can be linked: it is there, no account has it, and no partner opened it, whose key, quota and end
/// bind it.
#[tracing::instrument(name = "db.sessions.is_free", level = "debug", skip_all)]
pub async fn is_free(db: &mut PgConnection, buyer: BuyerId) -> Result<bool, Fault> {
    let statement = "-- sessions.is_free
        SELECT id FROM buyers WHERE id = $1 AND account_id IS NULL
            AND NOT EXISTS (SELECT FROM sessions WHERE buyer_id = $1 AND partner_key_id IS NOT NULL) FOR UPDATE";
    Ok(sqlx::query(statement).bind(buyer.0).fetch_optional(db).await?.is_some())
}

/// Links a buyer to an account, for ever.
#[tracing::instrument(name = "db.sessions.link", level = "debug", skip_all)]
pub async fn link(db: &mut PgConnection, buyer: BuyerId, account: AccountId, now: Timestamp) -> Result<bool, Fault> {
    let statement = "-- sessions.link
        UPDATE buyers SET account_id = $2, linked_at = $3 WHERE id = $1 AND account_id IS NULL";
    let done = sqlx::query(statement).bind(buyer.0).bind(account.0).bind(column::bind(now)).execute(db).await?;
    Ok(done.rows_affected() > 0)
}

/// How many buyers an account has taken over.
#[tracing::instrument(name = "db.sessions.linked", level = "debug", skip_all)]
pub async fn linked(db: &mut PgConnection, account: AccountId) -> Result<u64, Fault> {
    let statement = "-- sessions.linked
        SELECT count(*) AS buyers FROM buyers WHERE account_id = $1";
    Ok(column::total(&sqlx::query(statement).bind(account.0).fetch_one(db).await?, "buyers")?)
}

/// The buyer of a token that is still good, and the token's account if it has one.
#[tracing::instrument(name = "db.sessions.lock", level = "debug", skip_all)]
pub async fn lock(db: &mut PgConnection, hash: [u8; 32], now: Timestamp) -> Result<Option<(BuyerId, Option<AccountId>)>, Fault> {
    let statement = "-- sessions.lock
        SELECT buyer_id, account_id FROM sessions WHERE token_hash = $1 AND revoked_at IS NULL AND expires_at > $2 FOR UPDATE";
    let row = sqlx::query(statement).bind(hash.as_slice()).bind(column::bind(now)).fetch_optional(db).await?;
    row.map(|row| Ok((column::id(&row, "buyer_id")?, column::maybe_id(&row, "account_id")?))).transpose()
}

/// Opens a session of an account.
#[tracing::instrument(name = "db.sessions.open", level = "debug", skip_all)]
pub async fn open(db: &mut PgConnection, new: &NewSession, now: Timestamp) -> Result<(), Fault> {
    let statement = "-- sessions.open
        INSERT INTO sessions (token_hash, buyer_id, created_at, expires_at, id, account_id, last_seen_at, agent, address)
        VALUES ($1, $2, $3, $4, $5, $6, $3, $7, $8)";
    let query = sqlx::query(statement).bind(new.hash.as_slice()).bind(new.buyer.0).bind(column::bind(now));
    let query = query.bind(column::bind(new.expires_at)).bind(new.id.0).bind(new.account.0);
    query.bind(&new.agent).bind(&new.address).execute(db).await?;
    Ok(())
}

/// Which sessions of an account end.
#[derive(Debug, Clone, Copy)]
pub enum Ended {
    One(SessionId),
    Others(SessionId),
    All,
    /// Those beyond the newest so many.
    Beyond(u32),
    /// The anonymous ones of its buyers.
    Anonymous,
}

/// Ends sessions of an account; every node is told by the table's trigger. Gives their hashes.
#[tracing::instrument(name = "db.sessions.end", level = "debug", skip_all)]
pub async fn end(db: &mut PgConnection, account: AccountId, which: Ended, now: Timestamp) -> Result<Vec<[u8; 32]>, Fault> {
    let statement = match which {
        Ended::One(_) => "-- sessions.end_one
            UPDATE sessions SET revoked_at = $2 WHERE account_id = $1 AND id = $3 AND revoked_at IS NULL AND $4 >= 0 RETURNING token_hash",
        Ended::Others(_) => "-- sessions.end_others
            UPDATE sessions SET revoked_at = $2 WHERE account_id = $1 AND id <> $3 AND revoked_at IS NULL AND $4 >= 0 RETURNING token_hash",
        Ended::All => "-- sessions.end_all
            UPDATE sessions SET revoked_at = $2
            WHERE account_id = $1 AND revoked_at IS NULL AND $3::uuid IS NULL AND $4 >= 0 RETURNING token_hash",
        Ended::Beyond(_) => "-- sessions.end_beyond
            UPDATE sessions SET revoked_at = $2 WHERE $3::uuid IS NULL AND id IN (
                SELECT id FROM sessions WHERE account_id = $1 AND revoked_at IS NULL ORDER BY id DESC OFFSET $4) RETURNING token_hash",
        Ended::Anonymous => "-- sessions.end_anonymous
            UPDATE sessions SET revoked_at = $2
            WHERE buyer_id IN (SELECT id FROM buyers WHERE account_id = $1) AND account_id IS NULL AND revoked_at IS NULL
                AND $3::uuid IS NULL AND $4 >= 0 RETURNING token_hash",
    };
    let (session, keep) = match which {
        Ended::One(id) | Ended::Others(id) => (Some(id.0), 0),
        Ended::Beyond(keep) => (None, i64::from(keep)),
        Ended::All | Ended::Anonymous => (None, 0),
    };
    let query = sqlx::query(statement).bind(account.0).bind(column::bind(now)).bind(session).bind(keep);
    query.fetch_all(db).await?.iter().map(hash_of).collect()
}

/// Tells every node that what a session of this account stands for has changed. Gives their hashes.
#[tracing::instrument(name = "db.sessions.tell", level = "debug", skip_all)]
pub async fn tell(db: &mut PgConnection, account: AccountId) -> Result<Vec<[u8; 32]>, Fault> {
    let statement = "-- sessions.tell
        SELECT token_hash, pg_notify('people_changed', 'session ' || encode(token_hash, 'hex'))
        FROM sessions WHERE account_id = $1 AND revoked_at IS NULL";
    sqlx::query(statement).bind(account.0).fetch_all(db).await?.iter().map(hash_of).collect()
}

fn hash_of(row: &PgRow) -> Result<[u8; 32], Fault> {
    let bytes: Vec<u8> = column::get(row, "token_hash")?;
    bytes.try_into().map_err(|_| column::decode("token_hash", "not 32 bytes").into())
}

/// The living sessions of an account, newest first, before a given one.
#[tracing::instrument(name = "db.sessions.of_account", level = "debug", skip_all)]
pub async fn of_account(
    pool: &PgPool,
    account: AccountId,
    before: Option<SessionId>,
    limit: u32,
    now: Timestamp,
) -> Result<Vec<SessionLine>, Fault> {
    let statement = "-- sessions.of_account
        SELECT id, created_at, last_seen_at, expires_at, agent, address FROM sessions
        WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > $4 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3";
    let query = sqlx::query(statement).bind(account.0).bind(before.map(|id| id.0)).bind(i64::from(limit)).bind(column::bind(now));
    query.fetch_all(pool).await?.iter().map(line).collect()
}

fn line(row: &PgRow) -> Result<SessionLine, Fault> {
    Ok(SessionLine {
        id: column::id(row, "id")?,
        created_at: column::instant(row, "created_at")?,
        last_seen_at: column::instant(row, "last_seen_at")?,
        expires_at: column::instant(row, "expires_at")?,
        agent: column::get(row, "agent")?,
        address: column::get(row, "address")?,
    })
}

/// Ends a session; every node is told by the table's trigger. Gives whether it had not ended.
#[tracing::instrument(name = "db.sessions.revoke", level = "debug", skip_all)]
pub async fn revoke(pool: &PgPool, hash: [u8; 32], now: Timestamp) -> Result<bool, Fault> {
    let statement = "-- sessions.revoke
        UPDATE sessions SET revoked_at = $2 WHERE token_hash = $1 AND revoked_at IS NULL";
    let ended = sqlx::query(statement).bind(hash.as_slice()).bind(column::bind(now)).execute(pool).await?;
    Ok(ended.rows_affected() > 0)
}

/// Ends the session of a token within a transaction.
#[tracing::instrument(name = "db.sessions.end_hash", level = "debug", skip_all)]
pub async fn end_hash(db: &mut PgConnection, hash: [u8; 32], now: Timestamp) -> Result<(), Fault> {
    let statement = "-- sessions.end_hash
        UPDATE sessions SET revoked_at = $2 WHERE token_hash = $1 AND revoked_at IS NULL";
    sqlx::query(statement).bind(hash.as_slice()).bind(column::bind(now)).execute(db).await?;
    Ok(())
}

/// Forgets sessions that ended before `before`, at most `limit`. Gives how many.
#[tracing::instrument(name = "db.sessions.purge", level = "debug", skip_all)]
pub async fn purge(pool: &PgPool, before: Timestamp, limit: i64) -> Result<u64, Fault> {
    let statement = "-- sessions.purge
        DELETE FROM sessions WHERE token_hash IN (
            SELECT token_hash FROM sessions WHERE expires_at < $1 OR revoked_at < $1 - interval '1 day' LIMIT $2 FOR UPDATE SKIP LOCKED
        )";
    Ok(sqlx::query(statement).bind(column::bind(before)).bind(limit).execute(pool).await?.rows_affected())
}

/// Buyers that were made before `before`, have no session any more and no account, after a given one.
#[tracing::instrument(name = "db.buyers.idle", level = "debug", skip_all)]
pub async fn idle_buyers(pool: &PgPool, before: Timestamp, after: Option<BuyerId>, limit: i64) -> Result<Vec<BuyerId>, Fault> {
    let statement = "-- buyers.idle
        SELECT b.id FROM buyers b WHERE b.created_at < $1 AND ($2::uuid IS NULL OR b.id > $2) AND b.account_id IS NULL
            AND NOT EXISTS (SELECT FROM sessions s WHERE s.buyer_id = b.id)
        ORDER BY b.id LIMIT $3";
    let query = sqlx::query_scalar(statement).bind(column::bind(before)).bind(after.map(|buyer| buyer.0)).bind(limit);
    let ids: Vec<Uuid> = query.fetch_all(pool).await?;
    Ok(ids.into_iter().map(BuyerId).collect())
}

/// Forgets buyers, unless one has a session or an account by now. Gives how many.
#[tracing::instrument(name = "db.buyers.purge", level = "debug", skip_all)]
pub async fn forget_buyers(pool: &PgPool, buyers: &[BuyerId]) -> Result<u64, Fault> {
    let statement = "-- buyers.purge
        DELETE FROM buyers b WHERE b.id = ANY($1) AND b.account_id IS NULL
            AND NOT EXISTS (SELECT FROM sessions s WHERE s.buyer_id = b.id)";
    let ids: Vec<Uuid> = buyers.iter().map(|buyer| buyer.0).collect();
    Ok(sqlx::query(statement).bind(ids).execute(pool).await?.rows_affected())
}
