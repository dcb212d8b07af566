use domain::EventId;
use futures::FutureExt as _;
use futures::future::join_all;
use uuid::Uuid;

use super::*;
use crate::store::fixture;

fn name() -> LeaseName {
    LeaseName::event(EventId(Uuid::from_u128(7)))
}

fn node(n: u128) -> Node {
    Node { id: Uuid::from_u128(n), url: Some(format!("http://node-{n}")) }
}

async fn start(pool: &PgPool, n: u128) -> Leases {
    Leases::start(pool.clone(), node(n)).await.expect("started")
}

async fn mine(leases: &Leases) -> Option<Lease> {
    match leases.claim(&name()).await.expect("an answer") {
        Ownership::Mine(lease) => Some(lease),
        Ownership::Theirs(_) => None,
    }
}

impl Leases {
    /// Forgets what others have.
    fn forget(&self) {
        self.others.invalidate_all();
    }
}

/// Waits until this node gets the lease.
async fn takes_over(leases: &Leases) -> Lease {
    loop {
        leases.forget();
        if let Some(lease) = mine(leases).await {
            return lease;
        }
        tokio::task::yield_now().await;
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn of_many_claimants_at_once_one_has_it_and_all_know_who(pool: PgPool) {
    let nodes = join_all((1..=8).map(|n| start(&pool, n))).await;
    for round in 1..=10 {
        let name = LeaseName::event(EventId(Uuid::from_u128(round)));
        let claims = join_all(nodes.iter().flat_map(|node| [node.claim(&name), node.claim(&name)])).await;
        let (mut mine, mut theirs) = (Vec::new(), Vec::new());
        for (at, claim) in claims.into_iter().enumerate() {
            match claim.expect("an answer") {
                Ownership::Mine(lease) => mine.push((nodes[at / 2].node().id, lease.epoch)),
                Ownership::Theirs(other) => theirs.push((other.node, other.epoch, other.url)),
            }
        }
        assert_eq!((mine.len(), theirs.len()), (2, 14));
        let (node, epoch) = mine[0];
        assert_eq!(mine[1], mine[0], "claimed twice, had once");
        let url = format!("http://node-{}", node.as_u128());
        assert!(theirs.iter().all(|other| *other == (node, epoch, Some(url.clone()))));
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_given_back_is_free_at_once_with_a_greater_epoch_and_not_while_it_is_kept(pool: PgPool) {
    let [one, two] = [start(&pool, 1).await, start(&pool, 2).await];
    let (desk, queue) = (mine(&one).await.expect("free"), mine(&one).await.expect("mine"));
    assert_eq!(one.held(), [(name(), desk.epoch)]);
    let epoch = desk.epoch;
    drop(desk);
    one.release(&name()).await.expect("asked");
    two.forget();
    assert!(mine(&two).await.is_none() && queue.is_good(), "the queue still keeps it");
    drop(queue);
    one.release(&name()).await.expect("given back");
    assert!(one.owner(&name()).await.expect("an answer").is_none(), "free");
    two.forget();
    let lease = mine(&two).await.expect("free");
    assert!(lease.epoch > epoch, "though the row was gone in between");
    assert!(matches!(one.owner(&name()).await, Ok(Some(Ownership::Theirs(other))) if other.epoch == lease.epoch));
}

/// The node hears nothing of the database any more: by its own clock it stops before others may begin.
#[sqlx::test(migrations = "../migrations")]
async fn a_node_that_cannot_renew_has_lost_its_leases_before_another_takes_them(pool: PgPool) {
    let [one, two] = [start(&pool, 1).await, start(&pool, 2).await];
    let first = mine(&one).await.expect("free");
    assert!(mine(&two).await.is_none(), "the control: while it renews nobody else gets it");
    one.here.own.close().await;
    let second = takes_over(&two).await;
    assert!(!first.is_good(), "over before");
    assert!(second.epoch > first.epoch && second.is_good());
    first.lost.cancelled().await;
    assert!(matches!(one.claim(&name()).await, Err(Fault::Lost)), "without a heartbeat nothing is claimed");
    assert!(!one.is_alive() && one.held().is_empty());
}

/// Lets the database be away for longer than a heartbeat lasts.
async fn outage(pool: &PgPool, nodes: [&Leases; 2]) {
    let away = fixture::away(pool).await;
    while nodes.iter().any(|node| node.is_alive()) {
        tokio::task::yield_now().await;
    }
    away.commit().await.expect("back");
    while !nodes.iter().all(|node| node.is_alive()) {
        tokio::task::yield_now().await;
    }
}

/// The control: a node that is not courteous takes what it never had. What nobody takes again is free for all after a moment.
#[sqlx::test(migrations = "../migrations")]
async fn after_a_time_without_the_database_a_lease_is_its_nodes_again_whoever_asks_first(pool: PgPool) {
    let [one, two] = [start(&pool, 1).await, start(&pool, 2).await];
    let first = mine(&one).await.expect("free");
    outage(&pool, [&one, &two]).await;
    assert!(!first.is_good() && matches!(two.claim(&name()).await, Err(Fault::Lost)));
    assert!(mine(&one).await.expect("it had it").epoch > first.epoch);
    assert!(mine(&two).await.is_none(), "and it is told whose it is");
    let other = LeaseName::event(EventId(Uuid::from_u128(8)));
    while !matches!(two.claim(&other).await, Ok(Ownership::Mine(_))) {
        tokio::task::yield_now().await;
    }
    outage(&pool, [&one, &two]).await;
    two.here.is_impolite();
    assert!(mine(&two).await.is_some());
}

/// The control: a node that never had it takes nothing yet.
#[sqlx::test(migrations = "../migrations")]
async fn what_a_node_had_is_kept_in_mind_though_its_end_is_seen_twice(pool: PgPool) {
    let [one, two] = [start(&pool, 1).await, start(&pool, 2).await];
    mine(&one).await.expect("free");
    let away = fixture::away(&pool).await;
    while one.is_alive() || two.is_alive() {
        tokio::task::yield_now().await;
    }
    one.here.replaced(false);
    two.here.replaced(false);
    away.commit().await.expect("back");
    while !two.is_alive() {
        tokio::task::yield_now().await;
    }
    assert!(matches!(two.claim(&name()).await, Err(Fault::Lost)));
    while !one.is_alive() {
        tokio::task::yield_now().await;
    }
    assert!(mine(&one).await.is_some());
}

/// The control: whose nobody knows, all ask.
#[sqlx::test(migrations = "../migrations")]
async fn while_one_asks_whose_a_lease_is_now_it_is_to_others_as_it_was(pool: PgPool) {
    let [one, two] = [start(&pool, 1).await, start(&pool, 2).await];
    let lease = mine(&one).await.expect("free");
    two.owner(&name()).await.expect("an answer").expect("the first");
    two.doubt(&name(), lease.epoch);
    // between these two looks no time passes
    tokio::time::pause();
    let (known, unknown) = (name(), LeaseName::event(EventId(Uuid::from_u128(8))));
    let mut first = Box::pin(two.owner(&known));
    assert!(futures::poll!(&mut first).is_pending());
    let told = two.owner(&known).now_or_never();
    let mut both = [Box::pin(two.owner(&unknown)), Box::pin(two.owner(&unknown))];
    let ask = both.iter_mut().all(|asking| asking.now_or_never().is_none());
    tokio::time::resume();
    assert!(ask && matches!(told, Some(Ok(Some(Ownership::Theirs(other)))) if other.epoch == lease.epoch));
    assert!(matches!(first.await, Ok(Some(Ownership::Theirs(other))) if other.epoch == lease.epoch));
}

/// The control: of a lease that nobody is known to have had nothing is said.
#[sqlx::test(migrations = "../migrations")]
async fn while_the_database_is_away_the_node_that_had_a_lease_last_is_named(pool: PgPool) {
    let other = pool.options().clone().connect_with((*pool.connect_options()).clone()).await.expect("a pool");
    let [one, two] = [start(&pool, 1).await, start(&other, 2).await];
    mine(&one).await.expect("free");
    let asked = async |name| two.owner(&name).await;
    assert!(asked(name()).await.expect("an answer").is_some());
    other.close().await;
    for _ in 0..2 {
        let Ok(Some(Ownership::Theirs(last))) = asked(name()).await else { panic!("nobody") };
        assert_eq!(last.node, one.node().id);
        two.doubt(&name(), last.epoch);
    }
    assert!(asked(LeaseName::event(EventId(Uuid::from_u128(8)))).await.is_err());
    assert!(matches!(asked(name()).await, Ok(Some(_))) && asked(name()).now_or_never().is_some(), "one of many waits for that");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_node_that_others_took_for_dead_begins_anew_with_nothing(pool: PgPool) {
    let [one, two] = [start(&pool, 1).await, start(&pool, 2).await];
    let first = mine(&one).await.expect("free");
    let ended = "UPDATE nodes SET until = clock_timestamp() WHERE url = 'http://node-1'";
    assert_eq!(fixture::spoil(&pool, ended).await, 1);
    let second = takes_over(&two).await;
    first.lost.cancelled().await;
    while !one.is_alive() {
        tokio::task::yield_now().await;
    }
    one.forget();
    assert!(mine(&one).await.is_none() && second.is_good());
}

#[sqlx::test(migrations = "../migrations")]
async fn a_node_that_is_started_again_takes_its_own_at_once(pool: PgPool) {
    let [before, other] = [start(&pool, 1).await, start(&pool, 2).await];
    let first = mine(&before).await.expect("free");
    assert!(mine(&other).await.is_none());
    let again = start(&pool, 1).await;
    let second = mine(&again).await.expect("its own");
    assert!(second.epoch > first.epoch);
    // the process that was there before is a copy now: it loses what it had, and the two do not end each other for ever
    first.lost.cancelled().await;
    while !before.is_alive() {
        tokio::task::yield_now().await;
    }
    assert_ne!(before.node().id, again.node().id);
    assert!(second.is_good() && mine(&again).await.is_some());
}

#[sqlx::test(migrations = "../migrations")]
async fn a_node_that_stops_hands_over_at_once(pool: PgPool) {
    let [one, two] = [start(&pool, 1).await, start(&pool, 2).await];
    let first = mine(&one).await.expect("free");
    one.shutdown().await;
    assert!(first.lost.is_cancelled() && one.claim(&name()).await.is_err());
    assert!(mine(&two).await.is_some(), "with the first look");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_node_is_asked_from_when_it_says_where_it_is_until_it_gives_away_what_it_has(pool: PgPool) {
    let two = start(&pool, 2).await;
    let one = Leases::start(pool.clone(), Node { url: None, ..node(1) }).await.expect("started");
    assert!(two.other().await.expect("an answer").is_none(), "it takes no connections yet");
    one.say_where(Some("http://node-1".to_owned())).await;
    let other = two.other().await.expect("an answer").expect("a node");
    assert_eq!((other.node, other.url.as_deref()), (one.node().id, Some("http://node-1")));
    mine(&one).await.expect("free");
    two.give_away().await.expect("written");
    assert!(one.other().await.expect("an answer").is_none(), "of two that go at once neither gives to the other");
    two.here.enter().await.expect("a new life");
    assert!(one.other().await.expect("an answer").is_none(), "also in a later life");
    let told = two.owner(&name()).await.expect("an answer");
    assert!(matches!(told, Some(Ownership::Theirs(other)) if other.url.is_some()));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_job_runs_on_one_node_and_breaks_off_when_its_lease_is_lost(pool: PgPool) {
    let [one, two] = [start(&pool, 1).await, start(&pool, 2).await];
    let job = LeaseName::job("purge");
    assert_eq!(one.alone(&job, async { 1 }).await.expect("an answer"), Some(1));
    assert_eq!(two.alone(&job, async { 2 }).await.expect("an answer"), None);
    assert_eq!(one.alone(&job, async { 3 }).await.expect("an answer"), Some(3), "where it was");
    let endless = one.alone(&job, std::future::pending::<()>());
    let (broken_off, ()) = tokio::join!(endless, one.shutdown());
    assert_eq!(broken_off.expect("an answer"), None);
    two.forget();
    assert_eq!(two.alone(&job, async { 4 }).await.expect("an answer"), Some(4));
}

/// A renewal and a claim at the same instant: the renewal is under way when the last one's time is over. The control claims without
/// waiting for it, and two nodes have the lease.
#[sqlx::test(migrations = "../migrations")]
async fn of_a_renewal_and_a_claim_at_the_same_instant_one_sees_the_other(pool: PgPool) {
    let two = start(&pool, 2).await;
    for waits in [true, false] {
        if !waits {
            fixture::claims_without(&pool, " FOR SHARE").await;
        }
        let renewing = fixture::renewing(&pool, name()).await;
        two.forget();
        let asker = two.clone();
        let claiming = tokio::spawn(async move { mine(&asker).await });
        let claimed = async || claiming.await.expect("claimed").is_some();
        if waits {
            fixture::waits_for_a_lock(&pool).await;
            renewing.commit().await.expect("renewed");
            assert!(!claimed().await);
        } else {
            assert!(claimed().await, "both believe");
            renewing.commit().await.expect("renewed");
        }
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn rows_of_what_is_long_over_go_and_others_stay(pool: PgPool) {
    let [one, _two] = [start(&pool, 1).await, start(&pool, 2).await];
    mine(&one).await.expect("free");
    let gone =
        "INSERT INTO nodes SELECT gen_random_uuid(), NULL, 1, now() - make_interval(hours => h) FROM generate_series(1, 48) h";
    fixture::spoil(&pool, gone).await;
    let left = "INSERT INTO leases SELECT 'event/' || id, id, 1, 1 FROM nodes WHERE until < now() - interval '30 minutes'";
    assert_eq!(fixture::spoil(&pool, left).await, 48);
    assert_eq!(leases::purge(&pool, 10).await.expect("purged"), 10, "some at a time");
    one.here.purge().await;
    assert_eq!(fixture::count(&pool, "leases").await, 1);
    assert!((25..=26).contains(&fixture::count(&pool, "nodes").await), "for a day");
}

#[sqlx::test(migrations = "../migrations")]
async fn what_nobody_keeps_is_given_back_by_and_by_but_jobs_stay(pool: PgPool) {
    let one = start(&pool, 1).await;
    let kept = LeaseName::event(EventId(Uuid::from_u128(8)));
    let Ownership::Mine(lease) = one.claim(&kept).await.expect("an answer") else { panic!("not mine") };
    drop(mine(&one).await.expect("free"));
    one.alone(&LeaseName::job("purge"), async {}).await.expect("an answer");
    let idle = one.here.tidy(&Default::default()).await;
    assert_eq!((idle.len(), one.held().len()), (1, 3), "not at the first look");
    one.here.tidy(&idle).await;
    assert_eq!(one.held(), [(kept, lease.epoch), (LeaseName::job("purge"), lease.epoch + 2)]);
    assert_eq!(fixture::count(&pool, "leases").await, 2);
}

#[sqlx::test(migrations = "../migrations")]
async fn who_has_each_of_many_leases_is_asked_for_at_once(pool: PgPool) {
    let [one, two] = [start(&pool, 1).await, start(&pool, 2).await];
    let names: Vec<LeaseName> = (1..=4).map(|n| LeaseName::event(EventId(Uuid::from_u128(n)))).collect();
    let mut kept = Vec::new();
    for (node, name) in [(&one, &names[0]), (&two, &names[1]), (&one, &names[3])] {
        kept.push(node.claim(name).await.expect("free"));
    }
    let seen = async |by: &Leases| {
        let owners = by.owners(&names).await.expect("an answer");
        owners.into_iter().map(|owner| owner.and_then(|owner| owner.url)).collect::<Vec<_>>()
    };
    let url = |n: u32| Some(format!("http://node-{n}"));
    assert_eq!(seen(&two).await, [url(1), None, None, url(1)], "its own is no other's");
    assert_eq!(seen(&one).await, [None, url(2), None, None]);
    one.shutdown().await;
    assert_eq!(seen(&two).await, [None, None, None, None], "whoever stops has nothing");
}
