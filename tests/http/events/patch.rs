use acceptance::App;
use people::{Role, Scope, WantedKey};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn a_patch_changes_what_it_names() {
    let app = App::start().await;
    let organiser = app.organiser().await;
    let owls = app.event("owls-1").await;
    let path = format!("/v1/events/{owls}");
    let before = app.get(&path).await.is(200);
    let same = organiser.patch(&path, &json!({})).await.is(200);
    assert_eq!(same.int("/version"), before.int("/version"), "nothing differs, nothing counts");
    let described = organiser.patch(&path, &json!({ "description": "Bring a coat." })).await.is(200);
    assert_eq!((described.int("/version"), described.int("/edition")), (before.int("/version") + 1, 1));
    let renamed = organiser.patch(&path, &json!({ "title": "Night Owls Unplugged", "buyer_limit": 6 })).await.is(200);
    assert_eq!((renamed.int("/edition"), renamed.int("/buyer_limit")), (2, 6));
    let cleared = organiser.patch(&path, &json!({ "buyer_limit": null })).await.is(200);
    assert!(cleared.json()["buyer_limit"].is_null());
    let stale = organiser.ask(Method::PATCH, &path).header("if-match", &before.etag()).json(&json!({ "genre": "jazz" }));
    stale.send().await.is_problem(412, "version_mismatch");
    organiser.patch(&path, &json!({ "colour": "red" })).await.is_problem(422, "invalid").names("colour");
    organiser.patch(&path, &json!({ "title": null })).await.is_problem(422, "invalid").names("title");
    app.stop().await;
}

/// Doors stand on tickets: a change of them is a new edition, and they never stay behind when an event moves.
#[tokio::test]
async fn doors_are_told_wherever_the_start_is_and_move_with_it() {
    let app = App::start().await;
    let (organiser, ada) = (app.organiser().await, app.buyer("ada").await);
    let owls = app.event("owls-1").await;
    let path = format!("/v1/events/{owls}");
    let order = ada.buy(&owls, &["stalls-A-1"]).await;
    let ticket = order.str("/tickets/0/links/svg");
    let before = ada.get(&ticket).await.is(200);
    assert!(!before.text().contains("DOORS"));
    let doors = json!({ "doors_at": "2031-03-10T19:00:00+10:00" });
    let told = organiser.patch(&path, &doors).await.is(200);
    assert_eq!((told.int("/edition"), told.str("/doors_at").as_str()), (2, "2031-03-10T09:00:00Z"));
    assert_eq!(organiser.patch(&path, &doors).await.is(200).int("/edition"), 2, "nothing differs");
    let after = ada.get(&ticket).await.is(200);
    assert!(after.text().contains("DOORS") && after.text().contains("19:00") && after.etag() != before.etag());
    let page = app.get(&format!("/events/{owls}/night-owls-live")).await.is(200).text();
    assert!(page.contains("doors 19:00") && page.contains("\"doorTime\":\"2031-03-10T19:00:00+10:00\""), "{page}");
    for calendar in [format!("{path}/calendar.ics"), order.str("/links/calendar")] {
        let file = ada.get(&calendar).await.is(200).text();
        assert!(file.contains("Doors 19:00 at the venue"), "{file}");
    }
    organiser.patch(&path, &json!({ "starts_at": "2031-03-17T10:00:00Z" })).await.is_problem(422, "invalid").names("doors_at");
    organiser.patch(&path, &json!({ "starts_at": "2031-03-10T08:00:00Z" })).await.is_problem(422, "invalid").names("doors_at");
    organiser.patch(&path, &json!({ "start_precision": "day" })).await.is_problem(422, "invalid").names("doors_at");
    organiser.patch(&path, &json!({ "doors_at": "soon" })).await.is_problem(422, "invalid").names("doors_at");
    let night = json!({ "starts_at": "2031-03-17T14:30:00Z", "doors_at": "2031-03-17T13:30:00Z" });
    assert_eq!(organiser.patch(&path, &night).await.is(200).int("/edition"), 3);
    assert!(ada.get(&ticket).await.is(200).text().contains("Mon 23:30"), "of the day before the start");
    let none = organiser.patch(&path, &json!({ "doors_at": null })).await.is(200);
    assert_eq!((none.int("/edition"), &none.json()["doors_at"]), (4, &serde_json::Value::Null));
    app.stop().await;
}

#[tokio::test]
async fn a_seat_map_in_use_stays() {
    let app = App::start().await;
    let organiser = app.organiser().await;
    let owls = app.event("owls-1").await;
    app.buyer("ada").await.buy(&owls, &["stalls-A-1"]).await;
    let other = json!({ "seat_map_id": null });
    organiser.patch(&format!("/v1/events/{owls}"), &other).await.is_problem(409, "seat_map_in_use");
    app.stop().await;
}

/// PATCH says what POST …/cancel says: nothing sells on, and everybody is given back.
#[tokio::test]
async fn a_status_of_cancelled_gives_everybody_the_money_back() {
    let app = App::start().await;
    let organiser = app.organiser().await;
    let owls = app.event("owls-1").await;
    let (ada, bob) = (app.buyer("ada").await, app.buyer("bob").await);
    let order = ada.buy(&owls, &["stalls-A-1"]).await;
    let hold = bob.hold(&owls, &["stalls-B-1"]).await.is(201).str("/id");
    organiser.patch(&format!("/v1/events/{owls}"), &json!({ "status": "cancelled" })).await.is(200);
    bob.hold(&owls, &["stalls-C-1"]).await.is_problem(409, "sale_closed");
    let state = async || ada.get(&format!("/v1/orders/{}", order.str("/id"))).await.is(200).str("/state");
    acceptance::eventually("the order is given back", async || state().await == "refunded").await;
    let payment = ada.get(&format!("/v1/payments/{}", order.str("/payment_id"))).await.is(200);
    assert_eq!(payment.str("/refund_reason"), "event_cancelled");
    assert_eq!(bob.get(&format!("/v1/holds/{hold}")).await.is(200).str("/state"), "released");
    app.audited().await;
    app.stop().await;
}

/// Everybody would be refunded: what POST …/cancel refuses to a key, PATCH and PUT refuse it too.
#[tokio::test]
async fn a_key_that_may_only_write_events_does_not_cancel_them() {
    let app = App::start().await;
    let only = |scope: Scope| Some([scope, Scope::EventsWrite].into_iter().collect());
    let wanted = |scope, name: &str| WantedKey { scopes: only(scope), ..WantedKey::new(Role::Organiser, name) };
    let editor = app.with_key(wanted(Scope::EventsWrite, "editor")).await;
    let seller = app.with_key(wanted(Scope::SaleWrite, "seller")).await;
    let path = format!("/v1/events/{}", app.event("owls-1").await);
    let cancelled = json!({ "title": "Night Owls Live", "starts_at": "2030-03-13T10:00:00Z", "status": "cancelled" });
    for method in [Method::PATCH, Method::PUT] {
        let refused = editor.ask(method, &path).json(&cancelled).send().await.is_problem(403, "forbidden");
        assert_eq!(refused.str("/scope"), "sale:write");
    }
    assert_eq!(app.get(&path).await.is(200).str("/status"), "scheduled");
    editor.patch(&path, &json!({ "status": "postponed" })).await.is(200);
    seller.patch(&path, &json!({ "status": "cancelled" })).await.is(200);
    app.stop().await;
}
