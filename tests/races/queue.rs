//! The server is killed while a line stands before a sale: every token is as good as before, and nobody has moved.

use std::time::Duration;

use acceptance::{Socket, client, database};
use queue::Follower;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::crowd::organise;
use super::cut::Way;
use super::program::Program;

const WAITERS: usize = 40;
const KILLS: usize = 2;
/// How long the server may take to come back.
const PATIENCE: Duration = Duration::from_secs(60);

async fn answered(request: reqwest::RequestBuilder) -> (StatusCode, Value) {
    loop {
        let answer = request.try_clone().expect("a plain body").send().await;
        match answer {
            Ok(answer) if answer.status() != StatusCode::SERVICE_UNAVAILABLE => {
                let status = answer.status();
                return (status, answer.json().await.unwrap_or(Value::Null));
            }
            // it starts, or the room does
            _ => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// Waits until a place is in a state, by long polls.
async fn becomes(client: &reqwest::Client, place: &str, state: &str) {
    let seen = async { while answered(client.get(format!("{place}?wait_seconds=2"))).await.1["state"] != state {} };
    tokio::time::timeout(PATIENCE, seen).await.unwrap_or_else(|_| panic!("{place} is not {state}"));
}

/// Gives an event a queue with one place inside.
async fn give_queue(client: &reqwest::Client, program: &Program<'_>, event: &str) {
    let made = program.run(&["admin", "create-key", "--role", "organiser"]).await;
    let printed = String::from_utf8(made.stdout).expect("text");
    let key = printed.lines().find(|line| line.starts_with("bxo_")).expect("a key").to_owned();
    let settings = json!({ "mode": "on", "slots": 1, "minutes": 10 });
    let put = client.put(format!("{}/v1/events/{event}/queue", program.base)).bearer_auth(&key).json(&settings);
    assert_eq!(answered(put).await.0, 200);
}

/// Gives an event a queue and lets everybody join, each at the next of these servers; gives their tokens.
pub async fn line_up(client: &reqwest::Client, program: &Program<'_>, event: &str, bases: &[String]) -> Vec<String> {
    give_queue(client, program, event).await;
    let mut tokens = Vec::new();
    for (n, base) in bases.iter().cycle().take(WAITERS).enumerate() {
        let session = answered(client.post(format!("{base}/v1/sessions"))).await.1;
        let buyer = session["token"].as_str().expect("a session").to_owned();
        let join = client.post(format!("{base}/v1/events/{event}/queue")).bearer_auth(buyer);
        let (status, place) = answered(join).await;
        assert_eq!(status, 201, "{place}");
        tokens.push(place["token"].as_str().expect("a token").to_owned());
        if n == 0 {
            becomes(client, &format!("{base}/v1/queue/{}", tokens[0]), "admitted").await;
        } else {
            assert_eq!(place["place"].as_u64(), Some(n as u64), "the others stand behind each other: {place}");
        }
    }
    tokens
}

/// Everybody stands where he stood, whichever of these servers is asked.
async fn as_before(client: &reqwest::Client, tokens: &[String], bases: &[String]) {
    for ((n, token), base) in tokens.iter().enumerate().zip(bases.iter().cycle()) {
        let (status, place) = answered(client.get(format!("{base}/v1/queue/{token}"))).await;
        assert_eq!(status, 200, "{n}: {place}");
        let state = if n == 0 { "admitted" } else { "waiting" };
        assert_eq!((place["state"].as_str(), place["place"].as_u64()), (Some(state), (n > 0).then_some(n as u64)), "{place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_token_is_good_and_the_order_is_kept_when_the_server_is_killed_during_a_queue() {
    let home = tempfile::tempdir().expect("a data directory");
    let mut program = Program::new(home.path());
    program.start().await;
    let (client, base) = (client(), program.base.clone());
    let (event, bases) = (organise(&program, &client).await, [base.clone()]);
    let tokens = line_up(&client, &program, &event, &bases).await;
    for _ in 0..KILLS {
        program.kill().await;
        program.start().await;
        as_before(&client, &tokens, &bases).await;
    }
    // Who leaves is gone for good, also after a kill, and the next one is let in.
    let left = client.delete(format!("{base}/v1/queue/{}", tokens[0]));
    assert_eq!(answered(left).await.1["state"], "left");
    program.kill().await;
    program.start().await;
    becomes(&client, &format!("{base}/v1/queue/{}", tokens[0]), "left").await;
    becomes(&client, &format!("{base}/v1/queue/{}", tokens[1]), "admitted").await;
    program.stop().await;
}

/// Two servers over one Postgres: one has the event, the other passes on what it is asked, and has the event when that one is dead.
#[tokio::test(flavor = "multi_thread")]
async fn a_queue_is_one_line_whichever_server_is_asked_and_stands_when_its_own_is_killed() {
    let homes: [tempfile::TempDir; 3] = std::array::from_fn(|_| tempfile::tempdir().expect("a directory"));
    let database_url = database::fresh().await;
    let [shared, dirs @ ..] = &homes;
    let mut nodes = dirs.each_ref().map(|dir| Program::node(dir.path(), &database_url, shared.path()));
    for node in &mut nodes {
        node.start().await;
    }
    let (client, bases) = (client(), nodes.each_ref().map(|node| node.base.clone()));
    let event = organise(&nodes[0], &client).await;
    let tokens = line_up(&client, &nodes[0], &event, &bases).await;
    as_before(&client, &tokens, &bases).await;
    let (own, other) = (owner(&client, &bases, &event).await, |own: usize| 1 - own);
    // A stream through the other node: what it says first is where one stands.
    let stream = format!("{}/v1/queue/{}/stream", bases[other(own)], tokens[5]);
    let mut stream = client.get(stream).send().await.expect("an answer");
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let told = stream.chunk().await.expect("a piece").expect("before its end");
    assert!(String::from_utf8_lossy(&told).contains("\"place\":5"), "{told:?}");
    // And a socket, frames and all.
    let address = bases[other(own)].trim_start_matches("http://").parse().expect("an address");
    let mut socket = Socket::open(address, &format!("/v1/queue/{}/live", tokens[5]), None).await;
    assert!(socket.head.starts_with("http/1.1 101"), "{}", socket.head);
    let told = socket.message().await;
    assert!(told[0] == 2 && String::from_utf8_lossy(&told).contains("\"place\":5"), "{told:?}");
    let follower = Follower::begin(&socket.message().await).expect("a snapshot");
    assert_eq!(follower.ahead(u32::from(told[1]) - 1), Some(4));
    socket.send(9, b"are you there").await;
    assert_eq!(socket.frame().await, Some((10, b"are you there".to_vec())));
    nodes[own].kill().await;
    assert_eq!(socket.frame().await, None, "it ends with its node");
    let rest = [bases[other(own)].clone()];
    as_before(&client, &tokens, &rest).await;
    assert_eq!(owner(&client, &rest, &event).await, 0, "the living one has it");
    assert_eq!(answered(client.delete(format!("{}/v1/queue/{}", rest[0], tokens[0]))).await.1["state"], "left");
    becomes(&client, &format!("{}/v1/queue/{}", rest[0], tokens[1]), "admitted").await;
    nodes[own].start().await;
    becomes(&client, &format!("{}/v1/queue/{}", bases[own], tokens[1]), "admitted").await;
    for node in &mut nodes {
        node.stop().await;
    }
    database::drop_database(&database_url).await;
}

/// Both servers hear nothing of Postgres for longer than a lease lasts. Nobody who waits is sent away: places are told as they were, by
/// either server, and streams go on when the database is back, with the same owner.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_for_longer_than_a_lease_sends_nobody_away_who_waits() {
    let homes: [tempfile::TempDir; 4] = std::array::from_fn(|_| tempfile::tempdir().expect("a directory"));
    let database_url = database::fresh().await;
    let [shared, socket, dirs @ ..] = &homes;
    let (way, cuttable) = Way::to(&database_url, socket.path());
    let mut nodes = dirs.each_ref().map(|dir| Program::node(dir.path(), &cuttable, shared.path()));
    for node in &mut nodes {
        node.start().await;
    }
    let (client, bases) = (client(), nodes.each_ref().map(|node| node.base.clone()));
    let event = organise(&nodes[0], &client).await;
    let tokens = line_up(&client, &nodes[0], &event, &bases).await;
    let own = owner(&client, &bases, &event).await;
    let live = format!("/v1/queue/{}/live", tokens[5]);
    let open = async |at: usize| {
        let address = bases[at].trim_start_matches("http://").parse().expect("an address");
        let mut socket = Socket::open(address, &live, Some("boxoffice.json")).await;
        assert!(socket.head.starts_with("http/1.1 101"), "{}", socket.head);
        socket.message().await;
        socket
    };
    let mut sockets = [open(own).await, open(1 - own).await];
    way.cut();
    while !owners(&client, &bases, &event).await.is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // some of them, however slow the machine: longer than half a minute the room goes on for nobody
    as_before(&client, &tokens[..6], &bases).await;
    let leaves = |base: &String| client.delete(format!("{base}/v1/queue/{}", tokens[1])).timeout(PATIENCE).send();
    let left = leaves(&bases[own]).await.expect("an answer");
    assert_eq!(left.status(), StatusCode::SERVICE_UNAVAILABLE, "nothing is written");
    way.mend();
    assert_eq!(owner(&client, &bases, &event).await, own, "it is its own again");
    as_before(&client, &tokens, &bases).await;
    assert_eq!(answered(client.delete(format!("{}/v1/queue/{}", bases[own], tokens[1]))).await.1["state"], "left");
    for socket in &mut sockets {
        // the same stream goes on
        let mut told = async || serde_json::from_slice::<Value>(&socket.message().await).expect("JSON")["place"].as_u64();
        while told().await != Some(4) {}
    }
    for node in &mut nodes {
        node.stop().await;
    }
    database::drop_database(&database_url).await;
}

/// One server sells and shows no pages, the other shows pages and sells nothing. Nobody has the event before the page is asked for: the one
/// that sells takes it, and draws the page for the other alone.
#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_a_waiting_room_are_shown_by_a_server_that_sells_nothing() {
    let homes: [tempfile::TempDir; 3] = std::array::from_fn(|_| tempfile::tempdir().expect("a directory"));
    let database_url = database::fresh().await;
    let [shared, selling, showing] = &homes;
    let mut sells = Program::node(selling.path(), &database_url, shared.path()).told(&["--roles=catalog,booking,worker"]);
    let mut shows = Program::node(showing.path(), &database_url, shared.path()).told(&["--roles=storefront"]);
    sells.start().await;
    let client = client();
    let event = organise(&sells, &client).await;
    give_queue(&client, &sells, &event).await;
    // who was asked for the settings has the event: it is nobody's after a kill
    sells.kill().await;
    sells.start().await;
    shows.start().await;
    let page = |program: &Program<'_>| format!("{}/events/{event}/queue", program.base);
    let shown = async || loop {
        let answer = client.get(page(&shows)).send().await.expect("an answer");
        if answer.status() != StatusCode::SERVICE_UNAVAILABLE {
            return (answer.status(), answer.text().await.expect("text"));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let (status, html) = tokio::time::timeout(PATIENCE, shown()).await.expect("the page");
    assert!(status == 200 && html.contains("The waiting room"), "{status} {html}");
    assert_eq!(owner(&client, &[sells.base.clone(), shows.base.clone()], &event).await, 0, "who sells has the event");
    assert_eq!(client.get(page(&sells)).send().await.expect("an answer").status(), 404, "it shows no pages");
    let joined = client.post(page(&shows)).send().await.expect("an answer");
    let cookies: Vec<_> = joined.headers().get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().ok()).collect();
    assert!(cookies.iter().any(|cookie| cookie.starts_with("boxoffice_queue=")), "{} {cookies:?}", joined.status());
    shows.stop().await;
    sells.stop().await;
    database::drop_database(&database_url).await;
}

/// Which of these servers has the event, as their metrics say; waits until one alone has.
pub async fn owner(client: &reqwest::Client, bases: &[String], event: &str) -> usize {
    loop {
        if let [owner] = owners(client, bases, event).await.as_slice() {
            return *owner;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn owners(client: &reqwest::Client, bases: &[String], event: &str) -> Vec<usize> {
    let line = format!("lease_epoch{{name=\"event/{event}\"}}");
    let mut owners = Vec::new();
    for (at, base) in bases.iter().enumerate() {
        let metrics = client.get(format!("{base}/metrics")).send().await.expect("an answer").text().await.expect("text");
        owners.extend(metrics.contains(&line).then_some(at));
    }
    owners
}
