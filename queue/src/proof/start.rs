//! Before the start, and the draw.

use std::sync::Arc;
use std::time::Duration;

use domain::Actor;
use jiff::Timestamp;
use sqlx::PgPool;

use super::joining::SLOW;
use super::test_queue::{TestQueue, noon, opened};
use crate::store::fixture;
use crate::{Joined, Order, PlaceState, QueueError, Refusal, Settings, holder, verify};

fn in_an_hour() -> Timestamp {
    noon().checked_add(Duration::from_secs(3_600)).expect("in range")
}

async fn early(pool: &PgPool, order: Order, count: u32) -> (TestQueue, Vec<Joined>) {
    let test = TestQueue::opens(pool, Settings { pre_queue_from: Some(noon()), order, slots: 10, ..SLOW }, in_an_hour()).await;
    let mut joined = Vec::new();
    for n in 0..count {
        joined.push(test.join(n).await);
    }
    (test, joined)
}

#[sqlx::test(migrations = "../migrations")]
async fn who_came_before_the_start_is_drawn_and_anybody_can_check_it(pool: PgPool) {
    let (test, all) = early(&pool, Order::Shuffle, 60).await;
    let before = test.status(&all[7]).await;
    assert_eq!((before.state, before.place, before.opens_at, before.of), (PlaceState::Before, None, Some(in_an_hour()), 60));
    let view = test.queue.view(test.event).await.expect("a queue");
    assert_eq!((view.seed, view.started_at), (None, None), "the seed is secret");
    assert!(matches!(test.queue.published(test.event).await, Err(QueueError::Refused(Refusal::NotDrawn))));
    test.queue.leave(&all[59].token).await.expect("left");
    test.pass(3_600, &all[..59]).await;
    let mut all = all[..59].to_vec();
    all.push(test.join(99).await);
    test.settle().await;
    let published = test.queue.published(test.event).await.expect("drawn");
    assert_eq!((verify(&published), published.seed_hash), (Ok(59), view.seed_hash));
    let after = test.again(None);
    for (test, when) in [(&test, "at the start"), (&after, "after a crash")] {
        for joined in &all {
            let status = test.status(joined).await;
            let me = holder(opened(&joined.token).holder);
            let place = published.order.iter().find(|drawn| drawn.holder == me).map_or(60, |drawn| drawn.place);
            let expected = if place <= 10 { (PlaceState::Admitted, None) } else { (PlaceState::Waiting, Some(place - 10)) };
            assert_eq!((status.state, status.place), expected, "{when}");
        }
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn where_first_come_is_first_served_the_start_changes_no_place(pool: PgPool) {
    let (test, all) = early(&pool, Order::FirstCome, 15).await;
    assert_eq!(test.status(&all[12]).await.place, Some(13));
    test.pass(3_599, &all).await;
    assert_eq!(test.status(&all[0]).await.state, PlaceState::Before);
    test.pass(1, &all).await;
    assert_eq!((test.status(&all[9]).await.state, test.status(&all[12]).await.place), (PlaceState::Admitted, Some(3)));
    assert_eq!(test.queue.published(test.event).await.expect("nobody was drawn").order, []);
}

#[sqlx::test(migrations = "../migrations")]
async fn settings_that_make_no_sense_and_anothers_event_are_refused(pool: PgPool) {
    let (test, _) = early(&pool, Order::Shuffle, 0).await;
    let put = async |by: &Actor, settings| test.queue.configure(by, test.event, settings).await;
    let late = Settings { pre_queue_from: Some(in_an_hour()), ..SLOW };
    assert!(matches!(put(&Actor::house(), late).await, Err(QueueError::Invalid(invalid)) if invalid.field == "pre_queue_from"));
    let none = Settings { slots: 0, ..SLOW };
    assert!(matches!(put(&Actor::house(), none).await, Err(QueueError::Invalid(invalid)) if invalid.field == "slots"));
    let stranger = Actor::system(domain::OrganiserId::at(noon()));
    assert!(matches!(put(&stranger, SLOW).await, Err(QueueError::NotFound)));
    let view = put(&Actor::house(), Settings { minutes: 5, ..SLOW }).await.expect("configured");
    assert_eq!((view.settings.minutes, view.opens_at), (5, Some(in_an_hour())));
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_long_over_is_removed(pool: PgPool) {
    let (test, all) = early(&pool, Order::Shuffle, 3).await;
    assert_eq!(test.queue.purge().await.expect("purged"), 0);
    test.clock.advance(Duration::from_secs(40 * 24 * 3_600));
    assert_eq!(test.queue.purge().await.expect("purged"), 3);
    assert_eq!(test.queue.purge().await.expect("purged"), 0);
    // the queue's own row stays, so that no token of its past fits somebody else's place, and none comes back before all who join later
    let told = test.queue.status(&all[0].token).await.map(|status| status.state);
    assert!(matches!(told, Err(QueueError::NotFound)), "{told:?}");
}

/// The draw is made once: its seed is public by then, so that a second one could be foreseen, and a new seed would take from those who were
/// drawn well what they waited for.
#[sqlx::test(migrations = "../migrations")]
async fn a_sale_that_is_put_off_after_its_start_keeps_its_line_and_lets_nobody_in_until_it_opens(pool: PgPool) {
    let (test, all) = early(&pool, Order::Shuffle, 30).await;
    test.pass(3_600, &all).await;
    let before = test.places(&all).await;
    let (view, order) =
        (test.queue.view(test.event).await.expect("a queue"), test.queue.published(test.event).await.expect("drawn"));
    fixture::change(&pool, test.event, "sale_opens_at = sale_opens_at + interval '2 hours'").await;
    let settings = Settings { pre_queue_from: Some(noon()), order: Order::Shuffle, slots: 20, ..SLOW };
    let put = test.queue.configure(&Actor::house(), test.event, settings).await.expect("configured");
    assert_eq!((put.started_at, put.seed), (view.started_at, view.seed), "it has begun once");
    let late = test.join(99).await;
    test.pass(60, &all).await;
    let off = test.places(&all).await;
    for (before, off) in before.iter().zip(&off) {
        let expected = if before.0 == PlaceState::Admitted { *before } else { (PlaceState::Before, before.1) };
        assert_eq!(*off, expected, "where he stood, and nobody more is inside");
    }
    assert_eq!(test.status(&late).await.place, Some(21), "behind all who were drawn");
    test.pass(7_200, &[&all[..], std::slice::from_ref(&late)].concat()).await;
    let inside = test.places(&all).await.into_iter().filter(|(state, _)| *state == PlaceState::Admitted).count();
    assert_eq!(inside, 20, "ten have run out, and twenty slots let the next ones in");
    assert!(Arc::ptr_eq(&test.queue.published(test.event).await.expect("drawn"), &order), "and is kept, not read again");
    let anew = test.again(None).queue.published(test.event).await.expect("drawn");
    assert_eq!(**anew, **order, "as it was before, by the rows");
}
