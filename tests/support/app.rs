//! The whole server in the test's process, on a free port, over a database and a data directory of its own.

use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use booking::{Booking, BookingConfig};
use catalog::search::Catalog;
use clap::Parser as _;
use domain::{Actor, ActorKind, Clock, OrganiserId};
use gateway::router::front;
use gateway::run::database::Database;
use gateway::run::{fronts, index, keys, listen, tasks};
use gateway::settings::cli::{Cli, CliCommand};
use gateway::settings::config::Config;
use gateway::web::album::Album;
use gateway::web::app::AppParts;
use people::{People, PeopleConfig, Role, WantedKey};
use renderer::Renderer;
use reqwest::Method;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::clients::{Asked, Buyer, Organiser};
use crate::database;
use crate::reply::Reply;

/// What a test wants different.
#[derive(Debug, Clone)]
pub struct Setup {
    pub hold_ttl: Duration,
    pub session_ttl: Duration,
    pub body_limit_bytes: usize,
    /// The folder of signing keys; none: the server's own.
    pub keys_dir: Option<PathBuf>,
    /// Options of `boxoffice serve`.
    pub options: Vec<&'static str>,
}

impl Default for Setup {
    fn default() -> Self {
        let booking = BookingConfig::default();
        let options = vec![
            "--sandbox",
            "--connections-per-address=0",
            "--holds-per-address=0",
            "--places-per-address=0",
            "--sessions-per-address=0",
            "--rate-limit-search=0",
            "--rate-limit-reads=0",
            "--rate-limit-drawings=0",
            "--rate-limit-links=0",
            "--rate-limit-webhooks=0",
            "--rate-limit-operations=0",
            "--rate-limit-holds=0",
            "--rate-limit-sessions=0",
            "--rate-limit-writes=0",
            "--database-connections=8",
            "--images-per-organiser=100",
        ];
        Self {
            hold_ttl: booking.hold_ttl,
            session_ttl: PeopleConfig::default().session_ttl,
            body_limit_bytes: 1 << 20,
            keys_dir: None,
            options,
        }
    }
}

/// A running server.
pub struct App {
    pub gateway: gateway::web::app::App,
    pub address: SocketAddr,
    pub client: reqwest::Client,
    database_url: String,
    stop: CancellationToken,
    buyers: Mutex<HashMap<String, Buyer>>,
    events: Mutex<HashMap<String, String>>,
    _dir: tempfile::TempDir,
}

impl App {
    /// A server over the seeded catalogue.
    pub async fn start() -> Self {
        Self::with(Setup::default()).await
    }

    pub async fn with(setup: Setup) -> Self {
        Self::over(database::fresh().await, setup).await
    }

    /// A server over a given database, which is brought up to date.
    pub async fn over(database_url: String, setup: Setup) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let data_dir = dir.path().to_str().expect("a plain path");
        let typed = ["boxoffice", "serve", "--data-dir", data_dir, "--database-url", &database_url];
        let cli = Cli::try_parse_from(typed.into_iter().chain(setup.options.iter().copied())).expect("options that exist");
        let CliCommand::Serve(options) = cli.command else { panic!("serve is serve") };
        let database = Database::open_migrated(&options.common).await.expect("a database");
        let config = Config { body_limit_bytes: setup.body_limit_bytes, ..Config::new(&options.common, &options.http, address) };
        let gateway = open(&database, config, &setup).await;
        let beside = tasks::start(&gateway, &Arc::new(database));
        fronts::start(&gateway, &beside).expect("addresses");
        let stop = CancellationToken::new();
        let limits = listen::ConnectionLimits::of(&gateway.config, gateway.clock.clone());
        tokio::spawn(listen::serve(listener, front::service(gateway.clone()), limits, stop.clone()));
        let client = client();
        let (buyers, events) = (Mutex::default(), Mutex::default());
        Self { gateway, address, client, database_url, stop, buyers, events, _dir: dir }
    }

    /// Another node over the same database, with the same signing keys.
    pub async fn beside(&self) -> Self {
        self.beside_with(&[]).await
    }

    /// Another node over the same database, with the same signing keys and more options.
    pub async fn beside_with(&self, more: &[&'static str]) -> Self {
        let keys_dir = Some(self._dir.path().join("keys"));
        let mut setup = Setup { keys_dir, ..Setup::default() };
        setup.options.extend(more);
        // the same pictures
        setup.options.push(Box::leak(format!("--image-store={}", self.gateway.config.image_store()).into_boxed_str()));
        Self::over(self.database_url.clone(), setup).await
    }

    pub fn url(&self, path: &str) -> String {
        if path.starts_with("http") { path.to_owned() } else { format!("http://{}{path}", self.address) }
    }

    /// Keeps everything of an event from sale but these seats.
    pub async fn leave_free(&self, event: &str, seats: &[&str]) {
        let list = self.get(&format!("/v1/events/{event}/seats?format=list")).await.is(200).json();
        let all = list["seats"].as_array().expect("seats").iter().filter_map(|seat| seat["id"].as_str());
        let others: Vec<&str> = all.filter(|seat| !seats.contains(seat)).collect();
        let places = serde_json::json!({ "seats": others, "area": "floor", "quantity": 20 });
        self.organiser().await.put(&format!("/v1/events/{event}/blocks"), &places).await.is(200);
    }

    /// Begins a request.
    pub fn ask(&self, method: Method, path: &str) -> Asked {
        Asked::new(self.client.request(method, self.url(path)))
    }

    /// GET without credentials.
    pub async fn get(&self, path: &str) -> Reply {
        self.ask(Method::GET, path).send().await
    }

    /// The buyer of that name, with a session of its own.
    pub async fn buyer(&self, name: &str) -> Buyer {
        if let Some(known) = self.buyers.lock().expect("unpoisoned").get(name) {
            return known.clone();
        }
        let session = self.ask(Method::POST, "/v1/sessions").send().await.is(201);
        let buyer = Buyer::new(name, session.str("/token"), session.str("/buyer_id"), self.client.clone(), self.url(""));
        self.buyers.lock().expect("unpoisoned").insert(name.to_owned(), buyer.clone());
        buyer
    }

    /// The house, with a key that may do all that an organiser may.
    pub async fn organiser(&self) -> Organiser {
        self.with_key(WantedKey::new(Role::Organiser, "acceptance")).await
    }

    /// Another organiser, new.
    pub async fn new_organiser(&self, name: &str) -> (OrganiserId, Organiser) {
        let id = self.gateway.people.create_organiser(&operator(), name).await.expect("an organiser");
        (id, self.with_key(WantedKey { organiser: id, ..WantedKey::new(Role::Organiser, name) }).await)
    }

    /// Somebody with a new key, made as the command line would.
    pub async fn with_key(&self, wanted: WantedKey) -> Organiser {
        let made = self.gateway.people.create_key(&operator(), None, wanted).await.expect("a key");
        Organiser { id: made.id.to_string(), key: made.key, client: self.client.clone(), base: self.url("") }
    }

    /// The id of a seeded event, by its external id.
    pub async fn event(&self, external_id: &str) -> String {
        if let Some(known) = self.events.lock().expect("unpoisoned").get(external_id) {
            return known.clone();
        }
        // as any client: what is too busy now is asked again
        let found = loop {
            let found = self.get(&format!("/v1/events?external_id={external_id}")).await;
            if found.status != 503 {
                break found;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        };
        let id = found.is(200).str("/items/0/id");
        self.events.lock().expect("unpoisoned").insert(external_id.to_owned(), id.clone());
        id
    }

    /// The id of a seeded venue, performer or series.
    pub async fn id(&self, plural: &str, external_id: &str) -> String {
        self.get(&format!("/v1/{plural}?external_id={external_id}")).await.is(200).str("/items/0/id")
    }

    /// One seat's state.
    pub async fn seat(&self, event: &str, seat: &str) -> String {
        let seats = self.get(&format!("/v1/events/{event}/seats?format=list")).await.is(200).json();
        let found = seats["seats"].as_array().expect("seats").iter().find(|one| one["id"] == seat).expect("the seat").clone();
        found["state"].as_str().expect("a state").to_owned()
    }

    /// Proves that every seat and payment is accounted for.
    pub async fn audited(&self) {
        let report = gateway::payments::audit(&self.gateway.pool, &self.gateway.booking).await.expect("an audit");
        assert!(report.clean(), "{:#?}", report.violations);
    }

    /// Stops the server and drops its database.
    pub async fn stop(self) {
        self.drain().await;
        self.gateway.pool.close().await;
        database::drop_database(&self.database_url).await;
    }

    /// Stops as SIGTERM does: streams end, requests under way are answered.
    pub async fn drain(&self) {
        self.gateway.drain();
        self.gateway.shutdown.cancel();
        self.stop.cancel();
        self.gateway.booking.shutdown().await;
    }
}

async fn open(database: &Database, config: Config, setup: &Setup) -> gateway::web::app::App {
    let (pool, clock) = (database.pool.clone(), Clock::System);
    let keys_dir = setup.keys_dir.clone().unwrap_or_else(|| config.data_dir.join("keys"));
    let keys = keys::Source::new(&keys_dir, None).open(&pool).await.expect("keys");
    let selling = BookingConfig { hold_ttl: setup.hold_ttl, hoards: config.hoards, ..BookingConfig::default() };
    let booking = Booking::start(pool.clone(), clock.clone(), selling).await.expect("booking");
    let knowing = PeopleConfig { session_ttl: setup.session_ttl, ..PeopleConfig::default() };
    let people = People::new(pool.clone(), clock.clone(), knowing);
    let built = index::build(&pool, &config.data_dir, index::FIRST).await;
    built.unwrap_or_else(|fault| panic!("no index: {fault}"));
    let dir = config.data_dir.join("index");
    let catalog = Catalog::open(&dir, keys.cursor.clone(), clock.clone(), config.search_cache_bytes).expect("an index");
    catalog.watch_synonyms(&config.data_dir.join("synonyms.txt"));
    let renderer = Renderer::new().expect("fonts");
    let album = Album::open(&config.image_store(), []).expect("a store of images");
    gateway::web::app::App::new(AppParts {
        pool,
        catalog,
        booking,
        leases: None,
        wires: None,
        people,
        renderer,
        album,
        keys,
        clock,
        config,
    })
}

/// Who runs the command line.
fn operator() -> Actor {
    Actor { kind: ActorKind::Admin, ..Actor::house() }
}

/// Tries again until it holds, at most a minute: the machine may be busy.
pub async fn eventually<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    for _ in 0..1_200 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("still not after a minute: {what}");
}

/// A client that follows no redirects and asks no proxy.
pub fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().expect("a client")
}
