//! A buyer without JavaScript, and with no browser at all: links, forms, a cookie.

use std::sync::Mutex;

use acceptance::{App, Asked, Reply, SHOWN, eventually};
use reqwest::Method;

/// A visitor that keeps its cookie and follows redirects by hand.
struct Visitor<'a> {
    app: &'a App,
    cookie: Mutex<String>,
}

impl<'a> Visitor<'a> {
    fn new(app: &'a App) -> Self {
        Self { app, cookie: Mutex::default() }
    }

    fn ask(&self, method: Method, path: &str) -> Asked {
        let cookie = self.cookie.lock().expect("unpoisoned").clone();
        self.app.ask(method, path).header("cookie", &cookie)
    }

    fn keep(&self, reply: Reply) -> Reply {
        for set in reply.headers("set-cookie") {
            let pair = set.split(';').next().unwrap_or_default();
            let name = pair.split('=').next().unwrap_or_default();
            // What names holds is no right, and a script reads it.
            assert!((set.contains("HttpOnly") || name == "boxoffice_held") && set.contains("SameSite=Lax"), "{set}");
            let mut cookie = self.cookie.lock().expect("unpoisoned");
            let others: Vec<&str> =
                cookie.split("; ").filter(|other| !other.is_empty() && !other.starts_with(&format!("{name}="))).collect();
            let all = others.into_iter().chain([pair]).collect::<Vec<_>>().join("; ");
            *cookie = all;
        }
        reply
    }

    /// Follows redirects to a page.
    async fn get(&self, path: &str) -> String {
        let mut path = path.to_owned();
        for _ in 0..5 {
            let reply = self.keep(self.ask(Method::GET, &path).send().await);
            match reply.header("location") {
                Some(next) => path = next.to_owned(),
                None => return reply.is(200).text(),
            }
        }
        panic!("{path} leads on and on")
    }

    async fn post(&self, path: &str, form: &str) -> Reply {
        self.keep(self.ask(Method::POST, path).form(form).send().await)
    }

    /// Posts a form and gives where it leads.
    async fn onward(&self, path: &str, form: &str) -> String {
        let reply = self.post(path, form).await.is(303);
        reply.header("location").expect("a way on").to_owned()
    }
}

/// The value of a hidden field.
fn hidden(html: &str, name: &str) -> String {
    let (_, rest) = html.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("no field {name}: {html}"));
    rest.split('"').next().unwrap_or_default().to_owned()
}

/// The first address that begins like this.
fn link(html: &str, start: &str) -> String {
    let (_, rest) = html.split_once(&format!("href=\"{start}")).unwrap_or_else(|| panic!("no link to {start}: {html}"));
    format!("{start}{}", rest.split('"').next().unwrap_or_default())
}

#[tokio::test]
async fn links_and_forms_alone_lead_from_a_search_to_a_ticket() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    let visitor = Visitor::new(&app);
    let found = visitor.get("/search?q=night+owls+live&availability=available").await;
    let page = visitor.get(&link(&found, &format!("/events/{event}/"))).await;
    assert!(page.contains("<noscript><picture>") && page.contains("application/ld+json"), "{page}");
    // The page is everybody's: its form leads to one of one's own, with what was chosen.
    assert!(page.contains(&format!("action=\"/events/{event}/hold\"")) && !page.contains("name=\"key\""), "{page}");
    let page = visitor.get(&format!("/events/{event}/hold?kind=best&quantity=2&tier=2")).await;
    assert!(page.contains("One more step") && page.contains("<option value=\"2\" selected data-tier-named="), "{page}");
    let form = format!("key={}&kind=best&quantity=2&tier=2", hidden(&page, "key"));
    let hold = visitor.onward(&format!("/events/{event}/hold"), &form).await;
    // A form sent twice holds once.
    assert_eq!(visitor.onward(&format!("/events/{event}/hold"), &form).await, hold);
    let checkout = visitor.get(&hold).await;
    assert!(checkout.contains("A$120") && checkout.contains("Circle"), "{checkout}");

    let refused = visitor.post(&format!("{hold}/checkout"), "name=&email=ada").await.is(422).text();
    assert!(refused.contains("email address") && refused.contains("value=\"ada\""), "{refused}");
    let contact = format!("key={}&name=Ada+Lovelace&email=ada%40example.com", hidden(&checkout, "key"));
    let payment = visitor.onward(&format!("{hold}/checkout"), &contact).await;
    assert!(visitor.get(&payment).await.contains("Sandbox"));
    let order = visitor.onward(&payment, "action=pay").await;
    let order_page = visitor.get(&order).await;
    assert_eq!(order_page.matches("class=\"ticket__qr\"").count(), 2, "{order_page}");
    let ticket = visitor.ask(Method::GET, &link(&order_page, "/v1/tickets/")).send().await.is(200);
    assert_eq!(ticket.header("content-type"), Some("application/pdf"));
    assert!(visitor.get("/me").await.contains("Night Owls Live"));
    let id = order.trim_start_matches("/orders/").split('?').next().unwrap_or_default().to_owned();
    visitor.onward(&format!("/orders/{id}/cancel"), "").await;
    assert!(visitor.get(&format!("/orders/{id}")).await.contains("Refunded"));
    app.audited().await;
    app.stop().await;
}

/// Bought in one browser, opened in another that has nothing but the link.
#[tokio::test]
async fn the_link_of_an_order_opens_it_in_a_browser_that_bought_nothing() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    let (visitor, elsewhere) = (Visitor::new(&app), Visitor::new(&app));
    let page = visitor.get(&format!("/events/{event}/hold")).await;
    let form = format!("key={}&kind=best&quantity=2&tier=2", hidden(&page, "key"));
    let hold = visitor.onward(&format!("/events/{event}/hold"), &form).await;
    let checkout = visitor.get(&hold).await;
    let contact = format!("key={}&name=Ada+Lovelace&email=ada%40example.com", hidden(&checkout, "key"));
    let payment = visitor.onward(&format!("{hold}/checkout"), &contact).await;
    let order = visitor.onward(&payment, "action=pay").await;
    let own = visitor.get(&order).await;
    assert!(own.contains("Keep this link"), "{own}");
    let address = link(&own, &app.url("/orders/"));
    let reply = elsewhere.ask(Method::GET, &address).send().await.is(200);
    assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(reply.header("cache-control"), Some("private, no-store"));
    assert!(reply.header("set-cookie").is_none());
    let read = reply.text();
    assert_eq!(read.matches("class=\"ticket__qr\"").count(), 2, "{read}");
    assert!(read.contains("content=\"noindex\"") && read.contains("opened this order by its link"), "{read}");
    assert!(!read.contains("<form method=\"post\"") && !read.contains("Keep this link"), "it is to be read: {read}");
    for (start, kind) in [("/v1/tickets/", "application/pdf"), ("/v1/orders/", "application/pdf")] {
        let file = link(&read, start);
        assert!(file.contains("?key="), "{file}");
        assert_eq!(elsewhere.ask(Method::GET, &file).send().await.is(200).header("content-type"), Some(kind));
    }
    let calendar =
        read.split("href=\"").find_map(|rest| rest.split('"').next().filter(|link| link.contains("/calendar.ics?key=")));
    elsewhere.ask(Method::GET, calendar.expect("a calendar")).send().await.is(200);
    let drawn = read.split("src=\"").find_map(|rest| rest.split('"').next().filter(|link| link.contains(".svg?key=")));
    elsewhere.ask(Method::GET, drawn.expect("a drawing")).send().await.is(200);
    let id = order.trim_start_matches("/orders/").split('?').next().unwrap_or_default().to_owned();
    elsewhere.post(&format!("/orders/{id}/cancel"), "").await.is(404);
    let to_his_own = async || {
        let reply = visitor.ask(Method::GET, &address).send().await.is(303);
        assert_eq!(reply.header("location"), Some(&*format!("/orders/{id}")), "its buyer needs no key");
    };
    to_his_own().await;
    visitor.onward(&format!("/orders/{id}/link"), "").await;
    to_his_own().await;
    elsewhere.ask(Method::GET, &address).send().await.is(404);
    let renewed = link(&visitor.get(&order).await, &app.url("/orders/"));
    assert_ne!(renewed, address);
    elsewhere.ask(Method::GET, &renewed).send().await.is(200);
    app.stop().await;
}

#[tokio::test]
async fn a_second_hold_asks_on_a_page_and_my_tickets_tell_of_the_first() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    let visitor = Visitor::new(&app);
    let page = visitor.get(&format!("/events/{event}/hold")).await;
    assert!(page.contains("href=\"/me#held\""), "a link leads to what is held");
    let path = format!("/events/{event}/hold");
    let first = visitor.onward(&path, &format!("key={}&kind=seats&seat=stalls-B-1&seat=stalls-B-2", hidden(&page, "key"))).await;
    let mine = visitor.get("/me").await;
    assert!(mine.contains("On hold for you") && mine.contains("2 seats") && mine.contains(&first), "{mine}");

    let question = visitor.post(&path, "key=k2&kind=seats&seat=stalls-D-1").await.is(409).text();
    assert!(question.contains("You hold 2 seats here already") && question.contains(&first), "{question}");
    assert_eq!(app.seat(&event, "stalls-D-1").await, "available", "nothing is held before the answer");
    let answer = format!("key={}&replace={}&kind=seats&seat=stalls-D-1", hidden(&question, "key"), hidden(&question, "replace"));
    let second = visitor.onward(&path, &answer).await;
    assert_ne!(second, first);
    // Sent twice, it is still the one hold.
    assert_eq!(visitor.onward(&path, &answer).await, second);
    assert_eq!(
        (app.seat(&event, "stalls-B-2").await.as_str(), app.seat(&event, "stalls-D-1").await.as_str()),
        ("available", "held")
    );

    // The old seats may be among the new ones: one command gives them back and takes them again.
    let overlap = format!("key=k3&replace={}&kind=seats&seat=stalls-D-1&seat=stalls-D-2", second.trim_start_matches("/holds/"));
    let before = visitor.cookie.lock().expect("unpoisoned").clone();
    let third = visitor.onward(&path, &overlap).await;
    assert_ne!(third, second);
    // Sent twice, it is the same hold, whether the first answer arrived or was lost with its cookie.
    assert_eq!(visitor.onward(&path, &overlap).await, third);
    *visitor.cookie.lock().expect("unpoisoned") = before;
    assert_eq!(visitor.onward(&path, &overlap).await, third);
    assert_eq!(app.seat(&event, "stalls-D-2").await, "held");
    // Who is refused keeps what he had.
    app.buyer("bob").await.hold(&event, &["stalls-A-1"]).await.is(201);
    let taken = format!("key=k4&replace={}&kind=seats&seat=stalls-A-1", third.trim_start_matches("/holds/"));
    assert!(visitor.post(&path, &taken).await.is(409).text().contains("still yours"));
    let overlap = format!("key=k5&replace={}&kind=seats&seat=stalls-D-2&seat=stalls-A-1", third.trim_start_matches("/holds/"));
    assert!(visitor.post(&path, &overlap).await.is(409).text().contains("still yours"), "nothing was given back in vain");
    assert!(visitor.get("/me").await.contains(&third), "it is the same hold");
    assert_eq!(app.seat(&event, "stalls-D-2").await, "held");
    app.audited().await;
    app.stop().await;
}

#[tokio::test]
async fn what_is_held_is_told_to_its_browser_alone() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    let (ada, eve) = (Visitor::new(&app), Visitor::new(&app));
    let form = |page: &str| format!("key={}&kind=best&quantity=1&tier=", hidden(page, "key"));
    let hold = ada.onward(&format!("/events/{event}/hold"), &form(&ada.get(&format!("/events/{event}/hold")).await)).await;
    let id = hold.trim_start_matches("/holds/").to_owned();
    let told = ada.ask(Method::GET, "/me/holds").send().await.is(200);
    assert_eq!((told.str("/holds/0/id"), told.header("cache-control")), (id.clone(), Some("private, no-store")));
    // A stranger who names it in the cookie is told nothing, and no page differs for who holds something.
    eve.onward(&format!("/events/{event}/hold"), &form(&eve.get(&format!("/events/{event}/hold")).await)).await;
    let session =
        eve.cookie.lock().expect("unpoisoned").split("; ").find(|pair| pair.contains("session")).expect("a session").to_owned();
    let forged =
        app.ask(Method::GET, "/me/holds").header("cookie", &format!("{session}; boxoffice_held={id}")).send().await.is(200);
    assert_eq!(forged.json()["holds"], serde_json::json!([]));
    for page in ["/", "/search?q=owls"] {
        let (known, anyone) = (ada.ask(Method::GET, page).send().await.is(200), app.get(page).await.is(200));
        assert_eq!(known.text(), anyone.text(), "{page}");
    }
    app.stop().await;
}

#[tokio::test]
async fn places_of_an_area_and_free_tickets_need_no_script_either() {
    let app = App::start().await;
    let event = app.event("free").await;
    let visitor = Visitor::new(&app);
    let page = visitor.get(&format!("/events/{event}/hold")).await;
    let form = format!("key={}&kind=area&area={}&quantity=3", hidden(&page, "key"), hidden(&page, "area"));
    let hold = visitor.onward(&format!("/events/{event}/hold"), &form).await;
    let order = visitor.onward(&format!("{hold}/checkout"), "name=Ada&email=ada%40example.com").await;
    assert_eq!(visitor.get(&order).await.matches("class=\"ticket__qr\"").count(), 3);
    app.stop().await;
}

#[tokio::test]
async fn a_refusal_is_told_on_the_same_page_with_the_next_step() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    app.buyer("bob").await.hold(&event, &["stalls-A-1"]).await.is(201);
    let visitor = Visitor::new(&app);
    let taken = visitor.post(&format!("/events/{event}/hold"), "key=k1&kind=seats&seat=stalls-A-1").await.is(409).text();
    assert!(taken.contains("Someone was faster") && taken.contains("id=\"picker\""), "{taken}");
    let many: String = (1..=10).map(|n| format!("&seat=stalls-B-{n}")).chain(["&seat=stalls-C-1".to_owned()]).collect();
    let too_many = visitor.post(&format!("/events/{event}/hold"), &format!("key=k2&kind=seats{many}")).await.is(422).text();
    assert!(too_many.contains("too many"), "{too_many}");
    let later = app.event("later").await;
    let early = visitor.post(&format!("/events/{later}/hold"), "key=k3&kind=best&quantity=1").await.is(409).text();
    assert!(early.contains("not open yet") && early.contains("id=\"opening\""), "{early}");
    app.stop().await;
}

#[tokio::test]
async fn a_form_of_another_site_does_nothing() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    let path = format!("/events/{event}/hold");
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
        let reply = app.ask(Method::POST, &path).header(name, value).form("key=k&kind=best&quantity=1").send().await.is(403);
        assert!(reply.header("set-cookie").is_none() && reply.text().contains("<h1>"), "{}", reply.text());
    }
    app.stop().await;
}

#[tokio::test]
async fn pages_that_are_not_there_or_not_mine_say_so_in_words() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    let order = app.buyer("bob").await.buy(&event, &["stalls-A-1"]).await.str("/id");
    let visitor = Visitor::new(&app);
    let unknown = "0190aaaa-bbbb-7ccc-8ddd-eeeeffff0123";
    for path in [
        format!("/orders/{order}"),
        format!("/orders/{unknown}"),
        format!("/holds/{unknown}"),
        "/orders/nonsense".to_owned(),
        format!("/events/{unknown}/x"),
        format!("/performers/{unknown}"),
        format!("/venues/{unknown}"),
        format!("/series/{unknown}"),
        format!("/cities/{unknown}"),
        format!("/sandbox/payments/{unknown}"),
        format!("/assets/maps/{unknown}.json"),
    ] {
        let reply = visitor.ask(Method::GET, &path).send().await.is(404);
        assert!(reply.text().contains("This page is not here"), "{path}: {}", reply.text());
    }
    app.stop().await;
}

#[tokio::test]
async fn every_page_loads_only_from_here_and_repeats_titles_as_text() {
    let app = App::start().await;
    let event = app.event("markup").await;
    let visitor = Visitor::new(&app);
    for path in [
        "/".to_owned(),
        "/search?q=quotes".to_owned(),
        format!("/events/{event}"),
        "/search?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E".to_owned(),
    ] {
        let mut at = path.clone();
        let reply = loop {
            let reply = visitor.ask(Method::GET, &at).send().await;
            match reply.header("location") {
                Some(next) => at = next.to_owned(),
                None => break reply.is(200),
            }
        };
        let policy = reply.header("content-security-policy").expect("a policy").to_owned();
        assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
        let html = reply.text();
        assert!(
            !html.contains("<script>") && !html.contains(SHOWN) && !html.contains(" style=\"") && !html.contains(" onclick"),
            "{path}: {html}"
        );
        for outside in ["src=\"http", "href=\"http", "url(http"] {
            assert!(!html.contains(outside), "{path} loads {outside}");
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn static_files_are_kept_for_ever_under_their_digest() {
    let app = App::start().await;
    let visitor = Visitor::new(&app);
    let css = link(&visitor.get("/").await, "/assets/");
    let reply = visitor.ask(Method::GET, &css).send().await.is(200);
    assert!(reply.header("cache-control").is_some_and(|policy| policy.contains("immutable")), "{css}");
    let stale = css.splitn(4, '/').nth(3).map(|rest| format!("/assets/000000000000/{rest}")).expect("a path");
    let reply = visitor.ask(Method::GET, &stale).send().await.is(200);
    assert!(reply.header("cache-control").is_some_and(|policy| !policy.contains("immutable")), "{stale}");
    visitor.ask(Method::GET, "/assets/x/../Cargo.toml").send().await.is(404);
    app.stop().await;
}

#[tokio::test]
async fn a_question_that_cannot_be_read_is_told_on_a_page() {
    let app = App::start().await;
    let visitor = Visitor::new(&app);
    for path in ["/search?q=%ff", "/search?q=%00", "/search?from=soon", "/search/results?q=%ff"] {
        let told = visitor.ask(Method::GET, path).send().await.is(422);
        assert!(told.header("content-type").is_some_and(|kind| kind.starts_with("text/html")), "{path}");
    }
    app.stop().await;
}

#[tokio::test]
async fn what_was_typed_in_any_spelling_is_ticked_and_can_be_taken_back() {
    let app = App::start().await;
    let visitor = Visitor::new(&app);
    let html = visitor.get("/search?city=sydney&category=CONCERTS").await;
    let ticked = |html: &str| {
        html.split("<input").skip(1).filter(|input| input.split('>').next().is_some_and(|tag| tag.contains(" checked"))).count()
    };
    assert_eq!(ticked(&html), 2, "{html}");
    assert!(html.contains("in Sydney"), "{html}");
    assert_eq!(ticked(&visitor.get("/search").await), 0);
    // pages of such an address go on from their own cursor
    let html = visitor.get("/search?city=BRISBANE&limit=2").await;
    let mut links = html.split("href=\"").filter_map(|rest| rest.split('"').next());
    let next = links.find(|link| link.contains("cursor=")).expect("a next page").replace("&amp;", "&");
    visitor.get(&next).await;
    app.stop().await;
}

/// The page looks again by itself, and each look is a sign of life.
#[tokio::test]
async fn a_waiting_room_without_scripts_tells_the_place_anew_by_itself() {
    let app = App::start().await;
    let event = app.event("owls-1").await;
    super::queue::queue(&app, &event, 1).await;
    let room = format!("/events/{event}/queue");
    let mut others = Vec::new();
    for name in ["bob", "cyd"] {
        others.push(app.buyer(name).await.ask(Method::POST, &format!("/v1{room}")).send().await.is(201).str("/links/self"));
    }
    eventually("bob is let in", async || app.get(&others[0]).await.is(200).str("/state") == "admitted").await;
    let visitor = Visitor::new(&app);
    visitor.onward(&room, "").await;
    let place = async || {
        let page = visitor.get(&room).await;
        let (_, again) = page.split_once("<noscript><meta http-equiv=\"refresh\" content=\"").unwrap_or_else(|| panic!("{page}"));
        let again: u32 = again.split('"').next().and_then(|seconds| seconds.parse().ok()).expect("seconds");
        assert!((1..=60).contains(&again), "within the minute for which a sign of life is good: {again}");
        let (_, place) = page.split_once("<b data-place>").expect("a place");
        place.split('<').next().unwrap_or_default().to_owned()
    };
    let before = place().await;
    app.ask(Method::DELETE, &others[1]).send().await.is(200);
    let after = place().await;
    assert_eq!((before.parse::<u32>().ok(), after.parse::<u32>().ok()), (Some(2), Some(1)), "the one before has left");
    app.stop().await;
}
