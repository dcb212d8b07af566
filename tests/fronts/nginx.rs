//! nginx with its own cache, as docs/front/nginx.conf sets it up.

use super::*;

const SETTINGS: &str = include_str!("../../docs/front/nginx.conf");
const MODULE: &str = "/usr/lib/nginx/modules/ngx_http_cache_purge_module.so";

async fn nginx(program: &str, app: &App, port: u16) -> Front {
    let dir = tempfile::tempdir().expect("a directory");
    let at = |name: &str| dir.path().join(name).display().to_string();
    let mut settings = SETTINGS.to_owned();
    for (ours, here) in [
        ("modules/ngx_http_cache_purge_module.so", MODULE.to_owned()),
        ("/run/nginx.pid", at("pid")),
        ("/var/log/nginx/error.log", at("error.log")),
        ("/var/cache/nginx/boxoffice", at("cache")),
        ("server 127.0.0.1:8080", format!("server {}", app.address)),
        ("listen 80;", format!("listen 127.0.0.1:{port};")),
    ] {
        assert!(settings.contains(ours), "{ours}");
        settings = settings.replace(ours, &here);
    }
    // as root its workers would be somebody who may not enter the directory
    let root = rustix::process::getuid().is_root();
    std::fs::write(at("nginx.conf"), format!("{}daemon off;\n{settings}", if root { "user root;\n" } else { "" }))
        .expect("written");
    let arguments = ["-e".to_owned(), at("error.log"), "-c".to_owned(), at("nginx.conf")];
    Front::start(program, &arguments, dir, port).await
}

fn hit(reply: &Reply) -> bool {
    reply.header("x-cache") == Some("HIT")
}

#[tokio::test]
async fn nginx_keeps_what_is_public_and_forgets_by_address() {
    let Some(program) = program("nginx", &[MODULE]) else { return };
    let port = free_port();
    let app = server("purge-nginx", port).await;
    let (front, untold) = (nginx(&program, &app, port).await, nginx(&program, &app, free_port()).await);
    keeps_and_forgets(&app, &front, &untold, hit).await;
    keeps_nothing_private(&app, &front, hit).await;
    keeps_pages_of_everybody(&app, &front, hit).await;
    forgets_what_it_is_asked(&app, &front, "/openapi.json", "/openapi.json", hit).await;
    stands_in_for_a_server_that_is_away(app, &front).await;
}
