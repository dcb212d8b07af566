//! Rows of accounts. One that was closed keeps its id, for its orders, and neither name nor e-mail.

use domain::{AccountId, BuyerId};
use jiff::Timestamp;
use pg::column;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool};

use crate::error::Fault;
use crate::model::account::Account;
use crate::model::email::Email;

/// What a new account's row holds.
pub struct AccountRow<'a> {
    pub id: AccountId,
    pub email: &'a Email,
    pub name: &'a str,
    pub password: &'a str,
    pub buyer: BuyerId,
}

/// Makes an account; gives false, and changes nothing, where the e-mail has one.
#[tracing::instrument(name = "db.accounts.insert", level = "debug", skip_all)]
pub async fn insert(db: &mut PgConnection, new: &AccountRow<'_>, now: Timestamp) -> Result<bool, Fault> {
    let statement = "-- accounts.insert
        INSERT INTO accounts (id, email, email_key, name, password_phc, buyer_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (email_key) DO NOTHING";
    let query = sqlx::query(statement).bind(new.id.0).bind(new.email.typed()).bind(new.email.key()).bind(new.name);
    let done = query.bind(new.password).bind(new.buyer.0).bind(column::bind(now)).execute(db).await?;
    Ok(done.rows_affected() > 0)
}

/// The account of an e-mail, with its password's hash.
#[tracing::instrument(name = "db.accounts.by_email", level = "debug", skip_all)]
pub async fn by_email(pool: &PgPool, email_key: &str) -> Result<Option<(Account, String)>, Fault> {
    let statement = "-- accounts.by_email
        SELECT * FROM accounts WHERE email_key = $1 AND closed_at IS NULL";
    sqlx::query(statement).bind(email_key).fetch_optional(pool).await?.map(|row| with_password(&row)).transpose()
}

/// An account that is not closed, with its password's hash.
#[tracing::instrument(name = "db.accounts.find", level = "debug", skip_all)]
pub async fn find(pool: &PgPool, id: AccountId) -> Result<Option<(Account, String)>, Fault> {
    let statement = "-- accounts.find
        SELECT * FROM accounts WHERE id = $1 AND closed_at IS NULL";
    sqlx::query(statement).bind(id.0).fetch_optional(pool).await?.map(|row| with_password(&row)).transpose()
}

/// Locks an account whose password is still the one that was checked.
#[tracing::instrument(name = "db.accounts.lock", level = "debug", skip_all)]
pub async fn lock(db: &mut PgConnection, id: AccountId, password: &str) -> Result<bool, Fault> {
    let statement = "-- accounts.lock
        SELECT id FROM accounts WHERE id = $1 AND password_phc = $2 FOR UPDATE";
    Ok(sqlx::query(statement).bind(id.0).bind(password).fetch_optional(db).await?.is_some())
}

#[tracing::instrument(name = "db.accounts.rename", level = "debug", skip_all)]
pub async fn rename(db: &mut PgConnection, id: AccountId, name: &str) -> Result<bool, Fault> {
    let statement = "-- accounts.rename
        UPDATE accounts SET name = $2 WHERE id = $1 AND closed_at IS NULL";
    Ok(sqlx::query(statement).bind(id.0).bind(name).execute(db).await?.rows_affected() > 0)
}

#[tracing::instrument(name = "db.accounts.set_password", level = "debug", skip_all)]
pub async fn set_password(db: &mut PgConnection, id: AccountId, password: &str) -> Result<(), Fault> {
    let statement = "-- accounts.set_password
        UPDATE accounts SET password_phc = $2 WHERE id = $1 AND closed_at IS NULL";
    sqlx::query(statement).bind(id.0).bind(password).execute(db).await?;
    Ok(())
}

/// Forgets who it was. The key that takes the e-mail's place holds a space, as no address does, so that it is nobody's.
#[tracing::instrument(name = "db.accounts.close", level = "debug", skip_all)]
pub async fn close(db: &mut PgConnection, id: AccountId, now: Timestamp) -> Result<(), Fault> {
    let statement = "-- accounts.close
        UPDATE accounts SET email = 'closed', email_key = 'closed ' || id, name = 'Closed account', password_phc = NULL, closed_at = $2
        WHERE id = $1 AND closed_at IS NULL";
    sqlx::query(statement).bind(id.0).bind(column::bind(now)).execute(db).await?;
    Ok(())
}

fn with_password(row: &PgRow) -> Result<(Account, String), Fault> {
    let account = Account {
        id: column::id(row, "id")?,
        email: column::get(row, "email")?,
        name: column::get(row, "name")?,
        buyer_id: column::id(row, "buyer_id")?,
        created_at: column::instant(row, "created_at")?,
    };
    Ok((account, column::get(row, "password_phc")?))
}
