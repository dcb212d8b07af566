//! What runs beside the requests: the index's reload and follower, badges, purges, housekeeping.

use std::collections::HashSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use catalog::search::EventAvailability;
use catalog::store::changes;
use futures::future::BoxFuture;
use lease::LeaseName;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::task::TaskTracker;

use crate::drawing::printer;
use crate::payments::sandbox;
use crate::run::database::Database;
use crate::run::housekeeping;
use crate::run::index;
use crate::run::keys::{self, Followed};
use crate::run::supervised::{RestartBackoff, Supervisor};
use crate::run::warm_up;
use crate::settings::values::Role;
use crate::web::app::App;
use crate::web::forget;
use crate::web::store::cache_purges;
use crate::web::telemetry;
use crate::web::waiting_room;

/// How often a new generation of the index is looked for.
const RELOAD: Duration = Duration::from_millis(250);
/// How long to wait after one that could not be opened.
const RELOAD_AGAIN: Duration = Duration::from_secs(5);
/// How often a worker looks whether its index must be built anew.
const RENEW: Duration = Duration::from_secs(60);
/// How often the embedded Postgres is looked at: an answer costs one small file, and a sale waits for it.
const WATCH: Duration = Duration::from_millis(250);
/// How often the schedule of the signing keys is looked at.
const KEYS: Duration = Duration::from_secs(5);
/// How often badges and purges follow what others changed.
const FOLLOW: Duration = Duration::from_millis(500);
/// Fewer badges than this are taken over in less than a millisecond.
const MANY_BADGES: usize = 500;
/// How often the badges look further back, and how far: for piles whose commit took longer than the overlap of two looks.
const LOOK_BACK: Duration = Duration::from_secs(10);
const LATE: Duration = Duration::from_secs(30);
/// How many times a thousand buyers one of these looks at.
const BUYER_PAGES: usize = 100;
/// How often what is kept no longer is deleted.
const PURGE: Duration = Duration::from_secs(600);
/// Folders of pictures looked through at once: all of them in less than three hours.
const FOLDERS: usize = 16;
/// Lines of the change feed read at once.
const FEED_LINES: u32 = 1_000;

/// Starts what the roles need; all of it ends with `app.shutdown`, and what panics before is begun again.
pub fn start(app: &App, database: &Arc<Database>) -> TaskTracker {
    let tasks = TaskTracker::new();
    let roles = app.config.roles;
    keep(&tasks, app, "limits", |app| every(app, Duration::from_secs(1), |app| async move { app.limits.tidy() }));
    keep(&tasks, app, "metrics", |app| every(app, Duration::from_secs(5), |_| async { telemetry::measure().run_upkeep() }));
    let watched = Arc::clone(database);
    keep(&tasks, app, "postgres", move |app| every(app, WATCH, look_after(Arc::clone(&watched))));
    keep(&tasks, app, "people", |app| async move { app.people.follow(app.shutdown.clone()).await });
    keep(&tasks, app, "quotas", add_up);
    if roles.has(Role::Booking) {
        keep(&tasks, app, "passes", waiting_room::follow_passes);
        if !app.config.warm_up.is_zero() {
            keep(&tasks, app, "warm-up", warm_up::run);
        }
    }
    if roles.has(Role::Catalog) {
        keep(&tasks, app, "index", |app| every(app, RELOAD, reload));
        keep(&tasks, app, "orders", |app| every(app, FOLLOW, prepare));
        keep(&tasks, app, "badges", badges);
    }
    if roles.has(Role::Edge) || roles.has(Role::Renderer) {
        keep(&tasks, app, "edge", purge_edge);
    }
    if roles.has(Role::Renderer) && app.config.print_workers > 0 {
        keep(&tasks, app, "printer", printer::run);
    }
    if roles.has(Role::Booking) && app.config.sandbox {
        keep(&tasks, app, "sandbox", sandbox::run);
    }
    if roles.has(Role::Worker) {
        keep(&tasks, app, "follower", |app| {
            let index = app.config.data_dir.join("index");
            let told = app.clone();
            indexer::follow(app.pool.clone(), app.catalog.clone(), index, app.shutdown.clone(), move |news| {
                index::tell(&told.vitals, news)
            })
        });
        keep(&tasks, app, "renewal", |app| every(app, RENEW, index::mend));
        keep(&tasks, app, "purge", |app| every(app, PURGE, purge));
        keep(&tasks, app, "sweep", |app| every(app, PURGE, |app| once(app, "images", sweep_images)));
    }
    tasks.close();
    tasks
}

/// Runs a task of the server under its supervisor; `/readyz` knows it by its name.
pub fn keep<F: Future<Output = ()> + Send + 'static>(
    tasks: &TaskTracker,
    app: &App,
    name: &'static str,
    task: impl Fn(App) -> F + Send + 'static,
) {
    let supervisor =
        Supervisor { vitals: Arc::clone(&app.vitals), shutdown: app.shutdown.clone(), pace: RestartBackoff::default() };
    let app = app.clone();
    tasks.spawn(supervisor.keep(name, move || task(app.clone())));
}

fn look_after(database: Arc<Database>) -> impl Fn(App) -> BoxFuture<'static, ()> {
    move |_| {
        let database = Arc::clone(&database);
        Box::pin(async move { database.look_after().await })
    }
}

/// Follows the schedule of the signing keys, so that a rotation needs no restart.
pub fn follow_keys(app: &App, source: keys::Source, tasks: &TaskTracker) {
    keep(tasks, app, "keys", move |app| {
        let mut followed = Followed::new(source.clone(), app.pool.clone(), app.keys.clone());
        async move {
            let mut ticks = tokio::time::interval(KEYS);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    () = app.shutdown.cancelled() => return,
                    _ = ticks.tick() => look_at_keys(&app, &mut followed).await,
                }
            }
        }
    });
}

async fn look_at_keys(app: &App, followed: &mut Followed) {
    match followed.look().await {
        Ok(changed) => {
            app.vitals.well("key folder");
            if changed {
                app.queue.turn(app.keys.queue_tokens(), app.keys.passes());
                tracing::info!("the signing keys were read");
            }
        }
        // the database's absence is told by others, and what was good stays good meanwhile
        Err(keys::KeyringFault::Database(fault)) => tracing::debug!(%fault, "the signing keys could not be looked at"),
        Err(fault) => {
            app.vitals.ill("key folder", "lacks a key");
            tracing::error!(%fault, "the signing keys could not be taken up");
        }
    }
}

/// Does something at intervals until the server stops.
pub async fn every<F: Future<Output = ()>>(app: App, period: Duration, act: impl Fn(App) -> F) {
    let mut ticks = tokio::time::interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            _ = ticks.tick() => act(app.clone()).await,
        }
    }
}

/// Does something of the whole installation if no other node does; broken off when it becomes another node's.
async fn once<F: Future<Output = ()>>(app: App, job: &'static str, act: impl Fn(App) -> F) {
    let Some(leases) = app.leases.clone() else { return act(app).await };
    if let Err(fault) = leases.alone(&LeaseName::job(job), act(app)).await {
        tracing::debug!(%fault, job, "it is not known which node does it");
    }
}

/// Adds up what partners asked for, each second and at the end.
async fn add_up(app: App) {
    let add = |app: App| async move {
        if let Err(fault) = app.people.add_up_requests().await {
            tracing::warn!(%fault, "partners' requests are counted here and not yet added up");
        }
    };
    every(app.clone(), Duration::from_secs(1), add).await;
    add(app).await;
}

/// Takes over a generation that a reindex or the follower has published. A torn one does not mend by itself within a moment.
async fn reload(app: App) {
    if !index::take_up(&app).await {
        tokio::select! {
            () = app.shutdown.cancelled() => {}
            () = tokio::time::sleep(RELOAD_AGAIN) => {}
        }
    }
}

/// Makes what first questions would wait for, one thing at a time.
async fn prepare(app: App) {
    let catalog = app.catalog.clone();
    drop(tokio::task::spawn_blocking(move || catalog.prepare()).await);
}

/// Brings booking's counts to the badges of search.
async fn badges(app: App) {
    // the monotonic clock says how long ago the last reading began; the database says what it changed since
    let mut last: Option<Instant> = None;
    let mut looked_back: Option<Instant> = None;
    let mut ticks = tokio::time::interval(FOLLOW);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let begins = Instant::now();
        let looks_back = looked_back.is_none_or(|at| at.elapsed() >= LOOK_BACK);
        let within = last.map(|last| last.elapsed() + if looks_back { LATE } else { Duration::ZERO });
        match app.booking.availability_within(within).await {
            Ok(changed) => {
                last = Some(begins);
                looked_back = if looks_back { last } else { looked_back };
                take_badges(&app, changed).await;
            }
            Err(fault) => tracing::warn!(%fault, "the badges of search are late"),
        }
    }
}

/// Brings counts into search; many of them, as at the start, on a thread of their own.
async fn take_badges(app: &App, changed: Vec<booking::EventCounts>) {
    let catalog = app.catalog.clone();
    let many = changed.len() > MANY_BADGES;
    let take = move || catalog.overlay().update(changed.into_iter().map(availability));
    if many {
        drop(tokio::task::spawn_blocking(take).await);
    } else {
        take();
    }
}

fn availability(event: booking::EventCounts) -> EventAvailability {
    let counts = event.counts;
    EventAvailability {
        event_id: event.event_id,
        available: counts.available,
        held: counts.held,
        sold: counts.sold,
        capacity: counts.capacity(),
        tiers: event.tiers,
        as_of: event.changed_at,
    }
}

/// Makes the edge forget what changed in the catalogue, whoever changed it.
async fn purge_edge(app: App) {
    let (mut position, mut done) = (None, HashSet::new());
    let mut ticks = tokio::time::interval(FOLLOW);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            _ = ticks.tick() => {}
        }
        match purge_changed(&app, position.clone()).await {
            Ok(reached) => position = Some(reached),
            // what is missed is read later, from where the last look ended; until then what is kept is all that can be shown
            Err(fault) => tracing::warn!(%fault, "the change feed could not be read"),
        }
        match purge_asked(&app, &done).await {
            Ok(known) => done = known,
            Err(fault) => tracing::debug!(%fault, "what was asked to be forgotten could not be read"),
        }
    }
}

/// Forgets what somebody asked to be forgotten, each once.
///
/// Gives     what was asked within the last minute.
async fn purge_asked(app: &App, done: &HashSet<i64>) -> sqlx::Result<HashSet<i64>> {
    let recent = cache_purges::recent(&app.pool).await?;
    for (_, tag) in recent.iter().filter(|(id, _)| !done.contains(id)) {
        forget::here(&app.purger, tag);
    }
    Ok(recent.into_iter().map(|(id, _)| id).collect())
}

async fn purge_changed(app: &App, after: Option<changes::FeedPosition>) -> sqlx::Result<changes::FeedPosition> {
    let mut connection = app.pool.acquire().await?;
    let Some(mut position) = after else { return changes::latest_position(&mut connection).await };
    if changes::standing(&mut connection, &position).await? != changes::Standing::Whole {
        // away for longer than the feed is kept, or another database answers: what was missed is unknown
        app.purger.purge_all();
        return changes::latest_position(&mut connection).await;
    }
    loop {
        let feed = changes::read_since(&mut connection, &position, FEED_LINES).await?;
        for line in &feed.changes {
            app.purger.purge(&format!("{}-{}", line.kind.as_str(), line.id));
            app.purger.purge(line.kind.plural());
        }
        position = feed.position;
        if !feed.more {
            return Ok(position);
        }
    }
}

/// Removes pictures that no row names.
async fn sweep_images(app: App) {
    match housekeeping::sweep_images(&app.pool, &app.album, app.clock.now(), FOLDERS).await {
        Ok(0) => {}
        Ok(swept) => tracing::info!(swept, "pictures that no image names were removed"),
        Err(fault) => tracing::warn!(%fault, "the store of images could not be swept"),
    }
}

/// Deletes what is kept no longer, on one node, and measures on each what stays of the change feed.
async fn purge(app: App) {
    once(app.clone(), "purge", purge_rows).await;
    if let Err(fault) = housekeeping::measure_feed(&app.pool).await {
        tracing::debug!(%fault, "it is not known how far back the change feed reaches");
    }
}

/// Deletes what is kept no longer.
async fn purge_rows(app: App) {
    if let Err(fault) = app.queue.purge().await {
        tracing::warn!(%fault, "the places of queues that are over could not be removed");
    }
    match housekeeping::purge(&app.pool, &app.booking, &app.people, BUYER_PAGES).await {
        Ok(removed) => tracing::debug!(?removed, "what is kept no longer was removed"),
        Err(fault) => tracing::warn!(%fault, "not all that is kept no longer could be removed"),
    }
}
