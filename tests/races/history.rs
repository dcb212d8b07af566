//! What the buyers saw, checked without asking the server's own opinion.

use std::collections::BTreeMap;

use serde_json::Value;

/// Seats that stand on more than one ticket of paid orders, with the tickets.
pub fn sold_twice(orders: &[Value]) -> Vec<(String, Vec<String>)> {
    let mut tickets_of: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for order in orders.iter().filter(|order| order["state"] == "paid") {
        for ticket in order["tickets"].as_array().expect("an order lists its tickets") {
            let seat = ticket["seat"]["id"].as_str().expect("a seat").to_owned();
            tickets_of.entry(seat).or_default().push(ticket["id"].as_str().expect("an id").to_owned());
        }
    }
    tickets_of.into_iter().filter(|(_, tickets)| tickets.len() > 1).collect()
}

#[test]
fn a_seat_on_two_paid_tickets_is_found() {
    let order =
        |id: &str, state: &str| serde_json::json!({ "state": state, "tickets": [{ "id": id, "seat": { "id": "a-A-1" } }] });
    assert!(sold_twice(&[order("1", "paid"), order("2", "refunded")]).is_empty());
    assert_eq!(
        sold_twice(&[order("1", "paid"), order("2", "paid")]),
        [("a-A-1".to_owned(), vec!["1".to_owned(), "2".to_owned()])]
    );
}
