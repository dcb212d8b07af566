//! Live seats for many: what an idle WebSocket weighs, how long one word to 80,000 takes, and when 10,000 see what was sold.

use std::collections::HashMap;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use catalog::demo::{Design, hall};
use domain::Clock;
use sqlx::ConnectOptions as _;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::holds;
use crate::load::{self, Connection, quantile};
use crate::machine::process_kib;
use crate::report::Figure;
use crate::restart::free_address;
use crate::server::{Server, boxoffice};
use crate::store;

/// A process has 20,000 open files at most on test machines, so there are several of servers and of viewers.
const SERVERS: usize = 5;
const EACH: usize = 16_000;
const VIEWERS: usize = 10_000;
const SEATS: u32 = 50_000;
const HOLDS_PER_SECOND: u32 = 200;
const SECONDS: u32 = 15;
/// The handshakes' own memory is given back after a while.
const SETTLES: Duration = Duration::from_secs(25);

/// One server's viewers, in a process of their own.
struct Crowd {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

/// A frame as a crowd saw it: when it had reached half, 99 of 100 and all, how many those are, and the seats that it names.
struct Seen {
    half_ns: i128,
    most_ns: i128,
    all_ns: i128,
    count: usize,
    seats: Vec<u32>,
}

pub async fn measure(scratch: &Path) -> Result<Vec<Figure>> {
    let dir = scratch.join("live");
    let database = store::fresh(&dir).await?;
    let premises = holds::stadium(&database, SEATS).await?;
    let event = holds::on_sale(&database, &premises).await?.to_string();
    let url = database.pool.connect_options().to_url_lossy().to_string();
    let mut servers = Vec::new();
    for number in 0..SERVERS {
        servers.push(server(&dir.join(format!("node-{number}")), &url).await?);
    }
    let mut figures = vec![sold_and_seen(&servers[0], &event).await?];
    figures.extend(one_word_to_all(&servers, &event).await?);
    for server in servers {
        server.stop().await?;
    }
    database.close().await?;
    Ok(figures)
}

/// One of the nodes: they know each other, as those of an installation do.
async fn server(dir: &Path, url: &str) -> Result<Server> {
    let (listen, keys) = (free_address()?, dir.with_file_name("keys"));
    let [dir, keys] = [dir, &keys].map(|path| path.to_str().context("a path in UTF-8"));
    let node = format!("http://{listen}");
    let mut arguments = vec!["serve", "--sandbox", "--data-dir", dir?, "--listen", &listen, "--max-connections=20000"];
    arguments.extend(store::UNLIMITED);
    arguments.extend(["--node-url", &node, "--node-secret", "a-secret-of-this-bench", "--keys-dir", keys?]);
    arguments.extend(["--database-url", url, "--max-streams=100000", "--database-connections=8"]);
    Server::start(&boxoffice()?, &arguments).await
}

/// Sells at a steady rate while 10,000 watch through one server: from the answer of a hold to the frame that shows it.
async fn sold_and_seen(server: &Server, event: &str) -> Result<Figure> {
    let crowd = Crowd::open(server, event, VIEWERS).await?;
    let token = holds::sessions(&server.address, 1).await?.remove(0);
    let map = hall(Design::Stadium, SEATS);
    let index: HashMap<String, u32> = map.seats().map(|seat| (seat.id(), seat.index)).collect();
    let mut connection = Connection::open(&server.address).await?;
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / HOLDS_PER_SECOND);
    let (path, mut sold) = (format!("/v1/events/{event}/holds"), HashMap::new());
    for (number, (one, other)) in holds::pairs(&map).iter().step_by(2).take((HOLDS_PER_SECOND * SECONDS) as usize).enumerate() {
        ticks.tick().await;
        let headers = format!("Authorization: Bearer {token}\r\nIdempotency-Key: live-{number}\r\n");
        let answer =
            connection.send(&load::json("POST", &path, &headers, &format!(r#"{{"seats":["{one}","{other}"]}}"#))).await?;
        if answer.status == 201 {
            sold.insert(index[one.as_str()], Clock::System.now().as_nanosecond());
        }
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let frames = crowd.close().await?;
    let (mut half, mut most) = (Vec::new(), Vec::new());
    for seen in frames.iter().filter(|seen| seen.count == VIEWERS) {
        for at in seen.seats.iter().filter_map(|seat| sold.get(seat)) {
            half.push(u64::try_from(seen.half_ns - at).unwrap_or(0) / 1_000_000);
            most.push(u64::try_from(seen.most_ns - at).unwrap_or(0) / 1_000_000);
        }
    }
    half.sort_unstable();
    most.sort_unstable();
    let (p50, p99) = (quantile(&half, 0.5), quantile(&most, 0.99));
    Ok(Figure::new(
        &format!("Sold until shown to {VIEWERS} WebSockets at {HOLDS_PER_SECOND} holds/s for {SECONDS} s: p99"),
        "400 ms",
        format!("{p99} ms (p50 {p50}; {} of {} holds seen by all)", half.len(), sold.len()),
        Some(p99 <= 400 && half.len() == sold.len()),
    ))
}

/// 80,000 watch through all servers; then one hold.
async fn one_word_to_all(servers: &[Server], event: &str) -> Result<Vec<Figure>> {
    let idle = anonymous_kib(servers)?;
    let mut crowds = Vec::new();
    // the house is read for the first viewer: what a connection takes is what comes with each further one
    for server in servers {
        crowds.push(Crowd::open(server, event, 1).await?);
    }
    tokio::time::sleep(SETTLES).await;
    let first = anonymous_kib(servers)?;
    for server in servers {
        crowds.push(Crowd::open(server, event, EACH - 1).await?);
    }
    tokio::time::sleep(SETTLES).await;
    let held = anonymous_kib(servers)?;
    let token = holds::sessions(&servers[0].address, 1).await?.remove(0);
    let headers = format!("Authorization: Bearer {token}\r\nIdempotency-Key: one-word\r\n");
    let body = r#"{"best":{"quantity":1}}"#;
    let mut connection = Connection::open(&servers[0].address).await?;
    let answer = connection.send(&load::json("POST", &format!("/v1/events/{event}/holds"), &headers, body)).await?;
    if answer.status != 201 {
        bail!("{}: {}", answer.status, String::from_utf8_lossy(&answer.body));
    }
    let told = Clock::System.now().as_nanosecond();
    tokio::time::sleep(Duration::from_secs(5)).await;
    let (mut reached, mut own_ms, mut last_ms) = (0, 0, 0);
    for (number, crowd) in crowds.into_iter().enumerate() {
        let number = number % servers.len();
        // the first frame of each says where it begins
        let frames = crowd.close().await?;
        let seen = frames.iter().rfind(|seen| !seen.seats.is_empty()).context("a frame")?;
        let ms = (seen.all_ns - told) / 1_000_000;
        reached += seen.count;
        last_ms = ms.max(last_ms);
        if number == 0 {
            own_ms = ms.max(own_ms);
        }
    }
    let all = SERVERS * EACH;
    let each = held.saturating_sub(first) as f64 * 1.024 / (all - SERVERS) as f64;
    let mib = held.saturating_sub(idle) as f64 / 1_024.0;
    Ok(vec![
        Figure::new(
            &format!("{all} idle WebSockets over {SERVERS} servers: memory of all servers above idle / a further connection"),
            "400 MiB / 1 KB",
            format!("{mib:.0} MiB / {each:.2} KB"),
            Some(mib <= 400.0 && each <= 1.0),
        ),
        Figure::new(
            &format!("One hold told to all {all}: until the last has it"),
            "1 s",
            format!("{last_ms} ms (the {EACH} of the node that sold: {own_ms} ms); {reached} reached"),
            Some(last_ms <= 1_000 && reached == all),
        ),
    ])
}

fn anonymous_kib(servers: &[Server]) -> Result<u64> {
    servers.iter().map(|server| process_kib(server.pid, "RssAnon").context("its memory")).sum()
}

impl Crowd {
    async fn open(server: &Server, event: &str, count: usize) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("viewers")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let line = format!("{} /v1/events/{event}/live {count}\n", server.address);
        child.stdin.as_mut().context("its input")?.write_all(line.as_bytes()).await?;
        let mut lines = BufReader::new(child.stdout.take().context("its output")?).lines();
        match lines.next_line().await? {
            Some(line) if line == "open" => Ok(Self { child, lines }),
            other => bail!("viewers are not open: {other:?}"),
        }
    }

    /// Ends the process; gives what it saw.
    async fn close(mut self) -> Result<Vec<Seen>> {
        drop(self.child.stdin.take());
        let mut seen = Vec::new();
        while let Some(line) = self.lines.next_line().await? {
            let [_, half, most, all, count, ref seats @ ..] = line.split(' ').collect::<Vec<_>>()[..] else {
                bail!("no frame: {line}")
            };
            let seats = seats.iter().flat_map(|seats| seats.split(',')).filter_map(|seat| seat.parse().ok()).collect();
            let (half_ns, most_ns, all_ns) = (half.parse()?, most.parse()?, all.parse()?);
            seen.push(Seen { half_ns, most_ns, all_ns, count: count.parse()?, seats });
        }
        self.child.wait().await?;
        Ok(seen)
    }
}
