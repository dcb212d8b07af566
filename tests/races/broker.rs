//! Live seats of several nodes through a real NATS server: what one node sells the others show, without a stream to it; while the broker
//! is away by such streams, as where there is none.

use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;

use acceptance::database;
use reqwest::Response;
use serde_json::json;
use tokio::process::{Child, Command};

use super::crowd::session;
use super::nodes::{Town, homes, others};
use super::program::Program;

/// Debian's server, to be killed and started again on the same port.
struct Broker {
    program: &'static str,
    port: u16,
    child: Option<Child>,
}

impl Broker {
    /// One that is not started; none where there is no server.
    fn find() -> Option<Self> {
        let program = ["/usr/sbin/nats-server", "/usr/bin/nats-server", "/usr/local/bin/nats-server"];
        let found = program.into_iter().find(|path| Path::new(path).exists());
        let Some(program) = found else {
            assert!(
                std::env::var("BOXOFFICE_REQUIRE_FRONTS").is_err(),
                "nats-server is not here, and this test may not be skipped"
            );
            println!("SKIPPED: no nats-server; `make test` installs it on Debian");
            return None;
        };
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
        Some(Self { program, port: free.port(), child: None })
    }

    fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    fn start(&mut self) {
        let mut command = Command::new(self.program);
        command.args(["--addr", "127.0.0.1", "--port", &self.port.to_string()]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn();
        self.child = Some(child.expect("nats-server starts"));
    }

    async fn kill(&mut self) {
        self.child.take().expect("it runs").kill().await.expect("killed");
    }
}

/// What a node's metrics say under this name; 0 where they do not.
async fn figure(town: &Town<'_>, at: usize, name: &str) -> f64 {
    let (metrics, start) = (town.metrics(at).await, format!("{name} "));
    metrics.lines().find_map(|line| line.strip_prefix(&start)).map_or(0.0, |figure| figure.parse().expect("a number"))
}

/// Streams that the owner serves: those of other nodes, since nobody else listens there.
async fn relays(town: &Town<'_>, owner: usize, expected: f64) {
    acceptance::eventually("the owner serves as many streams as it should", || async {
        figure(town, owner, "live_connections{form=\"text\"}").await == expected
    })
    .await;
}

async fn stream(town: &Town<'_>, at: usize) -> Response {
    let url = format!("{}/v1/events/{}/seats/stream", town.nodes[at].base, town.event);
    town.client.get(url).send().await.expect("an answer")
}

/// Takes a seat at its owner and waits until all these listeners are told.
async fn takes(town: &Town<'_>, owner: usize, listeners: &mut [Response]) {
    let base = &town.nodes[owner].base;
    let token = session(&town.client, base).await;
    let request = town.client.post(format!("{base}/v1/events/{}/holds", town.event)).bearer_auth(&token);
    let request = request.header("Idempotency-Key", "one").json(&json!({ "best": { "quantity": 1 } }));
    let held: serde_json::Value = request.send().await.expect("an answer").json().await.expect("JSON");
    let seat = held["seats"][0]["id"].as_str().expect("a seat").to_owned();
    for listener in listeners {
        let mut told = String::new();
        while !told.contains(&seat) {
            let piece = listener.chunk().await.expect("a piece").expect("it goes on");
            told.push_str(&String::from_utf8_lossy(&piece));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn through_a_broker_no_node_hears_the_owner_by_a_stream_and_without_it_each_does() {
    let Some(mut broker) = Broker::find() else { return };
    let (homes, database_url) = (homes(), database::fresh().await);
    let [shared, dirs @ ..] = &homes;
    let url = broker.url();
    let nodes = dirs.iter().map(|dir| Program::node(dir.path(), &database_url, shared.path()).with_broker(&url)).collect();
    let mut town = Town::begin(nodes).await;
    town.decided(0).await;
    let owner = town.owner(&[0, 1, 2]).await;
    let mut listeners = Vec::new();
    for at in others(owner) {
        listeners.push(stream(&town, at).await);
    }

    // the control: nobody is there who would tell it otherwise
    relays(&town, owner, 2.0).await;
    takes(&town, owner, &mut listeners).await;

    for life in 1..=2 {
        broker.start();
        relays(&town, owner, 0.0).await;
        let before = heard(&town, owner).await;
        takes(&town, owner, &mut listeners).await;
        acceptance::eventually("both nodes heard it from the broker", || async {
            heard(&town, owner).await.iter().zip(&before).all(|(now, before)| now > before)
        })
        .await;
        broker.kill().await;
        relays(&town, owner, 2.0).await;
        takes(&town, owner, &mut listeners).await;
        println!("life {life} of the broker is over");
    }

    drop(listeners);
    assert!(town.nodes[owner].run(&["audit"]).await.status.success());
    for node in &mut town.nodes {
        node.stop().await;
    }
    database::drop_database(&database_url).await;
}

async fn heard(town: &Town<'_>, owner: usize) -> Vec<f64> {
    let mut heard = Vec::new();
    for at in others(owner) {
        heard.push(figure(town, at, "broker_heard_total").await);
    }
    heard
}
