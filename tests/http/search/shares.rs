//! Searches that need a thread of their own: of one address so many run or wait, of dear ones fewer, and others have theirs.

use std::sync::mpsc;

use acceptance::{App, Reply, Setup};
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use reqwest::Method;
use tokio::runtime::{Builder, Runtime};

/// Of one address so many searches run or wait; some more are asked.
const SHARE: usize = 64;
const DEAR_SHARE: usize = 8;
const MORE: usize = 6;
/// Threads for work that blocks, searches among it.
const THREADS: usize = 4;

fn runtime() -> Runtime {
    Builder::new_multi_thread().max_blocking_threads(THREADS).enable_all().build().expect("a runtime")
}

/// Takes every thread that could search, until it is dropped.
fn take_threads() -> Vec<mpsc::Sender<()>> {
    let taken = (0..THREADS).map(|_| {
        let (word, heard) = mpsc::channel::<()>();
        tokio::task::spawn_blocking(move || heard.recv());
        word
    });
    taken.collect()
}

/// A question like no other that one look does not answer.
fn usual(number: usize) -> String {
    format!("q=night+owls&spellcheck=yes&limit={}", number + 1)
}

/// One of long words that nobody knows: for each the whole vocabulary is walked, which is more than a usual one may take.
fn dear(number: usize) -> String {
    let letter = |n: usize| char::from(b'a' + n as u8 % 26);
    let words: Vec<String> = (0..12).map(|n| format!("qx{}{}{}", "zjkw".repeat(8), letter(n), letter(number))).collect();
    format!("q={}", words.join("+"))
}

/// Asks from an address behind a proxy.
async fn ask(app: &App, address: &str, question: String) -> Reply {
    app.ask(Method::GET, &format!("/v1/search?{question}")).header("x-forwarded-for", address).send().await
}

async fn start(rate: &'static str) -> App {
    let mut setup = Setup::default();
    setup.options.retain(|option| !option.starts_with("--rate-limit-search"));
    setup.options.extend([rate, "--trusted-proxies=127.0.0.1/32"]);
    App::with(setup).await
}

#[test]
fn an_address_that_has_its_share_of_searches_is_told_to_come_back_and_another_one_is_answered() {
    for (share, question) in [(SHARE, usual as fn(usize) -> String), (DEAR_SHARE, dear)] {
        runtime().block_on(async {
            let app = start("--rate-limit-search=1000/s").await;
            // what one of its kind costs is known from now on
            ask(&app, "203.0.113.3", question(share + MORE + 2)).await.is(200);
            let threads = take_threads();
            let mut asked: FuturesUnordered<_> =
                (0..share + MORE).map(|number| ask(&app, "203.0.113.1", question(number))).collect();
            for _ in 0..MORE {
                let refused = asked.next().await.expect("the others wait").is_problem(429, "rate_limited");
                assert_eq!(refused.header("retry-after"), Some("1"));
                assert!(refused.str("/detail").starts_with(&format!("{share} searches")), "{}", refused.text());
                assert!(
                    refused.header("cache-control").is_some_and(|policy| policy.contains("no-store")),
                    "nobody else is told so"
                );
            }
            let mut other = Box::pin(ask(&app, "203.0.113.2", question(share + MORE)));
            assert!(futures::poll!(other.as_mut()).is_pending());
            drop(threads);
            other.await.is(200);
            while let Some(answered) = asked.next().await {
                answered.is(200);
            }
            ask(&app, "203.0.113.1", question(share + MORE + 1)).await.is(200);
            drop(asked);
            app.stop().await;
        });
    }
}

/// The control: where searches have no limit, nobody has a share.
#[test]
fn without_a_limit_nobody_has_a_share() {
    for (share, question) in [(SHARE, usual as fn(usize) -> String), (DEAR_SHARE, dear)] {
        runtime().block_on(async {
            let app = start("--rate-limit-search=0").await;
            ask(&app, "203.0.113.3", question(share + MORE + 2)).await.is(200);
            let threads = take_threads();
            let before = app.gateway.catalog.handed_over();
            let mut asked: FuturesUnordered<_> =
                (0..share + MORE).map(|number| ask(&app, "203.0.113.1", question(number))).collect();
            while app.gateway.catalog.handed_over() < before + (share + MORE) as u64 {
                assert!(futures::poll!(asked.next()).is_pending(), "all of them wait");
                tokio::task::yield_now().await;
            }
            drop(threads);
            while let Some(answered) = asked.next().await {
                answered.is(200);
            }
            drop(asked);
            app.stop().await;
        });
    }
}

/// While an address waits with all the dear questions that it may ask, its usual ones are answered.
#[test]
fn who_has_asked_as_much_as_it_may_of_what_is_dear_is_answered_what_is_not() {
    runtime().block_on(async {
        let app = start("--rate-limit-search=1000/s").await;
        ask(&app, "203.0.113.3", dear(DEAR_SHARE + 1)).await.is(200);
        let threads = take_threads();
        let mut asked: FuturesUnordered<_> = (0..=DEAR_SHARE).map(|number| ask(&app, "203.0.113.1", dear(number))).collect();
        asked.next().await.expect("the others wait").is_problem(429, "rate_limited");
        assert!(ask(&app, "203.0.113.1", "q=night+owls".to_owned()).await.is(200).int("/total") > 0);
        drop(threads);
        while let Some(answered) = asked.next().await {
            answered.is(200);
        }
        drop(asked);
        app.stop().await;
    });
}
