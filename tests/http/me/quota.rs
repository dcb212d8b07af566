use acceptance::{App, Buyer, Organiser, new_key};
use people::{Quota, Role, Scope, WantedKey};
use reqwest::Method;
use serde_json::json;

async fn partner(app: &App, quota: Quota) -> Organiser {
    app.with_key(WantedKey { quota, ..WantedKey::new(Role::Partner, "partner") }).await
}

/// A buyer of the partner's own.
async fn buyer(app: &App, partner: &Organiser) -> Buyer {
    let session = app.ask(Method::POST, "/v1/sessions").token(&partner.key).send().await.is(201);
    Buyer::new("ada", session.str("/token"), session.str("/buyer_id"), app.client.clone(), app.url(""))
}

#[tokio::test]
async fn a_partner_searches_and_its_buyers_hold_and_pay() {
    let app = App::start().await;
    let partner = partner(&app, Quota::PARTNER).await;
    partner.get("/v1/search?q=owls").await.is(200);
    let ada = buyer(&app, &partner).await;
    ada.buy(&app.event("owls-1").await, &["stalls-A-1"]).await;
    let quota = partner.get("/v1/me/quota").await.is(200);
    assert_eq!((quota.str("/key_id"), quota.int("/open_holds/used")), (partner.id.clone(), 0), "bought is not held");
    assert!(quota.int("/requests_per_day/used") >= 6, "{}", quota.text());
    assert_eq!(ada.get("/v1/me/quota").await.is(200).str("/key_id"), partner.id);
    app.buyer("bob").await.get("/v1/me/quota").await.is_problem(403, "forbidden");
    app.organiser().await.get("/v1/me/quota").await.is_problem(403, "forbidden");
    app.get("/v1/me/quota").await.is_problem(401, "unauthorized");
    app.organiser().await.delete(&format!("/v1/keys/{}", partner.id)).await.is(204);
    ada.get("/v1/me/orders").await.is_problem(401, "unauthorized");
    app.stop().await;
}

#[tokio::test]
async fn open_holds_are_counted_over_all_of_a_partner_s_buyers() {
    let app = App::start().await;
    let partner = partner(&app, Quota { open_holds: Some(2), ..Quota::default() }).await;
    let (ada, bob) = (buyer(&app, &partner).await, buyer(&app, &partner).await);
    let event = app.event("owls-1").await;
    let (key, wanted) = (new_key(), json!({ "seats": ["stalls-A-1"] }));
    let path = format!("/v1/events/{event}/holds");
    let hold = ada.ask(Method::POST, &path).key(&key).json(&wanted).send().await.is(201).str("/id");
    ada.hold(&event, &["stalls-A-1"]).await.is_problem(409, "seats_unavailable");
    bob.hold(&event, &["stalls-A-2"]).await.is(201);
    let spent = ada.hold(&event, &["stalls-A-3"]).await.is_problem(429, "quota_spent");
    assert_eq!((spent.str("/quota"), spent.int("/limit"), spent.int("/used")), ("open_holds".to_owned(), 2, 2));
    assert!(spent.header("retry-after").is_some());
    let again = ada.ask(Method::POST, &path).key(&key).json(&wanted).send().await.is(201);
    assert_eq!(again.str("/id"), hold, "the same request takes no more room");
    app.buyer("eve").await.hold(&event, &["stalls-A-3"]).await.is(201);
    ada.delete(&format!("/v1/holds/{hold}")).await.is(200);
    bob.hold(&event, &["stalls-A-4"]).await.is(201);
    let quota = partner.get("/v1/me/quota").await.is(200);
    assert_eq!((quota.int("/open_holds/used"), quota.int("/open_holds/remaining")), (2, 0));
    app.audited().await;
    app.stop().await;
}

#[tokio::test]
async fn requests_of_a_day_have_an_end_that_names_itself() {
    let app = App::start().await;
    let partner = partner(&app, Quota { requests_day: Some(3), ..Quota::default() }).await;
    let ada = buyer(&app, &partner).await;
    partner.get("/v1/search?q=owls").await.is(200);
    ada.get("/v1/me/orders").await.is(200);
    for spent in [partner.get("/v1/search?q=owls").await, ada.get("/v1/me/orders").await] {
        let spent = spent.is_problem(429, "quota_spent");
        assert_eq!((spent.str("/quota"), spent.int("/limit"), spent.int("/used")), ("requests_per_day".to_owned(), 3, 3));
    }
    app.get("/v1/search?q=owls").await.is(200);
    app.stop().await;
}

#[tokio::test]
async fn a_partner_does_what_its_scopes_say() {
    let app = App::start().await;
    let scopes = [Scope::Hold].into_iter().collect();
    let partner = app.with_key(WantedKey { scopes: Some(scopes), ..WantedKey::new(Role::Partner, "holds only") }).await;
    assert_eq!(partner.get("/v1/search?q=owls").await.is_problem(403, "forbidden").str("/scope"), "search");
    let ada = buyer(&app, &partner).await;
    let hold = ada.hold(&app.event("owls-1").await, &["stalls-A-1"]).await.is(201).str("/id");
    assert_eq!(ada.checkout(&hold, "sandbox").await.is_problem(403, "forbidden").str("/scope"), "checkout");
    let scopes = [Scope::Search].into_iter().collect();
    let searcher = app.with_key(WantedKey { scopes: Some(scopes), ..WantedKey::new(Role::Partner, "searches only") }).await;
    let refused = app.ask(Method::POST, "/v1/sessions").token(&searcher.key).send().await;
    assert_eq!(refused.is_problem(403, "forbidden").str("/scope"), "hold");
    let forged = format!("bxo_{}", "x".repeat(65));
    app.ask(Method::POST, "/v1/sessions").token(&forged).send().await.is_problem(401, "unauthorized");
    app.stop().await;
}
