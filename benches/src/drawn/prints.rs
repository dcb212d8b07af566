//! The print queue: ten thousand tickets of a concert in four months wait, then two hundred of tonight's are asked for.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use booking::{Booking, BookingConfig, Checkout, Contact, Idempotency, MAX_PRINTS, Method, Wanted};
use catalog::model::{NewEvent, NewTiers, NewVenue};
use domain::{Actor, BuyerId, Clock, EventId, Money, Stopwatch, TicketId, Tier, TierId, VenueId};
use gateway::run::database::Database;
use jiff::SignedDuration;
use sqlx::PgPool;

use crate::load::{self, Connection, quantile};
use crate::report::Figure;
use crate::server::{Server, boxoffice};
use crate::store;

const FAR: usize = 10_000;
const TONIGHT: usize = 200;
/// Places of one order.
const ORDER: u32 = 10;
/// Requests for prints that are there.
const CLIENTS: usize = 8;
const REQUESTS: usize = 250;
/// The longest that all of tonight's may take before the measurement is given up.
const PATIENCE: Duration = Duration::from_secs(600);

pub async fn measure(scratch: &Path) -> Result<Vec<Figure>> {
    let dir = scratch.join("prints");
    let database = store::fresh(&dir).await?;
    let (far, tonight) = (on_sale(&database, 24 * 120, FAR).await?, on_sale(&database, 8, TONIGHT).await?);
    database.close().await?;
    let server = Server::start(&boxoffice()?, &store::serve(dir.to_str().context("a path in UTF-8")?)).await?;
    // beside the running server, in its Postgres
    let database = store::open(&dir).await?;
    let booking = Booking::open(database.pool.clone(), Clock::System, BookingConfig::default());
    let (token, buyer) = session(&server.address).await?;
    let concert = buy(&booking, far, buyer, FAR).await?;
    let evening = buy(&booking, tonight, buyer, TONIGHT).await?;
    let watch = Stopwatch::start();
    for some in concert.chunks(MAX_PRINTS) {
        booking.request_prints(some).await?;
    }
    ask(&server.address, &token, &evening).await?;
    let (waits, before) = waits(&database.pool, tonight, TONIGHT).await?;
    let all = printed(&database.pool, far, FAR, watch).await?;
    let shown = show(&server.address, &token, &evening).await?;
    booking.shutdown().await;
    database.close().await?;
    server.stop().await?;
    let (p50, p99) = (quantile(&waits, 0.5) as f64 / 1e3, quantile(&waits, 0.99) as f64 / 1e3);
    let still = FAR.saturating_sub(before);
    Ok(vec![
        Figure::new(
            &format!("print queue, {FAR} tickets of a far concert queued, then {TONIGHT} of tonight's: their p99"),
            "1 s",
            format!("{p99:.0} ms (p50 {p50:.0} ms; {still} of the concert were printed after them; {all:.0} prints/s)"),
            Some(p99 <= 1_000.0),
        ),
        Figure::new(
            &format!("… a print that is there, over HTTP, {CLIENTS} clients: p99"),
            "10 ms",
            format!("{:.1} ms ({:.0}/s)", shown.quantile_ms(0.99), shown.per_second()),
            Some(shown.without(200) == 0 && shown.quantile_ms(0.99) <= 10.0),
        ),
    ])
}

/// An event without seats that begins in so many hours.
async fn on_sale(database: &Database, hours: i64, places: usize) -> Result<EventId> {
    let (pool, clock, by) = (&database.pool, Clock::System, Actor::house());
    let venue = NewVenue { name: "Bench Hall".into(), timezone: "UTC".into(), ..NewVenue::default() };
    let venue: VenueId = catalog::write::venues::create(pool, &clock, &by, venue, None).await?.record.row.id;
    let now = clock.now();
    let event = NewEvent {
        venue_id: Some(venue),
        capacity: Some(u32::try_from(places)?),
        sale_opens_at: Some(now),
        ..NewEvent::titled("Bench Night", now + SignedDuration::from_hours(hours))
    };
    let event = catalog::write::events::create(pool, &clock, &by, event, None).await?.record.row.id;
    let id = TierId::nth(0).context("a tier id")?;
    let tiers = vec![Tier { id, name: "Free".into(), price: Money::new(0, "EUR".parse()?) }];
    catalog::write::put_tiers(pool, &by, event, NewTiers { tiers, tier_of: Default::default() }, None).await?;
    Ok(event)
}

/// Opens a session; gives its token and buyer.
async fn session(address: &str) -> Result<(String, BuyerId)> {
    let answer = Connection::open(address).await?.send(&load::json("POST", "/v1/sessions", "", "{}")).await?;
    let body: serde_json::Value = serde_json::from_slice(&answer.body)?;
    let text = |name: &str| body[name].as_str().map(str::to_owned).with_context(|| format!("{name} in {body}"));
    Ok((text("token")?, text("buyer_id")?.parse()?))
}

async fn buy(booking: &Booking, event: EventId, buyer: BuyerId, places: usize) -> Result<Vec<TicketId>> {
    let mut tickets = Vec::with_capacity(places);
    while tickets.len() < places {
        let key = |verb: &str| Idempotency { key: format!("{event}-{verb}-{}", tickets.len()), fingerprint: [0; 32] };
        let wanted = Wanted::Area { area: "general".into(), quantity: ORDER };
        let hold = booking.hold(event, buyer, wanted, key("hold")).await?.value;
        let contact = Contact { name: "Ada Lovelace".into(), email: "ada@example.com".into() };
        let checkout = Checkout { method: Method::Free, contact, attendees: Vec::new() };
        let order = booking.checkout(hold.id, buyer, checkout, key("checkout")).await?.value.order.context("an order")?;
        tickets.extend(order.tickets.iter().map(|ticket| ticket.id));
    }
    Ok(tickets)
}

/// Asks for each print over HTTP.
async fn ask(address: &str, token: &str, tickets: &[TicketId]) -> Result<()> {
    let each = tickets.len() / CLIENTS;
    let headers = format!("Authorization: Bearer {token}\r\n");
    let asked = load::run(address, CLIENTS, each, |client, number| {
        load::json("POST", &format!("/v1/tickets/{}/print", tickets[client * each + number]), &headers, "")
    })
    .await?;
    if asked.without(202) > 0 { bail!("unexpected answers {:?}", asked.statuses) } else { Ok(()) }
}

/// Waits until all of an event are printed. Gives how long each waited in microseconds, sorted, and how many others were printed before
/// the last of them.
async fn waits(pool: &PgPool, event: EventId, count: usize) -> Result<(Vec<u64>, usize)> {
    printed(pool, event, count, Stopwatch::start()).await?;
    let waits: Vec<i64> = sqlx::query_scalar(
        "SELECT (extract(epoch FROM ended_at - asked_at) * 1e6)::bigint FROM prints WHERE event_id = $1 ORDER BY 1",
    )
    .bind(event.0)
    .fetch_all(pool)
    .await?;
    let before: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM prints WHERE event_id <> $1 AND ended_at < (SELECT max(ended_at) FROM prints WHERE event_id = $1)",
    )
    .bind(event.0)
    .fetch_one(pool)
    .await?;
    Ok((waits.into_iter().map(i64::unsigned_abs).collect(), usize::try_from(before)?))
}

/// Waits until so many of an event are printed. Gives how many a second that were since `watch` began.
async fn printed(pool: &PgPool, event: EventId, count: usize, watch: Stopwatch) -> Result<f64> {
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    loop {
        tick.tick().await;
        let printed: i64 = sqlx::query_scalar("SELECT count(*) FROM prints WHERE event_id = $1 AND state = 'printed'")
            .bind(event.0)
            .fetch_one(pool)
            .await?;
        if printed >= i64::try_from(count)? {
            return Ok(count as f64 / watch.seconds());
        }
        if watch.elapsed() > PATIENCE {
            bail!("{printed} of {count} were printed in {PATIENCE:?}");
        }
    }
}

async fn show(address: &str, token: &str, tickets: &[TicketId]) -> Result<load::Run> {
    load::run(address, CLIENTS, REQUESTS, |client, number| {
        let ticket = tickets[(client * REQUESTS + number) % tickets.len()];
        format!("GET /v1/tickets/{ticket}/print.svg HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n")
            .into_bytes()
    })
    .await
}
