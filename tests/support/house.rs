//! An event of one's own in a house of a few rows, for tests of choosing seats.

use serde_json::{Value, json};

use crate::app::App;

/// Rows as text, A first: `.` a seat, `w` a wheelchair space, `c` its companion's seat beside it (`wc`), `|` an aisle.
pub fn map(name: &str, rows: &[&str]) -> Value {
    let row = |(n, text): (usize, &&str)| {
        let label = char::from(b'A' + n as u8).to_string();
        let mut seats: Vec<Value> = Vec::new();
        for letter in text.chars() {
            let number = seats.len() + 1;
            match letter {
                '|' => seats[number - 2]["gap_after"] = json!(true),
                letter => {
                    let mut seat = json!({ "number": number.to_string(), "x": number * 10, "y": n * 10 });
                    if letter == 'w' {
                        seat["accessible"] = json!(true);
                    }
                    if letter == 'c' {
                        seat["companion_of"] = json!(format!("stalls-{label}-{}", number - 1));
                    }
                    seats.push(seat);
                }
            }
        }
        json!({ "label": label, "seats": seats })
    };
    let rows: Vec<Value> = rows.iter().enumerate().map(row).collect();
    json!({ "name": name, "sections": [{ "id": "stalls", "label": "Stalls", "tier": "1", "rows": rows }] })
}

impl App {
    /// An event on sale whose house is these rows; `more` are further fields of it.
    pub async fn house(&self, name: &str, rows: &[&str], more: Value) -> String {
        self.house_of(&map(name, rows), more).await
    }

    /// An event on sale in this house.
    pub async fn house_of(&self, map: &Value, more: Value) -> String {
        let organiser = self.organiser().await;
        let venue = self.id("venues", "riverside").await;
        let map = organiser.put(&format!("/v1/venues/{venue}/seat-maps"), map).await.is(200).str("/id");
        let mut event = json!({
            "title": "A small house", "category": "theatre", "starts_at": "2031-03-10T10:00:00Z", "venue_id": venue,
            "seat_map_id": map, "sale_opens_at": "2021-01-01T00:00:00Z",
        });
        event.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let event = organiser.post("/v1/events", &event).await.is(201).str("/id");
        let price = json!({ "amount": 2_500, "currency": "AUD" });
        let tiers = json!({ "tiers": [{ "id": "1", "name": "Stalls", "price": price }] });
        organiser.put(&format!("/v1/events/{event}/tiers"), &tiers).await.is(200);
        event
    }
}
