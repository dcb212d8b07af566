//! Postgres that stops, and Postgres that dies, under a server that goes on: nobody hears of a failure of ours, everybody when to come
//! back.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};
use tokio::process::Command;

use super::crowd::{organise, text};
use super::program::Program;

/// How long a database may be away.
const PATIENCE: Duration = Duration::from_secs(120);

/// The postmaster of a data directory's cluster, and its children.
async fn processes(data_dir: &Path) -> Vec<String> {
    let file = data_dir.join("postgres/cluster/postmaster.pid");
    let pid = std::fs::read_to_string(file).expect("a running Postgres").lines().next().expect("its id").to_owned();
    let children = Command::new("ps").args(["-o", "pid=", "--ppid", &pid]).output().await.expect("ps runs");
    let children = String::from_utf8(children.stdout).expect("ids");
    std::iter::once(pid).chain(children.split_whitespace().map(str::to_owned)).collect()
}

async fn signal(signal: &str, processes: &[String]) {
    // a child may have ended meanwhile
    let _ = Command::new("kill").arg(signal).args(processes).output().await.expect("kill runs");
}

struct Buyer<'a> {
    client: &'a Client,
    base: &'a str,
    event: &'a str,
    token: String,
}

impl Buyer<'_> {
    async fn ask(&self, method: Method, path: &str, key: &str, body: Option<Value>) -> Response {
        let request = self.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token);
        let request = request.header("Idempotency-Key", key).timeout(PATIENCE);
        let request = if let Some(body) = body { request.json(&body) } else { request };
        request.send().await.expect("an answer")
    }

    async fn hold(&self, seat: &str, key: &str) -> Response {
        let seats = json!({ "seats": [format!("hall-{seat}")] });
        self.ask(Method::POST, &format!("/v1/events/{}/holds", self.event), key, Some(seats)).await
    }

    /// Asks for a seat until it is held; every other answer must say when to come back.
    async fn hold_at_last(&self, seat: &str) {
        let asking = async {
            loop {
                let answer = self.hold(seat, seat).await;
                if answer.status() == StatusCode::CREATED {
                    return;
                }
                comes_back(seat, answer).await;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(PATIENCE, asking).await.expect("the database comes back");
    }
}

/// Asserts that an answer is a 503 that says when to come back.
async fn comes_back(what: &str, answer: Response) {
    let (status, after) = (answer.status(), answer.headers().get("retry-after").cloned());
    let problem: Value = answer.json().await.expect("a problem");
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{what}: {problem}");
    assert!(after.is_some(), "{what}: {problem}");
    assert!(BTreeSet::from(["busy", "timeout"]).contains(problem["code"].as_str().expect("a code")), "{what}: {problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgres_that_stops_or_dies_makes_the_server_busy_and_never_fail() {
    let home = tempfile::tempdir().expect("a data directory");
    let mut program = Program::new(home.path());
    program.start().await;
    let client = acceptance::client();
    let event = organise(&program, &client).await;
    let base = program.base.clone();
    let session: Value = client.post(format!("{base}/v1/sessions")).send().await.expect("an answer").json().await.expect("JSON");
    let buyer = Buyer { client: &client, base: &base, event: &event, token: text(&session["token"]) };
    let hold: Value = buyer.hold("A-1", "first").await.json().await.expect("JSON");
    let hold = format!("/v1/holds/{}", text(&hold["id"]));
    let contact = json!({ "method": "sandbox", "contact": { "name": "Ada", "email": "ada@example.org" } });

    let stopped = processes(home.path()).await;
    signal("-STOP", &stopped).await;
    let checkout = format!("{hold}/checkout");
    let answers = tokio::join!(
        buyer.hold("A-2", "second"),
        buyer.ask(Method::GET, &hold, "none", None),
        buyer.ask(Method::DELETE, &hold, "none", None),
        buyer.ask(Method::POST, &checkout, "pay", Some(contact)),
        buyer.ask(Method::GET, "/v1/me/orders", "none", None),
        buyer.ask(Method::POST, "/v1/sessions", "none", None),
    );
    signal("-CONT", &stopped).await;
    comes_back("hold", answers.0).await;
    comes_back("GET hold", answers.1).await;
    comes_back("DELETE hold", answers.2).await;
    comes_back("checkout", answers.3).await;
    comes_back("orders", answers.4).await;
    comes_back("sessions", answers.5).await;
    buyer.hold_at_last("B-1").await;

    program.kill_postgres();
    buyer.hold_at_last("B-2").await;
    program.stop().await;
    let audit = program.run(&["audit"]).await;
    assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stdout));
}
