//! Real caches in front of a running server, set up by the files in docs/front.

mod nginx;
mod varnish;

use std::path::Path;
use std::process::Stdio;

use acceptance::{App, Reply, Setup, eventually, picture};
use people::{Role, WantedKey};
use reqwest::Method;
use serde_json::json;
use tokio::process::{Child, Command};

/// A program of ours in front of the server, ended when it is dropped.
struct Front {
    address: String,
    client: reqwest::Client,
    _child: Child,
    _dir: tempfile::TempDir,
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port()
}

/// Where a program is; `None` when it is not here. Under `BOXOFFICE_REQUIRE_FRONTS` that is a failure.
fn program(name: &str, beside: &[&str]) -> Option<String> {
    let found = ["/usr/sbin", "/usr/bin", "/usr/local/sbin"]
        .map(|dir| format!("{dir}/{name}"))
        .into_iter()
        .find(|path| Path::new(path).exists());
    let whole = beside.iter().all(|path| Path::new(path).exists());
    let found = found.filter(|_| whole);
    if found.is_none() {
        assert!(
            std::env::var("BOXOFFICE_REQUIRE_FRONTS").is_err(),
            "{name} or its module is not here, and this test may not be skipped"
        );
        println!("SKIPPED: no {name} with its module; `make test` installs both on Debian");
    }
    found
}

impl Front {
    async fn start(program: &str, arguments: &[String], dir: tempfile::TempDir, port: u16) -> Self {
        let child = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn();
        let address = format!("127.0.0.1:{port}");
        let front = Self { address: address.clone(), client: acceptance::client(), _child: child.expect("it starts"), _dir: dir };
        eventually("the cache in front listens", || {
            let address = address.clone();
            async move { tokio::net::TcpStream::connect(address).await.is_ok() }
        })
        .await;
        front
    }

    async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Reply {
        let mut request = self.client.request(method, format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Reply::read(request.send().await.expect("an answer")).await
    }

    async fn get(&self, path: &str) -> Reply {
        self.ask(Method::GET, path, &[]).await
    }
}

/// A server that tells a cache on this port what to forget.
async fn server(option: &str, port: u16) -> App {
    let mut setup = Setup::default();
    setup.options.push(Box::leak(format!("--{option}=http://127.0.0.1:{port}").into_boxed_str()));
    App::with(setup).await
}

/// What every cache in front must do.
///
/// Takes     `hit`: whether an answer came from its store.
async fn keeps_and_forgets(app: &App, front: &Front, untold: &Front, hit: fn(&Reply) -> bool) {
    let house = app.organiser().await;
    let image = house.upload(&picture(300, 200), "Two fields").await.is(201);
    let (this, file) = (image.str("/links/self"), image.str("/links/file"));

    // hits, also for other programs and for HEAD, and 304
    let first = front.get(&file).await.is(200);
    assert!(!hit(&first), "{:?}", first.headers);
    for cache in [front, untold] {
        cache.get(&file).await.is(200);
        let again = cache.get(&file).await.is(200);
        assert!(hit(&again) && again.body == first.body, "{:?}", again.headers);
    }
    let same = front.ask(Method::GET, &file, &[("if-none-match", &first.etag())]).await;
    assert_eq!((same.status, same.body.len()), (304, 0));
    let head = front.ask(Method::HEAD, &file, &[]).await.is(200);
    assert!(hit(&head) && head.body.is_empty() && head.header("content-length").is_some());
    let webp = [("accept", "image/avif,image/webp,*/*")];
    front.ask(Method::GET, &file, &webp).await.is(200);
    let webp = front.ask(Method::GET, &file, &[("accept", "image/webp,image/png")]).await.is(200);
    assert!(hit(&webp) && webp.header("content-type") == Some("image/webp"), "{:?}", webp.headers);
    assert_eq!(front.get(&file).await.header("content-type"), Some("image/jpeg"), "and each its own format");

    // what is replaced is forgotten, from the change feed
    let small = acceptance::Form::default().file("owl.png", "image/png", &picture(100, 50));
    front.get(&this).await.is(200);
    house.send_form(Method::PUT, &this, small).send().await.is(200);
    eventually("the new picture is shown", || async {
        let shown = image::load_from_memory(&front.get(&this).await.is(200).body).expect("readable");
        shown.width() == 100
    })
    .await;

    // and so is what is deleted, though it could be kept for ever; the control: who is not told keeps it
    house.delete(&this).await.is(204);
    eventually("the picture is gone", || async { front.get(&file).await.status == 404 }).await;
    assert!(hit(&untold.get(&file).await.is(200)), "a cache that is not told shows it still");
}

/// No answer to a token or a cookie is ever stored.
async fn keeps_nothing_private(app: &App, front: &Front, hit: fn(&Reply) -> bool) {
    let (ada, bob) = (app.buyer("ada").await, app.buyer("bob").await);
    ada.buy(&app.event("owls-1").await, &["stalls-A-1"]).await;
    for _ in 0..3 {
        for (token, orders) in [(Some(&ada.token), 1), (Some(&bob.token), 0), (None, 0)] {
            let bearer = token.map(|token| format!("Bearer {token}"));
            let headers: Vec<(&str, &str)> = bearer.iter().map(|bearer| ("authorization", bearer.as_str())).collect();
            let reply = front.ask(Method::GET, "/v1/me/orders", &headers).await;
            assert!(!hit(&reply), "{:?}", reply.headers);
            match token {
                Some(_) => assert_eq!(reply.is(200).json()["items"].as_array().map(Vec::len), Some(orders)),
                None => drop(reply.is_problem(401, "unauthorized")),
            }
            let cookie = token.map(|token| format!("boxoffice_session={token}"));
            let headers: Vec<(&str, &str)> = cookie.iter().map(|cookie| ("cookie", cookie.as_str())).collect();
            let page = front.ask(Method::GET, "/me", &headers).await.is(200);
            assert!(!hit(&page), "{:?}", page.headers);
            assert_eq!(page.text().contains("class=\"orders\""), orders == 1, "each sees his own");
        }
    }
}

/// Pages of everybody are kept also where a cookie is shown; the page for one visitor is not.
async fn keeps_pages_of_everybody(app: &App, front: &Front, hit: fn(&Reply) -> bool) {
    let event = app.event("owls-1").await;
    let page = app.get(&format!("/events/{event}")).await.is(307).header("location").expect("the page").to_owned();
    let cookie = [("cookie", "boxoffice_session=made-up")];
    for path in [page.as_str(), "/search?q=owls", "/"] {
        eventually("it comes from the store", || async { hit(&front.ask(Method::GET, path, &cookie).await.is(200)) }).await;
    }
    for _ in 0..3 {
        let own = front.ask(Method::GET, &format!("/events/{event}/hold"), &cookie).await.is(200);
        assert!(!hit(&own) && own.text().contains("name=\"key\""), "{:?}", own.headers);
    }
}

/// What who runs the installation asks to be forgotten is forgotten.
async fn forgets_what_it_is_asked(app: &App, front: &Front, tag: &str, path: &str, hit: fn(&Reply) -> bool) {
    front.get(path).await.is(200);
    assert!(hit(&front.get(path).await.is(200)));
    let admin = app.with_key(WantedKey::new(Role::Admin, "")).await;
    admin.post("/v1/cache/purge", &json!({ "tags": [tag] })).await.is(202);
    eventually("it is asked for anew", || async { !hit(&front.get(path).await.is(200)) }).await;
}

/// Within what an answer says of itself, it is shown while the server is away.
async fn stands_in_for_a_server_that_is_away(app: App, front: &Front) {
    let owls = format!("/v1/performers/{}", app.id("performers", "the-owls").await);
    let shown = front.get(&owls).await.is(200);
    app.stop().await;
    // over its second, and the server gone
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    for _ in 0..3 {
        let old = front.get(&owls).await.is(200);
        assert_eq!(old.json()["name"], shown.json()["name"]);
    }
    assert!(
        front.get("/v1/performers/018f3b7e-0000-7000-8000-000000000000").await.status >= 500,
        "what was never kept is away, too"
    );
}
