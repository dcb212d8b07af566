//! Varnish with xkey, as docs/front/varnish.vcl sets it up.

use super::*;

const SETTINGS: &str = include_str!("../../docs/front/varnish.vcl");

async fn varnish(program: &str, app: &App, port: u16) -> Front {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("boxoffice.vcl");
    std::fs::write(&file, SETTINGS.replace("\"8080\"", &format!("\"{}\"", app.address.port()))).expect("written");
    let (file, work) = (file.display().to_string(), dir.path().join("work").display().to_string());
    let listen = format!("127.0.0.1:{port}");
    let arguments = ["-F", "-n", &work, "-a", &listen, "-f", &file, "-s", "malloc,64m", "-j", "none"].map(str::to_owned);
    Front::start(program, &arguments, dir, port).await
}

fn hit(reply: &Reply) -> bool {
    reply.header("cache-status").is_some_and(|said| said.ends_with("varnish; hit"))
}

#[tokio::test]
async fn varnish_keeps_what_is_public_and_forgets_by_tag() {
    let modules =
        ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"].map(|dir| format!("{dir}/varnish/vmods/libvmod_xkey.so"));
    let module = modules.iter().find(|path| Path::new(path).exists()).map_or("/nowhere", String::as_str);
    let Some(program) = program("varnishd", &[module]) else { return };
    let port = free_port();
    let app = server("purge-varnish", port).await;
    let (front, untold) = (varnish(&program, &app, port).await, varnish(&program, &app, free_port()).await);
    keeps_and_forgets(&app, &front, &untold, hit).await;
    keeps_nothing_private(&app, &front, hit).await;
    keeps_pages_of_everybody(&app, &front, hit).await;
    let tag = app.get("/openapi.json").await.is(200).header("surrogate-key").expect("a tag").to_owned();
    forgets_what_it_is_asked(&app, &front, &tag, "/openapi.json", hit).await;
    // from elsewhere nobody purges, and nobody purges nothing
    front.ask(Method::from_bytes(b"PURGE").expect("a method"), "/", &[]).await.is(405);
    stands_in_for_a_server_that_is_away(app, &front).await;
}
