use acceptance::{App, Reply};
use serde_json::Value;

fn names(reply: &Reply, group: &str) -> Vec<String> {
    let body = reply.json();
    let hits = body[group].as_array().unwrap_or_else(|| panic!("{group} in {body}")).clone();
    let name = |hit: &Value| hit["title"].as_str().or_else(|| hit["name"].as_str()).or_else(|| hit.as_str()).map(str::to_owned);
    hits.iter().map(|hit| name(hit).expect("a name")).collect()
}

#[tokio::test]
async fn every_kind_is_suggested_from_the_first_character() {
    let app = App::start().await;
    let n = app.get("/v1/suggest?q=n").await.is(200);
    assert!(names(&n, "events").contains(&"Night Owls Live".to_owned()), "{}", n.text());
    assert_eq!(names(&n, "series"), ["Night Owls World Tour"]);
    assert_eq!(names(&n, "performers"), ["The Night Owls"]);
    assert!(names(&n, "queries").contains(&"the night owls".to_owned()), "{}", n.text());
    let venues = app.get("/v1/suggest?q=har").await.is(200);
    assert_eq!(names(&venues, "venues"), ["Harbour Opera"]);
    let cities = app.get("/v1/suggest?q=s").await.is(200);
    assert_eq!(names(&cities, "cities"), ["Sydney"]);
    let misspelt = app.get("/v1/suggest?q=sydeny").await.is(200);
    assert_eq!(names(&misspelt, "cities"), ["Sydney"]);
    let nothing = app.get("/v1/suggest?q=").await.is(200);
    assert!(names(&nothing, "events").is_empty() && names(&nothing, "queries").is_empty());
    app.stop().await;
}

#[tokio::test]
async fn an_answer_is_what_the_document_says_and_may_be_kept_like_a_search() {
    let app = App::start().await;
    let first = app.get("/v1/suggest?q=night&limit=2").await.is(200);
    let parsed: gateway::api::search::suggest::SuggestBody = serde_json::from_slice(&first.body).expect("the documented shape");
    assert_eq!(parsed.events.len(), 2);
    assert_eq!(first.header("cache-control"), app.get("/v1/search?q=night").await.header("cache-control"));
    let again = app.ask(reqwest::Method::GET, "/v1/suggest?q=night&limit=2").header("if-none-match", &first.etag()).send().await;
    assert!(again.is(304).body.is_empty());
    app.stop().await;
}

#[tokio::test]
async fn what_makes_no_sense_is_named() {
    let app = App::start().await;
    let long = format!("q={}", "a".repeat(501));
    for (query, field) in [("colour=red", "colour"), ("limit=0", "limit"), ("limit=x", "limit"), ("q=a&q=b", "q"), (&long, "q")] {
        let told = app.get(&format!("/v1/suggest?{query}")).await.is_problem(422, "invalid");
        assert!(told.json()["errors"][0]["field"] == field, "{query}: {}", told.text());
    }
    app.stop().await;
}
