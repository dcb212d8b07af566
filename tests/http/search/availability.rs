//! The live inventory in search: a sale shows soon, can be filtered by, and says of when it is.

use std::time::Duration;

use acceptance::{App, Buyer, eventually};
use jiff::Timestamp;
use serde_json::json;

/// How soon a sale has to show. It does within two seconds; the rest is for a machine that is busy with much else.
const SOON: Duration = Duration::from_secs(20);

/// What search says of the free event: its badge and of when it is.
async fn badge(app: &App) -> (String, Timestamp) {
    let found = app.get("/v1/search?external_id=free").await.is(200);
    let as_of = found.str("/items/0/availability_as_of").parse().expect("an instant");
    (found.str("/items/0/availability"), as_of)
}

/// Whether the filter finds the free event under a badge, and only there.
async fn filtered(app: &App, availability: &str) -> i64 {
    let path = format!("/v1/search?category=community&availability={availability}&facets=availability");
    let found = app.get(&path).await.is(200);
    let counted = found.json()["facets"]["availability"].as_array().expect("a facet").clone();
    assert_eq!(counted.len(), 1, "counted without its own filter: {counted:?}");
    found.int("/total")
}

/// Waits for a badge: how long it took is measured from the answer to what caused it.
async fn becomes(app: &App, expected: &str, caused_at: Timestamp) {
    let seen = async || badge(app).await.0 == expected;
    let in_time = tokio::time::timeout(SOON, eventually("the badge follows the sale", seen)).await;
    assert!(in_time.is_ok(), "not {expected} within {SOON:?} but {:?}", badge(app).await);
    let (_, as_of) = badge(app).await;
    assert!(as_of >= caused_at && as_of <= app.gateway.clock.now() + SOON, "as of {as_of}, caused at {caused_at}");
    assert_eq!(filtered(app, expected).await, 1, "{expected}");
    assert_eq!(filtered(app, "available").await, i64::from(expected == "available"));
}

async fn hold(buyer: &Buyer, event: &str) -> String {
    buyer.hold_with(event, &json!({ "area": "general", "quantity": 10 })).await.is(201).str("/id")
}

#[tokio::test]
async fn a_hold_and_a_sale_show_soon_and_can_be_filtered_by() {
    let app = App::start().await;
    let event = app.event("free").await;
    assert_eq!(badge(&app).await.0, "available");
    let (ada, bob, eve) = (app.buyer("ada").await, app.buyer("bob").await, app.buyer("eve").await);
    let begun = app.gateway.clock.now();
    let mut holds = vec![(&ada, hold(&ada, &event).await), (&bob, hold(&bob, &event).await)];
    holds.push((&eve, eve.hold_with(&event, &json!({ "area": "general", "quantity": 7 })).await.is(201).str("/id")));
    becomes(&app, "few", begun).await;
    let begun = app.gateway.clock.now();
    let last = ada.hold_with(&event, &json!({ "area": "general", "quantity": 3 })).await;
    if last.status == 201 {
        holds.push((&ada, last.str("/id")));
    } else {
        let dan = app.buyer("dan").await;
        let held = dan.hold_with(&event, &json!({ "area": "general", "quantity": 3 })).await.is(201).str("/id");
        dan.checkout(&held, "free").await.is(201);
    }
    becomes(&app, "held", begun).await;
    let begun = app.gateway.clock.now();
    for (buyer, hold) in &holds {
        buyer.checkout(hold, "free").await.is(201);
    }
    becomes(&app, "sold_out", begun).await;
    app.stop().await;
}

/// What a path says of each of three tiers.
async fn tiers(app: &App, path: &str, at: &str) -> Vec<String> {
    let told = app.get(path).await.is(200);
    (0..3).map(|n| told.str(&format!("{at}/tiers/{n}/availability"))).collect()
}

#[tokio::test]
async fn a_tier_is_held_whole_while_its_event_is_not() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    let (found, shown) = ("/v1/search?external_id=owls-1".to_owned(), format!("/v1/events/{event}"));
    assert_eq!(tiers(&app, &found, "/items/0").await, ["available"; 3]);
    let (ada, bob) = (app.buyer("ada").await, app.buyer("bob").await);
    for buyer in [&ada, &bob] {
        buyer.hold_with(&event, &json!({ "area": "floor", "quantity": 10 })).await.is(201);
    }
    let expected = ["available", "available", "held"];
    eventually("the floor is held in search", async || tiers(&app, &found, "/items/0").await == expected).await;
    eventually("and in what is told of the event", async || tiers(&app, &shown, "").await == expected).await;
    // its page says so without a script: of the tier that nobody can have just now, and of no other
    let worn = |page: &str, tier: &str| {
        page.split_once(&format!("data-left=\"{tier}\""))
            .is_some_and(|(_, rest)| !rest[..rest.find('>').expect("an end")].contains("hidden"))
    };
    let page = async || {
        app.get(app.get(&format!("/events/{event}")).await.is(307).header("location").expect("the page")).await.is(200).text()
    };
    eventually("and on its page", async || worn(&page().await, "3")).await;
    let page = page().await;
    assert!(page.contains("data-word=\"held\">All on hold"), "{page}");
    assert!(!worn(&page, "1") && !worn(&page, "2"), "{page}");
    assert!(!page.contains("data-tier-named=\"3\""), "an area is not among what is picked side by side: {page}");
    assert_eq!(app.get(&found).await.is(200).str("/items/0/availability"), "available");
    app.stop().await;
}

/// The control is a tier that gets another name: nothing moved.
#[tokio::test]
async fn a_part_that_moves_to_another_tier_takes_its_badge_along_at_once() {
    let app = App::start().await;
    let (event, organiser) = (app.event("owls-1").await, app.organiser().await);
    let (found, shown) = ("/v1/search?external_id=owls-1".to_owned(), format!("/v1/events/{event}"));
    let (ada, bob) = (app.buyer("ada").await, app.buyer("bob").await);
    for buyer in [&ada, &bob] {
        buyer.hold_with(&event, &json!({ "area": "floor", "quantity": 10 })).await.is(201);
    }
    let before = ["available", "available", "held"];
    eventually("the floor is held", async || tiers(&app, &found, "/items/0").await == before).await;
    let put = async |named: &str, tier_of: serde_json::Value| {
        let mut body = json!({ "tiers": app.get(&shown).await.is(200).json()["tiers"], "tier_of": tier_of });
        for (tier, name) in body["tiers"].as_array_mut().expect("tiers").iter_mut().zip([named, "Circle", "Floor"]) {
            tier.as_object_mut().expect("a tier").retain(|field, _| ["id", "price"].contains(&field.as_str()));
            tier["name"] = json!(name);
        }
        organiser.put(&format!("{shown}/tiers"), &body).await.is(200);
    };
    put("Parterre", json!({})).await;
    assert_eq!(tiers(&app, &found, "/items/0").await, before);
    put("Parterre", json!({ "floor": "2", "circle": "3" })).await;
    let after = ["available", "held", "available"];
    let moved = eventually("the badges move with their places", async || tiers(&app, &found, "/items/0").await == after);
    assert!(tokio::time::timeout(SOON, moved).await.is_ok(), "{:?}", tiers(&app, &found, "/items/0").await);
    assert_eq!(tiers(&app, &shown, "").await, after);
    app.stop().await;
}
