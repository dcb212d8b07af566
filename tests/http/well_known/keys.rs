use acceptance::App;
use insta::assert_snapshot;

#[tokio::test]
async fn the_public_keys_are_for_everyone() {
    let app = App::start().await;
    let keys = app.get("/.well-known/boxoffice-keys.json").await.is(200);
    let kid = keys.str("/keys/0/kid");
    assert_snapshot!(keys.shown().replace(&kid, "[kid]"));
    app.stop().await;
}
