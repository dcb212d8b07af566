//! `GET`, `POST /tickets`, `GET /tickets/{id}`.

use acceptance::Reply;
use reqwest::Method;
use serde_json::{Value, json};

use super::{ABSENT, Facade, MALFORMED, concert, read, refused, user_id, with};

fn ids(reply: Reply) -> Vec<String> {
    let listed = read(reply, 200);
    listed.as_array().expect("a list").iter().map(|ticket| ticket["id"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test]
async fn a_ticket_is_bought_and_says_what_it_is_under_the_host_that_was_asked() {
    let facade = Facade::start().await;
    let concert = facade.concert("Night", 5).await;
    let bought = read(facade.buy(&concert, 3).await, 201);
    let id = bought["id"].as_str().expect("an id").to_owned();
    let wanted = |base: &str| {
        json!({
            "id": id,
            "concert": { "id": concert, "url": format!("{base}/api/v1/concerts/{concert}") },
            "user": { "id": user_id(3), "url": format!("{base}/api/v1/users/{}", user_id(3)) },
            "print_status": "NOT_PRINTED",
        })
    };
    let here = wanted(&format!("http://{}", facade.app.address));
    assert_eq!(bought, here);
    let path = format!("/api/v1/tickets/{id}");
    assert_eq!(read(facade.app.get(&path).await, 200), here);
    assert_eq!(read(facade.get("/tickets").await, 200), json!([here]));
    let elsewhere = facade.app.ask(Method::GET, &path).header("host", "tickets.example:8123").send().await;
    assert_eq!(read(elsewhere, 200), wanted("http://tickets.example:8123"));
    for (what, url) in [("concert", &here["concert"]["url"]), ("user", &here["user"]["url"])] {
        let followed = read(facade.app.get(url.as_str().expect("a URL")).await, 200);
        assert_eq!(followed["id"], here[what]["id"]);
    }
    for absent in MALFORMED.into_iter().chain([ABSENT, &concert]) {
        refused(facade.get(&format!("/tickets/{absent}")).await, 404);
    }
    facade.app.stop().await;
}

#[tokio::test]
async fn a_purchase_needs_exactly_its_members_and_two_things_that_there_are() {
    let facade = Facade::start().await;
    let concert = facade.concert("Night", 5).await;
    let good = json!({ "concert_id": concert, "user_id": user_id(1) });
    for name in ["concert_id", "user_id"] {
        refused(facade.post("/tickets", &with(&good, name, None)).await, 400);
        let wrong = [json!(null), json!(1), json!(["x"]), json!(""), json!("x"), json!(ABSENT), json!(user_id(9_999))];
        for value in wrong {
            refused(facade.post("/tickets", &with(&good, name, Some(value))).await, 400);
        }
    }
    for (name, value) in [("id", json!(ABSENT)), ("print_status", json!("PRINTED")), ("quantity", json!(1))] {
        refused(facade.post("/tickets", &with(&good, name, Some(value))).await, 400);
    }
    for raw in ["", "{", "[]", "null", "not json"] {
        refused(facade.app.ask(Method::POST, "/api/v1/tickets").raw(raw).send().await, 400);
    }
    assert_eq!(read(facade.get("/tickets").await, 200), json!([]), "nothing was sold");
    facade.app.audited().await;
    facade.app.stop().await;
}

#[tokio::test]
async fn one_user_may_buy_often_until_nothing_is_left_whatever_the_date() {
    let facade = Facade::start().await;
    let past = with(&concert("Yesterday", 12), "date", Some(json!("1999-12-31")));
    let past = facade.post("/concerts", &past).await.is(201).str("/id");
    for _ in 0..12 {
        facade.ticket(&past, 1).await;
    }
    refused(facade.buy(&past, 2).await, 422);
    let none = facade.concert("Nothing", 0).await;
    refused(facade.buy(&none, 1).await, 422);
    let closed = with(&concert("Closed", 5), "status", Some(json!("CANCELLED")));
    let closed = facade.post("/concerts", &closed).await.is(201).str("/id");
    refused(facade.buy(&closed, 1).await, 422);
    facade.app.audited().await;
    facade.app.stop().await;
}

#[tokio::test]
async fn tickets_are_listed_by_concert_by_user_by_both_and_all() {
    let facade = Facade::start().await;
    let (one, two) = (facade.concert("One", 9).await, facade.concert("Two", 9).await);
    let none = facade.concert("None", 9).await;
    let mut bought = Vec::new();
    for (concert, user) in [(&one, 1), (&two, 1), (&one, 2), (&one, 1)] {
        bought.push(facade.ticket(concert, user).await);
    }
    let pick = |wanted: &[usize]| wanted.iter().map(|n| bought[*n].clone()).collect::<Vec<_>>();
    let (ada, bob, eve) = (user_id(1), user_id(2), user_id(3));
    let table = [
        (String::new(), vec![0, 2, 3, 1]),
        (format!("?concert_id={one}"), vec![0, 2, 3]),
        (format!("?user_id={ada}"), vec![0, 1, 3]),
        (format!("?user_id={ada}&concert_id={one}"), vec![0, 3]),
        (format!("?concert_id={two}&user_id={bob}"), vec![]),
        (format!("?concert_id={none}"), vec![]),
        (format!("?user_id={eve}"), vec![]),
        (format!("?user_id={bob}&colour=red"), vec![2]),
    ];
    let sorted = |mut ids: Vec<String>| {
        ids.sort_unstable();
        ids
    };
    for (query, wanted) in table {
        let listed = ids(facade.get(&format!("/tickets{query}")).await);
        assert_eq!(sorted(listed), sorted(pick(&wanted)), "{query}");
    }
    for wrong in MALFORMED.into_iter().chain(["", ABSENT]) {
        refused(facade.get(&format!("/tickets?concert_id={wrong}")).await, 404);
        refused(facade.get(&format!("/tickets?user_id={wrong}")).await, 404);
        refused(facade.get(&format!("/tickets?user_id={ada}&concert_id={wrong}")).await, 404);
    }
    facade.app.stop().await;
}

/// More than one reading gives, and none of them is missing or there twice.
#[tokio::test]
async fn a_long_list_is_whole() {
    let facade = Facade::start().await;
    let concert = facade.concert("Long", 2_500).await;
    let mut bought = Vec::new();
    for round in 0..25 {
        let buys = (0..100).map(|n| facade.ticket(&concert, round * 100 + n + 1));
        bought.extend(futures::future::join_all(buys).await);
    }
    bought.sort_unstable();
    for path in ["/tickets".to_owned(), format!("/tickets?concert_id={concert}")] {
        let mut listed = ids(facade.get(&path).await);
        listed.sort_unstable();
        assert!(listed == bought, "{path}: {} of {}", listed.len(), bought.len());
    }
    refused(facade.buy(&concert, 1).await, 422);
    facade.app.audited().await;
    facade.app.stop().await;
}

#[test]
fn a_member_is_changed_or_taken_away() {
    assert_eq!(with(&json!({ "a": 1 }), "a", None), json!({}));
    assert_eq!(with(&json!({}), "a", Some(Value::Null)), json!({ "a": null }));
}
