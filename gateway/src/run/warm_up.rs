//! Warming up: some minutes before a sale opens its desk is opened here, its house is loaded, and what the first buyers will ask for is
//! asked for once, so that it lies in the caches when they come. Each node does it for itself.

use std::collections::HashMap;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use booking::Opening;
use catalog::model::Event;
use domain::{EventId, Stopwatch};
use jiff::Timestamp;
use tokio::time::MissedTickBehavior;
use tower::ServiceExt as _;

use crate::pages::event_path;
use crate::router::router;
use crate::web::app::App;

/// How often the schedule is looked at.
const LOOK: Duration = Duration::from_secs(10);
/// Sales warmed up within one look.
const MOST: u32 = 100;

/// Warms up what opens soon, each sale once, until the server stops.
pub async fn run(app: App) {
    // The routes themselves, so that what is warmed is what is asked for.
    let (router, _) = router::router(app.clone());
    let mut warm: HashMap<EventId, Timestamp> = HashMap::new();
    let mut ticks = tokio::time::interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let opening = match app.booking.opening_within(app.config.warm_up, MOST).await {
            Ok(opening) => opening,
            Err(fault) => {
                tracing::warn!(%fault, "which sales open soon could not be read");
                continue;
            }
        };
        // A sale that was put off is warmed up again when its hour comes near.
        warm.retain(|event, at| opening.iter().any(|opening| opening.event == *event && opening.at == *at));
        for Opening { event, at } in opening {
            if warm.insert(event, at).is_none() {
                warm_up(&app, &router, event, at).await;
            }
        }
    }
}

/// Gives how long it took to `/metrics` and the log; what fails is told and left to the first buyer.
async fn warm_up(app: &App, router: &Router, event: EventId, opens_at: Timestamp) {
    let watch = Stopwatch::start();
    let mut failed = 0_u32;
    if let Err(fault) = app.booking.sweep(event).await {
        tracing::warn!(%event, %fault, "a desk could not be opened before its sale");
        failed += 1;
    }
    let paths = match app.reads.event(event).await {
        Ok(event) => paths(&event),
        Err(fault) => {
            tracing::warn!(%event, ?fault, "an event could not be read before its sale");
            return;
        }
    };
    for path in paths {
        failed += u32::from(!asked(router, &path).await);
    }
    let seconds = watch.seconds();
    metrics::counter!("boxoffice_warm_ups_total", "outcome" => if failed == 0 { "whole" } else { "partly" }).increment(1);
    metrics::histogram!("boxoffice_warm_up_seconds").record(seconds);
    tracing::info!(%event, %opens_at, failed, seconds, "a sale that opens soon was warmed up");
}

/// What the first buyers ask for.
fn paths(event: &Event) -> Vec<String> {
    let id = event.row.id;
    let api = format!("/v1/events/{id}");
    let mut paths = vec![
        api.clone(),
        format!("{api}/seats"),
        format!("{api}/seatmap.svg"),
        format!("{api}/seatmap.png"),
        event_path(id, &event.row.slug),
    ];
    paths.extend(event.row.seat_map_id.map(|map| format!("/assets/maps/{map}.json")));
    paths
}

/// Asks for something as a browser would; whether it was given.
async fn asked(router: &Router, path: &str) -> bool {
    let request = Request::builder().uri(path).header("accept-encoding", "gzip").body(Body::empty());
    let Ok(request) = request else { return false };
    let response = router.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
    let good = response.status().is_success() || response.status().is_redirection();
    // read to its end, so that what keeps answers keeps it whole
    good && axum::body::to_bytes(response.into_body(), usize::MAX).await.is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::app::App;
    use sqlx::PgPool;

    #[sqlx::test(migrations = "../migrations")]
    async fn an_event_that_is_gone_harms_nobody(pool: PgPool) {
        let home = tempfile::tempdir().expect("a directory");
        let app = App::for_testing(pool, home.path()).await.expect("an app");
        let (router, _) = router::router(app.clone());
        warm_up(&app, &router, EventId(uuid::Uuid::nil()), Timestamp::UNIX_EPOCH).await;
        assert!(asked(&router, "/openapi.json").await && !asked(&router, "/v1/nowhere").await);
        assert_eq!(app.booking.opening_within(Duration::from_secs(600), MOST).await.expect("a look"), []);
    }
}
