//! The handle to leases: shared by all rooms, cheap to clone.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use moka::sync::Cache;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::lease::{Fault, Lease, Neighbour, Node, Ownership};
use crate::name::LeaseName;
use crate::node::{Here, end};
use crate::store::leases;

/// For how long it is believed that another node has a lease: whoever is told "not mine" there forgets it at once.
const BELIEVED: Duration = Duration::from_millis(250);
/// Of how many leases others are known to have them.
const KNOWN: u64 = 10_000;
/// The pause before the keeper begins again, should it panic.
const PAUSE: Duration = Duration::from_millis(100);

/// Claims leases for this node and keeps its heartbeat.
#[derive(Clone)]
pub struct Leases {
    here: Arc<Here>,
    others: Cache<LeaseName, Neighbour>,
}

impl Leases {
    /// Begins a life of this node: what an earlier life of the same node had is free at once.
    ///
    /// Takes     `node`: its id is the same after a restart, and no other process's.
    /// Cost      one connection beside the pool's, one statement each half second.
    pub async fn start(pool: PgPool, node: Node) -> Result<Leases, Fault> {
        let own = PgPoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
        // a heartbeat that a crash of the database forgets is a shorter one: none waits for the disk
        let options = (*pool.connect_options()).clone().options([("synchronous_commit", "off")]);
        let own = own.connect_lazy_with(options);
        let here = Arc::new(Here::new(pool, own, node));
        here.enter().await?;
        tokio::spawn(supervise(Arc::downgrade(&here), here.stopped.clone()));
        tokio::spawn(Here::keep_tidy(Arc::downgrade(&here), here.stopped.clone()));
        let others = Cache::builder().max_capacity(KNOWN).time_to_live(BELIEVED).build();
        Ok(Leases { here, others })
    }

    /// This node as it is now.
    pub fn node(&self) -> Node {
        self.here.node()
    }

    /// Takes a lease, or says who has it. What this node has it has once, however many ask.
    ///
    /// Refuses   [`Fault::Lost`] while this node has no heartbeat.
    /// Cost      nothing where this node has it, or where it was told a moment ago that another does; else one statement.
    pub async fn claim(&self, name: &LeaseName) -> Result<Ownership, Fault> {
        if let Some(known) = self.known(name) {
            return Ok(known);
        }
        let _alone = self.here.gate(*name).lock().await;
        if let Some(known) = self.known(name) {
            return Ok(known);
        }
        let (node, incarnation) = self.here.alive().ok_or(Fault::Lost)?;
        let found = leases::claim(&self.here.pool, *name, node, incarnation).await?.ok_or(Fault::Lost)?;
        if (found.has.node, found.incarnation) != (node, incarnation) {
            self.others.insert(*name, found.has.clone());
            return Ok(Ownership::Theirs(found.has));
        }
        if found.taken {
            metrics::counter!("lease_taken_total").increment(1);
            tracing::debug!(%name, epoch = found.has.epoch, "a lease was taken");
        }
        self.note(*name, incarnation, found.has.epoch).ok_or(Fault::Lost)
    }

    fn known(&self, name: &LeaseName) -> Option<Ownership> {
        let mine = self.here.life().as_ref().and_then(|life| life.held.get(name).cloned());
        mine.map(Ownership::Mine).or_else(|| self.others.get(name).map(Ownership::Theirs))
    }

    /// Gives none when that life ended while the lease was claimed.
    fn note(&self, name: LeaseName, incarnation: i64, epoch: i64) -> Option<Ownership> {
        let mut life = self.here.life();
        let life = life.as_mut().filter(|life| life.incarnation == incarnation)?;
        let lease = Lease::new(epoch, &life.pulse);
        life.held.insert(name, lease.clone());
        Some(Ownership::Mine(lease))
    }

    /// Who has a lease, without claiming it; none where it is free. The same belief as [`Leases::claim`]'s.
    pub async fn owner(&self, name: &LeaseName) -> Result<Option<Ownership>, Fault> {
        if let Some(known) = self.known(name) {
            return Ok(Some(known));
        }
        let found = leases::owner(&self.here.pool, *name).await?;
        // this node's, and not known here: of the moment before or after
        let found = found.filter(|found| found.node != self.node().id);
        if let Some(found) = &found {
            self.others.insert(*name, found.clone());
        }
        Ok(found.map(Ownership::Theirs))
    }

    /// Forgets that another node has it with this epoch: that one said no.
    pub fn doubt(&self, name: &LeaseName, epoch: i64) {
        if self.others.get(name).is_some_and(|other| other.epoch == epoch) {
            self.others.invalidate(name);
        }
    }

    /// Says where this node can be asked, as it can from now on; a node that was started without an address is asked nothing before.
    pub async fn say_where(&self, url: Option<String>) {
        self.here.says_where(url);
        self.here.beat(Instant::now()).await;
    }

    /// Says that this node gives away what it has: no other one gives it anything from then on.
    pub async fn give_away(&self) -> Result<(), Fault> {
        self.here.leaving.store(true, Ordering::SeqCst);
        Ok(leases::give_away(&self.here.pool, &self.node()).await?)
    }

    /// Another node that lives, stays, and can be asked, by chance; its epoch is no lease's.
    pub async fn other(&self) -> Result<Option<Neighbour>, Fault> {
        Ok(leases::other(&self.here.pool, self.node().id).await?)
    }

    /// Forgets a lease that this node has: its row is another's, as a transaction saw.
    ///
    /// Takes     `epoch`: of the lease that is over.
    pub fn lose(&self, name: &LeaseName, epoch: i64) {
        let mut life = self.here.life();
        let Some(life) = life.as_mut() else { return };
        if life.held.get(name).is_some_and(|lease| lease.epoch == epoch)
            && let Some(lease) = life.held.remove(name)
        {
            lease.lost.cancel();
        }
    }

    /// Gives a lease back, unless somebody on this node still keeps a [`Lease`] of it.
    ///
    /// Should this fail, the node keeps it and gives it back later: what nobody keeps goes by itself within some seconds.
    pub async fn release(&self, name: &LeaseName) -> Result<(), Fault> {
        Ok(self.here.release(*name).await?)
    }

    /// Does something if this node has the lease or gets it; breaks off when the lease is lost.
    ///
    /// Gives     none where another node has it, or the lease was lost on the way.
    pub async fn alone<T>(&self, name: &LeaseName, work: impl Future<Output = T>) -> Result<Option<T>, Fault> {
        match self.claim(name).await? {
            Ownership::Mine(lease) => Ok(lease.lost.run_until_cancelled(work).await),
            Ownership::Theirs(_) => Ok(None),
        }
    }

    /// The leases of this node with their epochs, in order of name.
    pub fn held(&self) -> Vec<(LeaseName, i64)> {
        let life = self.here.life();
        let mut held: Vec<_> = life.iter().flat_map(|life| &life.held).map(|(name, lease)| (*name, lease.epoch)).collect();
        held.sort_unstable();
        held
    }

    /// Whether this node has a heartbeat.
    pub fn is_alive(&self) -> bool {
        self.here.alive().is_some()
    }

    /// Gives everything back and ends the heartbeat: others take over at once. Whoever works by a lease has ended before.
    pub async fn shutdown(&self) {
        self.here.stopped.cancel();
        let ended = self.here.life().take();
        let Some(life) = ended else { return };
        let (node, incarnation) = (self.node(), life.incarnation);
        end(Some(life));
        let given = async {
            leases::release_all(&self.here.pool, node.id, incarnation).await?;
            leases::leave(&self.here.pool, &node, incarnation).await
        };
        if let Err(error) = given.await {
            tracing::warn!(%error, "this node's leases are over in two seconds");
        }
        self.here.own.close().await;
    }
}

/// Keeps the heartbeat until the node stops, or nobody has the handle any more.
async fn supervise(here: Weak<Here>, stopped: CancellationToken) {
    while let Err(gone) = tokio::spawn(Here::keep(here.clone(), stopped.clone())).await {
        tracing::error!(%gone, "the heartbeat's keeper ended and begins again");
        tokio::time::sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use domain::EventId;
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
        let gone = "INSERT INTO nodes SELECT gen_random_uuid(), NULL, 1, now() - make_interval(hours => h) FROM generate_series(1, 48) h";
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
}
