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
use crate::web::album::Album;
use crate::web::app::{App, AppParts};
use crate::web::telemetry;
use crate::web::wallet::Wallet;

/// How long it may take to find out whether another node takes the events, and then to shut the rooms.
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
    index::begin(&app).await?;

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
    hand_over(&app).await;
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

/// Gives the events of this node to others. A room keeps its event's lease, so rooms are shut once somebody takes the events, and not
/// before: else they are open for as long as requests are taken.
async fn hand_over(app: &App) {
    match tokio::time::timeout(HAND_OVER, app.booking.hand_over()).await {
        Ok(false) => {}
        Ok(true) => {
            if tokio::time::timeout(HAND_OVER, app.queue.shutdown()).await.is_err() {
                tracing::warn!("some waiting rooms take longer to close: the database is slow");
            }
        }
        Err(_) => tracing::warn!("the events of this node stay until it stops: the database does not answer"),
    }
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
    let (service, limits) = (front::service(app.clone()), listen::ConnectionLimits::of(&app.config, app.clock.clone()));
    let apart = admin.map(|listener| (listener, limits.clone().admin()));
    let doors = std::iter::once((main, limits)).chain(apart);
    doors.map(|(listener, limits)| tokio::spawn(listen::serve(listener, service.clone(), limits, stop.clone()))).collect()
}

/// Begins what a node does by itself, now that others can ask it: it tells them where it is, and takes events.
async fn begin(app: &App) -> Outcome<()> {
    if let Some(leases) = &app.leases {
        leases.say_where(node::address(&app.config)).await;
        node::meet(leases, &app.config).await;
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
    let catalog = Catalog::closed(&dir, cursor, clock.clone(), bytes);
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
    Ok(App::new(AppParts { pool, catalog, booking, leases, wires, people, renderer, album, keys, clock, config }))
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

#[cfg(test)]
mod tests {
    use domain::{BuyerId, EventId};
    use queue::QueueError;
    use sqlx::PgPool;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::*;
    use crate::settings::config::NodeWords;
    use crate::settings::node_secret::NodeSecret;

    async fn node(pool: &PgPool, home: &std::path::Path) -> App {
        let secret = NodeSecret::parse("0123456789abcdef").expect("a secret");
        let nodes = Some(NodeWords { url: format!("http://{}", home.display()), secret, broker: None });
        let config = Config { nodes, max_connections: 1, ..Config::for_testing(home.to_owned()) };
        let wires = node::wires(&config).expect("wires");
        let nodes = node::enter(pool, &config, wires).await.expect("a node");
        nodes.leases.say_where(node::address(&config)).await;
        App::testing_among(pool.clone(), config, Some(nodes)).await.expect("an app")
    }

    /// Whether nobody is let into a waiting room any more; else there is no such event.
    async fn is_shut(app: &App) -> bool {
        let now = app.clock.now();
        let joined = app.queue.join(EventId::at(now), &BuyerId::at(now).into(), false).await;
        !matches!(joined, Err(QueueError::NotFound))
    }

    /// Two nodes that stop at once find no successor in each other. The control: where a third one stays, it has the waiting rooms.
    #[sqlx::test(migrations = "../migrations")]
    async fn waiting_rooms_are_shut_before_the_end_where_somebody_takes_them_over(pool: PgPool) {
        let homes = [(); 3].map(|()| tempfile::tempdir().expect("a directory"));
        let (one, two) = (node(&pool, homes[0].path()).await, node(&pool, homes[1].path()).await);
        two.leases.as_ref().expect("leases").give_away().await.expect("it leaves, too");
        hand_over(&one).await;
        assert!(!is_shut(&one).await, "nobody takes them");
        let three = node(&pool, homes[2].path()).await;
        hand_over(&one).await;
        assert!(is_shut(&one).await);
        // who comes here until the end is sent there, though nobody has the event yet
        let event = EventId::at(one.clock.now());
        let next = async |app: &App| app.queue.elsewhere(event).await.expect("an answer").map(|other| other.node);
        let id = three.leases.as_ref().expect("leases").node().id;
        assert_eq!((next(&one).await, next(&two).await), (Some(id), None));
    }

    /// Another node, which answers all it is asked with a stream that says one thing and goes on.
    async fn streaming() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            let mut open = Vec::new();
            while let Ok((socket, _)) = listener.accept().await {
                let mut caller = Caller(socket, String::new());
                caller.hears("\r\n\r\n").await;
                caller
                    .says("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n")
                    .await;
                open.push(caller);
            }
        });
        address
    }

    struct Caller(TcpStream, String);

    impl Caller {
        async fn asks(address: SocketAddr, path: &str) -> Self {
            let mut caller = Self(TcpStream::connect(address).await.expect("connected"), String::new());
            caller.says(&format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n")).await;
            caller
        }

        async fn says(&mut self, text: &str) {
            self.0.write_all(text.as_bytes()).await.expect("said");
        }

        async fn hears(&mut self, text: &str) {
            while !self.1.contains(text) {
                let mut bytes = [0; 4_096];
                let read = tokio::time::timeout(std::time::Duration::from_secs(60), self.0.read(&mut bytes)).await;
                let length = read.expect("in time").expect("read");
                assert!(length > 0, "{text} does not come: {}", self.1);
                self.1.push_str(&String::from_utf8_lossy(&bytes[..length]));
            }
        }
    }

    /// This node has room for one connection. The control: one that stays where it is keeps others out.
    #[sqlx::test(migrations = "../migrations")]
    async fn who_hears_of_a_waitlist_through_this_node_takes_no_place_of_others_and_is_told_to_come_back(pool: PgPool) {
        let home = tempfile::tempdir().expect("a directory");
        let (app, other) = (node(&pool, home.path()).await, streaming().await);
        let event = EventId::at(app.clock.now());
        let owner = lease::Node { id: uuid::Uuid::from_u128(7), url: Some(format!("http://{other}")) };
        let leases = lease::Leases::start(pool.clone(), owner).await.expect("a node");
        leases.claim(&lease::LeaseName::event(event)).await.expect("its own");
        let listener = listen::bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port");
        let (address, stop) = (listener.local_addr().expect("an address"), CancellationToken::new());
        let _accepting = accept(&app, listener, None, &stop);
        let entry = format!("/v1/events/{event}/waitlist/{}/stream", EventId::at(app.clock.now()));
        let mut streams = Vec::new();
        for _ in 0..3 {
            let mut stream = Caller::asks(address, &entry).await;
            stream.hears("data: 1\n\n").await;
            assert!(stream.1.starts_with("HTTP/1.1 200"), "{}", stream.1);
            streams.push(stream);
        }
        let mut one = Caller::asks(address, "/v1/nothing").await;
        one.hears("HTTP/1.1 404").await;
        Caller::asks(address, "/v1/nothing").await.hears("HTTP/1.1 503").await;
        app.shutdown.cancel();
        for mut stream in streams {
            stream.hears("retry: ").await;
        }
        app.lot.wait().await;
    }

    /// What a client would make another path of is asked here, where there is nothing. The control: a path that it leaves as it is.
    #[sqlx::test(migrations = "../migrations")]
    async fn nobody_is_led_to_another_path_of_another_node(pool: PgPool) {
        let home = tempfile::tempdir().expect("a directory");
        let (app, other) = (node(&pool, home.path()).await, streaming().await);
        let event = EventId::at(app.clock.now());
        let owner = lease::Node { id: uuid::Uuid::from_u128(7), url: Some(format!("http://{other}")) };
        let leases = lease::Leases::start(pool.clone(), owner).await.expect("a node");
        leases.claim(&lease::LeaseName::event(event)).await.expect("its own");
        let listener = listen::bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port");
        let (address, stop) = (listener.local_addr().expect("an address"), CancellationToken::new());
        let _accepting = accept(&app, listener, None, &stop);
        for (entry, status) in [("entry", "200"), ("..", "404"), (r"..\..\..\..\metrics", "404"), ("%2e%2e", "404")] {
            let mut caller = Caller::asks(address, &format!("/v1/events/{event}/waitlist/{entry}")).await;
            caller.hears("\r\n\r\n").await;
            assert!(caller.1.starts_with(&format!("HTTP/1.1 {status}")), "{entry}: {}", caller.1);
        }
    }

    /// The node that has three events says nothing more, as one that is frozen: another node takes the first, the second is free. The
    /// control: the third is still its own.
    #[sqlx::test(migrations = "../migrations")]
    async fn who_hears_through_this_node_is_let_go_when_the_event_is_not_that_nodes_any_more(pool: PgPool) {
        let home = tempfile::tempdir().expect("a directory");
        let (app, other) = (node(&pool, home.path()).await, streaming().await);
        let owner = async |n: u128| {
            let owner = lease::Node { id: uuid::Uuid::from_u128(n), url: Some(format!("http://{other}")) };
            lease::Leases::start(pool.clone(), owner).await.expect("a node")
        };
        let (first, second) = (owner(7).await, owner(8).await);
        let listener = listen::bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port");
        let (address, stop) = (listener.local_addr().expect("an address"), CancellationToken::new());
        let _accepting = accept(&app, listener, None, &stop);
        let (mut streams, mut kept) = (Vec::new(), Vec::new());
        for _ in 0..3 {
            let event = EventId::at(app.clock.now());
            let name = lease::LeaseName::event(event);
            kept.push((name, first.claim(&name).await.expect("its own")));
            let entry = format!("/v1/events/{event}/waitlist/{}/stream", EventId::at(app.clock.now()));
            let mut stream = Caller::asks(address, &entry).await;
            stream.hears("data: 1\n\n").await;
            streams.push(stream);
        }
        let _its_own = kept.pop();
        for (name, lease) in kept.drain(..) {
            drop(lease);
            first.release(&name).await.expect("given back");
            if streams.len() == 3 {
                while !matches!(second.claim(&name).await, Ok(lease::Ownership::Mine(_))) {}
            }
            let soon = std::time::Duration::from_secs(40);
            let mut stream = streams.remove(0);
            tokio::time::timeout(soon, stream.hears("\r\n0\r\n\r\n")).await.expect("before its silence ends it");
        }
        let stays = futures::poll!(Box::pin(streams[0].hears("\r\n0\r\n\r\n"))).is_pending();
        assert!(stays, "{}", streams[0].1);
    }
}
