//! Three servers over one Postgres: one has the event, the others send it their commands; it is killed, frozen, stopped, and another one
//! goes on.

use std::time::Duration;

use acceptance::database;
use reqwest::{Client, StatusCode};
use rustix::process::Signal;
use serde_json::json;
use tokio::time::Instant;

use super::crowd::{Crowd, organise, session};
use super::cut::Way;
use super::program::{Program, faketime};

/// Answered holds before something happens to the owner, and between.
const BETWEEN: u32 = 20;
/// From the owner's death to the next accepted hold. The lease is over after two seconds; the rest is for a machine that is busy with much
/// else. How long it takes on one that is not, `make bench` says.
const TAKEN_OVER: Duration = Duration::from_secs(30);

pub struct Town<'a> {
    pub nodes: Vec<Program<'a>>,
    pub event: String,
    pub client: Client,
}

impl<'a> Town<'a> {
    /// Three nodes and an event on sale that nobody has yet.
    async fn of(home: &'a [tempfile::TempDir; 4], database_url: &str) -> Self {
        let [shared, dirs @ ..] = home;
        Self::begin(dirs.iter().map(|dir| Program::node(dir.path(), database_url, shared.path())).collect()).await
    }

    pub async fn begin(mut nodes: Vec<Program<'a>>) -> Self {
        for node in &mut nodes {
            node.start().await;
        }
        let client = acceptance::client();
        let event = organise(&nodes[0], &client).await;
        Self { nodes, event, client }
    }

    fn bases(&self) -> Vec<&str> {
        self.nodes.iter().map(|node| node.base.as_str()).collect()
    }

    pub async fn metrics(&self, at: usize) -> String {
        let answer = self.client.get(format!("{}/metrics", self.nodes[at].base)).send().await.expect("an answer");
        answer.text().await.expect("text")
    }

    /// Which of these nodes has the event, as their metrics say; waits until one has.
    pub async fn owner(&self, among: &[usize]) -> usize {
        loop {
            if let [owner] = self.owners(among).await.as_slice() {
                return *owner;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn owners(&self, among: &[usize]) -> Vec<usize> {
        let line = format!("lease_epoch{{name=\"event/{}\"}}", self.event);
        let mut owners = Vec::new();
        for at in among {
            if self.metrics(*at).await.contains(&line) {
                owners.push(*at);
            }
        }
        owners
    }

    /// Asks a node for places until a hold is decided (made, or refused because others have the places); each try may take as long as it
    /// does. Gives how long that took.
    pub async fn decided(&self, at: usize) -> Duration {
        let base = &self.nodes[at].base;
        let (token, began) = (session(&self.client, base).await, Instant::now());
        for n in 0.. {
            let request = self.client.post(format!("{base}/v1/events/{}/holds", self.event)).bearer_auth(&token);
            let request = request.header("Idempotency-Key", format!("probe-{n}")).json(&json!({ "best": { "quantity": 1 } }));
            match request.send().await.expect("a living node").status() {
                StatusCode::CREATED | StatusCode::CONFLICT => break,
                StatusCode::SERVICE_UNAVAILABLE => tokio::time::sleep(Duration::from_millis(50)).await,
                other => panic!("{other}"),
            }
        }
        began.elapsed()
    }

    /// The epoch by which a node has the event.
    async fn epoch(&self, at: usize) -> String {
        self.epoch_if_owned(at).await.expect("it has the event")
    }

    async fn epoch_if_owned(&self, at: usize) -> Option<String> {
        let (start, metrics) = (format!("lease_epoch{{name=\"event/{}\"}} ", self.event), self.metrics(at).await);
        metrics.lines().find_map(|line| line.split_once(&start)).map(|(_, epoch)| epoch.to_owned())
    }

    /// Watches until some node has had the event for three lives of a lease, and gives that node. A busy machine may stop a node for as long
    /// as one life, and then another takes the event; with clocks that nodes believe, somebody would each time.
    async fn keeps_its_owner(&self, mut owner: usize) -> usize {
        for _ in 0..10 {
            let epoch = self.epoch_if_owned(owner).await;
            tokio::time::sleep(Duration::from_secs(6)).await;
            if epoch.is_some() && epoch == self.epoch_if_owned(owner).await {
                return owner;
            }
            owner = self.owner(&[0, 1, 2]).await;
        }
        panic!("nobody keeps the event for six seconds");
    }

    async fn crowd(&self) -> Crowd {
        Crowd::of(&self.event, &self.bases()).await
    }
}

pub fn homes() -> [tempfile::TempDir; 4] {
    std::array::from_fn(|_| tempfile::tempdir().expect("a directory"))
}

pub fn others(owner: usize) -> Vec<usize> {
    (0..3).filter(|at| *at != owner).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_whose_owner_is_killed_is_sold_by_another_within_seconds_and_nothing_is_lost() {
    let (homes, database_url) = (homes(), database::fresh().await);
    let mut town = Town::of(&homes, &database_url).await;
    let mut crowd = town.crowd().await;
    let mut answers = 0;
    for _ in 0..2 {
        answers += BETWEEN;
        crowd.has_answers(answers).await;
        let owner = town.owner(&[0, 1, 2]).await;
        town.nodes[owner].kill().await;
        let took = town.decided(others(owner)[0]).await;
        println!("owner killed, next hold decided after {took:?}");
        assert!(took < TAKEN_OVER, "{took:?}");
        let next = town.owner(&others(owner)).await;
        assert!(town.metrics(3 - owner - next).await.contains("booking_sent_total"), "the third sends its commands");
        town.nodes[owner].start().await;
    }
    let Some((last, rest)) = town.nodes.split_last_mut() else { panic!("three nodes") };
    crowd.serve_out(last).await;
    for node in rest {
        node.stop().await;
    }
    database::drop_database(&database_url).await;
}

/// Frozen for ten seconds, it believes to have the event when it goes on: the fence and its epoch say that it has not.
#[tokio::test(flavor = "multi_thread")]
async fn an_owner_that_is_frozen_and_goes_on_commits_nothing_that_it_does_not_own() {
    let (homes, database_url) = (homes(), database::fresh().await);
    let mut town = Town::of(&homes, &database_url).await;
    let mut crowd = town.crowd().await;
    crowd.has_answers(BETWEEN).await;
    let owner = town.owner(&[0, 1, 2]).await;
    let frozen = Instant::now();
    town.nodes[owner].signal(Signal::STOP);
    let took = town.decided(others(owner)[0]).await;
    println!("owner frozen, next hold decided after {took:?}");
    assert!(took < TAKEN_OVER, "{took:?}");
    tokio::time::sleep_until(frozen + Duration::from_secs(10)).await;
    town.nodes[owner].signal(Signal::CONT);
    let next = town.owner(&others(owner)).await;
    town.decided(owner).await;
    assert_eq!(town.owner(&[0, 1, 2]).await, next, "it has lost the event, and knows it");
    let Some((last, rest)) = town.nodes.split_last_mut() else { panic!("three nodes") };
    crowd.serve_out(last).await;
    for node in rest {
        node.stop().await;
    }
    database::drop_database(&database_url).await;
}

/// Cut off from Postgres while it sells: by its own clock it gives the event up before another takes it, and when it hears of the database
/// again it has lost it.
#[tokio::test(flavor = "multi_thread")]
async fn an_owner_that_is_cut_off_from_postgres_sells_nothing_until_it_is_back_and_owns_nothing_then() {
    let (homes, database_url) = (homes(), database::fresh().await);
    let [shared, one, two, socket] = &homes;
    let (way, cuttable) = Way::to(&database_url, socket.path());
    let nodes = [(one, &cuttable), (two, &database_url)].map(|(dir, url)| Program::node(dir.path(), url, shared.path()));
    let mut town = Town::begin(nodes.into()).await;
    town.decided(0).await;
    assert_eq!(town.owner(&[0, 1]).await, 0, "whoever was asked first");
    let epoch = town.epoch(0).await;
    let mut crowd = town.crowd().await;
    crowd.has_answers(BETWEEN).await;
    way.cut();
    let took = town.decided(1).await;
    println!("owner cut off, next hold decided after {took:?}");
    assert!(took < TAKEN_OVER, "{took:?}");
    assert_eq!(town.owner(&[1]).await, 1);
    let next = town.epoch(1).await;
    assert!(next.parse::<u64>().expect("a number") > epoch.parse::<u64>().expect("a number"), "{epoch}, then {next}");
    way.mend();
    town.decided(0).await;
    assert_eq!((town.owner(&[0, 1]).await, town.epoch(1).await), (1, next), "it sends on what it is asked");
    let [own, last] = town.nodes.as_mut_slice() else { panic!("two nodes") };
    crowd.serve_out(last).await;
    own.stop().await;
    database::drop_database(&database_url).await;
}

/// Only the database's clock counts: nodes whose clocks are a minute apart agree on who has the event and until when a hold stands.
#[tokio::test(flavor = "multi_thread")]
async fn nodes_whose_clocks_are_apart_agree_all_the_same() {
    if faketime().is_none() && std::env::var_os("CI").is_none() {
        eprintln!("skipped: faketime is not installed (Debian: faketime)");
        return;
    }
    let (homes, database_url) = (homes(), database::fresh().await);
    let [shared, dirs @ ..] = &homes;
    let nodes = dirs.iter().zip(["+30s", "-30s", "+0s"]);
    let nodes = nodes.map(|(dir, clock)| Program::node(dir.path(), &database_url, shared.path()).with_clock(clock)).collect();
    let mut town = Town::begin(nodes).await;
    let mut said = Vec::new();
    for node in &town.nodes {
        let answer = town.client.get(format!("{}/healthz", node.base)).send().await.expect("an answer");
        let date = answer.headers()["date"].to_str().expect("text").to_owned();
        said.push(jiff::fmt::rfc2822::parse(&date).expect("a date").timestamp().as_second());
    }
    assert!(said[0] - said[1] > 50 && said[2] - said[1] > 20, "the control: their clocks are apart: {said:?}");
    let mut untils = Vec::new();
    for node in &town.nodes {
        let token = session(&town.client, &node.base).await;
        let asked = town.client.post(format!("{}/v1/events/{}/holds", node.base, town.event)).bearer_auth(token);
        let asked = asked.header("Idempotency-Key", "clock").json(&json!({ "best": { "quantity": 1 } })).send().await;
        let hold: serde_json::Value = asked.expect("an answer").json().await.expect("JSON");
        let until: jiff::Timestamp =
            hold["until"].as_str().and_then(|until| until.parse().ok()).unwrap_or_else(|| panic!("{hold}"));
        untils.push(until.as_second());
    }
    let (first, last) = (untils.iter().min().expect("three"), untils.iter().max().expect("three"));
    assert!(last - first < 20, "one clock says until when: {untils:?}");
    let owner = town.owner(&[0, 1, 2]).await;
    let mut crowd = town.crowd().await;
    crowd.has_answers(BETWEEN).await;
    let owner = town.keeps_its_owner(owner).await;
    town.nodes[owner].kill().await;
    let took = town.decided(others(owner)[0]).await;
    assert!(took < TAKEN_OVER, "{took:?}");
    town.nodes[owner].start().await;
    let Some((last, rest)) = town.nodes.split_last_mut() else { panic!("three nodes") };
    crowd.serve_out(last).await;
    for node in rest {
        node.stop().await;
    }
    database::drop_database(&database_url).await;
}

/// An owner that is asked to stop hands over first: whoever asks the others is answered all the while.
#[tokio::test(flavor = "multi_thread")]
async fn an_owner_that_stops_hands_its_event_over_before() {
    let (homes, database_url) = (homes(), database::fresh().await);
    let mut town = Town::of(&homes, &database_url).await;
    town.decided(0).await;
    let owner = town.owner(&[0, 1, 2]).await;
    let [one, two] = [others(owner)[0], others(owner)[1]];
    town.nodes[owner].signal(Signal::TERM);
    let took = town.decided(one).await;
    println!("owner stops, next hold decided after {took:?}");
    // what was asked before the owner heard of it was decided there, and took the event nowhere
    while town.owners(&[one, two]).await.is_empty() {
        town.decided(one).await;
    }
    town.nodes[owner].ended().await;
    let restarted = Instant::now();
    town.nodes[owner].start().await;
    println!("started again within {:?}", restarted.elapsed());
    assert!(town.nodes[one].run(&["audit"]).await.status.success());
    for node in &mut town.nodes {
        node.stop().await;
    }
    database::drop_database(&database_url).await;
}

/// Nobody but nodes is told anything by the way between them.
#[tokio::test(flavor = "multi_thread")]
async fn the_way_between_nodes_is_not_there_for_others() {
    let (homes, database_url) = (homes(), database::fresh().await);
    let [shared, dir, alone, _] = &homes;
    let mut node = Program::node(dir.path(), &database_url, shared.path());
    node.start().await;
    let client = acceptance::client();
    let ask = async |base: &str, secret: Option<&str>, body: Vec<u8>| {
        let request = client.post(format!("{base}/internal/desk/018f3b7e-0000-7000-8000-000000000000")).body(body);
        let request = secret.iter().fold(request, |request, secret| request.header("x-node-secret", *secret));
        request.send().await.expect("an answer").status().as_u16()
    };
    let sweep = br#"{"version":1,"command":"sweep","uncertain":false}"#.to_vec();
    for (secret, body, status) in [
        (None, sweep.clone(), 404),
        (Some("a-secret-of-these-test"), sweep.clone(), 404),
        (Some("a-secret-of-these-tests"), sweep.clone(), 200),
        (Some("a-secret-of-these-tests"), br#"{"version":2,"command":"sweep","uncertain":false}"#.to_vec(), 400),
        (Some("a-secret-of-these-tests"), b"nonsense".to_vec(), 400),
    ] {
        assert_eq!(ask(&node.base, secret, body).await, status, "{secret:?}");
    }
    let document = client.get(format!("{}/openapi.json", node.base)).send().await.expect("an answer").text().await.expect("text");
    assert!(document.contains("/v1/events") && !document.contains("/internal/"));
    node.stop().await;
    let mut single = Program::new(alone.path());
    single.start().await;
    assert_eq!(ask(&single.base, Some("a-secret-of-these-tests"), sweep).await, 404, "without a secret there is no such path");
    single.stop().await;
    database::drop_database(&database_url).await;
}
