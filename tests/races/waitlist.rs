//! The server is killed while buyers join a waitlist: an acknowledged place survives, and nobody overtakes.

use acceptance::{Buyer, eventually};
use serde_json::{Value, json};

use super::prints::organise;
use super::program::Program;

/// Places of the house, all held; buyers who wait one after the other, and others who crowd in meanwhile.
const PLACES: u32 = 10;
const PATIENT: usize = 12;
const CROWD: usize = 24;

async fn buyer(program: &Program<'_>, client: &reqwest::Client, name: &str) -> Buyer {
    let session = client.post(format!("{}/v1/sessions", program.base)).send().await.expect("an answer");
    let session: Value = session.json().await.expect("JSON");
    let text = |field: &str| session[field].as_str().expect("a text").to_owned();
    Buyer::new(name, text("token"), text("buyer_id"), client.clone(), program.base.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledged_place_survives_a_kill_and_nobody_overtakes() {
    let home = tempfile::tempdir().expect("a data directory");
    let mut program = Program::new(home.path());
    program.start().await;
    let client = acceptance::client();
    let event = organise(&program, &client, PLACES).await;
    let ada = buyer(&program, &client, "ada").await;
    let hold = ada.hold_with(&event, &json!({ "area": "general", "quantity": PLACES })).await.is(201).str("/id");
    let path = format!("/v1/events/{event}/waitlist");
    let mut crowd = tokio::task::JoinSet::new();
    for n in 0..CROWD {
        let (one, path) = (buyer(&program, &client, &format!("crowd {n}")).await, path.clone());
        crowd.spawn(async move {
            // cut off by the kill, most likely: whether it counts is not said
            let asked = one.ask(reqwest::Method::POST, &path).json(&json!({ "quantity": 1 }));
            _ = asked.try_send().await;
        });
    }
    let mut patient = Vec::new();
    for n in 0..PATIENT {
        let one = buyer(&program, &client, &format!("patient {n}")).await;
        let entry = one.post(&path, &json!({ "quantity": 1 })).await.is(201);
        patient.push((one, entry.str("/links/self"), entry.str("/id")));
    }
    program.kill().await;
    while crowd.join_next().await.is_some() {}
    program.start().await;
    let mut places = Vec::new();
    for (one, at, id) in &patient {
        let seen = one.get(at).await.is(200);
        assert_eq!((seen.str("/id"), seen.str("/state")), (id.clone(), "waiting".into()));
        places.push(seen.int("/position"));
    }
    assert!(places.is_sorted(), "the order is kept: {places:?}");
    ada.delete(&format!("/v1/holds/{hold}")).await.is(200);
    let states = async || {
        let mut states = Vec::new();
        for (one, at, _) in &patient {
            states.push(one.get(at).await.is(200).str("/state"));
        }
        states
    };
    // the ten first of all, and of the patient ones therefore the first ones
    let offered = states().await.iter().filter(|state| *state == "offered").count();
    let expected = places.iter().filter(|place| **place <= i64::from(PLACES)).count();
    assert_eq!(offered, expected);
    assert!(states().await.iter().take(offered).all(|state| state == "offered"), "nobody overtakes");
    // killed with the offers made: they stand
    program.kill().await;
    program.start().await;
    eventually("the offers stand", || async { states().await.iter().filter(|state| *state == "offered").count() == expected })
        .await;
    program.stop().await;
    let audit = program.run(&["audit"]).await;
    assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stdout));
}
