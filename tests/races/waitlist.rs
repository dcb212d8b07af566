//! The server is killed while buyers join a waitlist: an acknowledged place survives, and nobody overtakes.

use std::time::Duration;

use acceptance::{Buyer, database, eventually};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use tokio::time::Instant;

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

/// How many leases nodes have that are alive, and how many of these nodes can be asked.
async fn taken(database: &mut PgConnection) -> (i64, i64) {
    let statement = "SELECT count(*), count(n.url) FROM leases l
        JOIN nodes n ON n.id = l.node AND n.incarnation = l.incarnation AND n.until > clock_timestamp()";
    sqlx::query_as(statement).fetch_one(database).await.expect("counts")
}

/// An event with people who wait is looked for by every node every two seconds. The control: once the node takes connections, it takes it.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_builds_its_first_index_takes_no_event() {
    let homes: [tempfile::TempDir; 3] = std::array::from_fn(|_| tempfile::tempdir().expect("a directory"));
    let database_url = database::fresh().await;
    let [shared, one, two] = &homes;
    let (mut first, mut second) =
        (Program::node(one.path(), &database_url, shared.path()), Program::node(two.path(), &database_url, shared.path()));
    first.start().await;
    let client = acceptance::client();
    let event = organise(&first, &client, PLACES).await;
    let (ada, bob) = (buyer(&first, &client, "ada").await, buyer(&first, &client, "bob").await);
    ada.hold_with(&event, &json!({ "area": "general", "quantity": PLACES })).await.is(201);
    bob.post(&format!("/v1/events/{event}/waitlist"), &json!({ "quantity": 1 })).await.is(201);
    let (mut database, mut locking) = (
        PgConnection::connect(&database_url).await.expect("connected"),
        PgConnection::connect(&database_url).await.expect("connected"),
    );
    assert!(taken(&mut database).await.0 > 0, "the first node has the event");
    first.kill().await;
    let mut lock = locking.begin().await.expect("begun");
    sqlx::query("LOCK TABLE performers IN ACCESS EXCLUSIVE MODE").execute(&mut *lock).await.expect("locked");
    let watched = async {
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut database).await.expect("a count") == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // the last life of the first node is over, and two looks are due
        let begun = Instant::now();
        while taken(&mut database).await.0 > 0 {
            assert!(begun.elapsed() < Duration::from_secs(3), "somebody has a lease");
        }
        while begun.elapsed() < Duration::from_secs(7) {
            assert_eq!(taken(&mut database).await, (0, 0), "a node that nobody can ask takes nothing");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        lock.commit().await.expect("let go");
    };
    tokio::join!(second.start(), watched);
    eventually("it takes the event", || async {
        let mut database = PgConnection::connect(&database_url).await.expect("connected");
        let (leases, asked) = taken(&mut database).await;
        leases > 0 && leases == asked
    })
    .await;
    second.stop().await;
    database::drop_database(&database_url).await;
}
