//! Serving, from the locks to the last connection: start-up as a list, drain with a deadline.

use std::net::SocketAddr;
use std::sync::Arc;

use booking::{Booking, BookingConfig, Pools};
use catalog::search::Catalog;
use domain::Clock;
use people::{People, PeopleConfig};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::{JoinError, JoinHandle};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::router::front;
use crate::run::database::Database;
use crate::run::outcome::Outcome;
use crate::run::serving::Serving;
use crate::run::{descriptors, fonts, fronts, index, keys, listen, node, say, sharing, tasks};
use crate::settings::cli::Serve;
use crate::settings::config::{self, Config};
use crate::settings::values::Role;
use crate::web::album::Album;
use crate::web::app::{App, Rooms};
use crate::web::telemetry;
use crate::web::wallet::Wallet;

/// How long it may take to find out to whom events are given.
const HAND_OVER: std::time::Duration = std::time::Duration::from_secs(2);

/// What is claimed before anything slow begins: the roles of the data directory and the port.
pub struct Claim {
    serving: Serving,
    listener: TcpListener,
    admin: Option<TcpListener>,
    stops: Stops,
}

impl Claim {
    pub async fn take(options: &Serve) -> Outcome<Self> {
        let serving = Serving::claim(&options.common.data_dir, options.http.roles)?;
        let bind = |address| listen::bind(address).map_err(|error| format!("cannot listen on {address}: {error}"));
        let (listener, admin) = (bind(options.http.listen)?, options.http.admin_listen.map(bind).transpose()?);
        Ok(Self { serving, listener, admin, stops: Stops::new()? })
    }
}

/// Serves until SIGTERM or SIGINT, then drains.
pub async fn serve(options: &Serve, claim: Claim, database: Database) -> Outcome<()> {
    let Claim { mut serving, listener, admin, mut stops } = claim;
    telemetry::measure();
    let address = listener.local_addr()?;
    let admin_address = admin.as_ref().map(TcpListener::local_addr).transpose()?;
    descriptors::raise();
    let source = keys::Source::new(&options.common.keys_dir(), options.http.webhook_secret.as_deref());
    let app = open(options, &database, (address, admin_address), &source).await?;
    let database = Arc::new(database);
    make_index(&app).await?;

    let stop = CancellationToken::new();
    let accepting = accept(&app, listener, admin, &stop);
    begin(&app).await?;
    let tasks = tasks::start(&app, &database);
    tasks::follow_keys(&app, source, &tasks);
    sharing::start(&app, &tasks)?;
    fronts::start(&app, &tasks)?;
    serving.announce(&format!("http://{address}"))?;
    say::out(format_args!("listening on http://{address}"));

    stops.wait().await;
    tracing::info!("stopping");
    app.drain();
    if tokio::time::timeout(HAND_OVER, hand_over(&app)).await.is_err() {
        tracing::warn!("the events of this node stay until it stops: the database does not answer");
    }
    tokio::time::sleep(app.config.drain_delay).await;
    app.shutdown.cancel();
    stop.cancel();
    let ended = end(&app, accepting, tasks);
    tokio::select! {
        ended = tokio::time::timeout(app.config.drain + HAND_OVER, ended) => match ended {
            Ok(ended) => ended?,
            Err(_) => tracing::warn!("what was begun did not end in time: the database does not answer"),
        },
        () = stops.wait() => tracing::warn!("asked twice to stop: not waiting"),
    }
    Ok(database.close().await?)
}

/// Gives the events of this node to others. A room keeps its event's lease; where nobody takes it over, it is open for as long as requests
/// are taken.
async fn hand_over(app: &App) {
    let successor = match &app.leases {
        Some(leases) => leases.other().await.ok().flatten(),
        None => None,
    };
    if successor.is_some() {
        app.queue.shutdown().await;
    }
    app.booking.hand_over().await;
}

/// Waits for what was begun. Whatever a request does meanwhile, what follows is done: leases are given back.
async fn end(app: &App, accepting: Vec<JoinHandle<TaskTracker>>, tasks: TaskTracker) -> Result<(), JoinError> {
    let over = async {
        for listening in accepting {
            listening.await?.wait().await;
        }
        app.lot.wait().await;
        Ok::<_, JoinError>(())
    };
    match tokio::time::timeout(app.config.drain, over).await {
        Ok(over) => over?,
        Err(_) => tracing::warn!("some requests did not end in time"),
    }
    app.queue.shutdown().await;
    app.booking.shutdown().await;
    tasks.wait().await;
    if let Some(leases) = &app.leases {
        leases.shutdown().await;
    }
    Ok(())
}

/// Takes connections on the main port, and on the one of those who run the server.
fn accept(app: &App, main: TcpListener, admin: Option<TcpListener>, stop: &CancellationToken) -> Vec<JoinHandle<TaskTracker>> {
    let (service, terms) = (front::service(app.clone()), listen::Terms::of(&app.config, app.clock.clone()));
    let apart = admin.map(|listener| (listener, terms.clone().admin()));
    let doors = std::iter::once((main, terms)).chain(apart);
    doors.map(|(listener, terms)| tokio::spawn(listen::serve(listener, service.clone(), terms, stop.clone()))).collect()
}

/// Begins what a node does by itself, now that others can ask it: it tells them where it is, and takes events.
async fn begin(app: &App) -> Outcome<()> {
    if let Some(leases) = &app.leases {
        leases.say_where(node::address(&app.config)).await;
    }
    Ok(app.booking.begin().await?)
}

async fn open(
    options: &Serve,
    database: &Database,
    (address, admin): (SocketAddr, Option<SocketAddr>),
    source: &keys::Source,
) -> Outcome<App> {
    let config = Config { admin_listen: admin, ..Config::new(&options.common, &options.http, address) };
    let keys = source.open(&database.pool).await?;
    let clock = Clock::System;
    let (dir, cursor, bytes) = (config.data_dir.join("index"), keys.cursor.clone(), config.search_cache_bytes / 2);
    let index_clock = clock.clone();
    let catalog = tokio::task::spawn_blocking(move || Catalog::open(&dir, cursor, index_clock, bytes)).await??;
    catalog.watch_synonyms(&config.data_dir.join("synonyms.txt"));
    let wires = node::wires(&config)?;
    let nodes = node::enter(&database.pool, &config, wires.clone()).await?;
    let leases = Some(nodes.leases.clone());
    let selling =
        BookingConfig { hold_ttl: config.hold_ttl, hoards: config.hoards, nodes: Some(nodes), ..BookingConfig::default() };
    let pools = Pools { desks: database.selling.clone(), others: database.pool.clone() };
    let booking = Booking::open(pools, clock.clone(), selling);
    let people = People::new(database.pool.clone(), clock.clone(), PeopleConfig::default());
    let renderer = fonts::renderer(options.http.fonts_dir.as_deref())?;
    // a pass that cannot be signed is told at the start, not to the first buyer
    config.wallet.as_ref().map(Wallet::read).transpose()?;
    let album = Album::open(&config.image_store(), config::store_options())?;
    let pool = database.pool.clone();
    Ok(App::new(Rooms { pool, catalog, booking, leases, wires, people, renderer, album, keys, clock, config }))
}

/// Builds the first index of a new installation, so that it becomes ready by itself.
async fn make_index(app: &App) -> Outcome<()> {
    if app.catalog.ready() || !app.config.roles.has(Role::Worker) {
        return Ok(());
    }
    index::build(&app.pool, &app.config.data_dir, index::FIRST).await?;
    let catalog = app.catalog.clone();
    tokio::task::spawn_blocking(move || catalog.reload_if_changed()).await??;
    Ok(())
}

/// The signals that ask us to stop.
struct Stops {
    term: Signal,
    int: Signal,
}

impl Stops {
    fn new() -> std::io::Result<Self> {
        Ok(Self { term: signal(SignalKind::terminate())?, int: signal(SignalKind::interrupt())? })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.term.recv() => {}
            _ = self.int.recv() => {}
        }
    }
}
