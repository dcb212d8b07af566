//! A cached search over HTTP against nginx serving the same bytes as a file.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::process::{Child, Command};

use crate::load::{self, Connection};
use crate::report::{Figure, median};
use crate::server::Server;

const CLIENTS: usize = 64;
const REQUESTS: usize = 1_800;
const SEARCH: &str = "/v1/search?q=night&facets=category,city&limit=20";

pub async fn measure(scratch: &Path, rounds: usize) -> Result<Vec<Figure>> {
    let dir = scratch.join("cached");
    let server = Server::demo(&dir).await?;
    let answer = Connection::open(&server.address).await?.send(&load::get(SEARCH)).await?;
    if answer.status != 200 {
        bail!("{SEARCH} answers {}", answer.status);
    }
    let nginx = Nginx::start(&scratch.join("nginx"), &answer.body).await?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds.max(3) {
        ours.push(load::per_second(&server.address, SEARCH, CLIENTS, REQUESTS, "").await?);
        theirs.push(load::per_second(&nginx.address, "/search.json", CLIENTS, REQUESTS, "").await?);
    }
    nginx.stop().await?;
    server.stop().await?;
    let (ours, theirs) = (median(ours), median(theirs));
    let seen =
        format!("{:.2} × ({ours:.0}/s against {theirs:.0}/s, {} bytes, {CLIENTS} clients)", ours / theirs, answer.body.len());
    Ok(vec![Figure::new(
        "cached search over HTTP against nginx serving the same bytes as a file",
        "0.7 ×",
        seen,
        Some(ours / theirs >= 0.7),
    )])
}

/// Where nginx is; asked before anything is measured for minutes.
pub fn nginx() -> Result<&'static str> {
    let known = ["/usr/sbin/nginx", "/usr/bin/nginx"];
    known.into_iter().find(|path| Path::new(path).exists()).context("nginx is missing: `make bench` installs it")
}

/// nginx with one worker a core, sendfile, no access log: as its own documentation advises for static files.
struct Nginx {
    address: String,
    child: Child,
}

impl Nginx {
    async fn start(dir: &Path, body: &[u8]) -> Result<Self> {
        std::fs::create_dir_all(dir)?;
        std::fs::write(dir.join("search.json"), body)?;
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let address = format!("127.0.0.1:{port}");
        std::fs::write(dir.join("nginx.conf"), configuration(dir, &address))?;
        let program = nginx()?;
        let child =
            Command::new(program).arg("-c").arg(dir.join("nginx.conf")).stderr(Stdio::null()).kill_on_drop(true).spawn()?;
        for _ in 0..100 {
            if Connection::open(&address).await.is_ok() {
                return Ok(Self { address, child });
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("nginx does not listen on {address}")
    }

    async fn stop(mut self) -> Result<()> {
        let pid = self.child.id().context("its process id")?;
        Command::new("kill").args(["-QUIT", &pid.to_string()]).status().await?;
        self.child.wait().await?;
        Ok(())
    }
}

fn configuration(dir: &Path, address: &str) -> String {
    let dir = dir.display();
    format!(
        "daemon off; worker_processes auto; pid {dir}/nginx.pid; error_log {dir}/error.log; user root;\n\
         events {{ worker_connections 4096; }}\n\
         http {{ sendfile on; tcp_nopush on; tcp_nodelay on; access_log off; keepalive_requests 1000000; open_file_cache max=100;\n\
         types {{ application/json json; }} server {{ listen {address}; root {dir}; }} }}\n"
    )
}
