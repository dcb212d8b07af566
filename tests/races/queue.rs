//! The server is killed while a line stands before a sale: every token is as good as before, and nobody has moved.

use std::time::Duration;

use acceptance::client;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::crowd::organise;
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

#[tokio::test(flavor = "multi_thread")]
async fn every_token_is_good_and_the_order_is_kept_when_the_server_is_killed_during_a_queue() {
    let home = tempfile::tempdir().expect("a data directory");
    let mut program = Program::new(home.path());
    program.start().await;
    let (client, base) = (client(), program.base.clone());
    let event = organise(&program, &client).await;
    let made = program.run(&["admin", "create-key", "--role", "organiser"]).await;
    let printed = String::from_utf8(made.stdout).expect("text");
    let key = printed.lines().find(|line| line.starts_with("bxo_")).expect("a key").to_owned();
    let settings = json!({ "mode": "on", "slots": 1, "minutes": 10 });
    let put = client.put(format!("{base}/v1/events/{event}/queue")).bearer_auth(&key).json(&settings);
    assert_eq!(answered(put).await.0, 200);
    let mut tokens = Vec::new();
    for n in 0..WAITERS {
        let session = answered(client.post(format!("{base}/v1/sessions"))).await.1;
        let buyer = session["token"].as_str().expect("a session").to_owned();
        let join = client.post(format!("{base}/v1/events/{event}/queue")).bearer_auth(buyer);
        let (status, place) = answered(join).await;
        assert_eq!(status, 201, "{place}");
        tokens.push(place["token"].as_str().expect("a token").to_owned());
        if n == 0 {
            becomes(&client, &format!("{base}/v1/queue/{}", tokens[0]), "admitted").await;
        } else {
            assert_eq!(place["place"].as_u64(), Some(n as u64), "the others stand behind each other: {place}");
        }
    }
    for _ in 0..KILLS {
        program.kill().await;
        program.start().await;
        for (n, token) in tokens.iter().enumerate() {
            let (status, place) = answered(client.get(format!("{base}/v1/queue/{token}"))).await;
            assert_eq!(status, 200, "{n}: {place}");
            let state = if n == 0 { "admitted" } else { "waiting" };
            assert_eq!((place["state"].as_str(), place["place"].as_u64()), (Some(state), (n > 0).then_some(n as u64)), "{place}");
        }
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
