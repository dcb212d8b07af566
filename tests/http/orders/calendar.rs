use acceptance::App;
use reqwest::Method;

use crate::http::events::calendar::{entry, said};

#[tokio::test]
async fn an_order_is_a_calendar_entry_with_its_places() {
    let app = App::start().await;
    let ada = app.buyer("ada").await;
    let order = ada.buy(&app.event("owls-1").await, &["stalls-A-1", "circle-B-6"]).await;
    let path = order.str("/links/calendar");
    let reply = ada.get(&path).await.is(200);
    assert_eq!(reply.header("cache-control"), Some("private, no-store"));
    let bought = entry(&reply.text());
    assert!(said(&bought, "UID").starts_with(&order.str("/id")));
    let description = said(&bought, "DESCRIPTION");
    for place in ["Stalls, row A, seat 1\n", "Circle, row B, seat 6\n"] {
        assert!(description.contains(place), "{description:?}");
    }
    assert_eq!((said(&bought, "STATUS"), said(&bought, "DTSTART")), ("CONFIRMED", "20310310T100000Z"));
    app.buyer("bob").await.get(&path).await.is_problem(404, "not_found");
    app.get(&path).await.is_problem(401, "unauthorized");
    ada.ask(Method::POST, &format!("/v1/orders/{}/cancel", order.str("/id"))).send().await.is(200);
    let back = entry(&ada.get(&path).await.is(200).text());
    assert_eq!((said(&back, "STATUS"), said(&back, "UID")), ("CANCELLED", said(&bought, "UID")));
    assert!(said(&back, "SEQUENCE") > said(&bought, "SEQUENCE"));
    app.stop().await;
}
