use acceptance::App;
use reqwest::Method;

#[tokio::test]
async fn sessions_are_listed_and_ended_one_by_one_or_all_others() {
    let app = App::start().await;
    let (one, two, three) = (app.member("ada").await, app.log_in("ada", None).await, app.log_in("ada", None).await);
    let list = three.get("/v1/me/sessions").await.is(200).json();
    let items = list["items"].as_array().expect("items").clone();
    let current: Vec<bool> = items.iter().map(|item| item["current"].as_bool().expect("a word")).collect();
    assert_eq!(current, [true, false, false], "newest first");
    assert_eq!(items[0]["address"], "127.0.0.0/24");
    let first = three.get("/v1/me/sessions?limit=1").await.is(200);
    let cursor = first.str("/next_cursor");
    assert_eq!(three.get(&format!("/v1/me/sessions?limit=1&cursor={cursor}")).await.is(200).json()["items"][0], items[1]);
    let path = format!("/v1/me/sessions/{}", items[1]["id"].as_str().expect("an id"));
    three.delete(&path).await.is(204);
    two.get("/v1/me").await.is_problem(401, "unauthorized");
    three.delete(&path).await.is_problem(404, "not_found");
    one.get("/v1/me").await.is(200);
    three.delete("/v1/me/sessions").await.is(204);
    one.get("/v1/me").await.is_problem(401, "unauthorized");
    three.get("/v1/me").await.is(200);
    app.stop().await;
}

#[tokio::test]
async fn another_account_s_session_is_as_if_it_were_not_there() {
    let app = App::start().await;
    let (ada, eve) = (app.member("ada").await, app.member("eve").await);
    let id = ada.get("/v1/me/sessions").await.is(200).str("/items/0/id");
    let ask = |path: String| eve.ask(Method::DELETE, &path).header("x-request-id", "the-same").send();
    let theirs = ask(format!("/v1/me/sessions/{id}")).await.is_problem(404, "not_found");
    let absent = ask("/v1/me/sessions/018f3b7e-0000-7000-8000-000000000000".to_owned()).await.is_problem(404, "not_found");
    assert_eq!(theirs.body, absent.body);
    ada.get("/v1/me").await.is(200);
    let bob = app.buyer("bob").await;
    for (method, path) in [(Method::GET, "/v1/me/sessions"), (Method::DELETE, "/v1/me/sessions")] {
        bob.ask(method.clone(), path).send().await.is_problem(403, "forbidden");
        app.ask(method, path).send().await.is_problem(401, "unauthorized");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_session_ended_here_is_refused_on_another_node_within_a_second() {
    let app = App::start().await;
    let ada = app.member("ada").await;
    // another node is another handle to the same database, which follows the same feed
    let elsewhere = people::People::new(app.gateway.pool.clone(), domain::Clock::System, people::PeopleConfig::default());
    assert!(elsewhere.authenticate(&ada.token).await.expect("an answer").is_some());
    ada.ask(Method::POST, "/v1/logout").send().await.is(204);
    acceptance::eventually("the other node refuses it", || async {
        elsewhere.authenticate(&ada.token).await.expect("an answer").is_none()
    })
    .await;
    app.stop().await;
}
