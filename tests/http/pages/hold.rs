use acceptance::{App, Asked, Reply, eventually};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

/// Where the form for the best seats leads on a page of one's own, and its key.
async fn form(app: &App, event: &str) -> (String, String) {
    let html = app.get(&format!("/events/{event}/hold")).await.is(200).text();
    let form = html.split("<form").find(|form| form.contains("id=\"best\"")).expect("a form").to_owned();
    let attribute = |name: &str| {
        let rest = form.split(&format!("{name}=\"")).nth(1).expect("an attribute");
        rest.split('"').next().expect("its value").replace("&amp;", "&")
    };
    let key = form.split("name=\"key\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a key").to_owned();
    (attribute("action"), key)
}

fn body(key: &str) -> String {
    format!("key={key}&kind=best&quantity=1&tier=")
}

async fn send(app: &App, (action, key): &(String, String)) -> Reply {
    Asked::new(app.client.post(app.url(action))).form(&body(key)).send().await
}

/// Sends the form and hangs up before the answer comes.
async fn cut_off(app: &App, (action, key): &(String, String)) -> TcpStream {
    let (body, mut wire) = (body(key), TcpStream::connect(app.address).await.expect("a connection"));
    let head = format!(
        "POST {action} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n",
        app.address,
        body.len()
    );
    wire.write_all(format!("{head}{body}").as_bytes()).await.expect("sent");
    wire
}

async fn held(app: &App, event: &str) -> i64 {
    app.get(&format!("/v1/events/{event}/seats")).await.is(200).int("/counts/held")
}

/// The first hold makes the session; its answer, cookie and all, never arrives. The same form finds both again. The control is the form
/// of another page: that is somebody else, and gets another seat.
#[tokio::test]
async fn a_form_whose_answer_was_lost_finds_its_seats_again() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    let first = form(&app, &event).await;
    let wire = cut_off(&app, &first).await;
    eventually("the seat is held", async || held(&app, &event).await == 1).await;
    drop(wire);
    let again = send(&app, &first).await.is(303);
    assert_eq!(held(&app, &event).await, 1, "nothing more is held");
    let cookie = again.header("set-cookie").and_then(|cookie| cookie.split(';').next()).expect("a cookie").to_owned();
    let checkout = again.header("location").expect("the checkout").to_owned();
    let page = app.ask(reqwest::Method::GET, &checkout).header("cookie", &cookie).send().await.is(200);
    assert!(page.text().contains("Checkout"), "{}", page.text());
    let twice = send(&app, &first).await.is(303);
    assert_eq!(twice.header("location"), Some(checkout.as_str()));
    let other = send(&app, &form(&app, &event).await).await.is(303);
    assert_ne!(other.header("location"), Some(checkout.as_str()));
    assert_eq!(held(&app, &event).await, 2);
    app.audited().await;
    app.stop().await;
}

/// A visit that was not made here is nobody's: two strangers who send the same made-up word stay two.
#[tokio::test]
async fn a_visit_that_was_made_up_is_nobodys() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    let made_up = (format!("/events/{event}/hold?visit=mine"), "0123456789abcdef".to_owned());
    let first = send(&app, &made_up).await.is(303);
    let second = send(&app, &made_up).await.is(303);
    assert_ne!(first.header("location"), second.header("location"));
    assert_ne!(first.header("set-cookie"), second.header("set-cookie"));
    assert_eq!(held(&app, &event).await, 2);
    app.stop().await;
}
