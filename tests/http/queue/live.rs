//! `GET /v1/queue/{token}/live`: a place through a WebSocket.

use acceptance::{App, Buyer, Socket, eventually};
use queue::Follower;
use reqwest::Method;
use serde_json::{Value, json};

use crate::http::events::queue::put::{join, queued};

async fn open(app: &App, place: &str, protocol: Option<&str>) -> Socket {
    let socket = Socket::open(app.address, &format!("{place}/live"), protocol).await;
    assert!(socket.head.starts_with("http/1.1 101"), "{}", socket.head);
    socket
}

/// A queue of one slot, and the places of so many; the first of them is inside.
async fn line<const N: usize>(app: &App) -> [(Buyer, String); N] {
    let event = queued(app, &json!({ "mode": "on", "slots": 1 })).await;
    let mut places = Vec::new();
    for n in 0..N {
        let buyer = app.buyer(&format!("buyer-{n}")).await;
        let place = join(&buyer, &event).await.is(201).str("/links/self");
        places.push((buyer, place));
    }
    eventually("the first one is let in", async || app.get(&places[0].1).await.is(200).str("/state") == "admitted").await;
    places.try_into().unwrap_or_else(|_| panic!("{N} places"))
}

/// One's own place: the turn, and what is said of it.
fn place(message: &[u8]) -> Option<(u8, Value)> {
    let [2, turn @ 0..0x80, words @ ..] = message else { return None };
    Some((*turn, serde_json::from_slice(words).expect("JSON")))
}

#[tokio::test]
async fn a_client_that_follows_the_frames_knows_its_place_and_is_told_when_it_is_let_in() {
    let app = App::start().await;
    let places: [_; 4] = line(&app).await;
    let mut socket = open(&app, &places[3].1, None).await;
    let (turn, told) = place(&socket.message().await).expect("one's own place comes first");
    assert_eq!((turn, &told["state"], &told["ahead"]), (4, &json!("waiting"), &json!(2)));
    let snapshot = socket.message().await;
    let mut follower = Follower::begin(&snapshot).expect("a snapshot");
    assert_eq!(follower.ahead(u32::from(turn) - 1), Some(2));
    for n in [1, 0, 2] {
        app.ask(Method::DELETE, &places[n].1).send().await.is(200);
    }
    let told = loop {
        let message = socket.message().await;
        match place(&message) {
            Some((_, told)) => break told,
            None => follower.follow(&message).expect("it follows"),
        }
    };
    assert_eq!((&told["state"], told["pass"].is_string()), (&json!("admitted"), true));
    app.ask(Method::DELETE, &places[3].1).send().await.is(200);
    let (_, told) = place(&socket.message().await).expect("the end");
    assert_eq!(told["state"], "left");
    assert_eq!(socket.closed().await, Some(1012));
    app.stop().await;
}

#[tokio::test]
async fn with_its_subprotocol_each_change_comes_as_json() {
    let app = App::start().await;
    let places: [_; 3] = line(&app).await;
    let mut socket = open(&app, &places[2].1, Some("boxoffice.json")).await;
    assert!(socket.head.contains("sec-websocket-protocol: boxoffice.json"), "{}", socket.head);
    let mut json = async || serde_json::from_slice::<Value>(&socket.message().await).expect("JSON");
    let first = json().await;
    assert_eq!((&first["state"], &first["place"]), (&json!("waiting"), &json!(2)));
    app.ask(Method::DELETE, &places[0].1).send().await.is(200);
    let mut told = json().await;
    while told["place"] == 2 {
        told = json().await;
    }
    assert_eq!((&told["state"], &told["place"]), (&json!("waiting"), &json!(1)));
    app.ask(Method::DELETE, &places[1].1).send().await.is(200);
    while told["state"] == "waiting" {
        told = json().await;
    }
    assert_eq!((&told["state"], told["pass"].is_string()), (&json!("admitted"), true));
    app.stop().await;
}

#[tokio::test]
async fn what_breaks_the_protocol_is_closed_with_its_reason_and_costs_no_place() {
    let app = App::start().await;
    let places: [_; 2] = line(&app).await;
    let long = [vec![0x82, 0xfe, 0x04, 0x00, 1, 2, 3, 4], vec![0; 1_024]].concat();
    for (sent, code) in [
        (&[0x89, 0][..], 1002),
        (&[0x83, 0x80, 1, 2, 3, 4], 1002),
        (&[0x8b, 0x80, 1, 2, 3, 4], 1002),
        (&[0xc9, 0x80, 1, 2, 3, 4], 1002),
        (&[0x81, 0x81, 1, 2, 3, 4, 5], 1003),
        (&long, 1009),
    ] {
        let mut socket = open(&app, &places[1].1, None).await;
        socket.raw(sent).await;
        assert_eq!(socket.closed().await, Some(code), "{:?}", &sent[..2]);
    }
    // one that reads nothing costs what is buffered, and nobody else his place
    let deaf = open(&app, &places[1].1, None).await;
    let told = app.get(&places[1].1).await.is(200);
    assert_eq!((told.str("/state"), told.int("/place")), ("waiting".to_owned(), 1));
    drop(deaf);
    app.stop().await;
}

#[tokio::test]
async fn what_is_no_handshake_or_no_place_is_refused() {
    let app = App::start().await;
    let places: [_; 1] = line(&app).await;
    let live = format!("{}/live", places[0].1);
    app.get(&live).await.is_problem(426, "upgrade_required");
    let refused = async |path: &str, protocol| Socket::open(app.address, path, protocol).await.head;
    assert!(refused("/v1/queue/nonsense/live", None).await.starts_with("http/1.1 404"));
    assert!(refused(&live, Some("chat")).await.starts_with("http/1.1 422"));
    assert!(refused(&format!("{live}?after=1"), None).await.starts_with("http/1.1 422"));
    app.stop().await;
}
