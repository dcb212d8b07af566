use acceptance::{App, Setup, eventually};
use insta::assert_snapshot;
use std::time::Duration;

#[tokio::test]
async fn a_buyer_sees_the_hold_and_its_time_run() {
    let app = App::start().await;
    let ada = app.buyer("ada").await;
    let hold = ada.hold(&app.event("owls-1").await, &["stalls-A-1"]).await.is(201).str("/id");
    let seen = ada.get(&format!("/v1/holds/{hold}")).await.is(200);
    assert_snapshot!(seen.shown());
    assert!((295..=300).contains(&seen.int("/seconds_left")));
    app.stop().await;
}

#[tokio::test]
async fn another_buyers_hold_looks_absent_to_the_byte() {
    let app = App::start().await;
    let (ada, bob) = (app.buyer("ada").await, app.buyer("bob").await);
    let hold = ada.hold(&app.event("owls-1").await, &["stalls-A-1"]).await.is(201).str("/id");
    let absent = "01990b7e-5d7a-7c3e-8f10-2a9d3f6b1c44";
    let foreign = bob.get(&format!("/v1/holds/{hold}")).await.is_problem(404, "not_found");
    let nothing = bob.get(&format!("/v1/holds/{absent}")).await.is_problem(404, "not_found");
    assert_eq!(foreign.without_request_id(), nothing.without_request_id());
    let foreign = bob.delete(&format!("/v1/holds/{hold}")).await.is_problem(404, "not_found");
    let nothing = bob.delete(&format!("/v1/holds/{absent}")).await.is_problem(404, "not_found");
    assert_eq!(foreign.without_request_id(), nothing.without_request_id());
    let foreign = bob.checkout(&hold, "sandbox").await.is_problem(404, "not_found");
    let nothing = bob.checkout(absent, "sandbox").await.is_problem(404, "not_found");
    assert_eq!(foreign.without_request_id(), nothing.without_request_id());
    bob.get("/v1/holds/nonsense").await.is_problem(404, "not_found");
    app.stop().await;
}

#[tokio::test]
async fn a_lapsed_hold_says_so_and_its_seat_is_free() {
    let app = App::with(Setup { hold_ttl: Duration::from_secs(1), ..Setup::default() }).await;
    let owls = app.event("owls-1").await;
    let (ada, bob) = (app.buyer("ada").await, app.buyer("bob").await);
    let hold = ada.hold(&owls, &["stalls-A-1"]).await.is(201).str("/id");
    eventually("it lapses", async || ada.get(&format!("/v1/holds/{hold}")).await.is(200).str("/state") == "lapsed").await;
    bob.hold(&owls, &["stalls-A-1"]).await.is(201);
    ada.checkout(&hold, "sandbox").await.is_problem(409, "hold_lapsed");
    app.stop().await;
}
