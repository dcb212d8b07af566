use acceptance::{App, Setup, Socket};
use booking::SeatLetter;
use booking::frame::{self, SeatFrame};
use serde_json::{Value, json};

async fn open(app: &App, event: &str, query: &str, protocol: Option<&str>) -> Socket {
    let socket = Socket::open(app.address, &format!("/v1/events/{event}/live{query}"), protocol).await;
    assert!(socket.head.starts_with("http/1.1 101"), "{}", socket.head);
    socket
}

async fn told(socket: &mut Socket) -> SeatFrame {
    let message = socket.message().await;
    frame::read(&message).unwrap_or_else(|| panic!("no frame: {message:?}"))
}

async fn version(app: &App, event: &str) -> u64 {
    app.get(&format!("/v1/events/{event}/seats")).await.is(200).int("/version").unsigned_abs()
}

#[tokio::test]
async fn a_change_arrives_as_a_frame() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let before = version(&app, &owls).await;
    let mut socket = open(&app, &owls, "", None).await;
    assert!(socket.head.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="), "{}", socket.head);
    assert!(socket.head.contains("x-request-id") && !socket.head.contains("sec-websocket-protocol"), "{}", socket.head);
    assert_eq!(told(&mut socket).await, SeatFrame::Position { version: before });
    app.buyer("ada").await.hold(&owls, &["stalls-A-1"]).await.is(201);
    let seats = vec![(0, SeatLetter::Held)];
    assert_eq!(told(&mut socket).await, SeatFrame::Changes { version: before + 1, seats, areas: vec![], held: vec![] });
    app.stop().await;
}

#[tokio::test]
async fn with_its_subprotocol_the_same_comes_as_json() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let mut socket = open(&app, &owls, "", Some("boxoffice.json")).await;
    assert!(socket.head.contains("sec-websocket-protocol: boxoffice.json"), "{}", socket.head);
    let mut json = async || serde_json::from_slice::<Value>(&socket.message().await).expect("JSON");
    let before = json().await["version"].as_u64().expect("a version");
    app.buyer("ada").await.hold(&owls, &["stalls-A-1"]).await.is(201);
    let change = json().await;
    assert_eq!((&change["after"], &change["version"]), (&json!(before), &json!(before + 1)));
    assert_eq!(change["seats"], json!([{ "id": "stalls-A-1", "index": 0, "state": "held" }]));
    app.stop().await;
}

#[tokio::test]
async fn who_comes_back_is_told_what_he_missed_and_who_comes_from_nowhere_to_read_all_again() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let ada = app.buyer("ada").await;
    let before = version(&app, &owls).await;
    for n in 1..=3 {
        ada.hold(&owls, &[&format!("stalls-A-{n}")]).await.is(201);
    }
    let mut again = open(&app, &owls, &format!("?after={before}"), None).await;
    assert_eq!(told(&mut again).await, SeatFrame::Position { version: before });
    let SeatFrame::Changes { version: now, seats, .. } = told(&mut again).await else { panic!("changes") };
    assert_eq!((now, seats), (before + 3, (0..3).map(|seat| (seat, SeatLetter::Held)).collect()));
    let mut nowhere = open(&app, &owls, "?after=7000000", None).await;
    assert_eq!(told(&mut nowhere).await, SeatFrame::Position { version: 7_000_000 });
    assert_eq!(told(&mut nowhere).await, SeatFrame::Reset { version: now });
    ada.hold(&owls, &["stalls-A-4"]).await.is(201);
    for socket in [&mut again, &mut nowhere] {
        let SeatFrame::Changes { version, .. } = told(socket).await else { panic!("changes") };
        assert_eq!(version, now + 1, "and it goes on");
    }
    app.stop().await;
}

#[tokio::test]
async fn pings_are_answered_and_a_goodbye_is_returned() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let mut socket = open(&app, &owls, "", None).await;
    socket.message().await;
    socket.send(9, b"are you there").await;
    assert_eq!(socket.frame().await, Some((10, b"are you there".to_vec())));
    // in pieces, as a slow network brings it
    for byte in [0x89, 0x81, 0, 0, 0, 0, 7] {
        socket.raw(&[byte]).await;
    }
    assert_eq!(socket.frame().await, Some((10, vec![7])));
    socket.send(8, b"\x03\xe8bye").await;
    assert_eq!(socket.closed().await, Some(1000));
    app.stop().await;
}

#[tokio::test]
async fn what_the_protocol_forbids_ends_the_connection_with_its_code() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let flood = [0x89_u8, 0x80, 0, 0, 0, 0].repeat(100);
    for (sent, code) in [
        (&[0x89, 0][..], 1002),
        (&[0xf9, 0x80, 0, 0, 0, 0], 1002),
        (&[0x83, 0x80, 0, 0, 0, 0], 1002),
        (&[0x89, 0xfe, 1, 0], 1002),
        (&[0x82, 0xff], 1009),
        (&[0x81, 0x81, 0, 0, 0, 0, b'x'], 1003),
        (&flood, 1008),
    ] {
        let mut socket = open(&app, &owls, "", None).await;
        socket.raw(sent).await;
        assert_eq!(socket.closed().await, Some(code), "{sent:?}");
    }
    app.stop().await;
}

#[tokio::test]
async fn who_does_not_shake_hands_is_told_what_is_spoken_here() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let path = format!("/v1/events/{owls}/live");
    let refused = app.get(&path).await.is_problem(426, "upgrade_required");
    assert_eq!(refused.header("sec-websocket-version"), Some("13"));
    app.get(&format!("{path}?after=-1")).await.is_problem(422, "invalid").names("after");
    app.get(&format!("{path}?colour=red")).await.is_problem(422, "invalid").names("colour");
    let other = Socket::open(app.address, &path, Some("chat")).await;
    assert!(other.head.starts_with("http/1.1 422"), "{}", other.head);
    let nothing = Socket::open(app.address, "/v1/events/01990b7e-5d7a-7c3e-8f10-2a9d3f6b1c44/live", None).await;
    assert!(nothing.head.starts_with("http/1.1 404"), "{}", nothing.head);
    app.stop().await;
}

#[tokio::test]
async fn there_is_room_for_so_many_and_who_leaves_makes_room() {
    let mut setup = Setup::default();
    setup.options.push("--max-streams=2");
    let app = App::with(setup).await;
    let owls = app.event("owls-1").await;
    let path = format!("/v1/events/{owls}/live");
    let (one, _two) = (open(&app, &owls, "", None).await, open(&app, &owls, "", None).await);
    let third = Socket::open(app.address, &path, None).await;
    assert!(third.head.starts_with("http/1.1 503") && third.head.contains("retry-after"), "{}", third.head);
    drop(one);
    acceptance::eventually("there is room again", async || {
        Socket::open(app.address, &path, None).await.head.starts_with("http/1.1 101")
    })
    .await;
    app.stop().await;
}

/// One address may watch a sixteenth of its connections. The control: whoever shows no secret, or a wrong one.
#[tokio::test]
async fn another_node_hears_of_as_many_events_as_are_watched_there() {
    let mut setup = Setup::default();
    setup.options.retain(|option| !option.starts_with("--connections-per-address"));
    setup.options.extend([
        "--connections-per-address=16",
        "--node-url=http://127.0.0.1:1",
        "--node-secret=a-secret-of-these-tests",
    ]);
    let app = App::with(setup).await;
    let heard = async |event: &str, secret: &str| {
        let asked = app.client.get(app.url(&format!("/v1/events/{event}/seats/stream"))).header("x-node-secret", secret);
        asked.send().await.expect("an answer")
    };
    let events = [app.event("owls-1").await, app.event("owls-2").await, app.event("free").await];
    let mut streams = Vec::new();
    for event in &events {
        let stream = heard(event, "a-secret-of-these-tests").await;
        assert_eq!(stream.status(), 200, "{event}");
        streams.push(stream);
    }
    streams.push(heard(&events[0], "a-secret-of-nobody").await);
    assert_eq!(streams[3].status(), 200);
    assert_eq!(heard(&events[1], "a-secret-of-nobody").await.status(), 429);
    app.stop().await;
}

#[tokio::test]
async fn who_watches_is_sent_away_when_the_server_drains() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let mut socket = open(&app, &owls, "", None).await;
    socket.message().await;
    app.drain().await;
    assert_eq!(socket.closed().await, Some(1012));
    app.stop().await;
}
