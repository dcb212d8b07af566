//! An account without JavaScript: signed up with a hold in hand, signed out, signed in on another device.

use std::collections::BTreeMap;
use std::sync::Mutex;

use acceptance::accounts::{PASSWORD, email};
use acceptance::{App, Asked, Reply};
use reqwest::Method;

/// A browser without scripts: it keeps cookies.
struct Device<'a> {
    app: &'a App,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl<'a> Device<'a> {
    fn new(app: &'a App) -> Self {
        Self { app, cookies: Mutex::default() }
    }

    fn ask(&self, method: Method, path: &str) -> Asked {
        let cookies = self.cookies.lock().expect("unpoisoned");
        let pairs: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        self.app.ask(method, path).header("cookie", &pairs.join("; "))
    }

    fn keep(&self, reply: Reply) -> Reply {
        let mut cookies = self.cookies.lock().expect("unpoisoned");
        for set in reply.headers.get_all("set-cookie") {
            let text = set.to_str().expect("text");
            // Scripts read what says nothing secret: that one is signed in, and which holds to ask for.
            let open = text.starts_with("boxoffice_in=") || text.starts_with("boxoffice_held=");
            assert!(text.contains("SameSite=Lax") && (text.contains("HttpOnly") || open), "{text}");
            let (name, value) = text.split(';').next().and_then(|pair| pair.split_once('=')).expect("a pair");
            match value {
                "" => cookies.remove(name),
                value => cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        drop(cookies);
        reply
    }

    async fn get(&self, path: &str) -> Reply {
        self.keep(self.ask(Method::GET, path).send().await)
    }

    async fn post(&self, path: &str, form: &str) -> Reply {
        self.keep(self.ask(Method::POST, path).form(form).send().await)
    }

    /// Posts a form and gives where it leads.
    async fn onward(&self, path: &str, form: &str) -> String {
        self.post(path, form).await.is(303).header("location").expect("a way on").to_owned()
    }
}

fn form(pairs: &[(&str, &str)]) -> String {
    let coded = |text: &str| text.replace('@', "%40").replace('/', "%2F").replace(' ', "+");
    pairs.iter().map(|(name, value)| format!("{name}={}", coded(value))).collect::<Vec<_>>().join("&")
}

#[tokio::test]
async fn a_hold_in_hand_comes_along_to_the_account_and_to_another_device() {
    let app = App::start().await;
    let event = app.event("free").await;
    let home = Device::new(&app);
    let page = home.get(&format!("/events/{event}")).await;
    let page = home.get(page.header("location").expect("its slug")).await.is(200).text();
    let area = page.split_once("name=\"area\" value=\"").and_then(|(_, rest)| rest.split('"').next()).expect("an area");
    let hold = home.onward(&format!("/events/{event}/hold"), &form(&[("kind", "area"), ("area", area), ("quantity", "2")])).await;
    let entered = form(&[("name", "Ada Lovelace"), ("email", &email("ada")), ("password", PASSWORD), ("next", &hold)]);
    assert_eq!(home.onward("/account/new", &entered).await, hold);
    home.get(&hold).await.is(200);
    let order = home.onward(&format!("{hold}/checkout"), &form(&[("name", "Ada"), ("email", &email("ada"))])).await;
    let account = home.get("/account").await.is(200).text();
    assert!(account.contains("Ada Lovelace") && account.contains("This browser"), "{account}");
    assert_eq!(home.onward("/account/logout", "").await, "/account/login?out=yes");
    assert_eq!(home.get(&order).await.status, 404, "no earlier buyer comes back");

    let away = Device::new(&app);
    let signed_in = form(&[("email", &email("ada")), ("password", PASSWORD)]);
    assert_eq!(away.onward("/account/login", &signed_in).await, "/account");
    let tickets = away.get(&order).await.is(200).text();
    assert_eq!(tickets.matches("class=\"ticket__qr\"").count(), 2, "{tickets}");
    assert!(away.get("/me").await.is(200).text().contains(&order));
    home.onward("/account/login", &signed_in).await;
    assert!(away.get("/account").await.is(200).text().contains("End all others"));
    away.onward("/account/sessions/end", "").await;
    assert_eq!(home.get("/account").await.is(303).header("location"), Some("/account/login"));
    app.audited().await;
    app.stop().await;
}

#[tokio::test]
async fn what_is_wrong_is_told_in_a_summary_and_all_but_the_password_is_kept() {
    let app = App::start().await;
    let device = Device::new(&app);
    let typed = form(&[("name", "Ada"), ("email", "ada"), ("password", "short"), ("next", "/me")]);
    let page = device.post("/account/new", &typed).await.is(422).text();
    assert!(page.contains("id=\"errors\" tabindex=\"-1\" autofocus") && page.contains("href=\"#email\""), "{page}");
    assert!(page.contains("value=\"Ada\"") && page.contains("value=\"/me\"") && !page.contains("short"), "{page}");
    let wrong = form(&[("email", &email("ada")), ("password", "not the one of anybody"), ("next", "//evil.example")]);
    let page = device.post("/account/login", &wrong).await.is(401).text();
    assert!(page.contains("href=\"#email\"") && page.contains(&email("ada")) && page.contains("value=\"/account\""), "{page}");
    assert!(!page.contains("not the one of anybody") && !page.contains("evil"), "{page}");
    app.stop().await;
}

#[tokio::test]
async fn another_site_cannot_sign_anybody_in_or_out() {
    let app = App::start().await;
    app.sign_up("eve", None).await.is(202);
    let device = Device::new(&app);
    let entered = form(&[("email", &email("eve")), ("password", PASSWORD)]);
    for path in ["/account/login", "/account/new", "/account/logout", "/account/sessions/end"] {
        for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
            let refused = device.ask(Method::POST, path).header(name, value).form(&entered).send().await;
            assert_eq!((refused.status, refused.header("set-cookie")), (403, None), "{path} {name}");
        }
    }
    let same = device.ask(Method::POST, "/account/login").header("sec-fetch-site", "same-origin").form(&entered).send().await;
    same.is(303);
    app.stop().await;
}

/// The browser that signed in before has tries of its own; the control is one that did not.
#[tokio::test]
async fn strangers_who_guess_do_not_hold_a_known_browser_back() {
    let app = App::start().await;
    app.sign_up("ada", None).await.is(202);
    let (known, fresh) = (Device::new(&app), Device::new(&app));
    let entered = form(&[("email", &email("ada")), ("password", PASSWORD)]);
    known.onward("/account/login", &entered).await;
    known.onward("/account/logout", "").await;
    for _ in 0..6 {
        app.try_log_in(&email("ada"), "not the one of anybody", None).await;
    }
    let held_back = fresh.post("/account/login", &entered).await.is(429).text();
    assert!(held_back.contains("your account is not locked"), "{held_back}");
    known.post("/account/login", &entered).await.is(303);
    app.stop().await;
}
