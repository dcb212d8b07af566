use acceptance::{App, Asked, Buyer, Reply};
use reqwest::Method;

/// An event of one seat that ada holds.
async fn full(app: &App) -> (String, Buyer, String) {
    let (owls, ada) = (app.event("owls-1").await, app.buyer("ada").await);
    app.leave_free(&owls, &["stalls-A-1"]).await;
    let hold = ada.hold(&owls, &["stalls-A-1"]).await.is(201).str("/id");
    (owls, ada, hold)
}

async fn page(app: &App, path: &str, cookie: &str) -> Reply {
    app.ask(Method::GET, path).header("cookie", cookie).send().await
}

/// By links and forms alone: from the page of what is held to the place in line, to the offer, to the checkout.
#[tokio::test]
async fn who_finds_everything_held_joins_by_a_form_and_is_led_to_pay() {
    let app = App::start().await;
    let (owls, ada, hold) = full(&app).await;
    let html = app.get(&format!("/events/{owls}/waitlist")).await.is(200).text();
    let form = html.split("<form").find(|form| form.contains("/waitlist")).expect("a form that joins");
    let action = form.split("action=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("an action").replace("&amp;", "&");
    let send = |body: &'static str| Asked::new(app.client.post(app.url(&action))).form(body).send();
    let wrong = send("quantity=11").await.is(422);
    assert!(wrong.text().contains("id=\"picker\""), "the event's page again");
    let joined = send("key=one&quantity=1").await.is(303);
    let cookie = joined.header("set-cookie").and_then(|cookie| cookie.split(';').next()).expect("a cookie").to_owned();
    let entry = joined.header("location").expect("the entry").to_owned();
    let waiting = page(&app, &entry, &cookie).await.is(200).text();
    assert!(waiting.contains("You are on the waitlist") && waiting.contains("Place 1"), "{waiting}");
    app.get(&entry).await.is(404);
    let mine = page(&app, "/me", &cookie).await.is(200).text();
    assert!(mine.contains(&entry) && mine.contains("Place 1"), "My tickets leads there");
    ada.delete(&format!("/v1/holds/{hold}")).await.is(200);
    let offered = page(&app, &entry, &cookie).await.is(200);
    let checkout = offered.text().split("href=\"/holds/").nth(1).and_then(|rest| rest.split('"').next()).map(str::to_owned);
    let checkout = checkout.expect("a link to pay");
    assert!(
        offered.text().contains("It is your turn") && offered.header("set-cookie").is_some_and(|held| held.contains(&checkout))
    );
    assert!(page(&app, &format!("/holds/{checkout}"), &cookie).await.is(200).text().contains("Checkout"));
    let leave = Asked::new(app.client.post(app.url(&format!("{entry}/leave")))).header("cookie", &cookie).form("");
    leave.send().await.is(303);
    let left = page(&app, &entry, &cookie).await.is(200).text();
    assert!(left.contains("You left the waitlist") && !left.contains("/leave"), "{left}");
    app.stop().await;
}
