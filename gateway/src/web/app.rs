//! What every handler shares: the database, the four rooms, the keys, the clock.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use booking::Booking;
use catalog::reads::Reads;
use catalog::search::Catalog;
use domain::Clock;
use edge::{EdgeLayer, Purger};
use lease::Leases;
use people::People;
use queue::{Queue, QueueConfig};
use renderer::Renderer;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::live::Lot;
use crate::settings::config::Config;
use crate::settings::values::Role;
use crate::web::album::Album;
use crate::web::answer_cache::AnswerCache;
use crate::web::door::Streams;
use crate::web::easels::Easels;
use crate::web::keys::Keys;
use crate::web::leafing::Leafers;
use crate::web::limits::Limits;
use crate::web::logos::Logos;
use crate::web::neighbours::Wires;
use crate::web::requests::Requests;
use crate::web::studio::Studio;
use crate::web::vitals::Vitals;
use crate::web::wallet::Wallet;
use crate::web::watchers::Watchers;

/// Cheap to clone; handlers take it as an argument.
#[derive(Clone)]
pub struct App(Arc<AppState>);

/// What is shared.
pub struct AppState {
    pub pool: PgPool,
    pub catalog: Catalog,
    /// The catalogue's rows, for details and lists.
    pub reads: Reads,
    pub booking: Booking,
    /// What this node does alone among several; none: there are no others.
    pub leases: Option<Leases>,
    /// The way to other nodes; none: they are asked nothing.
    pub wires: Option<Wires>,
    /// The waiting rooms in front of on-sales.
    pub queue: Queue,
    pub people: People,
    pub renderer: Renderer,
    /// Where uploaded pictures lie.
    pub album: Album,
    /// Where drawings are made, a few at a time.
    pub studio: Studio,
    /// What is kept of organisers' logos.
    pub logos: Logos,
    /// What is kept of drawn seat maps.
    pub easels: Easels,
    /// The cache in front of the drawings.
    pub edge: EdgeLayer,
    /// Forgets cached answers by their Surrogate-Key.
    pub purger: Purger,
    pub keys: Keys,
    /// What signs wallet passes, if anything does.
    pub wallet: Option<Wallet>,
    pub clock: Clock,
    pub config: Config,
    pub limits: Limits,
    pub requests: Requests,
    /// The room for streams.
    pub streams: Streams,
    /// Which events are watched from where.
    pub watchers: Watchers,
    /// Who reads lists.
    pub leafers: Leafers,
    /// The room for who waits on a connection that is kept for the wait: half of all, so that others have the rest.
    pub waiting: Streams,
    /// Where their sockets are parked.
    pub lot: Lot,
    /// Public answers that may be given again.
    pub answers: AnswerCache,
    /// How the tasks beside the requests are.
    pub vitals: Arc<Vitals>,
    /// Ends streams and background tasks.
    pub shutdown: CancellationToken,
    draining: AtomicBool,
}

/// What an [`App`] is made of: the rooms, opened.
pub struct AppParts {
    pub pool: PgPool,
    pub catalog: Catalog,
    pub booking: Booking,
    pub leases: Option<Leases>,
    pub wires: Option<Wires>,
    pub people: People,
    pub renderer: Renderer,
    pub album: Album,
    pub keys: Keys,
    pub clock: Clock,
    pub config: Config,
}

/// Connections of the queues' own: a crowd that joins must not keep others from the database.
const QUEUES: u32 = 4;

fn beside(pool: &PgPool) -> PgPool {
    let options = pool.options().clone().min_connections(0).max_connections(QUEUES);
    options.connect_lazy_with(pool.connect_options().as_ref().clone())
}

impl App {
    pub fn new(parts: AppParts) -> Self {
        let AppParts { pool, catalog, booking, leases, wires, people, renderer, album, keys, clock, config } = parts;
        // one cryptography for all TLS of this process; whoever embeds us may have chosen another before
        let _ = rustls::crypto::ring::default_provider().install_default();
        let edge = EdgeLayer::new(edge::EdgeConfig { max_bytes: config.edge_cache_bytes, max_body: 16 << 20 });
        let purger = edge.purger();
        let limits = Limits::new(&config);
        let requests = Requests::default();
        let streams = Streams::new(config.max_streams);
        let watchers = Watchers::new(config.connections_per_address);
        let waiting = Streams::new(config.max_connections / 2);
        let answers = AnswerCache::new(config.search_cache_bytes / 2);
        let shutdown = CancellationToken::new();
        let lot = Lot::new(shutdown.clone());
        let (studio, logos, easels) = (Studio::default(), Logos::default(), Easels::default());
        let wallet = config.wallet.as_ref().and_then(|files| {
            Wallet::read(files).inspect_err(|error| tracing::error!(%error, "no wallet passes can be signed")).ok()
        });
        let draining = AtomicBool::new(false);
        let reads = Reads::beside(&pool);
        let shared = leases.clone().filter(|_| wires.is_some());
        let (tokens, passes) = (keys.queue_tokens(), keys.passes());
        let taking = QueueConfig { sells: config.roles.has(Role::Booking), ..QueueConfig::default() };
        let pools = queue::Pools { rooms: beside(&pool), others: pool.clone() };
        let queue = Queue::start(pools, shared, clock.clone(), tokens, passes, taking);
        Self(Arc::new(AppState {
            pool,
            catalog,
            reads,
            booking,
            leases,
            wires,
            queue,
            people,
            renderer,
            album,
            studio,
            logos,
            easels,
            edge,
            purger,
            keys,
            wallet,
            clock,
            config,
            limits,
            requests,
            streams,
            watchers,
            leafers: Leafers::default(),
            waiting,
            lot,
            answers,
            vitals: Arc::default(),
            shutdown,
            draining,
        }))
    }

    /// From now on /readyz says 503.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::SeqCst);
    }

    /// Whether another node of this installation passed a request on.
    pub fn is_passed_on(&self, headers: &HeaderMap) -> bool {
        self.config.nodes.as_ref().is_some_and(|nodes| nodes.secret.is_shown(headers))
    }

    pub fn draining(&self) -> bool {
        self.draining.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
impl App {
    /// An app over a test's own database and directory, without limits and without an index.
    pub async fn for_testing(pool: PgPool, data_dir: &std::path::Path) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Self::testing(pool, Config::for_testing(data_dir.to_owned())).await
    }

    /// An app of that configuration over a test's own database.
    pub async fn testing(pool: PgPool, config: Config) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Self::testing_among(pool, config, None).await
    }

    /// An app that is one of several nodes.
    pub async fn testing_among(
        pool: PgPool,
        config: Config,
        nodes: Option<booking::Nodes>,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let leases = nodes.as_ref().map(|nodes| nodes.leases.clone());
        let data_dir = &config.data_dir;
        let clock = Clock::System;
        let keys = Keys::for_testing();
        let catalog = Catalog::open(&data_dir.join("index"), keys.cursor.clone(), clock.clone(), 1 << 20)?;
        let selling = booking::BookingConfig { nodes, ..booking::BookingConfig::default() };
        let booking = Booking::start(pool.clone(), clock.clone(), selling).await?;
        let people = People::new(pool.clone(), clock.clone(), people::PeopleConfig::default());
        let (renderer, album) = (Renderer::new()?, Album::open(&config.image_store(), [])?);
        let wires = config.nodes.as_ref().map(|words| Wires::new(words.secret.clone())).transpose()?;
        Ok(Self::new(AppParts { pool, catalog, booking, leases, wires, people, renderer, album, keys, clock, config }))
    }
}

impl Deref for App {
    type Target = AppState;
    fn deref(&self) -> &AppState {
        &self.0
    }
}

impl FromRequestParts<App> for App {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(_: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(app.clone())
    }
}
