use acceptance::{App, eventually};
use people::{Role, Scope, WantedKey};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn an_organiser_makes_lists_rotates_and_revokes_its_own_keys() {
    let app = App::start().await;
    let (id, opera) = app.new_organiser("Opera").await;
    let wanted = json!({ "name": "door", "scopes": ["events:read", "audit:read"], "expires_at": "2099-01-01T00:00:00Z" });
    let made = opera.post("/v1/keys", &wanted).await.is(201);
    let (key, text) = (made.str("/id"), made.str("/key"));
    assert!(text.starts_with("bxo_") && text.len() == 69);
    let first = app.ask(Method::GET, "/v1/keys?limit=1").token(&opera.key).send().await.is(200);
    let next = first.str("/next_cursor");
    let second = opera.get(&format!("/v1/keys?limit=1&cursor={next}")).await.is(200);
    assert_eq!((second.str("/items/0/id"), second.json()["next_cursor"].is_null()), (key.clone(), true), "its own two, no more");
    let line = &second.json()["items"][0];
    assert_eq!((&line["organiser_id"], &line["created_by"]), (&json!(id), &json!(opera.id)));
    assert_eq!((&line["scopes"], &line["name"]), (&json!(["events:read", "audit:read"]), &json!("door")));
    assert!(!second.text().contains(&text[4..]) && !first.text().contains("bxo_"), "no secret is shown again");
    let audit = |text: String| {
        let asked = app.ask(Method::GET, "/v1/audit").token(&text);
        async move { asked.send().await }
    };
    audit(text.clone()).await.is(200);
    let rotated = opera.post(&format!("/v1/keys/{key}/rotate"), &json!({})).await.is(200);
    for living in [text.clone(), rotated.str("/key")] {
        audit(living).await.is(200);
    }
    let again = opera.post(&format!("/v1/keys/{key}/rotate"), &json!({ "old_secret_seconds": 0 })).await.is(200).str("/key");
    for dead in [text, rotated.str("/key")] {
        audit(dead).await.is_problem(401, "unauthorized");
    }
    audit(again.clone()).await.is(200);
    opera.delete(&format!("/v1/keys/{key}")).await.is(204);
    audit(again).await.is_problem(401, "unauthorized");
    opera.delete(&format!("/v1/keys/{key}")).await.is(204);
    app.stop().await;
}

#[tokio::test]
async fn a_key_gives_no_more_than_it_has_and_names_what_it_lacks() {
    let app = App::start().await;
    let scopes = [Scope::KeysWrite, Scope::AuditRead].into_iter().collect();
    let small = app.with_key(WantedKey { scopes: Some(scopes), ..WantedKey::new(Role::Organiser, "small") }).await;
    let refused = small.post("/v1/events", &json!({})).await.is_problem(403, "forbidden");
    assert_eq!(refused.str("/scope"), "events:write");
    let refused = small.post("/v1/keys", &json!({})).await.is_problem(403, "forbidden");
    assert_eq!(refused.str("/scope"), "events:read", "without scopes it would have all");
    let refused = small.post("/v1/keys", &json!({ "scopes": ["sale:write"] })).await.is_problem(403, "forbidden");
    assert_eq!(refused.str("/scope"), "sale:write");
    small.post("/v1/keys", &json!({ "role": "admin", "scopes": ["audit:read"] })).await.is_problem(403, "forbidden");
    small.post("/v1/keys", &json!({ "scopes": ["audit:read"] })).await.is(201);
    let great = app.organiser().await;
    small.post(&format!("/v1/keys/{}/rotate", great.id), &json!({})).await.is_problem(403, "forbidden");
    great.post("/v1/events", &json!({})).await.is_problem(422, "invalid");
    for (body, field) in [
        (json!({ "scopes": ["events:own"] }), "scopes[0]"),
        (json!({ "scopes": [] }), "scopes"),
        (json!({ "role": "owner" }), "role"),
        (json!({ "open_holds": 5 }), "open_holds"),
        (json!({ "role": "partner", "open_holds": 0 }), "open_holds"),
        (json!({ "role": "partner", "scopes": ["audit:read"] }), "scopes"),
        (json!({ "expires_at": "2001-01-01T00:00:00Z" }), "expires_at"),
        (json!({ "organiser_id": "018f3b7e-0000-7000-8000-000000000000" }), "organiser_id"),
        (json!({ "name": "a\u{0}b" }), "name"),
    ] {
        great.post("/v1/keys", &body).await.is_problem(422, "invalid").names(field);
    }
    app.stop().await;
}

/// Two nodes over one database: what one revokes, the other refuses within a second.
#[tokio::test]
async fn a_revoked_key_is_refused_on_the_other_node() {
    let here = App::start().await;
    let there = here.beside().await;
    let (keeper, doomed) = (here.organiser().await, here.organiser().await);
    let asked = || async { there.ask(Method::GET, "/v1/audit").token(&doomed.key).send().await.status };
    assert_eq!(asked().await, 200);
    keeper.delete(&format!("/v1/keys/{}", doomed.id)).await.is(204);
    eventually("the other node refuses the key", || async { asked().await == 401 }).await;
    there.drain().await;
    there.gateway.pool.close().await;
    here.stop().await;
}
