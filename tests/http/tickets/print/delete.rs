use acceptance::{App, Setup, eventually};
use reqwest::Method;

#[tokio::test]
async fn a_pending_print_is_taken_back_and_a_printed_one_stays() {
    let mut setup = Setup::default();
    setup.options.push("--print-workers=0");
    let app = App::with(setup).await;
    let ada = app.buyer("ada").await;
    let print = ada.buy(&app.event("owls-1").await, &["stalls-A-1"]).await.str("/tickets/0/links/print");
    ada.delete(&print).await.is(204);
    ada.ask(Method::POST, &print).send().await.is(202);
    for _ in 0..2 {
        ada.delete(&print).await.is(204);
    }
    assert_eq!(ada.get(&print).await.is(200).str("/status"), "NOT_PRINTED");
    assert!(app.gateway.booking.take_prints(1).await.expect("looked").is_none(), "nothing waits");
    ada.ask(Method::POST, &print).send().await.is(202);
    let beside = app.beside().await;
    eventually("printed", || async { ada.get(&print).await.is(200).str("/status") == "PRINTED" }).await;
    ada.delete(&print).await.is_problem(409, "conflict");
    ada.get(&format!("{print}.svg")).await.is(200);
    beside.drain().await;
    beside.gateway.pool.close().await;
    app.stop().await;
}
