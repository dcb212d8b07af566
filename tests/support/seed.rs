//! The catalogue that every test begins with, written through the API as an organiser would.

use serde_json::{Value, json};

use crate::app::{App, Setup};
use crate::clients::Organiser;

/// A title that tries to get out of every context it is put into.
pub const MARKUP: &str = "<script>alert(1)</script> & \"quotes\" 'n' \u{202e}evil\u{202c} \u{200f}שלום";
/// [`MARKUP`] as it is stored and shown: without the characters that would turn the text around it.
pub const SHOWN: &str = "<script>alert(1)</script> & \"quotes\" 'n' evil \u{200f}שלום";

/// Two sections and an area: 50 stalls (tier 1), 12 circle (tier 2), a floor for 20 (tier 3).
pub fn hall() -> Value {
    let row = |label: &str, y: f64, seats: u32| {
        let seat = |n: u32| json!({ "number": n.to_string(), "x": f64::from(n) * 10.0, "y": y });
        json!({ "label": label, "seats": (1..=seats).map(seat).collect::<Vec<_>>() })
    };
    let stalls: Vec<Value> =
        ["A", "B", "C", "D", "E"].iter().zip(4_u32..).map(|(l, n)| row(l, f64::from(n) * 10.0, 10)).collect();
    let circle: Vec<Value> = ["A", "B"].iter().zip(10_u32..).map(|(l, n)| row(l, f64::from(n) * 10.0, 6)).collect();
    json!({
        "name": "Great Hall",
        "stage": { "label": "Stage", "outline": [[10, 0], [100, 0], [100, 20], [10, 20]] },
        "sections": [
            { "id": "stalls", "label": "Stalls", "tier": "1", "rows": stalls },
            { "id": "circle", "label": "Circle", "tier": "2", "rows": circle },
        ],
        "areas": [{ "id": "floor", "label": "Floor", "tier": "3", "capacity": 20, "outline": [[120, 40], [160, 40], [160, 80], [120, 80]] }],
    })
}

fn tiers() -> Value {
    let tier =
        |id: &str, name: &str, amount: i64| json!({ "id": id, "name": name, "price": { "amount": amount, "currency": "AUD" } });
    json!({ "tiers": [tier("1", "Stalls", 9_500), tier("2", "Circle", 6_000), tier("3", "Floor", 4_000)] })
}

/// Fills an empty database.
pub async fn fill(database_url: &str) {
    let app = App::over(database_url.to_owned(), Setup::default()).await;
    let organiser = app.organiser().await;
    let venue = riverside(&organiser).await;
    let opera = organiser
        .post(
            "/v1/venues",
            &json!({
                "external_id": "opera", "name": "Harbour Opera", "city": "Sydney", "country": "AU",
                "lat": -33.857, "lon": 151.215, "timezone": "Australia/Sydney",
            }),
        )
        .await
        .is(201)
        .str("/id");
    let owls = organiser
        .post("/v1/performers", &json!({ "external_id": "the-owls", "name": "The Night Owls", "performer_kind": "band" }))
        .await
        .is(201)
        .str("/id");
    let tour = organiser
        .post(
            "/v1/series",
            &json!({
                "external_id": "tour", "title": "Night Owls World Tour", "series_kind": "tour", "category": "concerts",
            }),
        )
        .await
        .is(201)
        .str("/id");
    for event in on_sale(&venue, &owls, &tour) {
        let id = organiser.post("/v1/events", &event).await.is(201).str("/id");
        organiser.put(&format!("/v1/events/{id}/tiers"), &tiers()).await.is(200);
    }
    for event in not_on_sale(&opera, &owls, &tour) {
        organiser.post("/v1/events", &event).await.is(201);
    }
    rehearsal(&organiser, &venue.0).await;
    app.drain().await;
    // each test's server makes keys of its own in a directory of its own
    sqlx::query("DELETE FROM signing_keys").execute(&app.gateway.pool).await.expect("forgotten");
    app.gateway.pool.close().await;
}

/// The venue's id and its seat map's.
async fn riverside(organiser: &Organiser) -> (String, String) {
    let venue = organiser
        .post(
            "/v1/venues",
            &json!({
                "external_id": "riverside", "name": "Riverside Hall", "city": "Brisbane", "country": "AU", "postal_code": "4000",
                "lat": -27.47, "lon": 153.02, "timezone": "Australia/Brisbane",
            }),
        )
        .await
        .is(201)
        .str("/id");
    let map = organiser.put(&format!("/v1/venues/{venue}/seat-maps"), &hall()).await.is(200).str("/id");
    (venue, map)
}

fn on_sale((venue, map): &(String, String), owls: &str, tour: &str) -> Vec<Value> {
    let event = |external_id: &str, title: &str, day: u32, more: Value| {
        let mut event = json!({
            "external_id": external_id, "title": title, "category": "concerts", "starts_at": format!("2031-03-{day:02}T10:00:00Z"),
            "venue_id": venue, "series_id": tour, "performers": [{ "id": owls, "role": "band" }], "seat_map_id": map,
            "sale_opens_at": "2021-01-01T00:00:00Z",
            // which seats a test takes is not its subject; who tests the rule has an event of its own
            "orphan_rule": "allow",
        });
        event.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        event
    };
    vec![
        event("owls-1", "Night Owls Live", 10, json!({})),
        event("owls-2", "Night Owls Live: the second night", 11, json!({})),
        event("later", "Night Owls, a later sale", 12, json!({ "sale_opens_at": "2030-12-01T00:00:00Z" })),
        event("closed", "Night Owls, a closed sale", 13, json!({ "sale_closes_at": "2022-01-01T00:00:00Z" })),
        event("limited", "Night Owls for few", 14, json!({ "buyer_limit": 4 })),
        event("markup", MARKUP, 15, json!({})),
    ]
}

fn not_on_sale(opera: &str, owls: &str, tour: &str) -> Vec<Value> {
    let event = |external_id: &str, title: &str, starts_at: &str| {
        json!({
            "external_id": external_id, "title": title, "category": "concerts", "starts_at": starts_at, "venue_id": opera,
            "series_id": tour, "performers": [{ "id": owls }],
        })
    };
    vec![
        event("plain", "Night Owls in Sydney", "2031-03-20T10:00:00Z"),
        event("past", "Night Owls, long ago", "2001-03-20T10:00:00Z"),
    ]
}

async fn rehearsal(organiser: &Organiser, venue: &str) {
    let id = organiser
        .post(
            "/v1/events",
            &json!({
                "external_id": "free", "title": "Open rehearsal", "category": "community", "starts_at": "2031-03-09T10:00:00Z",
                "venue_id": venue, "capacity": 30, "sale_opens_at": "2021-01-01T00:00:00Z",
            }),
        )
        .await
        .is(201)
        .str("/id");
    let tiers = json!({ "tiers": [{ "id": "1", "name": "Free", "price": { "amount": 0, "currency": "AUD" } }] });
    organiser.put(&format!("/v1/events/{id}/tiers"), &tiers).await.is(200);
}
