use acceptance::App;
use serde_json::json;

#[tokio::test]
async fn a_choice_that_leaves_a_single_seat_is_refused_with_what_to_choose_instead() {
    let app = App::start().await;
    let house = app.house("Parlour", &[".....", "..."], json!({})).await;
    assert_eq!(app.get(&format!("/v1/events/{house}")).await.is(200).str("/orphan_rule"), "refuse", "by default");
    let ada = app.buyer("ada").await;
    let refused = ada.hold(&house, &["stalls-A-2", "stalls-A-3"]).await.is_problem(422, "orphan_seat");
    assert_eq!(refused.json()["seats"], json!(["stalls-A-1"]));
    let alternatives = json!([["stalls-A-1", "stalls-A-2"], ["stalls-A-4", "stalls-A-5"]]);
    assert_eq!(refused.json()["alternatives"], alternatives);
    assert_eq!(app.seat(&house, "stalls-A-2").await, "available", "nothing of it is held");
    // each alternative is taken, however many were told
    for choice in refused.json()["alternatives"].as_array().expect("alternatives") {
        let held = ada.hold_with(&house, &json!({ "seats": choice })).await.is(201);
        ada.delete(&held.str("/links/self")).await.is(200);
    }
    // two of three leave one in any case
    ada.hold(&house, &["stalls-B-1", "stalls-B-2"]).await.is(201);
    // a seat that another has goes first
    ada.hold(&house, &["stalls-B-2", "stalls-A-2"]).await.is_problem(409, "seats_unavailable");
    // and what was single before is nobody's fault
    ada.hold(&house, &["stalls-A-1", "stalls-A-2"]).await.is(201);
    app.stop().await;
}

#[tokio::test]
async fn an_organiser_may_allow_single_seats_and_refuse_them_again() {
    let app = App::start().await;
    let house = app.house("Parlour", &["......"], json!({ "orphan_rule": "allow" })).await;
    let (organiser, path) = (app.organiser().await, format!("/v1/events/{house}"));
    let ada = app.buyer("ada").await;
    let held = ada.hold(&house, &["stalls-A-2"]).await.is(201);
    ada.delete(&held.str("/links/self")).await.is(200);
    let changed = organiser.patch(&path, &json!({ "orphan_rule": "refuse" })).await.is(200);
    assert_eq!(changed.str("/orphan_rule"), "refuse");
    // the desk has the new terms at its next transaction
    ada.hold(&house, &["stalls-A-2"]).await.is_problem(422, "orphan_seat");
    organiser.patch(&path, &json!({ "orphan_rule": "sometimes" })).await.is_problem(422, "invalid").names("orphan_rule");
    organiser.patch(&path, &json!({ "orphan_rule": "allow" })).await.is(200);
    ada.hold(&house, &["stalls-A-2"]).await.is(201);
    app.stop().await;
}

#[tokio::test]
async fn a_refused_choice_is_refused_again_under_its_key() {
    let app = App::start().await;
    let house = app.house("Parlour", &["....."], json!({})).await;
    let (ada, path) = (app.buyer("ada").await, format!("/v1/events/{house}/holds"));
    let wish = json!({ "seats": ["stalls-A-2"] });
    let ask = || ada.ask(reqwest::Method::POST, &path).key("once").json(&wish).send();
    let first = ask().await.is_problem(422, "orphan_seat");
    ada.hold(&house, &["stalls-A-3", "stalls-A-4", "stalls-A-5"]).await.is(201);
    let again = ask().await.is_problem(422, "orphan_seat");
    assert_eq!(again.without_request_id(), first.without_request_id());
    app.stop().await;
}
