//! Desks as they open, make room, close and open again.

use std::sync::Arc;
use std::time::Duration;

use domain::{BuyerId, Clock, EventId};
use sqlx::PgPool;

use super::{Found, Handle, OPENINGS, Registry};
use crate::error::BookingError;
use crate::fixture::{Hall, TIERS, key, map, noon};
use crate::proof::listening::Heard;
use crate::rules::command::Command;
use crate::store::fixture;
use crate::{Booking, BookingConfig, Pools, SeatLetter, Wanted};

impl Registry {
    /// The desk of this node.
    async fn own(self: &Arc<Self>, event: EventId) -> Result<Handle, BookingError> {
        match self.desk(event).await? {
            Found::Here(desk) => Ok(desk),
            Found::There(other) => panic!("{other:?} has it"),
        }
    }

    pub fn open_desks(&self) -> usize {
        self.slots().len()
    }
}

fn open_desks(hall: &Hall) -> usize {
    hall.booking.registry.open_desks()
}

#[sqlx::test(migrations = "../migrations")]
async fn a_desk_is_rebuilt_from_rows_as_it_was(pool: PgPool) {
    let hall = Hall::open(&pool).await;
    hall.buy(hall.ada, &["A-1"]).await;
    hall.hold(hall.ada, &["A-2"]).await.expect("held");
    hall.floor(hall.bob, 2).await.expect("held");
    hall.block(&["B-1"]).await.expect("blocked");
    let before = hall.booking.seats(hall.event).await.expect("seats");
    // Nothing is shut down: the first node just stops being asked, as after kill -9.
    let next = Hall::node(&pool, hall.event, hall.clock.clone(), BookingConfig::default()).await;
    assert_eq!(*next.booking.seats(hall.event).await.expect("seats"), *before);
    next.wait(305_000_000);
    next.booking.sweep(hall.event).await.expect("swept");
    assert_eq!(next.letter("A-2").await, SeatLetter::Available);
    next.balanced().await;
}

/// Whether the desk is there at once.
async fn asked(desk: &mut std::pin::Pin<Box<impl Future<Output = Result<Handle, BookingError>>>>) -> bool {
    std::future::poll_fn(|cx| std::task::Poll::Ready(desk.as_mut().poll(cx).is_ready())).await
}

#[sqlx::test(migrations = "../migrations")]
async fn who_gives_up_while_a_desk_opens_leaves_no_place_behind(pool: PgPool) {
    let hall = Hall::open(&pool).await;
    let registry = &hall.booking.registry;
    let mut nowhere = Box::pin(registry.own(EventId::at(noon())));
    assert!(!asked(&mut nowhere).await);
    assert_eq!(registry.open_desks(), 1);
    drop(nowhere);
    assert_eq!(registry.open_desks(), 0);
}

/// Were the place taken away with one who gives up, the others would open a desk that nobody finds.
#[sqlx::test(migrations = "../migrations")]
async fn the_place_of_a_desk_stays_for_those_who_still_wait(pool: PgPool) {
    let hall = Hall::open(&pool).await;
    let registry = &hall.booking.registry;
    // all may open again: what is refused is refused to the first only
    let all = Arc::clone(&registry.openings).acquire_many_owned(OPENINGS as u32).await.expect("all");
    let mut first = Box::pin(registry.own(hall.event));
    let mut second = Box::pin(registry.own(hall.event));
    assert!(!asked(&mut first).await && !asked(&mut second).await);
    let failed = first.await;
    assert!(matches!(failed, Err(BookingError::Busy { .. })), "no room in time");
    assert_eq!(registry.open_desks(), 1, "the second still waits");
    drop(all);
    let desk = second.await.expect("a desk");
    assert!(desk.commands.same_channel(&registry.own(hall.event).await.expect("a desk").commands), "it is the one desk");
}

async fn one_held(hall: &Hall, event: EventId) -> crate::HoldView {
    let seat = Wanted::Seats(vec!["stalls-A-1".into()]);
    hall.booking.hold(event, hall.ada, seat, key()).await.expect("held").value
}

#[sqlx::test(migrations = "../migrations")]
async fn desks_are_bounded_and_neither_viewers_nor_unknown_events_take_their_room(pool: PgPool) {
    let first = Hall::open(&pool).await;
    let config = BookingConfig { desks: 2, ..BookingConfig::default() };
    let hall = Hall::node(&pool, first.event, first.clock.clone(), config).await;
    let mut events = vec![first.event];
    for _ in 0..3 {
        events.push(fixture::event(&pool, &map(1, 2, 0), TIERS, noon()).await.expect("an event"));
    }
    let mut places = Vec::new();
    for event in &events {
        places.push(hall.booking.subscribe(*event, None).await.expect("a place"));
    }
    for event in &events {
        one_held(&hall, *event).await;
        assert!(open_desks(&hall) <= 2);
    }
    let open: Vec<EventId> = hall.booking.registry.slots().keys().copied().collect();
    for _ in 0..5 {
        let nowhere = hall.booking.sweep(EventId::at(noon())).await;
        assert!(matches!(nowhere, Err(BookingError::NotFound)), "{nowhere:?}");
    }
    assert!(open.iter().all(|event| hall.booking.registry.slots().contains_key(event)), "nobody left for an unknown event");
}

#[sqlx::test(migrations = "../migrations")]
async fn held_places_lapse_in_sight_of_all_though_their_desk_had_to_make_room(pool: PgPool) {
    let opened = Clock::System.now() - crate::fixture::seconds(60);
    let mut events = Vec::new();
    for _ in 0..3 {
        events.push(fixture::event(&pool, &map(1, 2, 0), TIERS, opened).await.expect("an event"));
    }
    let config = BookingConfig { hold_ttl: Duration::from_millis(100), desks: 1, ..BookingConfig::default() };
    let hall = Hall::node(&pool, events[0], Clock::System, config).await;
    let mut place = hall.booking.subscribe(events[0], None).await.expect("a place");
    for event in &events {
        one_held(&hall, *event).await;
    }
    while place.seen < 2 {
        let heard = tokio::time::timeout(Duration::from_secs(60), place.next()).await.expect("in time").expect("going on");
        assert!(matches!(heard, Heard::Entry(_)), "{heard:?}");
    }
    assert!(open_desks(&hall) <= 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_desk_that_panics_is_opened_again_and_those_who_waited_hear_of_it(pool: PgPool) {
    let hall = Hall::open(&pool).await;
    hall.hold(hall.ada, &["A-1"]).await.expect("held");
    let broken = hall.booking.ask(hall.event, Command::Panic, None).await;
    assert!(matches!(broken, Err(BookingError::Busy { .. })), "{broken:?}");
    hall.hold(hall.ada, &["A-2"]).await.expect("the next desk goes on");
    assert_eq!(hall.letter("A-2").await, SeatLetter::Held);
    hall.balanced().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn an_event_that_is_deleted_while_its_desk_is_open_is_not_found(pool: PgPool) {
    let hall = Hall::open(&pool).await;
    hall.booking.sweep(hall.event).await.expect("a desk is open");
    hall.booking.seats(hall.event).await.expect("seats");
    fixture::spoil(&pool, &format!("DELETE FROM events WHERE id = '{}'", hall.event)).await.expect("nobody sold there");
    for _ in 0..2 {
        let held = hall.hold(hall.ada, &["A-1"]).await;
        assert!(matches!(held, Err(BookingError::NotFound)), "{held:?}");
        let blocked = hall.block(&["A-1"]).await;
        assert!(matches!(blocked, Err(BookingError::NotFound)), "{blocked:?}");
    }
    assert_eq!(fixture::count(&pool, "desks").await.expect("a count"), 0, "and nothing is left of it");
}

/// Opening waits for an exchange of the map that is under way, and the other way round.
#[sqlx::test(migrations = "../migrations")]
async fn opening_a_desk_and_exchanging_the_map_wait_for_each_other(pool: PgPool) {
    let hall = Hall::open(&pool).await;
    let other = fixture::event(&pool, &map(1, 3, 0), TIERS, noon()).await.expect("an event");
    let mut exchange = pool.begin().await.expect("a transaction");
    fixture::change_in(&mut exchange, hall.event, &fixture::map_of(other)).await.expect("exchanged");
    let asked = hall.hold(hall.ada, &["A-3"]);
    let exchanged = async {
        fixture::waits_for_a_lock(&pool).await;
        exchange.commit().await.expect("committed");
    };
    let (held, ()) = tokio::join!(asked, exchanged);
    held.expect("a seat of the new map");
    let fourth = hall.hold(hall.ada, &["A-4"]).await;
    assert!(matches!(fourth, Err(BookingError::Invalid(_))), "{fourth:?}");
    hall.balanced().await;
}

/// What a race with an exchange may have left before there was a lock.
#[sqlx::test(migrations = "../migrations")]
async fn a_desk_made_for_another_map_is_mended_when_it_opens(pool: PgPool) {
    let hall = Hall::open(&pool).await;
    let left = [
        format!("INSERT INTO desks (event_id, available, capacity) VALUES ('{}', 7, 7)", hall.event),
        format!("INSERT INTO area_counts (event_id, area, capacity) VALUES ('{}', 0, 3), ('{0}', 1, 4)", hall.event),
    ];
    for statement in &left {
        fixture::spoil(&pool, statement).await.expect("spoiled");
    }
    assert_eq!(hall.booking.seats(hall.event).await.expect("seats").counts.available, 30);
    hall.floor(hall.ada, 4).await.expect("held");
    hall.balanced().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_full_queue_answers_busy_at_once(pool: PgPool) {
    let first = Hall::open(&pool).await;
    let config = BookingConfig { queue: 1, pile: 1, ..BookingConfig::default() };
    let hall = Hall::node(&pool, first.event, first.clock.clone(), config).await;
    let asked = (0..20).map(|_| hall.hold(hall.ada, &["A-1"]));
    let answers = futures::future::join_all(asked).await;
    let busy = answers.iter().filter(|answer| matches!(answer, Err(BookingError::Busy { .. }))).count();
    assert!(busy > 0 && answers.iter().filter(|answer| answer.is_ok()).count() == 1, "{answers:?}");
}

#[sqlx::test(migrations = "../migrations")]
async fn an_idle_desk_closes_and_the_next_command_opens_it_again(pool: PgPool) {
    let first = Hall::open(&pool).await;
    let config = BookingConfig { idle: Duration::from_millis(50), ..BookingConfig::default() };
    let hall = Hall::node(&pool, first.event, first.clock.clone(), config).await;
    hall.booking.sweep(hall.event).await.expect("a desk is open");
    let closed = async {
        while open_desks(&hall) > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), closed).await.expect("it closes");
    hall.hold(hall.ada, &["A-1"]).await.expect("held");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_seat_map_stays_once_a_seat_was_taken(pool: PgPool) {
    let hall = Hall::open(&pool).await;
    let other = fixture::event(&pool, &map(1, 3, 0), TIERS, noon()).await.expect("an event");
    let swap = format!("seat_map_id = (SELECT seat_map_id FROM events WHERE id = '{other}')");
    hall.booking.seats(hall.event).await.expect("seats");
    fixture::change(&pool, hall.event, &swap).await.expect("nothing was taken yet");
    hall.hold(hall.ada, &["A-3"]).await.expect("a seat of the new map");
    let fourth = hall.hold(hall.ada, &["A-4"]).await;
    assert!(matches!(fourth, Err(BookingError::Invalid(_))), "the new map has three: {fourth:?}");
    for statement in ["seat_map_id = NULL", &swap.replace(&other.to_string(), &EventId::at(noon()).to_string())] {
        let refused = fixture::change(&pool, hall.event, statement).await.expect_err("in use").to_string();
        assert!(refused.contains("seat_map_in_use"), "{refused}");
    }
    let gone = fixture::spoil(&pool, &format!("DELETE FROM events WHERE id = '{}'", hall.event)).await.expect_err("in use");
    assert!(gone.to_string().contains("event_in_use"), "{gone}");
    fixture::spoil(&pool, &format!("DELETE FROM events WHERE id = '{other}'")).await.expect("nobody sold there");
    hall.balanced().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_desk_wakes_by_itself_when_a_hold_is_over(pool: PgPool) {
    let opened = Clock::System.now() - crate::fixture::seconds(60);
    let event = fixture::event(&pool, &map(1, 2, 0), TIERS, opened).await.expect("an event");
    let config = BookingConfig { hold_ttl: Duration::from_millis(100), ..BookingConfig::default() };
    let hall = Hall::node(&pool, event, Clock::System, config).await;
    // who listens before it is held hears of the end however long the hold took to be answered
    let mut place = hall.booking.subscribe(event, None).await.expect("a place");
    hall.hold(hall.ada, &["A-1"]).await.expect("held");
    let mut last = None;
    while place.seen < 2 {
        let next = tokio::time::timeout(Duration::from_secs(60), place.next()).await.expect("it wakes").expect("going on");
        let Heard::Entry(told) = next else { panic!("{next:?}") };
        last = Some((told.entry.version, told.entry.seats[0].1));
    }
    assert_eq!(last, Some((2, SeatLetter::Available)));
    let given_back = async {
        while pool.num_idle() < pool.size() as usize {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), given_back).await.expect("a desk that waits holds no connection");
    hall.balanced().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn the_counts_behind_the_badge_move_with_every_sale(pool: PgPool) {
    let hall = Hall::open(&pool).await;
    hall.hold(hall.ada, &["A-1"]).await.expect("held");
    let counts = hall.booking.availability_within(None).await.expect("counts");
    assert_eq!(
        counts.iter().map(|of| (of.event_id, of.counts.available, of.counts.held)).collect::<Vec<_>>(),
        [(hall.event, 29, 1)]
    );
}

/// Ten seats in tier 1, a floor of twenty places in tier 2.
#[sqlx::test(migrations = "../migrations")]
async fn each_tier_has_the_badge_of_its_own_places(pool: PgPool) {
    let hall = Hall::open(&pool).await;
    let told = async || {
        let counts = hall.booking.availability_within(None).await.expect("counts");
        counts[0].tiers.map(|tiers| tiers.to_string())
    };
    hall.hold(hall.ada, &["A-1", "A-2", "A-3", "A-4", "A-5"]).await.expect("held");
    assert_eq!(told().await.as_deref(), Some(""), "five of ten are left");
    hall.hold(hall.bob, &["B-1", "B-2", "B-3", "B-4"]).await.expect("held");
    assert_eq!(told().await.as_deref(), Some("1f"), "one of ten is left, and of all places more than two thirds");
    let last = hall.hold(hall.bob, &["B-5"]).await.expect("held");
    assert_eq!(told().await.as_deref(), Some("1h"));
    hall.booking.release(last.id, hall.bob).await.expect("released");
    assert_eq!(told().await.as_deref(), Some("1f"));
    crate::store::fixture::spoil(&pool, "UPDATE desks SET version = version + 1")
        .await
        .expect("as a program does that says no badges");
    assert_eq!(told().await, None);
}

/// The control is a change that moves nothing: what was said stays said.
#[sqlx::test(migrations = "../migrations")]
async fn badges_move_with_their_places_and_no_desk_says_them_by_terms_from_before(pool: PgPool) {
    let hall = Hall::open(&pool).await;
    let told = async || {
        let counts = hall.booking.availability_within(None).await.expect("counts");
        counts[0].tiers.map(|tiers| tiers.to_string())
    };
    let floor = hall.floor(hall.ada, 10).await.expect("held");
    hall.floor(hall.bob, 10).await.expect("held");
    assert_eq!(told().await.as_deref(), Some("2h"));
    let change = async |assignment: &str| crate::store::fixture::change(&pool, hall.event, assignment).await.expect("changed");
    change("title = 'Other'").await;
    assert_eq!(told().await.as_deref(), Some("2h"));
    change(r#"tier_of = '{"floor": "1", "stalls": "2"}'"#).await;
    assert_eq!(told().await, None, "whoever reads is told none rather than those from before");
    hall.booking.badge_moved(None).await.expect("written");
    assert_eq!(told().await.as_deref(), Some("1h"), "the floor is in tier 1 now");
    crate::store::fixture::spoil(&pool, "UPDATE desks SET tiers_moved = 1000000, badged_version = NULL").await.expect("moved");
    hall.booking.badge_moved(None).await.expect("asked for");
    hall.booking.release(floor.id, hall.ada).await.expect("released");
    assert_eq!(told().await, None, "a desk that knows terms from before the move says nothing");
}

#[sqlx::test(migrations = "../migrations")]
async fn what_changed_lately_is_told_by_the_databases_clock(pool: PgPool) {
    let hall = Hall::open(&pool).await;
    hall.hold(hall.ada, &["A-1"]).await.expect("held");
    let changed = async |seconds: i64| {
        fixture::desks_changed(&pool, seconds).await.expect("set");
    };
    let told = async |within: Option<u64>| {
        let counts = hall.booking.availability_within(within.map(Duration::from_secs)).await.expect("counts");
        !counts.is_empty()
    };
    changed(0).await;
    assert!(told(Some(0)).await && told(None).await);
    changed(-2).await;
    assert!(told(Some(0)).await, "commit order is not clock order");
    changed(-120).await;
    assert!(!told(Some(0)).await && told(Some(120)).await && told(None).await);
    changed(1_000_000).await;
    assert!(told(Some(0)).await, "a clock in the future is told each time, and hides nothing: no row says from when on to ask");
}

/// An import changes very many events in one transaction. The control: where who waits for it keeps his connection, nobody else has one.
#[sqlx::test(migrations = "../migrations")]
async fn who_asks_for_places_at_an_event_that_is_just_changed_keeps_nobody_from_places_elsewhere(pool: PgPool) {
    for (most, patience, sells) in [("200ms", 60, true), ("0", 1, false)] {
        let changed = fixture::event(&pool, &map(1, 2, 0), TIERS, noon()).await.expect("an event");
        let other = fixture::event(&pool, &map(1, 2, 0), TIERS, noon()).await.expect("an event");
        let options = (*pool.connect_options()).clone().options([("lock_timeout", most)]);
        let desks = sqlx::postgres::PgPoolOptions::new().max_connections(1).connect_lazy_with(options);
        let config = BookingConfig { patience: Duration::from_secs(patience), ..BookingConfig::default() };
        let booking = Booking::open(Pools { desks, others: pool.clone() }, Clock::manual(noon()), config);
        let mut import = pool.begin().await.expect("begun");
        fixture::change_in(&mut import, changed, "title = 'Another'").await.expect("changed");
        let best = || Wanted::Best(crate::rules::wanted::Best::of(1));
        let asked = async |event| booking.hold(event, BuyerId::at(noon()), best(), key()).await;
        let waiting = tokio::spawn({
            let booking = booking.clone();
            async move { booking.hold(changed, BuyerId::at(noon()), best(), key()).await.is_ok() }
        });
        fixture::waits_for_a_lock(&pool).await;
        let elsewhere = asked(other).await;
        assert_eq!(elsewhere.is_ok(), sells, "{elsewhere:?}");
        import.commit().await.expect("changed");
        assert_eq!(waiting.await.expect("no panic"), sells, "and who waited has them when it is over");
    }
}
