//! Many at once.

use std::collections::HashSet;

use serde_json::json;

use super::{Facade, desc};

#[tokio::test]
async fn of_two_hundred_buyers_on_fifty_places_fifty_buy_and_the_rest_are_told() {
    let facade = Facade::start().await;
    let concert = facade.concert("Small", 50).await;
    let answers = futures::future::join_all((0..200).map(|n| facade.buy(&concert, n % 20 + 1))).await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    let count = |status| statuses.iter().filter(|found| **found == status).count();
    assert_eq!((count(201), count(422)), (50, 150), "{statuses:?}");
    let sold: HashSet<String> = answers.iter().filter(|answer| answer.status == 201).map(|answer| answer.str("/id")).collect();
    let listed = facade.get(&format!("/tickets?concert_id={concert}")).await.is(200).json();
    let listed: HashSet<String> =
        listed.as_array().expect("a list").iter().map(|ticket| ticket["id"].as_str().expect("an id").to_owned()).collect();
    assert_eq!(listed, sold);
    acceptance::eventually("the sheet is full", || async { desc(&facade.sheet(&concert).await) == format!("{concert}|50|50") })
        .await;
    facade.app.audited().await;
    facade.app.stop().await;
}

/// From the moment the word is acknowledged nothing is sold; what is sold before it stays.
#[tokio::test]
async fn nothing_is_sold_behind_a_word_that_was_acknowledged() {
    let facade = Facade::start().await;
    let concert = facade.concert("Closing", 10_000).await;
    for round in 0..5 {
        let buys = futures::future::join_all((0..40).map(|n| facade.buy(&concert, n + 1)));
        let (path, word) = (format!("/concerts/{concert}"), json!({ "status": "CANCELLED" }));
        let close = facade.put(&path, &word);
        let (bought, closed) = futures::future::join(buys, close).await;
        closed.is(200);
        assert!(bought.iter().all(|answer| [201, 422].contains(&answer.status)), "round {round}");
        let late = futures::future::join_all((0..10).map(|n| facade.buy(&concert, n + 1))).await;
        assert!(late.iter().all(|answer| answer.status == 422), "round {round}");
        facade.put(&format!("/concerts/{concert}"), &json!({ "status": "ACTIVE" })).await.is(200);
        facade.buy(&concert, 1).await.is(201);
    }
    facade.app.audited().await;
    facade.app.stop().await;
}
