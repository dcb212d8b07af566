//! The cache of ready answers: one key for one question, one search for a stampede, and what is stale for how long.

use std::time::Duration;

use domain::{Clock, CursorKey};

use super::fixture::{around, build, event, now, programme, query};
use crate::search::cache::STALE;
use crate::search::{Catalog, Rendered};

struct Shop {
    catalog: Catalog,
    clock: Clock,
    dir: tempfile::TempDir,
}

fn shop(cache_bytes: u64) -> Shop {
    let dir = tempfile::tempdir().expect("a directory");
    build(dir.path(), &programme(), &around());
    let clock = Clock::manual(now());
    let catalog = Catalog::open(dir.path(), CursorKey::new([7; 32]), clock.clone(), cache_bytes).expect("opened");
    Shop { catalog, clock, dir }
}

impl Shop {
    async fn ask(&self, text: &str) -> Rendered {
        self.catalog.search_cached(&query(text)).await.expect("an answer")
    }

    /// Publishes a generation with one event more.
    fn renew(&self) {
        let mut events = programme();
        events.push(event(109, "The Night Owls Again", "2027-06-02T17:00:00Z"));
        build(self.dir.path(), &events, &around());
        assert!(self.catalog.reload_if_changed().expect("readable"));
    }

    /// Asks for all of these at the same time.
    async fn at_once(&self, questions: impl Iterator<Item = String>) -> Vec<Rendered> {
        let asked: Vec<_> = questions
            .map(|question| {
                let catalog = self.catalog.clone();
                tokio::spawn(async move { catalog.search_cached(&query(&question)).await.expect("an answer") })
            })
            .collect();
        let mut answers = Vec::new();
        for answer in asked {
            answers.push(answer.await.expect("asked"));
        }
        answers
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stampede_of_equal_questions_costs_one_search() {
    let shop = shop(1 << 20);
    let spellings = [
        "q=night owls&city=Brisbane,Sydney&facets=city,category&kind=event,series",
        "kind=series,event&facets=category,city&city=SYDNEY,brisbane,Sydney&q=  Night   OWLS ",
    ];
    let answers = shop.at_once((0..1_000).map(|n| spellings[n % 2].to_owned())).await;
    assert_eq!(shop.catalog.searches(), 1);
    assert!(answers.iter().all(|answer| answer.body == answers[0].body && answer.etag == answers[0].etag));
    // the control: questions that differ are all searched for
    shop.at_once((0..50).map(|n| format!("q=night owls&price_min={n}"))).await;
    assert_eq!(shop.catalog.searches(), 51);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_just_superseded_is_given_while_one_search_renews_it() {
    let shop = shop(1 << 20);
    let old = shop.ask("q=night owls").await;
    shop.renew();
    let answers = shop.at_once((0..1_000).map(|_| "q=night owls".to_owned())).await;
    let stale = answers.iter().filter(|answer| answer.body == old.body).count();
    assert!(
        stale > 0 && answers.iter().all(|answer| answer.state == old.state || answer.state.generation == 2),
        "{stale} of 1,000"
    );
    while shop.ask("q=night owls").await.state.generation == 1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(shop.catalog.searches(), 2, "one for each state");
}

#[tokio::test]
async fn nothing_older_than_the_bound_is_given() {
    for (waited, generation) in [(STALE - Duration::from_millis(1), 1), (STALE, 2)] {
        let shop = shop(1 << 20);
        shop.ask("q=night owls").await;
        shop.renew();
        // nobody asked in between, so when the state moved is not known: the last time it was seen counts
        shop.clock.advance(waited);
        assert_eq!(shop.ask("q=night owls").await.state.generation, generation, "after {waited:?}");
        assert_eq!(shop.ask("q=rusalka").await.state.generation, 2, "what was not asked before is searched for");
    }
}

/// Asks for six hundred answers three times each: twelve hundred of them need no search.
#[tokio::test]
async fn what_fits_is_given_from_the_second_time_on() {
    let shop = shop(16 << 20);
    for _ in 0..3 {
        for n in 0..600 {
            shop.ask(&format!("q=night owls&price_max={}", 10_000 + n)).await;
        }
    }
    assert_eq!(shop.catalog.searches(), 600);
}

#[tokio::test]
async fn the_cache_stays_within_its_bytes() {
    let bytes = 64 << 10;
    let shop = shop(bytes);
    for n in 0..200 {
        shop.ask(&format!("q=night owls&price_max={}", 10_000 + n)).await;
    }
    let held = shop.catalog.cache().settle().await;
    assert!(held > bytes / 4 && held <= bytes, "{held} of {bytes}");
}

/// Five questions among strangers, a hundred times as many as fit: by the time one comes again, more strangers came than fit. Each round
/// is another state of the index; what is popular stays so.
#[tokio::test]
async fn what_is_asked_for_often_stays_however_many_questions_come_once() {
    let shop = shop(64 << 10);
    let popular = |n: usize| format!("q=night owls&price_min={}", n % 5);
    let (mut asked, mut searched) = (0, 0);
    for n in 0..3_000 {
        shop.ask(&format!("q=night owls&price_max={}", 10_000 + n)).await;
        if n % 10 == 0 {
            let before = shop.catalog.searches();
            shop.ask(&popular(n / 10)).await;
            (asked, searched) = (asked + 1, searched + shop.catalog.searches() - before);
        }
        if n % 1_000 == 999 {
            shop.clock.advance(Duration::from_secs(60));
        }
    }
    assert!(searched * 4 < asked, "{searched} of {asked} had to be searched for");
}
