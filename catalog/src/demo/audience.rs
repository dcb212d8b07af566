//! Which dates of the showcase have an audience already; booking sells to it, as to everybody else.

use domain::{EventId, OrganiserId};
use sqlx::PgPool;

use crate::store;

/// How much of a house is sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// All but so many places.
    AllBut(u32),
    /// So many places.
    Some(u32),
}

/// Nothing sells more places than this in one demo, whatever the houses.
pub const MOST_SOLD: u32 = 2_000;

const SOLD: [(&str, Audience); 5] = [
    ("demo-sold-out", Audience::AllBut(0)),
    ("demo-few-left", Audience::AllBut(14)),
    ("demo-wheelchair", Audience::Some(60)),
    ("demo-night-owls", Audience::Some(240)),
    ("demo-standing", Audience::Some(90)),
];

/// The date of a demo whose sale begins in a waiting room; none where there is no demo.
pub async fn crowded(pool: &PgPool) -> Result<Option<EventId>, sqlx::Error> {
    const OPENS_SOON: &str = "demo-opens-soon";
    let mut conn = pool.acquire().await?;
    let known = store::events::by_external_ids(&mut conn, OrganiserId::HOUSE, &[OPENS_SOON.to_owned()]).await?;
    Ok(known.own("", OPENS_SOON).map(|found| found.id))
}

/// The dates of a demo that shall have an audience, in the order of the table; none where there is no demo.
pub async fn audiences(pool: &PgPool) -> Result<Vec<(EventId, Audience)>, sqlx::Error> {
    let names: Vec<String> = SOLD.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut conn = pool.acquire().await?;
    let known = store::events::by_external_ids(&mut conn, OrganiserId::HOUSE, &names).await?;
    Ok(SOLD.iter().filter_map(|(name, audience)| Some((known.own("", name)?.id, *audience))).collect())
}
