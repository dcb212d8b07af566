//! The doors open: whoever is let in buys ten places, until the house is sold.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, bail};
use domain::Stopwatch;
use serde_json::Value;

use super::leaving::admitted;
use super::world::{SEATS, SLOTS, Waiter, World, read, text};
use crate::load::{self, Connection, quantile};
use crate::report::{Figure, Scenario};

/// Places of one order.
const ORDER: usize = 10;
/// Buyers at work at once: all inside, and the first of the line.
const BUYERS: usize = SLOTS + 112;

/// What one buyer saw.
struct Visit {
    /// In the line, from 0.
    place: usize,
    /// When the pass ends, as it was told: who was let in later has a later end.
    until: String,
    /// From the hold to the ticket.
    took_us: u64,
    bought: bool,
}

pub async fn open(world: &World, line: Vec<Waiter>) -> Result<Scenario> {
    let (line, next) = (Arc::new(line), Arc::new(AtomicUsize::new(0)));
    let event = world.event.to_string();
    let watch = Stopwatch::start();
    let mut buyers = Vec::with_capacity(BUYERS);
    for _ in 0..BUYERS {
        let shop = shop(world.connect().await?, event.clone(), Arc::clone(&line), Arc::clone(&next));
        buyers.push(tokio::spawn(shop));
    }
    let mut visits = Vec::new();
    for buyer in buyers {
        visits.extend(buyer.await??);
    }
    let seconds = watch.seconds();
    visits.sort_by_key(|visit| visit.place);
    let overtaken = visits.windows(2).filter(|two| two[0].until > two[1].until).count();
    let orders = visits.iter().filter(|visit| visit.bought).count();
    let mut took: Vec<u64> = visits.iter().filter(|visit| visit.bought).map(|visit| visit.took_us).collect();
    took.sort_unstable();
    let ms = |q: f64| quantile(&took, q) as f64 / 1e3;
    Ok(Scenario {
        name: "the doors open",
        figures: vec![
            Figure::new(
                &format!("{SEATS} seats through passes, holds and payments, ten an order"),
                "to the last seat",
                format!("{} seats in {seconds:.0} s: {:.0} orders/s", orders * ORDER, orders as f64 / seconds),
                Some(orders * ORDER == SEATS as usize),
            ),
            Figure::new("… from hold to ticket", "", format!("p50 {:.0} ms, p99 {:.0} ms", ms(0.5), ms(0.99)), None),
            Figure::new("let in before somebody who stood in front", "nobody", overtaken.to_string(), Some(overtaken == 0)),
        ],
    })
}

/// Takes the next in line, waits until he is inside and buys for him; until nothing is left.
async fn shop(mut connection: Connection, event: String, line: Arc<Vec<Waiter>>, next: Arc<AtomicUsize>) -> Result<Vec<Visit>> {
    let mut visits = Vec::new();
    loop {
        let place = next.fetch_add(1, Ordering::Relaxed);
        // more orders than there is room for: the house is sold by then
        if place > SEATS as usize / ORDER + SLOTS {
            return Ok(visits);
        }
        let Some(waiter) = line.get(place) else { return Ok(visits) };
        let (pass, until) = admitted(&mut connection, waiter).await?;
        let watch = Stopwatch::start();
        let bought = buy(&mut connection, &event, waiter, &pass).await?;
        visits.push(Visit { place, until, took_us: u64::try_from(watch.elapsed().as_micros())?, bought });
        if !bought {
            // who finds nothing makes room for the next to see for himself
            read(&connection.send(&load::json("DELETE", &format!("/v1/queue/{}", waiter.token), "", "")).await?, 200)?;
            return Ok(visits);
        }
    }
}

/// Holds the best ten, pays for them and waits for the order. Gives whether there were any.
async fn buy(connection: &mut Connection, event: &str, waiter: &Waiter, pass: &str) -> Result<bool> {
    let authorised = format!("Authorization: Bearer {}\r\n", waiter.session);
    let headers = format!("{authorised}Boxoffice-Pass: {pass}\r\nIdempotency-Key: hold\r\n");
    let wanted = format!(r#"{{"best":{{"quantity":{ORDER}}}}}"#);
    let held = connection.send(&load::json("POST", &format!("/v1/events/{event}/holds"), &headers, &wanted)).await?;
    if held.status == 409 {
        return Ok(false);
    }
    let hold = text(&read(&held, 201)?, "id")?;
    let headers = format!("{authorised}Idempotency-Key: checkout\r\n");
    let body = r#"{"method":"sandbox","contact":{"name":"Ada Lovelace","email":"ada@example.com"}}"#;
    let begun = connection.send(&load::json("POST", &format!("/v1/holds/{hold}/checkout"), &headers, body)).await?;
    let url = text(&read(&begun, 201)?["payment"], "url")?;
    let path = url.find("/sandbox/").map(|at| &url[at..]).with_context(|| format!("a payment at {url}"))?;
    let paid = connection.send(&load::json("POST", path, "", r#"{"action":"pay"}"#)).await?;
    if !(200..300).contains(&paid.status) {
        bail!("paying: {} {}", paid.status, String::from_utf8_lossy(&paid.body));
    }
    loop {
        let request = load::get_with(&format!("/v1/holds/{hold}"), &authorised);
        let told: Value = read(&connection.send(&request).await?, 200)?;
        match told["state"].as_str() {
            Some("ordered") => return Ok(true),
            Some("held" | "paying") => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
            _ => bail!("a paid hold is {told}"),
        }
    }
}
