//! Buyers who crowd a small house and ask again until they are answered, whatever dies meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::history::sold_twice;
use super::program::Program;

const BUYERS: usize = 12;
const ROUNDS: usize = 10;
const ROWS: [&str; 4] = ["A", "B", "C", "D"];
const SEATS_IN_ROW: usize = 12;
/// How long what was killed may be away.
const PATIENCE: Duration = Duration::from_secs(60);

/// Counts answered holds and wakes who waits for the next kill.
#[derive(Default)]
struct Progress {
    holds: AtomicU32,
    moved: Notify,
}

struct Buyer {
    number: usize,
    base: String,
    client: Client,
    token: String,
    event: String,
    progress: Arc<Progress>,
}

impl Buyer {
    /// Asks until an answer comes, however often the server dies meanwhile; the key makes that safe.
    async fn post(&self, path: &str, key: &str, body: &Value) -> (StatusCode, Value) {
        self.answer(|| {
            let request = self.client.post(format!("{}{path}", self.base)).bearer_auth(&self.token);
            request.header("Idempotency-Key", key).json(body)
        })
        .await
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.answer(|| self.client.get(format!("{}{path}", self.base)).bearer_auth(&self.token)).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        body
    }

    /// The first answer that is not 503: what is asked may be asked again.
    async fn answer(&self, request: impl Fn() -> reqwest::RequestBuilder) -> (StatusCode, Value) {
        let ask = async {
            loop {
                if let Ok(answer) = request().send().await
                    && answer.status() != StatusCode::SERVICE_UNAVAILABLE
                {
                    let status = answer.status();
                    if let Ok(body) = answer.json().await {
                        return (status, body);
                    }
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(PATIENCE, ask).await.expect("the server comes back")
    }

    async fn shop(self) -> Self {
        for round in 0..ROUNDS {
            let row = ROWS[(self.number + round) % ROWS.len()];
            let seat = (self.number * 5 + round * 7) % (SEATS_IN_ROW - 1) + 1;
            let seats = json!({ "seats": [format!("hall-{row}-{seat}"), format!("hall-{row}-{}", seat + 1)] });
            let key = format!("hold-{round}");
            let path = format!("/v1/events/{}/holds", self.event);
            let (status, hold) = self.post(&path, &key, &seats).await;
            assert!([StatusCode::CREATED, StatusCode::CONFLICT].contains(&status), "{status}: {hold}");
            self.progress.holds.fetch_add(1, Ordering::SeqCst);
            self.progress.moved.notify_waiters();
            if status == StatusCode::CREATED {
                self.after(round, hold["id"].as_str().expect("an id")).await;
            }
        }
        self
    }

    /// Two of three holds are paid, twice for good measure; the third is left to its end.
    async fn after(&self, round: usize, hold: &str) {
        if round % 3 == 2 {
            return;
        }
        let contact = json!({ "method": "sandbox", "contact": { "name": "Ada", "email": "ada@example.org" } });
        let (status, checkout) = self.post(&format!("/v1/holds/{hold}/checkout"), &format!("pay-{round}"), &contact).await;
        assert_eq!(status, StatusCode::CREATED, "{checkout}");
        let url = checkout["payment"]["url"].as_str().expect("where to pay").to_owned();
        let path = url.trim_start_matches(&self.base).to_owned();
        let action = if round.is_multiple_of(2) { "pay_twice" } else { "pay" };
        let (status, paid) = self.post(&path, "unused", &json!({ "action": action })).await;
        // the answer may have died with the server after the payment went through
        assert!(status.is_success() || paid["code"] == "payment_decided", "{status}: {paid}");
    }
}

/// Makes a venue, a map, an event on sale; gives the event's id.
pub async fn organise(program: &Program<'_>, client: &Client) -> String {
    let made = program.run(&["admin", "create-key", "--role", "organiser"]).await;
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let printed = String::from_utf8(made.stdout).expect("text");
    let key = printed.lines().find(|line| line.starts_with("bxo_")).expect("a key").to_owned();
    let send = async |method: reqwest::Method, path: String, body: Value| -> Value {
        let answer = client
            .request(method, format!("{}{path}", program.base))
            .bearer_auth(&key)
            .json(&body)
            .send()
            .await
            .expect("an answer");
        let (status, text) = (answer.status(), answer.text().await.expect("a body"));
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).expect("JSON")
    };
    let venue = send(reqwest::Method::POST, "/v1/venues".into(), json!({ "name": "Small Hall", "timezone": "UTC" })).await;
    let seat = |n: usize, row: usize| json!({ "number": (n + 1).to_string(), "x": n as f32 * 10.0, "y": row as f32 * 10.0 });
    let row = |(at, label): (usize, &&str)| json!({ "label": label, "seats": (0..SEATS_IN_ROW).map(|n| seat(n, at)).collect::<Vec<_>>() });
    let rows: Vec<Value> = ROWS.iter().enumerate().map(row).collect();
    let map = json!({ "name": "Hall", "sections": [{ "id": "hall", "label": "Hall", "tier": "1", "rows": rows }] });
    let map = send(reqwest::Method::PUT, format!("/v1/venues/{}/seat-maps", text(&venue["id"])), map).await;
    let event = json!({
        "title": "Crowded", "venue_id": venue["id"], "seat_map_id": map["id"], "starts_at": "2099-01-01T20:00:00Z",
        "sale_opens_at": "2020-01-01T00:00:00Z",
        // a race is about who has a seat, not about which are wise to take
        "orphan_rule": "allow"
    });
    let event = send(reqwest::Method::POST, "/v1/events".into(), event).await;
    let event = text(&event["id"]);
    let tiers = json!({ "tiers": [{ "id": "1", "name": "Hall", "price": { "amount": 2500, "currency": "EUR" } }] });
    send(reqwest::Method::PUT, format!("/v1/events/{event}/tiers"), tiers).await;
    event
}

/// Opens a session. Gives its token.
pub async fn session(client: &Client, base: &str) -> String {
    let session = client.post(format!("{base}/v1/sessions")).send().await.expect("an answer");
    text(&session.json::<Value>().await.expect("JSON")["token"])
}

pub fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

/// A crowd at work.
pub struct Crowd {
    progress: Arc<Progress>,
    shopping: JoinSet<Buyer>,
    /// Those who have shopped.
    served: Vec<Buyer>,
}

impl Crowd {
    /// Puts an event on sale and lets the buyers in.
    pub async fn at(program: &Program<'_>) -> Self {
        let event = organise(program, &acceptance::client()).await;
        Self::of(&event, &[&program.base]).await
    }

    /// Lets buyers in to an event, at all of these servers.
    pub async fn of(event: &str, bases: &[&str]) -> Self {
        let client = acceptance::client();
        let progress = Arc::new(Progress::default());
        let mut shopping = JoinSet::new();
        for number in 0..BUYERS {
            let base = bases[number % bases.len()].to_owned();
            let token = session(&client, &base).await;
            let (client, event, progress) = (client.clone(), event.to_owned(), progress.clone());
            let buyer = Buyer { number, base, client, token, event, progress };
            shopping.spawn(buyer.shop());
        }
        Self { progress, shopping, served: Vec::new() }
    }

    /// Waits until so many holds were answered.
    pub async fn has_answers(&mut self, holds: u32) {
        loop {
            let moved = self.progress.moved.notified();
            if self.progress.holds.load(Ordering::SeqCst) >= holds {
                return;
            }
            tokio::select! {
                () = moved => {}
                // a buyer that met what it should not ends the test here
                Some(buyer) = self.shopping.join_next() => self.served.push(buyer.expect("a buyer shops to the end")),
            }
        }
    }

    /// Waits until all have shopped, then looks at what they have: no seat twice, and the audit is clean.
    pub async fn serve_out(mut self, program: &mut Program<'_>) {
        let mut orders = Vec::new();
        self.served.extend(self.shopping.join_all().await);
        for buyer in &self.served {
            let mine = buyer.get("/v1/me/orders?limit=100").await;
            orders.extend(mine["items"].as_array().expect("orders").clone());
        }
        assert!(orders.len() > 5, "the buyers bought: {orders:?}");
        assert_eq!(sold_twice(&orders), []);
        program.stop().await;
        let audit = program.run(&["audit"]).await;
        assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stdout));
    }
}
