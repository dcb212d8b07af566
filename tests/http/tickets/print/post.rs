use acceptance::{App, Buyer, Setup, eventually, picture};
use reqwest::Method;
use serde_json::json;

/// A ticket of ada's, and where its print is.
async fn ticket(app: &App) -> (Buyer, String, String) {
    let ada = app.buyer("ada").await;
    let order = ada.buy(&app.event("owls-1").await, &["stalls-A-1"]).await;
    let ticket = order.str("/tickets/0/id");
    let print = format!("/v1/tickets/{ticket}/print");
    assert_eq!(order.str("/tickets/0/links/print"), print);
    (ada, ticket, print)
}

fn nobody_prints() -> Setup {
    let mut setup = Setup::default();
    setup.options.push("--print-workers=0");
    setup
}

#[tokio::test]
async fn a_print_is_pending_at_once_and_printed_soon() {
    gateway::web::telemetry::measure();
    let app = App::start().await;
    let (ada, ticket, print) = ticket(&app).await;
    assert_eq!(ada.get(&print).await.is(200).str("/status"), "NOT_PRINTED");
    let asked = ada.ask(Method::POST, &print).send().await.is(202);
    assert_eq!((asked.str("/ticket_id"), asked.int("/edition")), (ticket.clone(), 1));
    assert_eq!(asked.header("cache-control"), Some("private, no-store"));
    eventually("printed", || async { ada.get(&print).await.is(200).str("/status") == "PRINTED" }).await;
    let shown = ada.get(&print).await.is(200);
    let svg = ada.get(&shown.str("/links/svg")).await.is(200);
    assert_eq!((svg.header("content-type"), svg.header("cache-control")), (Some("image/svg+xml"), Some("private, no-store")));
    assert!(svg.text().contains("Night Owls Live") && svg.text().contains("<desc"), "{}", svg.text());
    for form in ["/links/png", "/links/pdf"] {
        ada.get(&shown.str(form)).await.is(200);
    }
    for place in [format!("/v1/tickets/{ticket}"), "/v1/me/tickets".to_owned(), "/v1/me/orders".to_owned()] {
        let said = ada.get(&place).await.is(200).text();
        assert!(said.contains(r#""print_status":"PRINTED""#), "{place}: {said}");
    }
    assert_eq!(ada.ask(Method::POST, &print).send().await.is(202).str("/status"), "PRINTED", "asked again");
    let told = app.get("/metrics").await.is(200).text();
    for name in [
        "booking_prints_printed_total 1",
        "booking_prints_waiting",
        r#"booking_prints_wait_seconds_count{event_within="later"} 1"#,
    ] {
        assert!(told.contains(name), "{name}: {told}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_print_that_was_asked_for_waits_while_nobody_prints_and_is_asked_for_once() {
    let app = App::with(nobody_prints()).await;
    let (ada, _, print) = ticket(&app).await;
    for _ in 0..2 {
        assert_eq!(ada.ask(Method::POST, &print).send().await.is(202).str("/status"), "PENDING");
    }
    let shown = ada.get(&print).await.is(200);
    assert_eq!(shown.json(), json!({ "ticket_id": shown.str("/ticket_id"), "status": "PENDING", "edition": 1 }));
    ada.get(&format!("{print}.svg")).await.is_problem(404, "not_found");
    assert_eq!(app.gateway.booking.take_prints(10).await.expect("taken").map(|batch| batch.prints.len()), Some(1));
    app.stop().await;
}

#[tokio::test]
async fn another_buyers_print_looks_absent_to_the_byte() {
    let app = App::start().await;
    let (_, _, print) = ticket(&app).await;
    let bob = app.buyer("bob").await;
    let absent = "/v1/tickets/01990b7e-5d7a-7c3e-8f10-2a9d3f6b1c44/print";
    for method in [Method::POST, Method::GET, Method::DELETE] {
        let foreign = bob.ask(method.clone(), &print).send().await.is_problem(404, "not_found");
        let none = bob.ask(method.clone(), absent).send().await.is_problem(404, "not_found");
        assert_eq!(foreign.without_request_id(), none.without_request_id());
        app.ask(method, &print).send().await.is_problem(401, "unauthorized");
    }
    bob.ask(Method::POST, "/v1/tickets/nonsense/print").send().await.is_problem(404, "not_found");
    app.stop().await;
}

#[tokio::test]
async fn a_ticket_that_was_given_back_is_not_printed() {
    let app = App::with(nobody_prints()).await;
    let (ada, ticket, print) = ticket(&app).await;
    ada.ask(Method::POST, &print).send().await.is(202);
    let order = ada.get(&format!("/v1/tickets/{ticket}")).await.is(200).str("/order_id");
    ada.ask(Method::POST, &format!("/v1/orders/{order}/cancel")).send().await.is(200);
    ada.ask(Method::POST, &print).send().await.is_problem(409, "conflict");
    let shown = ada.get(&print).await.is(200);
    assert_eq!((shown.str("/status"), shown.str("/reason")), ("ERROR".to_owned(), "ticket_returned".to_owned()));
    ada.get(&format!("{print}.svg")).await.is_problem(404, "not_found");
    app.audited().await;
    app.stop().await;
}

/// What one node is asked for, another prints.
#[tokio::test]
async fn any_node_prints_what_was_asked_for_on_another() {
    let app = App::with(nobody_prints()).await;
    let (ada, _, print) = ticket(&app).await;
    ada.ask(Method::POST, &print).send().await.is(202);
    let beside = app.beside().await;
    eventually("printed by the other", || async { ada.get(&print).await.is(200).str("/status") == "PRINTED" }).await;
    ada.get(&format!("{print}.svg")).await.is(200);
    beside.drain().await;
    beside.gateway.pool.close().await;
    app.stop().await;
}

/// The control is a picture that is gone for good: its print is drawn at once.
#[tokio::test]
async fn a_print_waits_for_a_picture_whose_store_is_away_and_not_for_one_that_is_gone() {
    let app = App::start().await;
    let (ada, organiser) = (app.buyer("ada").await, app.organiser().await);
    let order = ada.buy(&app.event("owls-1").await, &["stalls-A-1", "stalls-A-2"]).await;
    let made = organiser.upload(&picture(400, 100), "Red & blue").await.is(201);
    organiser.put("/v1/ticket-theme", &json!({ "image_id": made.str("/id") })).await.is(200);
    let store = std::path::PathBuf::from(app.gateway.config.image_store());
    let aside = store.with_extension("aside");
    std::fs::rename(&store, &aside).expect("moved");
    std::fs::write(&store, "no folder").expect("written");
    let print = order.str("/tickets/0/links/print");
    ada.ask(Method::POST, &print).send().await.is(202);
    let tries = async || {
        let tries = "SELECT attempts FROM prints";
        sqlx::query_scalar::<_, i16>(tries).fetch_one(&app.gateway.pool).await.expect("a print")
    };
    eventually("tried", || async { tries().await > 0 }).await;
    assert_eq!(ada.get(&print).await.is(200).str("/status"), "PENDING");
    std::fs::remove_file(&store).expect("removed");
    std::fs::rename(&aside, &store).expect("back");
    eventually("printed", || async { ada.get(&print).await.is(200).str("/status") == "PRINTED" }).await;
    assert!(ada.get(&format!("{print}.svg")).await.is(200).text().contains("data:image/png"), "with its picture");
    organiser.delete(&made.str("/links/self")).await.is(204);
    let other = order.str("/tickets/1/links/print");
    ada.ask(Method::POST, &other).send().await.is(202);
    eventually("printed", || async { ada.get(&other).await.is(200).str("/status") == "PRINTED" }).await;
    assert!(!ada.get(&format!("{other}.svg")).await.is(200).text().contains("data:image/png"), "without");
    app.stop().await;
}

/// The control is the fourth of five tries: it waits for the picture as those before.
#[tokio::test]
async fn the_last_try_of_a_print_draws_it_without_the_picture_that_is_out_of_reach() {
    let app = App::start().await;
    let (ada, organiser) = (app.buyer("ada").await, app.organiser().await);
    let order = ada.buy(&app.event("owls-1").await, &["stalls-A-1"]).await;
    let made = organiser.upload(&picture(400, 100), "Red & blue").await.is(201);
    organiser.put("/v1/ticket-theme", &json!({ "image_id": made.str("/id") })).await.is(200);
    let store = std::path::PathBuf::from(app.gateway.config.image_store());
    std::fs::rename(&store, store.with_extension("aside")).expect("moved");
    std::fs::write(&store, "no folder").expect("written");
    let print = order.str("/tickets/0/links/print");
    ada.ask(Method::POST, &print).send().await.is(202);
    let rests_after = async |tries: i16| {
        let rests = "SELECT count(*) FROM prints WHERE state = 'pending' AND claim IS NULL AND attempts = $1";
        sqlx::query_scalar::<_, i64>(rests).bind(tries).fetch_one(&app.gateway.pool).await.expect("a count") == 1
    };
    let hurry = async |tries: i16| {
        let hurry = "UPDATE prints SET attempts = $1, ready_at = asked_at WHERE claim IS NULL";
        sqlx::query(hurry).bind(tries).execute(&app.gateway.pool).await.expect("hurried");
    };
    eventually("tried once", || rests_after(1)).await;
    hurry(3).await;
    eventually("tried in vain for the fourth time", || rests_after(4)).await;
    assert_eq!(ada.get(&print).await.is(200).str("/status"), "PENDING");
    hurry(4).await;
    eventually("printed", || async { ada.get(&print).await.is(200).str("/status") == "PRINTED" }).await;
    let drawn = ada.get(&format!("{print}.svg")).await.is(200).text();
    assert!(drawn.contains("Night Owls Live") && !drawn.contains("data:image/png"), "{drawn}");
    app.stop().await;
}
