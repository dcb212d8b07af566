//! The bench-only path: a hold as one SERIALIZABLE transaction a request, retried on conflict, without desk, pile or journal.
//!
//! It is spared what ours does besides (counts, journal, fence, live streams), and its layers are fewer: not weakened, but favoured.

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use catalog::demo::{Design, hall};
use domain::{BuyerId, Clock, HoldId};
use people::{People, PeopleConfig};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use uuid::Uuid;

const ATTEMPTS: u32 = 50;

#[derive(Clone)]
struct Shop {
    pool: PgPool,
    people: People,
    seats: Arc<HashMap<String, u32>>,
}

#[derive(Debug, Deserialize)]
struct Wish {
    seats: Vec<String>,
}

/// Two free ports beside each other, so that one address tells the other.
pub fn neighbouring_ports() -> Result<(SocketAddr, SocketAddr)> {
    for _ in 0..100 {
        let first = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let second = SocketAddr::new(first.ip(), first.port().wrapping_add(1));
        if TcpListener::bind(second).is_ok() {
            return Ok((first, second));
        }
    }
    anyhow::bail!("no two neighbouring ports are free")
}

/// Where the bench-only path listens, given where the server does.
pub fn address(server: &str) -> Result<String> {
    let address: SocketAddr = server.parse()?;
    Ok(SocketAddr::new(address.ip(), address.port().wrapping_add(1)).to_string())
}

pub async fn serve(address: SocketAddr, pool: PgPool) -> Result<()> {
    let people = People::new(pool.clone(), Clock::System, PeopleConfig::default());
    let seats = Arc::new(hall(Design::Stadium, 50_000).index());
    let router = Router::new().route("/bench/events/{event}/holds", post(create_hold)).with_state(Shop { pool, people, seats });
    let listener = tokio::net::TcpListener::bind(address).await?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(())
}

async fn create_hold(
    State(shop): State<Shop>,
    Path(event): Path<Uuid>,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, Json<Value>) {
    match held(&shop, event, &headers, &body).await {
        Ok(Some(answer)) => (StatusCode::CREATED, Json(answer)),
        Ok(None) => (StatusCode::CONFLICT, Json(json!({ "code": "seats_unavailable" }))),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({ "detail": format!("{error:#}") }))),
    }
}

async fn held(shop: &Shop, event: Uuid, headers: &HeaderMap, body: &str) -> Result<Option<Value>> {
    let token = headers.get("authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Bearer ")).context("a token")?;
    let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok()).context("a key")?;
    let buyer = shop.people.authenticate(token).await?.context("a buyer")?.id;
    let wish: Wish = serde_json::from_str(body)?;
    let seats =
        wish.seats.iter().map(|id| shop.seats.get(id).map(|seat| *seat as i32)).collect::<Option<Vec<_>>>().context("seats")?;
    let fingerprint = Sha256::digest(body);
    for attempt in 0..ATTEMPTS {
        match transaction(&shop.pool, event, buyer, key, &fingerprint, &seats).await {
            Ok(hold) => {
                return Ok(
                    hold.map(|id| json!({ "id": id, "event_id": event, "state": "held", "seats": wish.seats, "total": 19_000 }))
                );
            }
            Err(error) if retryable(&error) => tokio::time::sleep(Duration::from_micros(200 << attempt.min(6))).await,
            Err(error) => return Err(error.into()),
        }
    }
    anyhow::bail!("{ATTEMPTS} attempts were not enough")
}

fn retryable(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| ["40001", "40P01", "53200"].contains(&code.as_ref()))
}

async fn transaction(
    pool: &PgPool,
    event: Uuid,
    buyer: BuyerId,
    key: &str,
    fingerprint: &[u8],
    seats: &[i32],
) -> Result<Option<HoldId>, sqlx::Error> {
    let hold = HoldId::at(Clock::System.now());
    let mut tx = pool.begin_with("BEGIN ISOLATION LEVEL SERIALIZABLE").await?;
    let taken = "INSERT INTO allocations (event_id, seat, hold_id) SELECT $1, seat, $2 FROM unnest($3::int[]) seat ON CONFLICT DO NOTHING";
    let taken = sqlx::query(taken).bind(event).bind(hold.0).bind(seats).execute(&mut *tx).await?;
    if taken.rows_affected() < seats.len() as u64 {
        tx.rollback().await?;
        return Ok(None);
    }
    sqlx::query(
        "INSERT INTO holds (event_id, id, buyer_id, state, until, seats, tiers, prices, total, currency, created_at)
         VALUES ($1, $2, $3, 'held', clock_timestamp() + interval '5 minutes', $4, '11', '{9500,9500}', 19000, 'EUR', clock_timestamp())",
    )
    .bind(event)
    .bind(hold.0)
    .bind(buyer.0)
    .bind(seats)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "INSERT INTO idempotency (owner, key, fingerprint, outcome, at) VALUES ($1, $2, $3, $4::text::json, clock_timestamp())",
    )
    .bind(buyer.0)
    .bind(key)
    .bind(fingerprint)
    .bind(json!({ "hold": hold }).to_string())
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(Some(hold))
}
