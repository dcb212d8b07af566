//! Many who join and leave while owner after owner takes the event without a word to the one before.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU32, Ordering};

use futures::future::join_all;
use sqlx::PgPool;

use super::joining::SLOW;
use super::test_queue::{TestQueue, number};
use crate::{Joined, PlaceState, QueueError, Settings};

const BUYERS: u32 = 240;
const SLOTS: u32 = 7;

/// Somebody's place, and when he asked for it and had it, on a clock of steps.
struct TimedPlace {
    joined: Joined,
    asked: u32,
    had: u32,
}

/// Asks one owner after another until one answers.
async fn insist<T, F: Future<Output = Result<T, QueueError>>>(owners: &[TestQueue], n: u32, ask: impl Fn(usize) -> F) -> T {
    for attempt in n as usize.. {
        match ask(attempt % owners.len()).await {
            Ok(done) => return done,
            Err(QueueError::Busy { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }
    unreachable!("somebody answers")
}

async fn storm(pool: &PgPool) -> (TestQueue, Vec<TimedPlace>, HashSet<u32>) {
    let first = TestQueue::open(pool, Settings { slots: SLOTS, ..SLOW }).await;
    let owners = [first.again(None), first.again(None), first.again(None)];
    let steps = AtomicU32::new(0);
    let step = || steps.fetch_add(1, Ordering::SeqCst);
    let joining = |n: u32| {
        let (owners, step) = (&owners, &step);
        async move {
            let asked = step();
            let joined = insist(owners, n, |owner| owners[owner].try_join(n)).await;
            TimedPlace { joined, asked, had: step() }
        }
    };
    let (mut places, mut left) = (Vec::new(), HashSet::new());
    for wave in 0..BUYERS / 24 {
        places.extend(join_all((24 * wave..24 * (wave + 1)).map(joining)).await);
        let somebody = (7 * wave) % places.len() as u32;
        let token = &places[somebody as usize].joined.token;
        insist(&owners, wave, |owner| owners[owner].queue.leave(token)).await;
        left.insert(somebody);
    }
    (first, places, left)
}

#[sqlx::test(migrations = "../migrations")]
async fn whatever_owners_do_to_each_other_everybody_has_one_place_and_the_order_is_that_of_coming(pool: PgPool) {
    let (test, places, left) = storm(&pool).await;
    let numbers: HashSet<u32> = places.iter().map(|place| number(&place.joined)).collect();
    assert_eq!(numbers.len() as u32, BUYERS, "no number twice");
    for (one, other) in places.iter().flat_map(|one| places.iter().map(move |other| (one, other))) {
        let after = one.had < other.asked;
        assert!(
            !after || number(&one.joined) < number(&other.joined),
            "whoever had his place before the other asked is before him"
        );
    }
    let after = test.again(None);
    let mut ahead: Vec<(u32, u32)> = Vec::new();
    let mut inside = 0;
    for (n, place) in (0..).zip(&places) {
        let status = after.status(&place.joined).await;
        match (status.state, left.contains(&n)) {
            (PlaceState::Left, true) => {}
            (PlaceState::Admitted, false) => inside += 1,
            (PlaceState::Waiting, false) => ahead.push((number(&place.joined), status.ahead.expect("a place"))),
            (other, has_left) => panic!("number {n} is {other:?} and has left: {has_left}"),
        }
    }
    ahead.sort_unstable();
    assert!(inside <= SLOTS, "{inside} are inside");
    assert!(ahead.iter().map(|(_, ahead)| *ahead).eq(0..ahead.len() as u32), "places are those of a plain list: {ahead:?}");
}
