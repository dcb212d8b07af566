use acceptance::App;
use domain::ticket_code;
use insta::assert_snapshot;

#[tokio::test]
async fn an_order_has_a_signed_ticket_for_each_place() {
    let app = App::start().await;
    let ada = app.buyer("ada").await;
    let owls = app.event("owls-1").await;
    let order = ada.buy(&owls, &["stalls-A-1", "circle-B-6"]).await;
    assert_snapshot!(order.shown());
    let jwks: ticket_code::KeySet =
        serde_json::from_slice(&app.get("/.well-known/boxoffice-keys.json").await.is(200).body).expect("keys");
    let keys: Vec<_> = jwks.keys.iter().filter_map(ticket_code::TicketKey::from_jwk).collect();
    let claims = ticket_code::verify(&order.str("/tickets/0/code"), &keys).expect("a genuine code");
    assert_eq!(claims.ticket.to_string(), order.str("/tickets/0/id"));
    assert_eq!((claims.event.to_string(), claims.edition), (owls.clone(), 1));
    let mut forged = order.str("/tickets/0/code");
    forged.replace_range(20..21, if &forged[20..21] == "A" { "B" } else { "A" });
    assert!(ticket_code::verify(&forged, &keys).is_err());
    assert_eq!(app.seat(&owls, "circle-B-6").await, "sold");
    app.stop().await;
}

#[tokio::test]
async fn another_buyers_order_looks_absent_to_the_byte() {
    let app = App::start().await;
    let (ada, bob) = (app.buyer("ada").await, app.buyer("bob").await);
    let order = ada.buy(&app.event("owls-1").await, &["stalls-A-1"]).await.str("/id");
    let absent = "01990b7e-5d7a-7c3e-8f10-2a9d3f6b1c44";
    let foreign = bob.get(&format!("/v1/orders/{order}")).await.is_problem(404, "not_found");
    let nothing = bob.get(&format!("/v1/orders/{absent}")).await.is_problem(404, "not_found");
    assert_eq!(foreign.without_request_id(), nothing.without_request_id());
    app.get(&format!("/v1/orders/{order}")).await.is_problem(401, "unauthorized");
    app.stop().await;
}
