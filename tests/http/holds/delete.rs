use acceptance::App;

#[tokio::test]
async fn seats_come_back_at_once() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let ada = app.buyer("ada").await;
    let hold = ada.hold(&owls, &["stalls-A-1"]).await.is(201).str("/id");
    let released = ada.delete(&format!("/v1/holds/{hold}")).await.is(200);
    assert_eq!(released.str("/state"), "released");
    app.buyer("bob").await.hold(&owls, &["stalls-A-1"]).await.is(201);
    let again = ada.delete(&format!("/v1/holds/{hold}")).await.is(200);
    assert_eq!(again.str("/state"), "released");
    ada.checkout(&hold, "sandbox").await.is_problem(409, "hold_released");
    app.stop().await;
}

#[tokio::test]
async fn what_is_bought_is_not_released() {
    let app = App::start().await;
    let ada = app.buyer("ada").await;
    let order = ada.buy(&app.event("owls-1").await, &["stalls-A-1"]).await;
    let hold = order.str("/hold_id");
    let told = ada.delete(&format!("/v1/holds/{hold}")).await.is_problem(409, "hold_ordered");
    assert_eq!(told.str("/order_id"), order.str("/id"));
    assert_eq!(ada.get(&format!("/v1/holds/{hold}")).await.is(200).str("/state"), "ordered");
    app.stop().await;
}
