//! Performers, venues and series: what is alike in how each is written, read and listed.

use acceptance::App;
use insta::assert_snapshot;
use reqwest::Method;
use serde_json::{Value, json};

/// A kind of record: its path, the field that names it, and one of the seed that events refer to.
struct Kind {
    path: &'static str,
    name: &'static str,
    used: &'static str,
}

const KINDS: [Kind; 3] = [
    Kind { path: "performers", name: "name", used: "the-owls" },
    Kind { path: "venues", name: "name", used: "riverside" },
    Kind { path: "series", name: "title", used: "tour" },
];

impl Kind {
    fn list(&self) -> String {
        format!("/v1/{}", self.path)
    }

    fn named(&self, name: impl Into<Value>) -> Value {
        json!({ self.name: name.into() })
    }
}

#[tokio::test]
async fn a_record_is_created_read_changed_and_deleted() {
    let app = App::start().await;
    let organiser = app.organiser().await;
    for kind in KINDS {
        let new = json!({ kind.name: "Zenith", "external_id": "z-1" });
        let created = organiser.post(&kind.list(), &new).await.is(201);
        assert_snapshot!(kind.path, created.shown());
        let path = created.header("location").expect("a place").to_owned();
        let shown = app.get(&path).await.is(200);
        assert_eq!((shown.etag(), &shown.body), (created.etag(), &created.body));
        app.ask(Method::GET, &path).header("if-none-match", &shown.etag()).send().await.is(304);
        let patch = organiser.ask(Method::PATCH, &path).header("if-match", &shown.etag());
        let patched = patch.json(&json!({ "description": "High up." })).send().await.is(200);
        assert_eq!(patched.str("/description"), "High up.");
        let stale = organiser.ask(Method::PUT, &path).header("if-match", &shown.etag()).json(&kind.named("Nadir"));
        stale.send().await.is_problem(412, "version_mismatch");
        let replaced = organiser.put(&path, &kind.named("Nadir")).await.is(200);
        assert_eq!((replaced.str(&format!("/{}", kind.name)), replaced.str("/description")), ("Nadir".to_owned(), String::new()));
        assert_eq!(app.get(&path).await.is(200).body, replaced.body, "{}: what was read before is forgotten", kind.path);
        organiser.delete(&path).await.is(204);
        app.get(&path).await.is_problem(404, "not_found");
    }
    app.stop().await;
}

#[tokio::test]
async fn an_external_id_is_its_source_s() {
    let app = App::start().await;
    let organiser = app.organiser().await;
    for kind in KINDS {
        let new = |source: &str| json!({ kind.name: "Zenith", "external_id": "z-1", "source": source });
        for source in ["", "a", "b"] {
            let created = organiser.post(&kind.list(), &new(source)).await.is(201);
            assert_eq!(created.json().get("source").and_then(Value::as_str).unwrap_or_default(), source, "{}", kind.path);
            organiser.post(&kind.list(), &new(source)).await.is_problem(422, "invalid").names("external_id");
            let path = created.header("location").expect("a place").to_owned();
            let patch = |body: Value| organiser.ask(Method::PATCH, &path).json(&body).send();
            if source == "b" {
                patch(json!({ "source": "a" })).await.is_problem(422, "invalid").names("external_id");
                assert_eq!(patch(json!({ "source": "c" })).await.is(200).str("/source"), "c");
            }
        }
        let found = app.get(&format!("{}?external_id=z-1", kind.list())).await.is(200).json();
        assert_eq!(found["items"].as_array().map(Vec::len), Some(3), "{}", kind.path);
        organiser.post(&kind.list(), &new("two\nlines")).await.is_problem(422, "invalid").names("source");
    }
    app.stop().await;
}

#[tokio::test]
async fn an_external_id_is_its_organiser_s() {
    let app = App::start().await;
    let (house, (_, other)) = (app.organiser().await, app.new_organiser("Other").await);
    let dated = json!({ "title": "Zenith", "external_id": "z-1", "starts_at": "2031-03-09T10:00:00Z" });
    let records = KINDS.iter().map(|kind| (kind.list(), json!({ kind.name: "Zenith", "external_id": "z-1" })));
    for (list, new) in records.chain([("/v1/events".to_owned(), dated)]) {
        for organiser in [&other, &house] {
            organiser.post(&list, &new).await.is(201);
            organiser.post(&list, &new).await.is_problem(422, "invalid").names("external_id");
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn a_record_that_makes_no_sense_names_its_field() {
    let app = App::start().await;
    let (organiser, ada) = (app.organiser().await, app.buyer("ada").await);
    for kind in KINDS {
        let coloured = json!({ kind.name: "x", "colour": "red" });
        let bodies =
            [(json!({}), kind.name), (kind.named(""), kind.name), (kind.named(vec!["x"]), kind.name), (coloured, "colour")];
        for (body, field) in bodies {
            organiser.post(&kind.list(), &body).await.is_problem(422, "invalid").names(field);
        }
        organiser.ask(Method::POST, &kind.list()).raw("{").send().await.is_problem(400, "json_malformed");
        ada.ask(Method::POST, &kind.list()).json(&kind.named("x")).send().await.is_problem(403, "forbidden");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_record_in_use_stays() {
    let app = App::start().await;
    for kind in KINDS {
        let id = app.id(kind.path, kind.used).await;
        app.organiser().await.delete(&format!("{}/{id}", kind.list())).await.is_problem(409, "in_use");
    }
    app.stop().await;
}

#[tokio::test]
async fn records_are_listed_by_name() {
    let app = App::start().await;
    for kind in KINDS {
        let list = app.get(&format!("{}?sort=-{}&limit=1", kind.list(), kind.name)).await.is(200);
        assert_eq!(list.json()["items"].as_array().expect("items").len(), 1);
        app.get(&format!("{}?limit=0", kind.list())).await.is_problem(422, "invalid").names("limit");
        app.get(&format!("{}?colour=red", kind.list())).await.is_problem(422, "invalid").names("colour");
        app.get(&format!("{}?cursor=nonsense", kind.list())).await.is_problem(400, "cursor_invalid");
    }
    app.stop().await;
}

#[tokio::test]
async fn lists_read_a_country_in_any_case_and_refuse_what_is_none() {
    let app = App::start().await;
    for list in ["/v1/events", "/v1/venues", "/v1/cities", "/v1/performers"] {
        let upper = app.get(&format!("{list}?country=AU")).await.is(200).json();
        assert_eq!(app.get(&format!("{list}?country=au")).await.is(200).json(), upper, "{list}");
        app.get(&format!("{list}?country=AUS")).await.is_problem(422, "invalid").names("country");
    }
    assert!(!app.get("/v1/events?country=au").await.is(200).json()["items"].as_array().expect("items").is_empty());
    app.stop().await;
}

#[tokio::test]
async fn lists_know_a_city_by_any_spelling() {
    let app = App::start().await;
    for list in ["/v1/events", "/v1/venues"] {
        let written = app.get(&format!("{list}?city=Sydney")).await.is(200).json();
        assert!(written["items"].as_array().is_some_and(|items| !items.is_empty()), "{list}");
        for spelling in ["SYDNEY", "sydn%C3%A9y"] {
            assert_eq!(app.get(&format!("{list}?city={spelling}")).await.is(200).json(), written, "{list} {spelling}");
        }
    }
    app.stop().await;
}
