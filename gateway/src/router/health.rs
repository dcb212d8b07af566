//! Whether the server lives, whether it is ready, and what it measures.

use std::time::Duration;

use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use lease::{LeaseName, Leases};
use serde::Serialize;
use sqlx::Connection as _;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::settings::values::Role;
use crate::web::app::App;
use crate::web::class::Class;
use crate::web::error::{ApiError, ApiResult, Code};
use crate::web::extract::Json;
use crate::web::routes::Routes;
use crate::web::telemetry;

/// How long the database may take to answer.
const DATABASE_LIMIT: Duration = Duration::from_secs(2);

/// What those who run the server ask it.
pub fn routes() -> Routes {
    Routes::default()
        .calls(Class::Operations, routes!(healthz))
        .calls(Class::Operations, routes!(readyz))
        .calls(Class::Operations, routes!(metrics))
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    #[schema(example = "ok")]
    status: &'static str,
}

/// Each part's state: `ok`, or what it lacks.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    #[schema(example = "ready")]
    status: &'static str,
    #[schema(example = "ok")]
    database: &'static str,
    /// They ran before the server began to listen.
    #[schema(example = "ok")]
    migrations: &'static str,
    #[schema(example = "ok")]
    index: &'static str,
    /// What runs beside the requests: `ok`, or each task that is not well.
    #[schema(example = "ok")]
    tasks: String,
    /// `on` where buyers may pay with play money: for trials.
    #[schema(example = "off")]
    sandbox: &'static str,
}

/// Says that the process lives.
#[utoipa::path(get, path = "/healthz", tag = "operations", responses((status = 200, description = "It lives.", body = Health)))]
async fn healthz() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// Says whether requests should come here: database, migrations, index and the tasks beside the requests are there, and the server is not stopping.
#[utoipa::path(get, path = "/readyz", tag = "operations", responses((status = 200, description = "It is ready.", body = Readiness)))]
async fn readyz(app: App) -> ApiResult<Json<Readiness>> {
    let database = match tokio::time::timeout(DATABASE_LIMIT, ping(&app)).await {
        Ok(Ok(())) => "ok",
        Ok(Err(_)) => "unreachable",
        Err(_) => "slow",
    };
    let searched = app.config.roles.has(Role::Catalog);
    let index = if !searched || app.catalog.ready() { "ok" } else { "missing" };
    let status = if app.draining() { "stopping" } else { "ready" };
    let ill = app.vitals.told();
    let tasks = if ill.is_empty() { "ok".to_owned() } else { ill.join(", ") };
    let sandbox = if app.config.sandbox { "on" } else { "off" };
    let found = Readiness { status, database, migrations: "ok", index, tasks, sandbox };
    if status == "ready" && database == "ok" && index == "ok" && ill.is_empty() {
        return Ok(Json(found));
    }
    Err(ApiError::new(Code::NotReady).with("checks", serde_json::to_value(&found).unwrap_or_default()).retry_after(1))
}

async fn ping(app: &App) -> Result<(), sqlx::Error> {
    app.pool.acquire().await?.ping().await
}

/// Everything measured, as Prometheus reads it.
#[utoipa::path(get, path = "/metrics", tag = "operations", responses((status = 200, description = "The metrics.", content_type = "text/plain", body = String)))]
async fn metrics(app: App) -> impl IntoResponse {
    let handle = telemetry::measure();
    ::metrics::gauge!("database_connections").set(f64::from(app.pool.size()));
    ::metrics::gauge!("database_connections_idle").set(app.pool.num_idle() as f64);
    ::metrics::gauge!("search_generation").set(app.catalog.generation() as f64);
    ::metrics::gauge!("search_documents").set(app.catalog.doc_count() as f64);
    let (waiting, room) = app.booking.depth();
    ::metrics::gauge!("booking_deepest_desk").set(waiting as f64);
    ::metrics::gauge!("booking_deepest_desk_share").set(waiting as f64 / room as f64);
    let queues = app.queue.totals();
    ::metrics::gauge!("queue_waiting").set(queues.waiting as f64);
    ::metrics::gauge!("queue_inside").set(queues.inside as f64);
    ::metrics::gauge!("queue_connected").set(queues.connected as f64);
    ::metrics::gauge!("queue_commands").set(queues.commands as f64);
    let held = app.leases.as_ref().map(Leases::held).unwrap_or_default();
    ::metrics::gauge!("lease_held").set(held.len() as f64);
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], handle.render() + &owned(&held))
}

/// Leases named one by one; of more than these only the number is told.
const NAMED: usize = 100;

/// What this node has, each with its epoch. Written for this answer alone, so that what passed on leaves nothing behind.
fn owned(held: &[(LeaseName, i64)]) -> String {
    let line = |(name, epoch): &(LeaseName, i64)| format!("lease_epoch{{name=\"{name}\"}} {epoch}\n");
    let lines: String = held.iter().take(NAMED).map(line).collect();
    if lines.is_empty() { lines } else { format!("# TYPE lease_epoch gauge\n{lines}") }
}
