//! `boxoffice queue`.

use std::process::ExitCode;

use domain::{BuyerId, EventId};

use crate::api::queue::order::QueueOrderBody;
use crate::run::outcome::Outcome;
use crate::settings::cli::VerifyQueue;

/// Checks the published order of who came before an event's sale began: that the seed is the one whose hash was public before, and that every
/// place is where the seed puts it.
pub async fn verify(options: VerifyQueue) -> Outcome<ExitCode> {
    let text = read(&options.from, options.event).await?;
    let body: QueueOrderBody =
        serde_json::from_slice(&text).map_err(|fault| format!("{}: is no order: {fault}", options.from))?;
    if body.event_id != options.event.0 {
        return Err(format!("{}: is the order of event {}", options.from, body.event_id).into());
    }
    if let Some(noted) = options.seed_hash.filter(|noted| !noted.eq_ignore_ascii_case(&body.seed_hash)) {
        return Err(format!("the hash of the seed is {}, and was {noted} before the start", body.seed_hash).into());
    }
    let published =
        body.published().ok_or_else(|| format!("{}: has something that is no hexadecimal of its length", options.from))?;
    let places = ::queue::verify(&published)?;
    println!("{places} places, each where the seed {} puts it", body.seed);
    if let Some(buyer) = options.buyer {
        println!("{}", told(&body, buyer));
    }
    Ok(ExitCode::SUCCESS)
}

fn told(body: &QueueOrderBody, buyer: BuyerId) -> String {
    match body.place_of(::queue::holder(buyer)) {
        Some(place) => format!("buyer {buyer} has place {place}"),
        None => format!("buyer {buyer} is not among those who were drawn"),
    }
}

/// Reads a file, or asks an installation.
async fn read(from: &str, event: EventId) -> Outcome<Vec<u8>> {
    if !from.starts_with("http://") && !from.starts_with("https://") {
        return Ok(tokio::fs::read(from).await.map_err(|fault| format!("{from}: {fault}"))?);
    }
    let order = format!("/v1/events/{event}/queue/order");
    let url = if from.ends_with(&order) { from.to_owned() } else { format!("{}{order}", from.trim_end_matches('/')) };
    let answer = reqwest::get(&url).await?;
    if !answer.status().is_success() {
        return Err(format!("{url}: {}: {}", answer.status(), answer.text().await.unwrap_or_default()).into());
    }
    Ok(answer.bytes().await?.to_vec())
}
