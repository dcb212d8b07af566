//! The pages for developers: what they say runs, and the bounds of the document are those of the server.

use std::path::Path;
use std::process::{Command, Stdio};

use acceptance::{App, Organiser, new_key};
use reqwest::Method;
use serde_json::{Value, json};

/// The blocks of code of one language, as a reader copies them.
fn code(html: &str, language: &str) -> String {
    let start = format!("data-lang=\"{language}\"><code>");
    let blocks = html.split(&start).skip(1).map(|rest| rest.split("</code>").next().unwrap_or_default());
    let text = blocks.collect::<Vec<_>>().join("\n");
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
        .iter()
        .fold(text, |text, (from, to)| text.replace(from, to))
}

/// Runs a program of the guide; nothing where it is not installed and nobody insists on it (CI does).
async fn run(program: &str, args: &[&str], dir: &Path, input: String) -> Option<String> {
    let there = Command::new("which").arg(program).stdout(Stdio::null()).status().is_ok_and(|status| status.success());
    if !there && std::env::var_os("CI").is_none() {
        eprintln!("skipped: {program} is not installed");
        return None;
    }
    let mut command = Command::new(program);
    command.args(args).arg(input).current_dir(dir).env("no_proxy", "*").env("NO_PROXY", "*");
    let output = tokio::task::spawn_blocking(move || command.output()).await.expect("joined").expect("started");
    let (out, err) = (String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned());
    assert!(output.status.success(), "{program}: {out}\n{err}");
    Some(out)
}

#[tokio::test]
async fn the_lines_of_the_guide_buy_a_ticket_as_they_stand() {
    let app = App::start().await;
    let page = app.get("/docs").await.is(200).text();
    let dir = tempfile::tempdir().expect("a directory");
    let shell = code(&page, "sh");
    assert!(shell.contains(&format!("BOX={}", app.url(""))) && shell.lines().count() > 8, "{shell}");
    let mut sold = 0;
    if let Some(said) = run("bash", &["-euo", "pipefail", "-c"], dir.path(), shell).await {
        assert!(said.contains("\"state\": \"paid\"") && said.contains("/orders/"), "{said}");
        let png = std::fs::read(dir.path().join("ticket.png")).expect("a ticket");
        assert!(png.starts_with(b"\x89PNG"), "{} bytes", png.len());
        sold += 2;
    }
    if let Some(said) = run("node", &["--input-type=module", "-e"], dir.path(), code(&page, "js")).await {
        assert!(said.contains("2 tickets"), "{said}");
        sold += 2;
    }
    let orders = app.get("/metrics").await.is(200).text();
    assert!(sold == 0 || orders.contains("/v1/orders/{form}"), "control: it was this server that sold");
    app.audited().await;
    app.stop().await;
}

#[tokio::test]
async fn the_reference_tells_every_call_and_every_schema_and_loads_nothing_from_elsewhere() {
    let app = App::start().await;
    let document = app.get("/openapi.json").await.is(200).json();
    let page = app.get("/docs/reference").await.is(200);
    let html = page.text();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for operation in item.as_object().expect("a path").values().filter(|operation| operation["operationId"].is_string()) {
            let id = operation["operationId"].as_str().unwrap_or_default();
            assert!(html.contains(&format!("id=\"{id}\"")), "{path} {id} is not told");
        }
    }
    for name in document["components"]["schemas"].as_object().expect("schemas").keys() {
        assert!(html.contains(&format!("id=\"schema-{name}\"")), "{name} is not told");
    }
    let ids: Vec<_> = html.split("id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let mut once = ids.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), ids.len(), "an id is there twice");
    for anchor in html.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(ids.contains(&anchor), "#{anchor} leads nowhere");
    }
    assert!(html.len() < 800_000, "{} bytes", html.len());
    let small = app.ask(Method::GET, "/docs/reference").header("accept-encoding", "br").response().await;
    let small = small.bytes().await.expect("a body").len();
    assert!(small < 60_000, "{small} bytes on the wire");
    for path in ["/docs", "/docs/", "/docs/errors", "/docs/reference"] {
        let page = app.get(path).await.is(200);
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        for outside in ["src=\"http", "href=\"http", "url(http"] {
            assert!(!page.text().contains(outside), "{path} loads {outside}");
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn the_type_of_a_problem_leads_to_its_line() {
    let app = App::start().await;
    let page = app.get("/docs/errors").await.is(200).text();
    for problem in [app.get("/v1/nowhere").await.is(404), app.get("/v1/search?colour=red").await.is(422)] {
        let kind = problem.str("/type");
        let line = kind.strip_prefix("/docs/errors#").expect("a line");
        assert!(page.contains(&format!("<tr id=\"{line}\">")), "{kind}");
    }
    app.stop().await;
}

/// A text of so many characters that every field takes.
fn text(chars: u64) -> Value {
    json!("x".repeat(usize::try_from(chars).expect("a size")))
}

/// Sends a field at its bound, and beyond it; gives whether it was taken and whether it was refused by its name.
async fn sent(by: &Organiser, path: &str, body: &Value, (field, value): (&str, Value)) -> (u16, bool) {
    let mut body = body.clone();
    body[field] = value;
    let reply = by.ask(Method::POST, path).key(&new_key()).json(&body).send().await;
    let errors = reply.json()["errors"].as_array().cloned().unwrap_or_default();
    let named = errors.iter().any(|error| error["field"].as_str().is_some_and(|name| name.split('[').next() == Some(field)));
    (reply.status, named)
}

#[tokio::test]
async fn what_the_document_bounds_is_refused_beyond_and_taken_within() {
    let app = App::start().await;
    let by = app.organiser().await;
    let schemas = app.get("/openapi.json").await.is(200).json()["components"]["schemas"].clone();
    let bodies = [
        (
            "NewVenueBody",
            "/v1/venues",
            json!({ "name": "Hall", "city": "Brisbane", "country": "AU", "timezone": "Australia/Brisbane" }),
        ),
        ("NewPerformerBody", "/v1/performers", json!({ "name": "Owls" })),
        ("NewSeriesBody", "/v1/series", json!({ "title": "Tour" })),
        ("NewEventBody", "/v1/events", json!({ "title": "Night", "starts_at": "2031-03-10T10:00:00Z", "timezone": "UTC" })),
    ];
    let mut tried = 0;
    for (schema, path, body) in &bodies {
        for (field, bounds) in schemas[schema]["properties"].as_object().expect("properties") {
            let (within, beyond) = match (bounds["maxLength"].as_u64(), bounds["maxItems"].as_u64(), bounds["maximum"].as_u64()) {
                // an address has a form of its own
                (Some(_), ..) if field == "url" => continue,
                (Some(most), ..) => (text(most), text(most + 1)),
                (_, Some(most), _) if bounds["items"]["type"] == "string" => {
                    let many = |n: u64| (0..n).map(|n| format!("name {n}")).collect::<Vec<_>>();
                    (json!(many(most)), json!(many(most + 1)))
                }
                // places are sold at a venue, and nothing here has one; half a place on earth is none
                (_, _, Some(most)) if !["capacity", "lat", "lon"].contains(&field.as_str()) => (json!(most), json!(most + 1)),
                _ => continue,
            };
            tried += 1;
            assert_eq!(sent(&by, path, body, (field, beyond)).await, (422, true), "{schema}.{field} beyond {bounds}");
            assert_eq!(sent(&by, path, body, (field, within)).await.0, 201, "{schema}.{field} within {bounds}");
        }
    }
    assert!(tried > 25, "{tried}");
    for (path, within, beyond) in [("/v1/events", "100", "101"), ("/v1/venues", "1", "0"), ("/v1/search", "100", "101")] {
        app.get(&format!("{path}?limit={within}")).await.is(200);
        app.get(&format!("{path}?limit={beyond}")).await.is_problem(422, "invalid").names("limit");
    }
    let (ada, owls) = (app.buyer("ada").await, app.event("owls-1").await);
    let bounds = &schemas["BestBody"]["properties"]["quantity"];
    assert_eq!((&bounds["minimum"], &bounds["maximum"]), (&json!(1), &json!(10)));
    for wrong in [0, 11] {
        let refused = ada.hold_with(&owls, &json!({ "best": { "quantity": wrong } })).await;
        assert_eq!(refused.status, 422, "{wrong}: {}", refused.text());
    }
    for key in [String::new(), "x".repeat(256)] {
        let asked =
            ada.ask(Method::POST, &format!("/v1/events/{owls}/holds")).key(&key).json(&json!({ "best": { "quantity": 1 } }));
        asked.send().await.is(400);
    }
    app.stop().await;
}
