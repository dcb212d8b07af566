use acceptance::accounts::{PASSWORD, email};
use acceptance::{App, new_key};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn an_unknown_e_mail_and_a_wrong_password_are_answered_alike_after_the_same_work() {
    let app = App::start().await;
    app.sign_up("ada", None).await.is(202);
    let mut answers = Vec::new();
    for who in ["ada", "nobody"] {
        let before = app.gateway.people.passwords_hashed();
        let asked = app.ask(Method::POST, "/v1/login").header("x-request-id", "the-same");
        let reply = asked.json(&json!({ "email": email(who), "password": "not the one of anybody" })).send().await;
        let reply = reply.is_problem(401, "login_failed");
        let headers = reply.headers.iter().filter(|(name, _)| !["date", "ratelimit"].contains(&name.as_str()));
        let headers: Vec<_> = headers.map(|(name, value)| (name.clone(), value.clone())).collect();
        answers.push((reply.status, headers, reply.body.clone(), app.gateway.people.passwords_hashed() - before));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].3, 1, "one hash each");
    app.stop().await;
}

#[tokio::test]
async fn tries_are_slowed_alike_for_known_and_unknown_e_mails_and_nobody_is_locked_out() {
    let app = App::start().await;
    app.sign_up("ada", None).await.is(202);
    for who in ["ada", "nobody"] {
        for _ in 0..5 {
            app.try_log_in(&email(who), "not the one of anybody", None).await.is_problem(401, "login_failed");
        }
        let before = app.gateway.people.passwords_hashed();
        let slowed = app.try_log_in(&email(who), PASSWORD, None).await.is_problem(429, "rate_limited");
        let wait: u64 = slowed.header("retry-after").and_then(|text| text.parse().ok()).expect("how long");
        assert!((1..=30).contains(&wait), "{wait}");
        assert_eq!(app.gateway.people.passwords_hashed(), before, "nothing is hashed for who waits");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_login_takes_over_what_the_anonymous_buyer_has_and_ends_its_token() {
    let app = App::start().await;
    let (home, event) = (app.member("ada").await, app.event("owls-1").await);
    let order = home.buy(&event, &["stalls-A-1"]).await.str("/id");
    let away = app.buyer("away").await;
    let hold = away.hold(&event, &["stalls-A-2"]).await.is(201).str("/id");
    let bought = away.buy(&event, &["stalls-A-3"]).await.str("/id");
    let signed_in = app.log_in("ada", Some(&away.token)).await;
    away.get(&format!("/v1/holds/{hold}")).await.is_problem(401, "unauthorized");
    for buyer in [&home, &signed_in] {
        buyer.get(&format!("/v1/holds/{hold}")).await.is(200);
        let orders = buyer.get("/v1/me/orders").await.is(200).json();
        let ids: Vec<_> = orders["items"].as_array().expect("items").iter().map(|one| one["id"].clone()).collect();
        assert_eq!(ids, [json!(bought), json!(order)]);
        assert_eq!(buyer.get("/v1/me/tickets").await.is(200).json()["items"].as_array().map(Vec::len), Some(2));
    }
    let stranger = app.member("eve").await;
    stranger.get(&format!("/v1/holds/{hold}")).await.is_problem(404, "not_found");
    let paid = signed_in.checkout(&hold, "sandbox").await.is(201);
    signed_in.press(&paid.str("/payment/url"), "pay").await.is(200);
    app.audited().await;
    app.stop().await;
}

#[tokio::test]
async fn a_buyer_that_was_linked_once_stays_with_its_account() {
    let app = App::start().await;
    let (ada, event) = (app.buyer("ada").await, app.event("owls-1").await);
    app.sign_up("ada", Some(&ada.token)).await.is(202);
    let hold = ada.hold(&event, &["stalls-A-1"]).await.is(201).str("/id");
    app.sign_up("eve", None).await.is(202);
    // the token is good still, and its buyer ada's
    let eve = app.log_in("eve", Some(&ada.token)).await;
    eve.get(&format!("/v1/holds/{hold}")).await.is_problem(404, "not_found");
    app.log_in("ada", None).await.get(&format!("/v1/holds/{hold}")).await.is(200);
    app.stop().await;
}

#[tokio::test]
async fn an_idempotency_key_works_on_across_the_login_and_makes_one_order() {
    let app = App::start().await;
    let event = app.event("free").await;
    app.sign_up("ada", None).await.is(202);
    let away = app.buyer("away").await;
    let (hold_key, pay_key) = (new_key(), new_key());
    let area = app.get(&format!("/v1/events/{event}/seats")).await.is(200).str("/areas/0/id");
    let wanted = json!({ "area": area, "quantity": 2 });
    let holds = format!("/v1/events/{event}/holds");
    let hold = away.ask(Method::POST, &holds).key(&hold_key).json(&wanted).send().await.is(201);
    let checkout = format!("/v1/holds/{}/checkout", hold.str("/id"));
    let body = away.checkout_body("free");
    let first = away.ask(Method::POST, &checkout).key(&pay_key).json(&body).send().await.is(201);
    let ada = app.log_in("ada", Some(&away.token)).await;
    let held_again = ada.ask(Method::POST, &holds).key(&hold_key).json(&wanted).send().await.is(201);
    let again = ada.ask(Method::POST, &checkout).key(&pay_key).json(&body).send().await.is(201);
    assert_eq!((held_again.str("/id"), again.str("/order/id")), (hold.str("/id"), first.str("/order/id")));
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(ada.get("/v1/me/orders").await.is(200).json()["items"].as_array().map(Vec::len), Some(1));
    // the control: to somebody else the same key is another key, and the hold is not there
    let eve = app.member("eve").await;
    let other = eve.ask(Method::POST, &holds).key(&hold_key).json(&wanted).send().await.is(201);
    assert_ne!(other.str("/id"), hold.str("/id"));
    eve.ask(Method::POST, &checkout).key(&pay_key).json(&body).send().await.is_problem(404, "not_found");
    app.audited().await;
    app.stop().await;
}
