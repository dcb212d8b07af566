use acceptance::App;
use serde_json::{Value, json};

fn tier(id: &str, amount: i64, currency: &str) -> Value {
    json!({ "id": id, "name": "Tier", "price": { "amount": amount, "currency": currency } })
}

#[tokio::test]
async fn tiers_price_the_seats() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let tiers = json!({ "tiers": [tier("a", 100, "AUD"), tier("b", 200, "AUD")], "tier_of": { "stalls": "a", "circle": "b", "floor": "a" } });
    let put = app.organiser().await.put(&format!("/v1/events/{owls}/tiers"), &tiers).await.is(200);
    assert_eq!((put.int("/price_from/amount"), put.int("/price_to/amount")), (100, 200));
    let held = app.buyer("ada").await.hold(&owls, &["circle-A-1"]).await.is(201);
    assert_eq!((held.str("/seats/0/tier"), held.int("/total/amount")), ("b".to_owned(), 200));
    app.stop().await;
}

#[tokio::test]
async fn tiers_that_make_no_sense_name_their_field() {
    let app = App::start().await;
    let path = format!("/v1/events/{}/tiers", app.event("owls-1").await);
    let organiser = app.organiser().await;
    let all = |tiers: Vec<Value>| json!({ "tiers": tiers });
    let table = [
        (all(vec![tier("gold", 1, "AUD")]), "tiers[0].id"),
        (all(vec![tier("1", 1, "dollars")]), "tiers[0].price.currency"),
        (json!({ "tiers": [tier("1", 1, "AUD")], "colour": 1 }), "colour"),
        (json!({ "tiers": [tier("1", 1, "AUD")], "tier_of": { "stalls": "gold" } }), "tier_of.stalls"),
        (all(vec![tier("1", 1, "AUD"), tier("2", 1, "ZZZ"), tier("3", 1, "AUD")]), "tiers[1].price.currency"),
        (json!({}), "tiers"),
    ];
    for (body, field) in table {
        organiser.put(&path, &body).await.is_problem(422, "invalid").names(field);
    }
    for body in [
        all(vec![]),
        all(vec![tier("1", 1, "AUD")]),
        all(vec![tier("1", -1, "AUD"), tier("2", 1, "AUD"), tier("3", 1, "AUD")]),
        all(vec![tier("1", 1, "AUD"), tier("1", 1, "AUD")]),
        all(vec![tier("1", 1, "AUD"), tier("2", 1, "EUR"), tier("3", 1, "AUD")]),
    ] {
        organiser.put(&path, &body).await.is_problem(422, "invalid");
    }
    app.stop().await;
}
