//! All routes put together, with the layers around them.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, Uri};
use axum::middleware;
use axum::response::{IntoResponse as _, Response};
use edge::{EdgeConfig, EdgeLayer};
use utoipa::openapi::OpenApi;

use crate::router::observe::Observer;
use crate::router::plain::Plain;
use crate::router::{at_home, bounds, health, internal, observe, openapi};
use crate::settings::values::{Role, Roles};
use crate::web::app::App;
use crate::web::error::{ApiError, Code};
use crate::web::routes::{RouteTable, Routes};
use crate::{api, facade, pages};

/// The whole router, and what was said of its routes. There is one layer around all, since each costs every request its boxes.
pub fn router(app: App) -> (Router, Arc<RouteTable>) {
    let (roles, sandbox) = (app.config.roles, app.config.sandbox);
    let for_nodes = app.config.nodes.is_some() && roles.has(Role::Booking);
    let (routes, document) = documented(roles, sandbox, &app.edge);
    let there = roles.has(Role::Storefront);
    let pages = match there {
        true => pages::routes(sandbox, cache(roles, &app.edge)),
        // they are drawn by the node that has the event, and asked for through nodes that show pages
        false if for_nodes => pages::waiting_room(),
        false => Routes::default(),
    };
    let facade = app.config.facade.clone().map(facade::routes).unwrap_or_default();
    let nodes = if for_nodes { internal::routes() } else { Routes::default() };
    let documents = openapi::routes(&document).merge(pages::docs::routes(&document, !there));
    let (router, _, table) = routes.merge(documents).merge(pages).merge(facade).merge(nodes).split();
    let table = Arc::new(table);
    let observer = Observer { app: app.clone(), plain: Arc::new(Plain::of(&document)), table: Arc::clone(&table) };
    // where there are other nodes; else it would cost every request its boxes
    let router = match &app.wires {
        Some(_) => router.layer(middleware::from_fn_with_state(app.clone(), at_home::at_home)),
        None => router,
    };
    let router = router
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .layer(middleware::from_fn_with_state(observer, observe::observe))
        .with_state(app);
    (router, table)
}

/// The cache in front of lists, details, drawings and looks for the best seats, where there is one; else what passes everything on.
fn cache(roles: Roles, edge: &EdgeLayer) -> EdgeLayer {
    if roles.has(Role::Edge) { edge.clone() } else { EdgeLayer::new(EdgeConfig { max_bytes: 0, max_body: 0 }) }
}

/// The API's routes and their document, as far as the roles go.
pub fn documented(roles: Roles, sandbox: bool, edge: &EdgeLayer) -> (Routes, OpenApi) {
    let mut all = Routes::new(openapi::frame());
    let edge = cache(roles, edge);
    if roles.has(Role::Catalog) {
        all = all
            .merge(api::search::routes())
            .merge(api::catalogue::routes(edge.clone()))
            .merge(api::images::routes(edge.clone()))
            .merge(api::caches::routes());
    }
    if roles.has(Role::Booking) {
        all = all
            .merge(api::booking::routes(sandbox, edge.clone()))
            .merge(api::queue::routes(edge.clone()))
            .merge(api::people::routes())
            .merge(api::accounts::routes());
    }
    if roles.has(Role::Renderer) {
        all = all.merge(api::drawings::routes(edge));
    }
    let all = all.merge(health::routes());
    let mut document = all.document();
    openapi::finish(&mut document);
    bounds::write(&mut document);
    (all, document)
}

/// What leads nowhere: a page for a browser, a problem for a program.
async fn no_route(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Response {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("");
    let page = app.config.roles.has(Role::Storefront) && accepted.contains("text/html") && !uri.path().starts_with("/v1/");
    if page { pages::not_found_page() } else { ApiError::not_found().detail("there is no such path").into_response() }
}

async fn no_method() -> ApiError {
    ApiError::new(Code::MethodNotAllowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    use crate::web::class::Class;

    use axum::body::Body;
    use axum::http::{Method, Request, StatusCode};
    use catalog::model::{NewPerformer, PerformerPatch};
    use catalog::write;
    use sqlx::PgPool;
    use tower::ServiceExt as _;

    async fn app(pool: PgPool, home: &tempfile::TempDir) -> App {
        App::for_testing(pool, home.path()).await.expect("an app")
    }

    async fn ask(router: &Router, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
        let response = router.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 16 << 20).await.expect("a body");
        (parts.status, parts.headers, String::from_utf8_lossy(&bytes).into_owned())
    }

    fn request(method: &str, path: &str) -> Request<Body> {
        Request::builder().method(method).uri(path).body(Body::empty()).expect("a request")
    }

    /// A path of the document with its parameters filled in.
    fn filled(path: &str) -> String {
        let id = "018f3b7e-0000-7000-8000-000000000000";
        let parts = path.split('{').enumerate().map(|(n, part)| match part.split_once('}') {
            Some((_, rest)) if n > 0 => format!("{id}{rest}"),
            _ => part.to_owned(),
        });
        parts.collect()
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn router_and_document_are_equal(pool: PgPool) {
        let home = tempfile::tempdir().expect("a directory");
        let app = app(pool, &home).await;
        let (_, document) = documented(Roles::ALL, true, &app.edge);
        let router = router(app).0;
        assert!(document.paths.paths.len() > 30, "{}", document.paths.paths.len());
        for (path, item) in &document.paths.paths {
            // no route knows this method, so the answer lists the methods of the path
            let (status, headers, _) = ask(&router, request("PROPFIND", &filled(path))).await;
            assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{path} is in the document and not in the router");
            let allowed = headers.get("allow").and_then(|value| value.to_str().ok()).unwrap_or("");
            let routed: BTreeSet<_> = allowed.split(',').filter(|method| *method != "HEAD").collect();
            let told: BTreeSet<_> = openapi::operations(item).into_iter().map(|(method, _)| method).collect();
            let missing: Vec<_> = told.difference(&routed).collect();
            assert!(missing.is_empty(), "{path}: {missing:?} is in the document and not in the router");
            let more: Vec<_> = routed.difference(&told).collect();
            assert!(more.is_empty() || *path == "/sandbox/payments/{id}", "{path}: {more:?} is routed and not in the document");
        }
    }

    /// An event whose slug is the name of another page of its own has a path beside it; any other would be that page.
    #[sqlx::test(migrations = "../migrations")]
    async fn no_slug_names_another_page_of_an_event(pool: PgPool) {
        let home = tempfile::tempdir().expect("a directory");
        let table = router(app(pool, &home).await).1;
        let parts = table.all().into_iter().filter_map(|(path, ..)| path.strip_prefix("/events/{id}/")?.split('/').next());
        let names: BTreeSet<&str> = parts.filter(|part| !part.starts_with('{')).collect();
        assert_eq!(names, BTreeSet::from(pages::TAKEN), "the routes of an event's pages, and what no event is called");
        for page in names {
            assert_eq!(domain::text::slug(page), page);
            assert_eq!(pages::event_path("7", page), format!("/events/7/{page}-"));
            assert_eq!(domain::text::slug(&format!("{page}-")), page, "no slug ends with a hyphen");
        }
        assert_eq!(pages::event_path("7", "queues"), "/events/7/queues");
    }

    /// Whatever a route reads of its query, what it does not know is refused; who asks must be known first where it matters.
    #[sqlx::test(migrations = "../migrations")]
    async fn no_call_of_the_api_overlooks_a_parameter(pool: PgPool) {
        let home = tempfile::tempdir().expect("a directory");
        let app = app(pool, &home).await;
        let (_, document) = documented(Roles::ALL, true, &app.edge);
        let router = router(app).0;
        let (mut refused, mut overlooked) = (0, Vec::new());
        for (path, item) in document.paths.paths.iter().filter(|(path, _)| path.starts_with("/v1/")) {
            for (method, _) in openapi::operations(item) {
                let (status, _, body) = ask(&router, request(method, &format!("{}?colour=red", filled(path)))).await;
                // lists of something look for it first
                let unknown_owner = status == 404 && path.ends_with("/{id}/events");
                if !matches!(status.as_u16(), 401 | 422) && !unknown_owner {
                    overlooked.push(format!("{method} {path}: {status}"));
                }
                refused += u32::from(body.contains("\"field\":\"colour\""));
            }
        }
        assert!(overlooked.is_empty(), "{overlooked:#?}");
        assert!(refused > 30, "{refused}");
    }

    /// What is listed without its document would be missing from the document unnoticed.
    #[test]
    fn every_route_of_the_api_has_a_document() {
        let (routes, document) = documented(Roles::ALL, true, &EdgeLayer::new(EdgeConfig::default()));
        let (_, _, table) = routes.split();
        let told = |path: &str| document.paths.paths.contains_key(path);
        let bare: Vec<_> = table.all().into_iter().filter(|(path, ..)| !told(path) && !path.ends_with("/{form}")).collect();
        assert!(bare.is_empty(), "{bare:?}");
    }

    /// The classes of the contract, and that reading is never counted as writing nor the other way round.
    #[test]
    fn every_route_has_its_class() {
        let (routes, _) = documented(Roles::ALL, true, &EdgeLayer::new(EdgeConfig::default()));
        let (_, _, table) = routes.merge(pages::routes(true, EdgeLayer::new(EdgeConfig::default()))).split();
        let expected = [
            (Method::GET, "/v1/search", Class::Search),
            (Method::HEAD, "/v1/suggest", Class::Search),
            (Method::POST, "/v1/sessions", Class::Sessions),
            (Method::POST, "/v1/events/{id}/holds", Class::Holds),
            (Method::POST, "/v1/holds/{id}/checkout", Class::Holds),
            (Method::POST, "/events/{id}/hold", Class::Holds),
            (Method::GET, "/events/{id}/hold", Class::Reads),
            (Method::GET, "/search/results", Class::Search),
            (Method::GET, "/v1/holds/{id}", Class::Reads),
            (Method::GET, "/v1/events/{id}/seats", Class::Reads),
            (Method::GET, "/v1/events/{id}/seatmap.png", Class::Drawings),
            (Method::GET, "/v1/tickets/{form}", Class::Drawings),
            (Method::GET, "/v1/orders/{form}", Class::Reads),
            (Method::PUT, "/v1/events/{id}", Class::Writes),
            (Method::GET, "/v1/events", Class::Search),
            (Method::POST, "/v1/events", Class::Writes),
            (Method::POST, "/v1/images", Class::Writes),
            (Method::GET, "/v1/images/{id}", Class::Reads),
            (Method::GET, "/v1/venues/{id}/events", Class::Search),
            (Method::POST, "/v1/webhooks/sandbox", Class::Webhooks),
            (Method::GET, "/metrics", Class::Operations),
            (Method::GET, "/nowhere", Class::Reads),
        ];
        for (method, route, class) in expected {
            assert_eq!(table.class(&method, route), class, "{method} {route}");
        }
        let of = |path| table.class_of(&Method::GET, "/v1/orders/{form}", path);
        assert_eq!((of("/v1/orders/1.pdf"), of("/v1/orders/1")), (Class::Drawings, Class::Reads));
        assert!(table.all().len() > 60, "{}", table.all().len());
        for (path, method, class) in table.all() {
            let reads = matches!(class, Class::Search | Class::Reads | Class::Drawings | Class::Operations);
            assert_eq!(reads, *method == Method::GET, "{method} {path}: {class:?}");
        }
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn what_goes_wrong_before_a_handler_is_a_problem_too(pool: PgPool) {
        let home = tempfile::tempdir().expect("a directory");
        let router = router(app(pool, &home).await).0;
        let table = [
            (request("GET", "/v1/nowhere"), 404, "not_found"),
            (request("PUT", "/v1/search"), 405, "method_not_allowed"),
            (request("GET", "/v1/events/not-an-id"), 404, "not_found"),
            (request("GET", "/v1/search?colour=red"), 422, "invalid"),
            (request("GET", "/v1/me/orders"), 401, "unauthorized"),
        ];
        for (request, status, code) in table {
            let asked = format!("{} {}", request.method(), request.uri());
            let (found, headers, body) = ask(&router, request).await;
            assert_eq!(
                (found.as_u16(), headers["content-type"].as_bytes()),
                (status, &b"application/problem+json"[..]),
                "{asked}"
            );
            let problem: serde_json::Value = serde_json::from_str(&body).expect("JSON");
            assert_eq!(problem["code"], code, "{asked}");
            assert_eq!(problem["request_id"].as_str(), headers["x-request-id"].to_str().ok(), "{asked}");
            assert_eq!(headers["cache-control"], "no-store", "{asked}");
        }
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_panic_is_a_problem_with_an_id_and_the_server_lives(pool: PgPool) {
        async fn fall() -> &'static str {
            panic!("on purpose")
        }
        let home = tempfile::tempdir().expect("a directory");
        let app = app(pool, &home).await;
        let observer = Observer { app: app.clone(), plain: Arc::default(), table: Arc::default() };
        let router = Router::new()
            .route("/fall", axum::routing::get(fall))
            .layer(middleware::from_fn_with_state(observer, observe::observe))
            .with_state(app);
        let (status, headers, body) = ask(&router, request("GET", "/fall")).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(body.contains("\"code\":\"internal\"") && !body.contains("on purpose"), "{body}");
        assert!(headers.contains_key("x-request-id"));
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_sane_request_id_is_kept_and_another_is_not(pool: PgPool) {
        let home = tempfile::tempdir().expect("a directory");
        let router = router(app(pool, &home).await).0;
        for (sent, kept) in [("abc-123_x.y", true), ("a b", false), ("", false)] {
            let request = Request::builder().uri("/healthz").header("x-request-id", sent).body(Body::empty()).expect("a request");
            let (_, headers, _) = ask(&router, request).await;
            assert_eq!(headers["x-request-id"] == sent, kept, "{sent:?}");
        }
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn every_get_has_a_strong_etag_and_answers_304_to_it_also_when_encoded(pool: PgPool) {
        let home = tempfile::tempdir().expect("a directory");
        let router = router(app(pool, &home).await).0;
        let get = |coding: &str, tag: Option<&axum::http::HeaderValue>| {
            let mut request = Request::builder().uri("/openapi.json").header("accept-encoding", coding);
            if let Some(tag) = tag {
                request = request.header("if-none-match", tag);
            }
            request.body(Body::empty()).expect("a request")
        };
        let (_, plain, _) = ask(&router, get("identity", None)).await;
        let (_, brotli, _) = ask(&router, get("br", None)).await;
        assert_eq!(brotli["content-encoding"], "br");
        assert_ne!(plain["etag"], brotli["etag"], "another coding is another representation");
        for (coding, tag) in [("identity", &plain["etag"]), ("br", &brotli["etag"]), ("br", &plain["etag"])] {
            let (status, headers, body) = ask(&router, get(coding, Some(tag))).await;
            assert_eq!((status, body.as_str()), (StatusCode::NOT_MODIFIED, ""), "{coding} {tag:?}");
            assert_eq!(headers["etag"], *tag);
        }
        let head = Request::builder().method(Method::HEAD).uri("/openapi.json").body(Body::empty()).expect("a request");
        let (_, headers, body) = ask(&router, head).await;
        assert_eq!((&headers["etag"], body.as_str()), (&plain["etag"], ""));
    }

    /// Written past the handlers, so that nobody purges; asked again until both asks fell within the second that an answer is fresh.
    #[sqlx::test(migrations = "../migrations")]
    async fn a_detail_asked_for_again_is_not_read_again_until_it_is_purged(pool: PgPool) {
        let home = tempfile::tempdir().expect("a directory");
        let app = app(pool.clone(), &home).await;
        let (router, clock) = (router(app.clone()).0, &app.clock);
        let new = NewPerformer { name: "Owls 0".into(), ..NewPerformer::default() };
        let id =
            write::performers::create(&pool, clock, &domain::Actor::house(), new, None).await.expect("created").record.row.id;
        let path = format!("/v1/performers/{id}");
        for n in 1.. {
            app.purger.purge(&format!("performer-{id}"));
            let watch = domain::Stopwatch::start();
            let (_, before, old) = ask(&router, request("GET", &path)).await;
            assert!(old.contains(&format!("Owls {}", n - 1)), "purged, so read: {old}");
            let patch = PerformerPatch { name: Some(format!("Owls {n}")), ..PerformerPatch::default() };
            write::performers::patch(&pool, &domain::Actor::house(), id, patch, None).await.expect("renamed");
            let (status, again, body) = ask(&router, request("GET", &path)).await;
            if watch.seconds() < 0.9 {
                assert_eq!((status, &again["etag"], &body), (StatusCode::OK, &before["etag"], &old));
                break;
            }
        }
    }

    /// What was shown before goes on being shown, and says that it is old; what was not is 503.
    #[sqlx::test(migrations = "../migrations")]
    async fn details_are_shown_while_postgres_is_away(pool: PgPool) {
        let home = tempfile::tempdir().expect("a directory");
        let app = app(pool.clone(), &home).await;
        let router = router(app.clone()).0;
        let new = NewPerformer { name: "Owls".into(), ..NewPerformer::default() };
        let made = write::performers::create(&pool, &app.clock, &domain::Actor::house(), new, None).await.expect("created");
        let path = format!("/v1/performers/{}", made.record.row.id);
        let (status, _, shown) = ask(&router, request("GET", &path)).await;
        assert_eq!(status, StatusCode::OK);
        pool.close().await;
        loop {
            let (status, headers, body) = ask(&router, request("GET", &path)).await;
            assert_eq!((status, &body), (StatusCode::OK, &shown));
            // for its second it is as good as new
            if headers["cache-status"].to_str().expect("text").starts_with("boxoffice; fwd=stale; fwd-status=5") {
                break;
            }
            tokio::task::yield_now().await;
        }
        let (status, ..) = ask(&router, request("GET", "/v1/performers/018f3b7e-0000-7000-8000-000000000000")).await;
        assert!(status.is_server_error(), "{status}");
        app.purger.purge(&format!("performer-{}", made.record.row.id));
        let (status, ..) = ask(&router, request("GET", &path)).await;
        assert!(status.is_server_error(), "what is purged is not shown: {status}");
    }

    /// The paths that can be looked at, filled in, with an organiser's key and a buyer's token to look with.
    async fn all_reads(app: &App) -> (Vec<String>, [String; 2]) {
        let (routes, _) = documented(Roles::ALL, true, &app.edge);
        let (_, _, table) = routes.merge(pages::routes(true, app.edge.clone())).split();
        let reads = table.all().into_iter().filter(|(_, method, _)| **method == Method::GET);
        let paths = reads.map(|(path, ..)| filled(path)).filter(|path| !path.ends_with("/seats/stream")).collect();
        let key = {
            let admin = domain::Actor::system(domain::OrganiserId::HOUSE);
            let wanted = people::WantedKey::new(people::Role::Organiser, "test");
            app.people.create_key(&admin, None, wanted).await.expect("a key").key
        };
        let token = app.people.open_session(None).await.expect("a session").token;
        (paths, [key, token])
    }

    fn read_by(path: &str, token: &str) -> Request<Body> {
        let request = Request::builder().uri(path).header("authorization", format!("Bearer {token}"));
        request.body(Body::empty()).expect("a request")
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn every_read_has_a_surrogate_key_and_says_how_much_is_left_also_where_it_is_refused(pool: PgPool) {
        let home = tempfile::tempdir().expect("a directory");
        let mut config = crate::settings::config::Config::for_testing(home.path().to_owned());
        let rate = |text: &str| text.parse().expect("a rate");
        config.rates = crate::settings::values::Rates {
            search: rate("1000/s"),
            reads: rate("1000/s"),
            drawings: rate("1000/s"),
            links: rate("1000/s"),
            holds: rate("1000/s"),
            sessions: rate("1000/s"),
            writes: rate("1000/s"),
            webhooks: rate("1000/s"),
            operations: rate("1000/s"),
        };
        let app = App::testing(pool, config).await.expect("an app");
        let (paths, tokens) = all_reads(&app).await;
        let router = router(app).0;
        assert!(paths.len() > 40, "{}", paths.len());
        for path in paths.iter().map(String::as_str).chain(["/v1/nowhere", "/v1/search?colour=red"]) {
            for token in tokens.iter().map(String::as_str).chain(["made-up"]) {
                let (status, headers, _) = ask(&router, read_by(path, token)).await;
                assert!(headers.contains_key("surrogate-key"), "{status} {path}");
                assert!(headers.contains_key("ratelimit") && headers.contains_key("ratelimit-policy"), "{status} {path}");
            }
        }
    }

    /// The pool is closed, which is how a database looks that nobody can reach; with it open the same requests are no 503.
    #[sqlx::test(migrations = "../migrations")]
    async fn without_its_database_every_route_says_503_and_when_to_come_back(pool: PgPool) {
        let home = tempfile::tempdir().expect("a directory");
        let app = app(pool.clone(), &home).await;
        let (paths, tokens) = all_reads(&app).await;
        let (router, unindexed) = (router(app).0, ["/v1/search", "/v1/suggest", "/readyz", "/search", "/"]);
        let paths: Vec<_> = paths.iter().filter(|path| !unindexed.iter().any(|known| path == known)).collect();
        for away in [false, true] {
            if away {
                pool.close().await;
            }
            let mut told = 0;
            for path in &paths {
                for token in &tokens {
                    let (status, headers, body) = ask(&router, read_by(path, token)).await;
                    assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR, "{path}: {body}");
                    if status == StatusCode::SERVICE_UNAVAILABLE {
                        assert!(headers.contains_key("retry-after"), "{path}: {body}");
                        told += u32::from(body.contains("busy") || !path.starts_with("/v1/"));
                    }
                }
            }
            assert_eq!(told > 10, away, "{told} while the database is {}", if away { "away" } else { "there" });
        }
    }

    /// The control: to who does not show the secret it does not matter what he writes.
    #[sqlx::test(migrations = "../migrations")]
    async fn what_another_node_passes_on_counts_for_its_own_client(pool: PgPool) {
        const SECRET: &str = "0123456789abcdef";
        let home = tempfile::tempdir().expect("a directory");
        let mut config = crate::settings::config::Config::for_testing(home.path().to_owned());
        config.rates.reads = "1/s".parse().expect("a rate");
        let secret = crate::settings::node_secret::NodeSecret::parse(SECRET).expect("a secret");
        config.nodes = Some(crate::settings::config::NodeWords { url: "http://node-1".into(), secret, broker: None });
        let router = router(App::testing(pool, config).await.expect("an app")).0;
        let refused = async |secret: &str, client: fn(u8) -> u8| {
            let mut refused = 0;
            for n in 0..200 {
                let mut asked = request("GET", "/v1/nowhere");
                let line = |text: String| text.try_into().expect("a value");
                asked.headers_mut().append("x-forwarded-for", line("192.0.2.1".to_owned()));
                asked.headers_mut().append("x-forwarded-for", line(format!("203.0.113.{}", client(n))));
                asked.headers_mut().insert("x-node-secret", line(secret.to_owned()));
                asked.extensions_mut().insert(axum::extract::ConnectInfo(std::net::SocketAddr::from(([10, 0, 0, 7], 1))));
                refused += u32::from(ask(&router, asked).await.0 == StatusCode::TOO_MANY_REQUESTS);
            }
            refused
        };
        assert_eq!(refused(SECRET, |n| n).await, 0, "each is another client");
        assert!(refused(SECRET, |_| 250).await > 0, "one client has his limit");
        assert!(refused("nobody's secret at all", |n| n).await > 0, "without the secret they are one address");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_session_that_is_used_half_way_to_its_end_gets_its_cookie_again(pool: PgPool) {
        let home = tempfile::tempdir().expect("a directory");
        let app = app(pool.clone(), &home).await;
        let an_hour =
            people::PeopleConfig { session_ttl: std::time::Duration::from_secs(3_600), ..people::PeopleConfig::default() };
        let short = people::People::new(pool, app.clock.clone(), an_hour).open_session(None).await.expect("a session");
        let long = app.people.open_session(None).await.expect("a session");
        let router = router(app).0;
        for (session, renewed) in [(&short, true), (&long, false), (&short, false)] {
            let cookie = format!("boxoffice_session={}", session.token);
            let request = Request::builder().uri("/me").header("cookie", cookie).body(Body::empty()).expect("a request");
            let (status, headers, _) = ask(&router, request).await;
            assert_eq!(status, StatusCode::OK);
            let set = headers.get("set-cookie").and_then(|value| value.to_str().ok());
            assert_eq!(set.is_some_and(|text| text.contains(&session.token)), renewed, "{set:?}");
            assert_eq!(headers["cache-control"], "private, no-store");
        }
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn readiness_names_what_is_missing(pool: PgPool) {
        let home = tempfile::tempdir().expect("a directory");
        let app = app(pool, &home).await;
        let router = router(app.clone()).0;
        let (status, _, body) = ask(&router, request("GET", "/readyz")).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(body.contains("\"index\":\"missing\"") && body.contains("\"database\":\"ok\""), "{body}");
        app.drain();
        let (_, _, body) = ask(&router, request("GET", "/readyz")).await;
        assert!(body.contains("\"status\":\"stopping\""), "{body}");
        let (status, _, _) = ask(&router, request("GET", "/healthz")).await;
        assert_eq!(status, StatusCode::OK);
    }
}
