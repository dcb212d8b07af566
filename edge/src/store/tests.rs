use moka::Expiry as _;

use super::*;

fn entry(tags: &[&str], bytes: usize) -> StoredResponse {
    let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    let keep = Keep { fresh: Duration::from_secs(60), stale: Duration::ZERO, public: true, vary: Vec::new(), tags };
    StoredResponse::new(StatusCode::OK, HeaderMap::new(), Bytes::from(vec![0; bytes]), &keep)
}

#[test]
fn a_purge_removes_what_the_tag_names_and_nothing_else() {
    let store = Arc::new(Store::new(1 << 20));
    let departure = store.depart();
    departure.keep("a", entry(&["x", "y"], 1));
    departure.keep("b", entry(&["x"], 1));
    departure.keep("c", entry(&["y"], 1));
    assert_eq!(Purger(Arc::clone(&store)).purge("x"), 2);
    assert!(store.get("a").is_none() && store.get("b").is_none() && store.get("c").is_some());
    assert_eq!(store.purge("x"), 0);
    assert_eq!(store.purge("y"), 1, "the entry that x removed is gone from y as well");
}

#[test]
fn a_response_under_way_during_a_purge_is_not_kept() {
    let store = Arc::new(Store::new(1 << 20));
    let (before, others) = (store.depart(), store.depart());
    store.purge("x");
    before.keep("a", entry(&["x"], 1));
    others.keep("b", entry(&["y"], 1));
    assert!(store.get("a").is_none() && store.get("b").is_some());
    store.depart().keep("a", entry(&["x"], 1));
    assert!(store.get("a").is_some(), "control: what departs after the purge is kept");
    let before = store.depart();
    store.purge_all();
    before.keep("c", entry(&[], 1));
    assert!(store.get("b").is_none() && store.get("c").is_none());
}

#[test]
fn the_ledger_forgets_when_nothing_is_under_way() {
    let store = Arc::new(Store::new(1 << 20));
    let departure = store.depart();
    store.purge("x");
    assert_eq!(lock(&store.ledger).last.len(), 1);
    drop(departure);
    store.purge("y");
    assert!(lock(&store.ledger).last.is_empty() && lock(&store.ledger).flights.is_empty());
}

#[test]
fn bytes_are_bounded_and_the_tags_of_what_was_evicted_go_with_it() {
    let store = Arc::new(Store::new(100_000));
    for n in 0..100 {
        store.depart().keep(&format!("k{n}"), entry(&["x"], 10_000));
    }
    store.entries.run_pending_tasks();
    let held = store.entries.iter().count();
    assert!(store.entries.weighted_size() <= 100_000 && (1..=9).contains(&held), "{held}");
    assert_eq!(lock(&store.tagged)["x"].len(), held);
}

#[test]
fn notes_of_keys_are_bounded_in_bytes() {
    let store = Store::new(1 << 20);
    for n in 0..4_000 {
        let key = format!("{n:04096}");
        store.pass(&key);
        store.set_vary(&key, &[http::header::ACCEPT]);
    }
    store.passes.run_pending_tasks();
    store.varies.run_pending_tasks();
    for held in [store.passes.weighted_size(), store.varies.weighted_size()] {
        assert!((1..=MAX_NOTED).contains(&held), "{held}");
    }
}

#[test]
fn an_entry_that_replaced_another_keeps_its_tag() {
    let store = Arc::new(Store::new(1 << 20));
    store.depart().keep("a", entry(&["x"], 1));
    store.depart().keep("a", entry(&["x"], 2));
    store.entries.run_pending_tasks();
    assert_eq!(store.purge("x"), 1);
}

#[test]
fn an_entry_weighs_its_bytes_and_what_is_noted_of_it() {
    let mut one = entry(&["event:1", "x"], 1_000);
    one.headers.insert(http::header::ETAG, http::HeaderValue::from_static("\"12\""));
    // key + (name + value + 64) + each (tag + key + 128) + body + 256
    assert_eq!(one.weight("/x"), 2 + (4 + 4 + 64) + (7 + 2 + 128) + (1 + 2 + 128) + 1_000 + 256);
    assert_eq!(noted("/x"), 2 + 64);
}

#[test]
fn who_waited_may_have_what_left_after_he_came_and_is_the_same_for_all() {
    let shared = |vary: &[HeaderName], began| {
        let keep =
            Keep { fresh: Duration::from_secs(60), stale: Duration::ZERO, public: true, vary: vary.to_vec(), tags: Vec::new() };
        let entry = StoredResponse::new(StatusCode::OK, HeaderMap::new(), Bytes::new(), &keep);
        StoredResponse { began, ..entry }.may_be_shared(7)
    };
    assert!(shared(&[], 7) && shared(&[], 8));
    assert!(!shared(&[], 6), "it may be from before a purge");
    assert!(!shared(&[http::header::ACCEPT], 7));
}

#[tokio::test(start_paused = true)]
async fn an_entry_is_fresh_and_then_old_until_the_instant_that_it_said() {
    let store = Arc::new(Store::new(1 << 20));
    let kept = store.depart().keep("a", StoredResponse { stale: Duration::from_secs(30), ..entry(&[], 1) });
    assert_eq!((kept.ttl(), kept.is_fresh()), (60, true));
    assert_eq!(ByFreshness.expire_after_create(&"a".to_owned(), &kept, Instant::now().into_std()), Some(Duration::from_secs(90)));
    let replaced = ByFreshness.expire_after_update(&"a".to_owned(), &kept, Instant::now().into_std(), None);
    assert_eq!(replaced, Some(Duration::from_secs(90)), "what replaces another lasts as long as it says itself");
    let held = || (store.get("a").is_some(), store.get_stale("a").is_some());
    for (seconds, held_then) in [(59, (true, true)), (1, (false, true)), (29, (false, true)), (1, (false, false))] {
        tokio::time::advance(Duration::from_secs(seconds)).await;
        assert_eq!(held(), held_then, "{} s before its end", kept.ttl());
    }
    assert_eq!(kept.ttl(), -30);
}

#[test]
fn each_purge_is_counted_and_one_of_all_leaves_nothing() {
    let store = Arc::new(Store::new(1 << 20));
    let purger = Purger(Arc::clone(&store));
    assert_eq!(store.purges(), 0);
    store.depart().keep("a", entry(&[], 1));
    purger.purge("x");
    assert_eq!((store.purges(), store.get("a").is_some()), (1, true));
    purger.purge_all();
    assert_eq!((store.purges(), store.get("a").is_some()), (2, false));
}
