use acceptance::App;
use people::{Role, Scope, WantedKey};
use reqwest::Method;
use serde_json::{Value, json};

fn actions(page: &Value) -> Vec<&str> {
    page["items"].as_array().expect("items").iter().filter_map(|line| line["action"].as_str()).collect()
}

#[tokio::test]
async fn what_an_organiser_does_is_in_its_own_log_and_in_no_other() {
    let app = App::start().await;
    let (_, opera) = app.new_organiser("Opera").await;
    let night = json!({
        "title": "Tosca", "starts_at": "2031-03-10T10:00:00Z", "venue_id": app.id("venues", "riverside").await, "capacity": 20,
        "sale_opens_at": "2021-01-01T00:00:00Z",
    });
    let event = opera.post("/v1/events", &night).await.is(201).str("/id");
    let path = format!("/v1/events/{event}");
    let patch = opera.ask(Method::PATCH, &path).header("x-request-id", "r-17").json(&json!({ "title": "Tosca again" }));
    patch.send().await.is(200);
    let tier = json!({ "tiers": [{ "id": "1", "name": "Floor", "price": { "amount": 0, "currency": "AUD" } }] });
    opera.put(&format!("{path}/tiers"), &tier).await.is(200);
    opera.put(&format!("{path}/blocks"), &json!({ "area": "general", "quantity": 2 })).await.is(200);
    opera.ask(Method::POST, &format!("{path}/cancel")).send().await.is(200);
    let page = opera.get(&format!("/v1/audit?event={event}")).await.is(200).json();
    let told = actions(&page);
    let expected = ["events.cancel", "events.block", "events.tiers", "events.change", "events.create"];
    assert_eq!(told, expected);
    let renamed = page["items"].as_array().expect("items").iter().find(|line| line["request_id"] == "r-17").expect("the patch");
    assert_eq!((&renamed["before"]["title"], &renamed["after"]["title"]), (&json!("Tosca"), &json!("Tosca again")));
    assert_eq!((&renamed["actor_kind"], &renamed["actor_id"]), (&json!("key"), &json!(opera.id)));
    assert_eq!(renamed["address"], "127.0.0.0/24");
    let by_action = opera.get(&format!("/v1/audit?action=events.tiers&actor={}&limit=5", opera.id)).await.is(200).json();
    assert_eq!(actions(&by_action), ["events.tiers"]);
    let first = opera.get("/v1/audit?limit=2").await.is(200);
    let second = opera.get(&format!("/v1/audit?limit=2&cursor={}", first.str("/next_cursor"))).await.is(200).json();
    assert_eq!([actions(&first.json()), actions(&second)].concat(), actions(&opera.get("/v1/audit?limit=4").await.json()));
    let house = app.organiser().await.get(&format!("/v1/audit?event={event}")).await.is(200).json();
    assert_eq!(actions(&house), [] as [&str; 0], "another's log says nothing of it");
    let admin = app.with_key(WantedKey::new(Role::Admin, "")).await;
    assert_eq!(actions(&admin.get(&format!("/v1/audit?event={event}")).await.is(200).json()), told);
    for wrong in ["event=x", "action=Events", "actor=1", "from=yesterday", "colour=red"] {
        opera.get(&format!("/v1/audit?{wrong}")).await.is_problem(422, "invalid");
    }
    app.stop().await;
}

#[tokio::test]
async fn the_log_is_for_whoever_may_read_it() {
    let app = App::start().await;
    app.get("/v1/audit").await.is_problem(401, "unauthorized");
    app.buyer("ada").await.get("/v1/audit").await.is_problem(403, "forbidden");
    let scopes = [Scope::EventsWrite].into_iter().collect();
    let writer = app.with_key(WantedKey { scopes: Some(scopes), ..WantedKey::new(Role::Organiser, "writer") }).await;
    assert_eq!(writer.get("/v1/audit").await.is_problem(403, "forbidden").str("/scope"), "audit:read");
    app.stop().await;
}
