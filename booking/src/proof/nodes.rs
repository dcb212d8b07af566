//! Several nodes over one database: one has the event, the others send it their commands, and whatever becomes of one of them every
//! command is done once.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use domain::{Clock, EventId, OrganiserId};
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt as _, StreamExt as _};
use lease::{LeaseName, Leases, Node};
use sqlx::PgPool;
use tokio::sync::Notify;
use tokio::time::Instant;
use uuid::Uuid;

use crate::fixture::{Hall, TIERS, key, map, noon, refusal};
use crate::proof::listening::Subscriber;
use crate::rules::controls::{Controls, Guard};
use crate::store::{desks, fixture};
use crate::{
    Booking, BookingConfig, BookingError, Broker, Contact, Method, Neighbours, Nodes, OrderState, Places, Refusal, SeatLetter,
    TicketsOf, Unreached, Wanted,
};

/// The way between nodes of one process: real nodes, and letters as they go over any wire.
#[derive(Default)]
struct Street {
    houses: Mutex<HashMap<String, Booking>>,
    /// Letters that were brought.
    brought: AtomicU32,
    /// Answers that are lost on their way back.
    lose: AtomicU32,
    /// Nodes that take letters and say nothing.
    silent: Mutex<Vec<String>>,
    /// Letters that are refused unread, and how many were.
    refuse: AtomicU32,
    refused: AtomicU32,
    /// Somebody hears a node directly.
    heard: Notify,
}

impl Street {
    async fn bring(&self, url: &str, event: EventId, letter: Bytes) -> Result<Bytes, Unreached> {
        let house = self.houses.lock().expect("whole").get(url).cloned();
        let house = house.ok_or_else(|| Unreached::NotSent("nobody lives there".to_owned()))?;
        if self.silent.lock().expect("whole").iter().any(|silent| silent == url) {
            std::future::pending::<()>().await;
        }
        if self.refuse.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
            self.refused.fetch_add(1, Ordering::SeqCst);
            return Err(Unreached::Refused("404".to_owned()));
        }
        self.brought.fetch_add(1, Ordering::SeqCst);
        let told = house.asked(event, &letter).await.map_err(|error| Unreached::Refused(error.to_string()))?;
        let lost = self.lose.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        if lost { Err(Unreached::NoAnswer("lost".to_owned())) } else { Ok(told.into()) }
    }

    fn brought(&self) -> u32 {
        self.brought.load(Ordering::SeqCst)
    }
}

/// [`Street`] as nodes know it.
struct Way(Arc<Street>);

impl Neighbours for Way {
    fn ask<'a>(&'a self, url: &'a str, event: EventId, letter: Bytes) -> BoxFuture<'a, Result<Bytes, Unreached>> {
        self.0.bring(url, event, letter).boxed()
    }

    fn news<'a>(&'a self, url: &'a str, event: EventId) -> BoxStream<'a, u64> {
        self.0.heard.notify_one();
        let house = self.0.houses.lock().expect("whole").get(url).cloned();
        let place = async move { house?.subscribe(event, None).await.ok() };
        let told = |place: Subscriber| {
            let first = futures::stream::iter([place.seen]);
            first.chain(futures::stream::unfold(place, |mut place| async move {
                Some((place.next().await.map(|_| place.seen)?, place))
            }))
        };
        futures::stream::once(place).filter_map(std::future::ready).flat_map(told).boxed()
    }
}

/// A broker that is there, takes everything and tells one thing, which is not true: once, or for ever.
#[derive(Default)]
struct Liar {
    for_ever: bool,
    told: Arc<AtomicU32>,
}

impl Broker for Liar {
    fn tell(&self, _: EventId, _: u64) {}

    fn is_here(&self) -> bool {
        true
    }

    fn news(&self, _: EventId) -> Option<BoxStream<'static, u64>> {
        let times = if self.for_ever { usize::MAX } else { 1 };
        let told = Arc::clone(&self.told);
        let lies = futures::stream::iter(0..times).map(move |_| {
            told.fetch_add(1, Ordering::SeqCst);
            u64::MAX
        });
        Some(lies.chain(futures::stream::pending()).boxed())
    }
}

struct Town {
    street: Arc<Street>,
    event: EventId,
    clock: Clock,
    broker: Option<Arc<dyn Broker>>,
}

impl Town {
    async fn of(pool: &PgPool) -> Town {
        let event = fixture::event(pool, &map(2, 5, 20), TIERS, noon()).await.expect("an event");
        Town { street: Arc::default(), event, clock: Clock::manual(noon()), broker: None }
    }

    async fn node(&self, pool: &PgPool, n: u128, config: BookingConfig) -> (Hall, Leases) {
        let url = format!("http://node-{n}");
        let leases = Leases::start(pool.clone(), Node { id: Uuid::from_u128(n), url: Some(url.clone()) }).await.expect("started");
        let way: Arc<dyn Neighbours> = Arc::new(Way(Arc::clone(&self.street)));
        let nodes = Some(Nodes { leases: leases.clone(), neighbours: Some(way), broker: self.broker.clone(), sells: true });
        let hall = Hall::node(pool, self.event, self.clock.clone(), BookingConfig { nodes, ..config }).await;
        self.street.houses.lock().expect("whole").insert(url, hall.booking.clone());
        (hall, leases)
    }

    /// Two nodes, the first of which has the event.
    async fn two(&self, pool: &PgPool) -> [(Hall, Leases); 2] {
        let one = self.node(pool, 1, BookingConfig::default()).await;
        one.0.booking.sweep(self.event).await.expect("opened");
        [one, self.node(pool, 2, BookingConfig::default()).await]
    }
}

/// The control: until something is missed nobody hears the owner directly.
#[sqlx::test(migrations = "../migrations")]
async fn a_broker_that_tells_not_what_the_rows_say_is_not_relied_on_whatever_else_it_says(pool: PgPool) {
    let town = Town { broker: Some(Arc::new(Liar::default())), ..Town::of(&pool).await };
    let [(one, _), (two, _)] = town.two(&pool).await;
    let mut place = two.booking.subscribe(town.event, None).await.expect("a place");
    let directly = async |seconds| tokio::time::timeout(Duration::from_secs(seconds), town.street.heard.notified()).await.is_ok();
    assert!(!directly(7).await, "nothing is missed");
    one.hold(one.ada, &["A-1"]).await.expect("held");
    assert!(place.next().await.is_some(), "it is seen by looking");
    assert!(directly(60).await, "and its node is heard");
}

/// Nobody committed what it tells. Looking each time it does would be twenty times a second for each event.
#[sqlx::test(migrations = "../migrations")]
async fn whoever_lies_through_a_broker_makes_no_look_a_moment(pool: PgPool) {
    let told = Arc::new(AtomicU32::new(0));
    let liar = Liar { for_ever: true, told: Arc::clone(&told) };
    let town = Town { broker: Some(Arc::new(liar)), ..Town::of(&pool).await };
    let [(one, _), (two, _)] = town.two(&pool).await;
    let mut place = two.booking.subscribe(town.event, None).await.expect("a place");
    let until = tokio::time::Instant::now() + Duration::from_secs(5);
    assert!(tokio::time::timeout_at(until, place.next()).await.is_err(), "nothing was sold");
    assert!((1..=4).contains(&told.load(Ordering::SeqCst)), "{told:?}");
    one.hold(one.ada, &["A-1"]).await.expect("held");
    assert!(place.next().await.is_some(), "and what is true is seen by looking");
}

#[sqlx::test(migrations = "../migrations")]
async fn one_node_decides_and_the_other_sends_it_every_command(pool: PgPool) {
    let town = Town::of(&pool).await;
    let [(one, _), (two, leases)] = town.two(&pool).await;
    let held = two.hold(two.ada, &["A-1", "A-2"]).await.expect("held");
    assert_eq!(held, one.booking.get_hold(held.id, two.ada).await.expect("the same"));
    assert_eq!(held.seats[1].id, "stalls-A-2");
    assert_eq!(refusal(two.hold(two.bob, &["A-2"]).await).code(), "seats_unavailable");
    let unknown = two.hold(two.bob, &["Z-9"]).await;
    assert!(matches!(&unknown, Err(BookingError::Invalid(invalid)) if invalid.field == "seats[0]"), "{unknown:?}");
    let order = two.buy(two.bob, &["A-3"]).await;
    let free = two.floor(two.bob, 2).await.expect("held");
    assert!(two.checkout(free.id, two.bob, Method::Free).await.expect("bought").order.is_some());
    two.booking.release(held.id, two.ada).await.expect("released");
    assert_eq!(two.block(&["B-1"]).await.expect("blocked").counts.blocked, 1);
    let unblocked = Places { seats: vec!["stalls-B-1".into()], area: None };
    assert_eq!(two.booking.unblock(&domain::Actor::house(), two.event, unblocked).await.expect("given back").counts.blocked, 0);
    let back = two.booking.cancel_order(order.id, Some(two.bob.into())).await.expect("cancelled");
    assert_eq!(back.state, OrderState::Refunded);
    let nowhere = two.booking.sweep(EventId::at(noon())).await;
    assert!(matches!(nowhere, Err(BookingError::NotFound)), "{nowhere:?}");
    assert_eq!(two.booking.cancel_event(two.event, None).await.expect("cancelled").remaining, 0);
    assert!(town.street.brought() > 10 && two.booking.registry.open_desks() == 0, "the second node opened no desk");
    assert_eq!(leases.held().iter().filter(|(name, _)| *name == LeaseName::event(two.event)).count(), 0);
    let owner = two.booking.owner_of(two.event).await.expect("an answer").expect("an owner");
    assert_eq!(owner.url.as_deref(), Some("http://node-1"));
    assert_eq!(one.booking.owner_of(one.event).await.expect("an answer"), None, "its own");
    one.balanced().await;
}

/// It may have another secret or version: what is sent there never gets through, and whoever waits is told so long before his patience ends.
#[sqlx::test(migrations = "../migrations")]
async fn a_node_that_refuses_letters_is_asked_some_times_and_then_the_caller_is_told(pool: PgPool) {
    let town = Town::of(&pool).await;
    let [(_one, _), (two, _)] = town.two(&pool).await;
    town.street.refuse.store(2, Ordering::SeqCst);
    two.hold(two.ada, &["A-1"]).await.expect("refused twice and then taken");
    town.street.refuse.store(u32::MAX, Ordering::SeqCst);
    let begun = Instant::now();
    let told = two.hold(two.ada, &["A-2"]).await;
    assert!(matches!(&told, Err(BookingError::Fault(crate::Fault::Refused(why))) if why == "404"), "{told:?}");
    assert!(begun.elapsed() < BookingConfig::default().patience / 2, "{:?}", begun.elapsed());
    assert_eq!(town.street.refused.load(Ordering::SeqCst), 6, "two, and four");
}

/// Nobody looks by himself within an hour: that a node without a way to the other one hears nothing then is the control, in
/// `verbs/journal.rs`.
#[sqlx::test(migrations = "../migrations")]
async fn who_watches_through_another_node_is_told_when_the_events_own_tells(pool: PgPool) {
    let town = Town::of(&pool).await;
    let patient = || BookingConfig { poll: Duration::from_secs(3_600), ..BookingConfig::default() };
    let (one, _) = town.node(&pool, 1, patient()).await;
    one.booking.sweep(town.event).await.expect("opened");
    let (two, _) = town.node(&pool, 2, patient()).await;
    let mut place = two.booking.subscribe(town.event, None).await.expect("a place");
    for (version, seat) in [(1, "A-1"), (2, "A-2")] {
        one.hold(one.ada, &[seat]).await.expect("held");
        while place.seen < version {
            tokio::time::timeout(Duration::from_secs(60), place.next()).await.expect("in time").expect("going on");
        }
    }
    assert_eq!(two.letter("A-2").await, SeatLetter::Held);
}

/// Every command is asked for again when its answer was lost, and done once.
#[sqlx::test(migrations = "../migrations")]
async fn a_command_whose_answer_was_lost_is_done_once_and_answered(pool: PgPool) {
    let town = Town::of(&pool).await;
    let [(one, _), (two, _)] = town.two(&pool).await;
    let lose = || town.street.lose.store(1, Ordering::SeqCst);
    lose();
    let held = two.hold(two.ada, &["A-1"]).await.expect("held");
    lose();
    assert_eq!(two.begin(&held, two.ada).await.hold_id, held.id);
    let payment = two.begin(&held, two.ada).await;
    lose();
    let order = two.say(&payment, crate::NoticeKind::Captured, "once").await.order_id.expect("an order");
    lose();
    assert_eq!(two.booking.cancel_order(order, Some(two.ada.into())).await.expect("back").state, OrderState::Refunded);
    let held = two.hold(two.ada, &["A-2"]).await.expect("held");
    lose();
    assert_eq!(two.booking.release(held.id, two.ada).await.expect("released").state, crate::HoldState::Released);
    lose();
    assert_eq!(two.block(&["B-1"]).await.expect("blocked").counts.blocked, 1);
    assert_eq!(town.street.lose.load(Ordering::SeqCst), 0);
    let (audited, holds) = (fixture::count(&pool, "audit").await, fixture::count(&pool, "holds").await);
    assert_eq!((audited.expect("a count"), holds.expect("a count")), (1, 2), "blocked once, held twice");
    one.balanced().await;
}

/// A sale has no key: the ids that came with it tell that it was done. The last place is the one that would be told as sold out.
#[sqlx::test(migrations = "../migrations")]
async fn a_sale_of_the_last_place_whose_answer_was_lost_is_no_refusal(pool: PgPool) {
    let event = fixture::event(&pool, &map(0, 0, 1), "[]", noon()).await.expect("an event");
    let town = Town { street: Arc::default(), event, clock: Clock::manual(noon()), broker: None };
    let [(one, _), (two, _)] = town.two(&pool).await;
    let contact = || Contact { name: "Ada".into(), email: "ada@example.com".into() };
    town.street.lose.store(1, Ordering::SeqCst);
    let ticket = two.booking.sell(event, OrganiserId::HOUSE, two.ada, contact()).await.expect("sold");
    let sold = two.booking.sold_tickets(TicketsOf::Event(event), None).await.expect("tickets");
    assert_eq!(sold.iter().map(|sold| sold.id).collect::<Vec<_>>(), [ticket]);
    let more = two.booking.sell(event, OrganiserId::HOUSE, two.ada, contact()).await;
    assert_eq!(refusal(more), Refusal::SoldOut, "the control: it was the last one");
    one.balanced().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_key_is_the_same_on_every_node_and_while_it_is_decided_elsewhere(pool: PgPool) {
    let town = Town::of(&pool).await;
    let [(one, _), (two, _)] = town.two(&pool).await;
    let wish = || Wanted::Seats(vec!["stalls-A-1".to_owned()]);
    let same = key();
    let asked = [&one, &two, &one, &two].map(|hall| hall.booking.hold(town.event, one.ada, wish(), same.clone()));
    let mut held = Vec::new();
    for answer in futures::future::join_all(asked).await {
        match answer {
            Ok(decided) => held.push(decided.value.id),
            Err(BookingError::InProgress) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    let again = two.booking.hold(town.event, one.ada, wish(), same).await.expect("the same");
    assert!(again.replayed && !held.is_empty() && held.iter().all(|id| *id == again.value.id));
    one.balanced().await;
}

/// The owner says nothing any more. Who waits for it takes the event when its time is over, and what it was asked is decided once.
#[sqlx::test(migrations = "../migrations")]
async fn an_event_whose_owner_is_silent_is_taken_over_while_a_command_waits(pool: PgPool) {
    let town = Town::of(&pool).await;
    let [(one, _), (two, leases)] = town.two(&pool).await;
    town.street.silent.lock().expect("whole").push("http://node-1".to_owned());
    let wait = two.hold(two.ada, &["A-1"]);
    let end = async {
        // by the database's clock alone
        fixture::spoil(&pool, "UPDATE nodes SET until = '-infinity' WHERE url = 'http://node-1'").await.expect("ended");
    };
    let (held, ()) = tokio::join!(wait, end);
    held.expect("held");
    assert!(leases.held().iter().any(|(name, _)| *name == LeaseName::event(town.event)));
    // the node that was taken for dead decides nothing by what it knew, and sends on what it is asked
    assert_eq!(refusal(one.hold(one.bob, &["A-1"]).await).code(), "seats_unavailable");
    assert_eq!(one.booking.registry.open_desks(), 0);
    one.balanced().await;
}

/// The event passed on and this desk has not noticed: the fence says so, before anything is decided. With the guard off it decides.
#[sqlx::test(migrations = "../migrations")]
async fn a_desk_whose_lease_has_another_epoch_decides_nothing(pool: PgPool) {
    for (stands, first) in [(true, 1), (false, 3)] {
        let town = Town::of(&pool).await;
        let controls = if stands { Controls::default() } else { Controls::without(&[Guard::Lease]) };
        let (one, _) = town.node(&pool, first, BookingConfig { controls, ..BookingConfig::default() }).await;
        let (two, _) = town.node(&pool, first + 1, BookingConfig::default()).await;
        one.hold(one.ada, &["A-1"]).await.expect("held");
        let passed = format!(
            "UPDATE leases SET epoch = nextval('lease_epochs'), node = n.id, incarnation = n.incarnation FROM nodes n
                WHERE n.url = 'http://node-{}' AND name = 'event/{}'",
            first + 1,
            town.event
        );
        fixture::spoil(&pool, &passed).await.expect("passed on");
        one.hold(one.ada, &["A-2"]).await.expect("held");
        assert_eq!(town.street.brought() > 0, stands, "it was sent to who has the event");
        assert_eq!((two.booking.registry.open_desks(), one.booking.registry.open_desks()), if stands { (1, 0) } else { (0, 1) });
        one.balanced().await;
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_node_that_leaves_hands_its_events_over_and_sends_on_what_still_comes(pool: PgPool) {
    let town = Town::of(&pool).await;
    let [(one, leases), (two, _)] = town.two(&pool).await;
    one.hold(one.ada, &["A-1"]).await.expect("held");
    one.booking.hand_over().await;
    one.hold(one.ada, &["A-2"]).await.expect("held, by the other");
    assert_eq!((one.booking.registry.open_desks(), two.booking.registry.open_desks()), (0, 1));
    assert!(leases.held().iter().all(|(name, _)| *name != LeaseName::event(town.event)));
    two.balanced().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_node_that_is_alone_hands_nothing_over_and_goes_on(pool: PgPool) {
    let town = Town::of(&pool).await;
    let (one, _) = town.node(&pool, 1, BookingConfig::default()).await;
    one.booking.hand_over().await;
    one.hold(one.ada, &["A-1"]).await.expect("held");
    assert_eq!(one.booking.registry.open_desks(), 1);
}

/// A node without an address is asked nothing: others sell beside it, and the fence keeps them apart, as ever.
#[sqlx::test(migrations = "../migrations")]
async fn nodes_that_cannot_be_asked_sell_side_by_side(pool: PgPool) {
    let town = Town::of(&pool).await;
    let mut halls = Vec::new();
    for n in 1..=2 {
        let leases = Leases::start(pool.clone(), Node { id: Uuid::from_u128(n), url: None }).await.expect("started");
        let nodes = Some(Nodes { leases, neighbours: None, broker: None, sells: true });
        let config = BookingConfig { nodes, ..BookingConfig::default() };
        halls.push(Hall::node(&pool, town.event, town.clock.clone(), config).await);
    }
    let [one, two] = [&halls[0], &halls[1]];
    one.hold(one.ada, &["A-1"]).await.expect("held");
    two.hold(two.ada, &["A-2"]).await.expect("held");
    assert_eq!(refusal(two.hold(two.bob, &["A-1"]).await).code(), "seats_unavailable");
    assert_eq!(refusal(one.hold(one.bob, &["A-2"]).await).code(), "seats_unavailable");
    one.balanced().await;
}

/// Whoever had the event is gone, and nobody asks for it: the node that has this job gives back what is over.
#[sqlx::test(migrations = "../migrations")]
async fn what_lapses_at_an_event_of_nobody_is_given_back(pool: PgPool) {
    let mut town = Town::of(&pool).await;
    town.clock = Clock::System;
    town.event = fixture::event(&pool, &map(2, 5, 20), TIERS, Clock::System.now()).await.expect("an event");
    let [(one, leases), (two, _)] = town.two(&pool).await;
    one.hold(one.ada, &["A-1"]).await.expect("held");
    one.booking.shutdown().await;
    leases.shutdown().await;
    two.booking.look_for_overdue().await.expect("looked");
    assert_eq!(two.letter("A-1").await, SeatLetter::Held, "not before its time");
    fixture::spoil(&pool, "UPDATE holds SET created_at = created_at - interval '1 hour', until = until - interval '1 hour'")
        .await
        .expect("long ago");
    two.booking.look_for_overdue().await.expect("looked");
    assert_eq!(two.letter("A-1").await, SeatLetter::Available);
    two.balanced().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_job_of_the_installation_is_done_by_one_node_until_it_goes(pool: PgPool) {
    let town = Town::of(&pool).await;
    let [(one, leases), (two, _)] = town.two(&pool).await;
    let job = LeaseName::job("test");
    let did = AtomicU32::new(0);
    let done = async |hall: &Hall| {
        let work = async {
            did.fetch_add(1, Ordering::SeqCst);
            Ok(())
        };
        hall.booking.once(&job, work).await.expect("an answer");
        did.swap(0, Ordering::SeqCst)
    };
    assert_eq!((done(&one).await, done(&two).await, done(&one).await), (1, 0, 1));
    leases.shutdown().await;
    let over = async {
        while done(&two).await == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), over).await.expect("the other does it");
}

/// Whoever had the event stopped inside its fence: the next owner puts it out when it opens the desk, and does not wait there.
#[sqlx::test(migrations = "../migrations")]
async fn an_owner_that_stopped_inside_the_fence_keeps_nobody_out(pool: PgPool) {
    let town = Town::of(&pool).await;
    let mut inside = pool.acquire().await.expect("a connection");
    desks::pass(&mut inside, town.event, None, &[]).await.expect("passed");
    fixture::asked_nothing_for_a_second(&pool).await;
    let (one, _) = town.node(&pool, 1, BookingConfig::default()).await;
    let began = Instant::now();
    one.hold(one.ada, &["A-1"]).await.expect("held");
    // who waits in the fence waits for five seconds
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    desks::run(&mut inside, desks::LEAVE).await.expect_err("put out");
    one.balanced().await;
}
