use acceptance::accounts::{PASSWORD, email, new_account};
use acceptance::{App, Reply};
use reqwest::Method;
use serde_json::json;

/// Status, headers but those of time, limits and the request, and body.
fn told(reply: &Reply) -> (u16, Vec<(String, String)>, String) {
    let passing = ["date", "ratelimit", "ratelimit-policy", "x-request-id"];
    let headers = reply.headers.iter().filter(|(name, _)| !passing.contains(&name.as_str()));
    let mut headers: Vec<_> =
        headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())).collect();
    headers.sort();
    (reply.status, headers, reply.text())
}

#[tokio::test]
async fn a_known_e_mail_is_answered_like_a_new_one_after_the_same_work_and_nothing_changes() {
    let app = App::start().await;
    let hashed = || app.gateway.people.passwords_hashed();
    let before = hashed();
    let first = app.sign_up("ada", None).await.is(202);
    let between = hashed();
    let again = json!({ "email": email("ada"), "password": "marzipan velvet tractor ibex", "name": "ada" });
    let second = app.ask(Method::POST, "/v1/accounts").json(&again).send().await;
    assert_eq!(told(&first), told(&second));
    assert_eq!((between - before, hashed() - between), (1, 1), "one password hashed each time");
    app.log_in("ada", None).await;
    app.try_log_in(&email("ada"), "marzipan velvet tractor ibex", None).await.is_problem(401, "login_failed");
    app.try_log_in("ADA@Example.org", PASSWORD, None).await.is(200);
    app.stop().await;
}

#[tokio::test]
async fn a_sign_up_that_makes_no_sense_names_its_field() {
    let app = App::start().await;
    let with = |field: &str, value: &str| {
        let mut body = new_account("ada");
        body[field] = json!(value);
        body
    };
    let table = [
        (with("email", "ada"), "email"),
        (with("name", " "), "name"),
        (with("password", "short"), "password"),
        (with("password", "passwordpassword"), "password"),
        (with("password", "ada@example.org2027"), "password"),
        (with("password", &"xy1!".repeat(65)), "password"),
        (with("role", "admin"), "role"),
    ];
    for (body, field) in table {
        app.ask(Method::POST, "/v1/accounts").json(&body).send().await.is_problem(422, "invalid").names(field);
    }
    assert_eq!(app.gateway.people.passwords_hashed(), 0, "nothing was hashed for it");
    app.stop().await;
}

#[tokio::test]
async fn an_account_takes_the_anonymous_buyer_s_id_as_its_own_and_no_other_account_does() {
    let app = App::start().await;
    let (ada, event) = (app.buyer("ada").await, app.event("owls-1").await);
    let hold = ada.hold(&event, &["stalls-A-1"]).await.is(201).str("/id");
    app.sign_up("ada", Some(&ada.token)).await.is(202);
    app.sign_up("eve", Some(&ada.token)).await.is(202);
    let eve = app.log_in("eve", None).await;
    assert_ne!(eve.id, ada.id);
    eve.get(&format!("/v1/holds/{hold}")).await.is_problem(404, "not_found");
    let signed_in = app.log_in("ada", None).await;
    assert_eq!(signed_in.id, ada.id);
    signed_in.get(&format!("/v1/holds/{hold}")).await.is(200);
    ada.get(&format!("/v1/holds/{hold}")).await.is_problem(401, "unauthorized");
    app.stop().await;
}
