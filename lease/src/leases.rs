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
/// How long the database may take to say who has a lease that another node is known to have had; then it is believed to have it still.
const ASKED: Duration = Duration::from_secs(1);
/// For how long that is remembered.
const REMEMBERED: Duration = Duration::from_secs(60);
/// Of how many leases others are known to have them.
const KNOWN: u64 = 10_000;
/// The pause before the keeper begins again, should it panic.
const PAUSE: Duration = Duration::from_millis(100);

/// Claims leases for this node and keeps its heartbeat.
#[derive(Clone)]
pub struct Leases {
    here: Arc<Here>,
    others: Cache<LeaseName, Belief>,
}

/// That another node has a lease.
#[derive(Clone)]
struct Belief {
    other: Neighbour,
    /// Until when it is not asked whether that is still so.
    until: Instant,
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
        let others = Cache::builder().max_capacity(KNOWN).time_to_live(REMEMBERED).build();
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
        if !self.here.may_take(*name) {
            // it is free, and another node may be about to take it again
            let other = self.ask_owner(name).await?.ok_or(Fault::Lost)?;
            return Ok(Ownership::Theirs(other));
        }
        let found = leases::claim(&self.here.pool, *name, node, incarnation).await?.ok_or(Fault::Lost)?;
        if (found.has.node, found.incarnation) != (node, incarnation) {
            self.believe(*name, &found.has, BELIEVED);
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
        let theirs = || self.others.get(name).filter(|belief| Instant::now() < belief.until);
        mine.map(Ownership::Mine).or_else(|| theirs().map(|belief| Ownership::Theirs(belief.other)))
    }

    fn believe(&self, name: LeaseName, other: &Neighbour, long: Duration) {
        self.others.insert(name, Belief { other: other.clone(), until: Instant::now() + long });
    }

    /// Gives none when that life ended while the lease was claimed.
    fn note(&self, name: LeaseName, incarnation: i64, epoch: i64) -> Option<Ownership> {
        let mut life = self.here.life();
        let life = life.as_mut().filter(|life| life.incarnation == incarnation)?;
        let lease = Lease::new(epoch, &life.pulse);
        life.held.insert(name, lease.clone());
        // whoever had it before is not taken for its owner should the database go away
        self.others.invalidate(&name);
        Some(Ownership::Mine(lease))
    }

    /// Who has a lease, without claiming it; none where it is free. The same belief as [`Leases::claim`]'s. While the database is away the
    /// node that had it last is named, for a minute.
    pub async fn owner(&self, name: &LeaseName) -> Result<Option<Ownership>, Fault> {
        if let Some(known) = self.known(name) {
            return Ok(Some(known));
        }
        let Some(Belief { other: last, .. }) = self.others.get(name) else {
            return Ok(self.ask_owner(name).await?.map(Ownership::Theirs));
        };
        // one of many asks: for the others it is as it was meanwhile, or a database that is slow would be asked by all of them
        self.believe(*name, &last, BELIEVED);
        match tokio::time::timeout(ASKED, self.ask_owner(name)).await {
            Ok(Err(Fault::Database(error))) if pg::away(&error).is_some() => {}
            Ok(found) => return Ok(found?.map(Ownership::Theirs)),
            Err(_) => {}
        }
        // not everybody is to wait for an answer that does not come
        self.believe(*name, &last, ASKED);
        Ok(Some(Ownership::Theirs(last)))
    }

    /// Which other node has each of these leases, asked for all at once; none where it is this node's or free.
    pub async fn owners(&self, names: &[LeaseName]) -> Result<Vec<Option<Neighbour>>, Fault> {
        let names: Vec<String> = names.iter().map(LeaseName::to_string).collect();
        let (own, found) = (self.node().id, leases::owners(&self.here.pool, &names).await?);
        Ok(found.into_iter().map(|owner| owner.filter(|owner| owner.node != own)).collect())
    }

    async fn ask_owner(&self, name: &LeaseName) -> Result<Option<Neighbour>, Fault> {
        let found = leases::owner(&self.here.pool, *name).await?;
        // this node's, and not known here: of the moment before or after
        let found = found.filter(|found| found.node != self.node().id);
        match &found {
            Some(found) => self.believe(*name, found, BELIEVED),
            None => self.others.invalidate(name),
        }
        Ok(found)
    }

    /// Asks anew whether another node has it with this epoch: that one said no, or nothing.
    pub fn doubt(&self, name: &LeaseName, epoch: i64) {
        if let Some(Belief { other, .. }) = self.others.get(name).filter(|belief| belief.other.epoch == epoch) {
            self.believe(*name, &other, Duration::ZERO);
        }
    }

    /// Says where this node can be asked, as it can from now on; a node that was started without an address is asked nothing before.
    pub async fn say_where(&self, url: Option<String>) {
        self.here.says_where(url);
        self.here.beat(Instant::now()).await;
    }

    /// Says by which address the outside reaches this node. Gives those of the other nodes that live.
    pub async fn meet(&self, public_url: &str) -> Result<Vec<String>, Fault> {
        Ok(leases::meet(&self.here.pool, self.node().id, public_url).await?)
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
mod tests;
