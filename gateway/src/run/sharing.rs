//! One index for many nodes: the worker publishes it to an index store, nodes without that role pull it.

use std::time::Duration;

use indexer::Depot;
use tokio_util::task::TaskTracker;

use crate::run::outcome::Outcome;
use crate::run::tasks::{every, keep};
use crate::settings::config;
use crate::settings::values::Role;
use crate::web::app::App;

/// How often the store is looked at: by the worker for what to publish, by other nodes for what to pull.
const SHARE: Duration = Duration::from_secs(1);
/// Generations that a pulling node keeps.
const KEEP: usize = 2;

/// Starts publishing or pulling, if an index store is configured; ends with `app.shutdown`.
pub fn start(app: &App, tasks: &TaskTracker) -> Outcome<()> {
    let Some(url) = &app.config.index_store else { return Ok(()) };
    let depot = Depot::open(url, config::store_options())?;
    if app.config.roles.has(Role::Worker) {
        keep(tasks, app, "publishing", move |app| {
            let (depot, mine) = (depot.clone(), depot.clone());
            async move {
                every(app, SHARE, move |app| publish(app, mine.clone())).await;
                if let Err(fault) = depot.leave().await {
                    tracing::debug!(%fault, "another worker may publish in a few seconds only");
                }
            }
        });
    } else if app.config.roles.has(Role::Catalog) {
        keep(tasks, app, "pulling", move |app| {
            let depot = depot.clone();
            every(app, SHARE, move |app| pull(app, depot.clone()))
        });
    }
    Ok(())
}

/// Publishes the live index for other nodes when it has changed.
async fn publish(app: App, depot: Depot) {
    match depot.publish(&app.config.data_dir.join("index")).await {
        Ok(Some(moved)) if moved.files > 0 => tracing::debug!(?moved, "the search index was published"),
        Ok(Some(_)) => {}
        Ok(None) => tracing::debug!("another worker publishes the search index"),
        Err(fault) => tracing::warn!(%fault, "the search index could not be published"),
    }
}

/// Takes over what the worker has published.
async fn pull(app: App, depot: Depot) {
    match depot.pull(&app.config.data_dir.join("index"), KEEP).await {
        Ok(Some(moved)) => tracing::debug!(?moved, "the search index was pulled"),
        Ok(None) => {}
        Err(fault) => tracing::warn!(%fault, "the published search index could not be pulled"),
    }
}
