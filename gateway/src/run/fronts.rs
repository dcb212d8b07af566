//! Caches in front of us, told what to forget: Varnish by tag, nginx by the names of its entries.
//!
//! What cannot be told now is told again until it is taken. docs/CACHING.md says how the two are set up.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use catalog::model::Kind;
use catalog::store::changes::{self, FeedPosition, Standing};
use futures::future::join_all;
use renderer::photo::WIDTHS;
use reqwest::{Client, Method, StatusCode};
use tokio_util::task::TaskTracker;

use crate::run::outcome::Outcome;
use crate::run::tasks::{every, keep};
use crate::web::app::App;
use crate::web::forget::EVERYTHING;
use crate::web::store::cache_purges;

/// How often the feed is looked at.
const FOLLOW: Duration = Duration::from_millis(500);
/// How long a cache may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Lines of the change feed read at once.
const FEED_LINES: u32 = 1_000;
/// Tags that wait for a cache that does not answer; beyond them it is told to forget everything.
const MOST_WAITING: usize = 10_000;
/// Tags in one request.
const TAGS: usize = 50;
/// Bytes of them: half of what Varnish takes for one header.
const TAG_BYTES: usize = 4 << 10;
/// What a cache says of a request that it will never take.
const REFUSALS: [StatusCode; 3] = [StatusCode::BAD_REQUEST, StatusCode::URI_TOO_LONG, StatusCode::UNPROCESSABLE_ENTITY];

/// A cache, and what it has not been told yet.
struct Front {
    kind: FrontKind,
    address: String,
    waiting: BTreeSet<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FrontKind {
    Varnish,
    Nginx,
}

/// A cache in front, and how far the feed was read for it.
struct FrontPurger {
    front: Front,
    client: Client,
    position: Option<FeedPosition>,
    /// Purges of the last minute that were done.
    done: HashSet<i64>,
}

/// Starts telling the caches in front, if there are any; ends with `app.shutdown`.
pub fn start(app: &App, tasks: &TaskTracker) -> Outcome<()> {
    let fronts = &app.config.fronts;
    if fronts.varnish.is_empty() && fronts.nginx.is_empty() {
        return Ok(());
    }
    for address in fronts.varnish.iter().chain(&fronts.nginx) {
        reqwest::Url::parse(address).map_err(|fault| format!("{address}: {fault}"))?;
    }
    keep(tasks, app, "fronts", |app| async move {
        // each at its own pace, so that one that hangs holds up no other
        join_all(all(&app).into_iter().map(|front| follow(app.clone(), front))).await;
    });
    Ok(())
}

/// The caches in front, none of which has been told anything.
fn all(app: &App) -> Vec<Front> {
    let config = &app.config.fronts;
    let varnish = config.varnish.iter().map(|address| Front::of(FrontKind::Varnish, address));
    let nginx = config.nginx.iter().map(|address| Front::of(FrontKind::Nginx, address));
    varnish.chain(nginx).collect()
}

async fn follow(app: App, front: Front) {
    let told = tokio::sync::Mutex::new(FrontPurger::of(front));
    every(app, FOLLOW, |app| tell(app, &told)).await;
}

async fn tell(app: App, told: &tokio::sync::Mutex<FrontPurger>) {
    let mut told = told.lock().await;
    if let Err(fault) = told.look(&app).await {
        // nothing is skipped: the next look begins where the last one ended
        tracing::warn!(%fault, "what caches in front are to forget could not be read");
    }
    told.send().await;
}

impl FrontPurger {
    fn of(front: Front) -> Self {
        let client = Client::builder().timeout(PATIENCE).build().unwrap_or_default();
        Self { front, client, position: None, done: HashSet::new() }
    }

    /// Reads what changed since the last look.
    async fn look(&mut self, app: &App) -> sqlx::Result<()> {
        let mut conn = app.pool.acquire().await?;
        let mut position = match self.position.clone() {
            Some(position) if changes::standing(&mut conn, &position).await? == Standing::Whole => position,
            known => {
                if known.is_some() {
                    // what was missed is unknown
                    self.wait_for(vec![EVERYTHING.to_owned()]);
                }
                changes::latest_position(&mut conn).await?
            }
        };
        let mut tags = Vec::new();
        loop {
            let read = changes::read_since(&mut conn, &position, FEED_LINES).await;
            let feed = match read {
                Ok(feed) => feed,
                Err(fault) => {
                    self.position = Some(position);
                    self.wait_for(tags);
                    return Err(fault);
                }
            };
            tags.extend(feed.changes.iter().map(|line| format!("{}-{}", line.kind.as_str(), line.id)));
            tags.extend(feed.changes.iter().map(|line| line.kind.plural().to_owned()));
            position = feed.position;
            if !feed.more {
                break;
            }
        }
        drop(conn);
        self.position = Some(position);
        self.wait_for(tags);
        let recent = cache_purges::recent(&app.pool).await?;
        let known: HashSet<i64> = recent.iter().map(|(id, _)| *id).collect();
        let new = recent.into_iter().filter(|(id, _)| !self.done.contains(id)).map(|(_, tag)| tag).collect();
        self.done = known;
        self.wait_for(new);
        Ok(())
    }

    fn wait_for(&mut self, tags: Vec<String>) {
        let waiting = &mut self.front.waiting;
        waiting.extend(tags);
        if waiting.len() > MOST_WAITING {
            *waiting = BTreeSet::from([EVERYTHING.to_owned()]);
        }
    }

    async fn send(&mut self) {
        let front = &mut self.front;
        while let Some(tags) = front.next() {
            if let Err(fault) = front.forget(&self.client, &tags).await {
                tracing::warn!(
                    cache = front.address,
                    fault,
                    "a cache in front could not be told what to forget; it is told again"
                );
                break;
            }
            tags.iter().for_each(|tag| {
                front.waiting.remove(tag);
            });
        }
    }
}

impl Front {
    fn of(kind: FrontKind, address: &str) -> Self {
        // what happened while nobody told it is unknown
        let waiting = BTreeSet::from([EVERYTHING.to_owned()]);
        Self { kind, address: address.trim_end_matches('/').to_owned(), waiting }
    }

    /// What is told in one request.
    fn next(&self) -> Option<Vec<String>> {
        let mut bytes = 0;
        let fits = |tag: &&String| {
            // the first is told however long it is: what is never told would wait for ever
            let first = bytes == 0;
            bytes += tag.len() + 1;
            first || bytes <= TAG_BYTES
        };
        let tags: Vec<String> = self.waiting.iter().take(TAGS).take_while(fits).cloned().collect();
        (!tags.is_empty()).then_some(tags)
    }

    async fn forget(&self, client: &Client, tags: &[String]) -> Result<(), String> {
        match self.kind {
            FrontKind::Varnish => {
                let purge = Method::from_bytes(b"PURGE").map_err(|fault| fault.to_string())?;
                let asked = client.request(purge, &self.address).header("xkey-purge", tags.join(" "));
                self.taken(asked, &[StatusCode::OK]).await
            }
            FrontKind::Nginx => {
                for entry in tags.iter().flat_map(|tag| entries(tag)) {
                    // 404 and 412: it is not there
                    let asked = client.get(format!("{}/purge{entry}", self.address));
                    self.taken(asked, &[StatusCode::OK, StatusCode::NOT_FOUND, StatusCode::PRECONDITION_FAILED]).await?;
                }
                Ok(())
            }
        }
    }

    /// Asks it to forget; what it refuses counts as told, since it would be refused for ever and all that comes after would wait.
    async fn taken(&self, asked: reqwest::RequestBuilder, fine: &[StatusCode]) -> Result<(), String> {
        let status = asked.send().await.map_err(|fault| fault.to_string())?.status();
        if REFUSALS.contains(&status) {
            tracing::warn!(cache = self.address, %status, "a cache in front refuses what it is to forget; it is not told again");
            return Ok(());
        }
        if fine.contains(&status) { Ok(()) } else { Err(format!("it answers {status}")) }
    }
}

/// The names under which nginx keeps what a tag names and what outlives a second; lists and live maps are over before that.
fn entries(tag: &str) -> Vec<String> {
    if tag.starts_with('/') {
        return vec![tag.to_owned()];
    }
    let Some((kind, id)) = tag.split_once('-').and_then(|(kind, id)| Some((Kind::parse(kind)?, id))) else { return Vec::new() };
    match kind {
        Kind::Image => image_entries(id),
        Kind::Event => ["", "/picture.png", "/calendar.ics"].map(|part| format!("/v1/events/{id}{part}")).to_vec(),
        kind => vec![format!("/v1/{}/{id}", kind.plural()), format!("/{}/{id}", kind.plural())],
    }
}

/// One entry a width and format: as `$entry` of docs/front/nginx.conf names them.
fn image_entries(id: &str) -> Vec<String> {
    let widths = std::iter::once(String::new()).chain(WIDTHS.iter().map(u32::to_string));
    let kinds = ["image/*", "image/webp", "image/png", "image/jpeg", "application/json"];
    widths.flat_map(|width| kinds.map(|kind| format!("/v1/images/{id}?width={width}&as={kind}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_request_tells_what_a_header_can_hold() {
        let mut front = Front::of(FrontKind::Varnish, "http://127.0.0.1/");
        assert_eq!((front.next(), front.address.as_str()), (Some(vec![EVERYTHING.to_owned()]), "http://127.0.0.1"));
        front.waiting = (0..TAGS).map(|n| format!("{n:0200}")).collect();
        let told = front.next().expect("some").join(" ").len();
        assert!((TAG_BYTES - 200..=TAG_BYTES).contains(&told), "{told}");
        front.waiting = BTreeSet::from(["x".repeat(TAG_BYTES + 1)]);
        assert_eq!(front.next().map(|tags| tags.len()), Some(1));
    }

    #[tokio::test]
    async fn what_a_cache_refuses_keeps_nothing_else_waiting() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        for (status, waiting) in [(StatusCode::BAD_REQUEST, 0), (StatusCode::SERVICE_UNAVAILABLE, 2)] {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = format!("http://{}", listener.local_addr().expect("bound"));
            let router = axum::Router::new().fallback(move || async move { status });
            let server = tokio::spawn(async move { axum::serve(listener, router).await });
            for kind in [FrontKind::Varnish, FrontKind::Nginx] {
                let mut told = FrontPurger::of(Front::of(kind, &address));
                told.front.waiting = ["/a", "/b"].map(str::to_owned).into();
                told.send().await;
                assert_eq!(told.front.waiting.len(), waiting, "{kind:?} {status}");
            }
            server.abort();
        }
    }

    #[test]
    fn nginx_is_told_the_names_of_its_entries() {
        assert_eq!(entries("venue-7"), ["/v1/venues/7", "/venues/7"]);
        assert_eq!(entries("event-7")[0], "/v1/events/7");
        assert_eq!(entries("/v1/cities?country=AU"), ["/v1/cities?country=AU"]);
        assert_eq!(entries("events"), [] as [&str; 0]);
        assert_eq!(entries(EVERYTHING), [] as [&str; 0]);
        let image = entries("image-7");
        assert_eq!((image.len(), image[0].as_str()), (35, "/v1/images/7?width=&as=image/*"));
        assert!(image.contains(&"/v1/images/7?width=640&as=image/webp".to_owned()));
    }
}
