//! One life after the other of this node: its heartbeat, and what it has.

use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use sqlx::PgPool;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::lease::{Lease, Node, Pulse};
use crate::name::LeaseName;
use crate::store::{LIFE, leases};

/// How often the heartbeat is renewed.  Source: issue 15.
const BEAT: Duration = Duration::from_millis(500);
/// How often is looked for what nobody keeps any more, and how long nobody must have kept it.
const TIDY: Duration = Duration::from_secs(5);
/// How often rows are purged, and how many at once.
const PURGE: Duration = Duration::from_secs(60);
const BITE: i64 = 1_000;
const GATES: usize = 64;
/// For how long a node that was away leaves to others what they had before it: until each of them has a heartbeat again.
const COURTESY: Duration = LIFE;

/// A life of this node. A new one has nothing.
pub struct Life {
    pub incarnation: i64,
    pub pulse: Pulse,
    pub held: HashMap<LeaseName, Lease>,
}

/// What the lives before this one had, which it may take at once.
#[derive(Default)]
struct Past {
    had: HashSet<LeaseName>,
    /// Until when it takes nothing else.
    courteous: Option<Instant>,
}

impl Past {
    fn is_courteous(&self) -> bool {
        self.courteous.is_some_and(|until| Instant::now() < until)
    }
}

/// What is known on this node.
pub struct Here {
    pub pool: PgPool,
    /// A connection of its own: a busy pool must not cost the heartbeat.
    pub own: PgPool,
    node: Mutex<Node>,
    /// It gives away what it has, also in a later life.
    pub leaving: AtomicBool,
    /// None: it has none just now.
    life: Mutex<Option<Life>>,
    past: Mutex<Past>,
    /// Of claims and givings back of one name one is on its way at a time.
    gates: [tokio::sync::Mutex<()>; GATES],
    pub stopped: CancellationToken,
}

impl Here {
    /// Takes     `own`: a pool of one connection.
    pub fn new(pool: PgPool, own: PgPool, node: Node) -> Here {
        let gates = std::array::from_fn(|_| tokio::sync::Mutex::default());
        let leaving = AtomicBool::new(false);
        let (node, life, past) = (Mutex::new(node), Mutex::new(None), Mutex::default());
        Here { pool, own, node, leaving, life, past, gates, stopped: CancellationToken::new() }
    }

    pub fn gate(&self, name: LeaseName) -> &tokio::sync::Mutex<()> {
        let mut hasher = std::hash::DefaultHasher::new();
        name.hash(&mut hasher);
        &self.gates[(hasher.finish() % GATES as u64) as usize]
    }

    pub fn node(&self) -> Node {
        self.node.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on it is known where the node is.
    pub fn says_where(&self, url: Option<String>) {
        self.node.lock().unwrap_or_else(PoisonError::into_inner).url = url;
    }

    pub fn life(&self) -> MutexGuard<'_, Option<Life>> {
        let mut life = self.life.lock().unwrap_or_else(PoisonError::into_inner);
        // also where the keeper had no time to see it
        if life.as_ref().is_some_and(|life| !life.pulse.beats()) {
            self.lay_down(life.take());
        }
        life
    }

    fn past(&self) -> MutexGuard<'_, Past> {
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a life had is lost, and kept in mind for the next one. Of none that was laid down before there is nothing to forget.
    fn lay_down(&self, life: Option<Life>) {
        let Some(life) = life else { return };
        let mut past = self.past();
        if !past.is_courteous() {
            past.had.clear();
        }
        past.had.extend(life.held.keys());
        drop(past);
        end(Some(life));
    }

    /// Takes whatever is free.
    #[cfg(test)]
    pub fn is_impolite(&self) {
        self.past().courteous = None;
    }

    /// Whether this node may take a lease that is free: after a time without the database it may not be the first who hears of it again,
    /// and takes nothing at once but what it had.
    pub fn may_take(&self, name: LeaseName) -> bool {
        let past = self.past();
        !past.is_courteous() || past.had.contains(&name)
    }

    /// Which node this is and which of its lives; none when it has none now.
    pub fn alive(&self) -> Option<(Uuid, i64)> {
        let incarnation = self.life().as_ref()?.incarnation;
        Some((self.node().id, incarnation))
    }

    /// Begins a new life.
    pub async fn enter(&self) -> sqlx::Result<()> {
        let sent = Instant::now();
        let incarnation = leases::enter(&self.own, &self.node(), self.leaving.load(Ordering::SeqCst)).await?;
        let life = Life { incarnation, pulse: Pulse::until(sent + LIFE), held: HashMap::new() };
        end(self.life().replace(life));
        Ok(())
    }

    /// Beats until the node stops, or nobody has its handle any more.
    pub async fn keep(here: Weak<Here>, stopped: CancellationToken) {
        let mut purged = Instant::now();
        while !stopped.is_cancelled() {
            let Some(here) = here.upgrade() else { return };
            let sent = Instant::now();
            here.beat(sent).await;
            if purged.elapsed() >= PURGE {
                purged = sent;
                here.purge().await;
            }
            drop(here);
            tokio::select! {
                () = stopped.cancelled() => {}
                () = tokio::time::sleep_until(sent + BEAT) => {}
            }
        }
    }

    /// Gives back what nobody keeps, now and then. Apart from the heartbeat, which waits for no pool but its own.
    pub async fn keep_tidy(here: Weak<Here>, stopped: CancellationToken) {
        let mut idle = HashMap::new();
        while stopped.run_until_cancelled(tokio::time::sleep(TIDY)).await.is_some() {
            let Some(here) = here.upgrade() else { return };
            idle = here.tidy(&idle).await;
        }
    }

    /// Renews the heartbeat, or begins a new life where the last one is over.
    pub async fn beat(&self, sent: Instant) {
        let now = self.life().as_ref().map(|life| (life.incarnation, life.pulse.clone()));
        let Some((incarnation, pulse)) = now else { return self.begin_anew().await };
        let node = self.node();
        match tokio::time::timeout_at(pulse.ends(), leases::renew(&self.own, &node, incarnation)).await {
            Ok(Ok(true)) => pulse.prolong(sent + LIFE),
            Ok(Ok(false)) => {
                self.replaced(pulse.beats());
                self.begin_anew().await;
            }
            Ok(Err(error)) => tracing::warn!(%error, "this node's heartbeat is late"),
            // ends what it had; asked for again with the next beat
            Err(_) => drop(self.life()),
        }
    }

    async fn begin_anew(&self) {
        metrics::counter!("lease_lives_total").increment(1);
        // before it has a life: who claims something in the same moment finds it courteous
        self.past().courteous = Some(Instant::now() + LIFE + COURTESY);
        let entered = tokio::time::timeout(LIFE, self.enter()).await;
        self.past().courteous = Some(Instant::now() + COURTESY);
        match entered {
            Ok(Ok(())) => tracing::warn!("this node was away: it begins with no lease"),
            Ok(Err(error)) => tracing::warn!(%error, "this node has no heartbeat"),
            Err(_) => tracing::warn!("this node has no heartbeat: the database does not answer"),
        }
    }

    /// What the life had is lost. One that ended before its time was ended by another process that says it is this node, such as one with
    /// a copy of the data directory: this process is another node from now on, so that the two do not end each other's lives for ever.
    pub fn replaced(&self, before_its_time: bool) {
        let ended = self.life().take();
        self.lay_down(ended);
        if before_its_time {
            let id = uuid::Builder::from_random_bytes(rand::random()).into_uuid();
            tracing::error!(%id, "another process serves as this node (is the data directory a copy?): this one is another node now");
            self.node.lock().unwrap_or_else(PoisonError::into_inner).id = id;
        }
    }

    /// Gives back what nobody on this node keeps, and did not keep at the last look either. Gives what nobody keeps now.
    pub async fn tidy(&self, before: &HashMap<LeaseName, i64>) -> HashMap<LeaseName, i64> {
        let idle: HashMap<LeaseName, i64> = {
            let life = self.life();
            let held = life.iter().flat_map(|life| &life.held);
            // jobs stay where they are
            let idle = |(name, lease): &(&LeaseName, &Lease)| matches!(name, LeaseName::Event(_)) && lease.is_idle();
            held.filter(idle).map(|(name, lease)| (*name, lease.epoch)).collect()
        };
        for (name, _) in idle.iter().filter(|(name, epoch)| before.get(name) == Some(epoch)) {
            if let Err(error) = self.release(*name).await {
                tracing::debug!(%error, %name, "a lease that nobody keeps is given back later");
            }
        }
        idle
    }

    /// Gives a lease back unless somebody on this node keeps it.
    pub async fn release(&self, name: LeaseName) -> sqlx::Result<()> {
        let _alone = self.gate(name).lock().await;
        let given = {
            let mut life = self.life();
            let Some(life) = life.as_mut() else { return Ok(()) };
            let idle = life.held.get(&name).is_some_and(Lease::is_idle);
            if idle { life.held.remove(&name) } else { None }
        };
        let Some(lease) = given else { return Ok(()) };
        lease.lost.cancel();
        let released = leases::release(&self.pool, name, self.node().id, lease.epoch).await;
        if let (Err(_), Some(life)) = (&released, self.life().as_mut().filter(|life| life.pulse.is(&lease.pulse))) {
            life.held.insert(name, Lease::new(lease.epoch, &life.pulse));
        }
        released
    }

    pub async fn purge(&self) {
        let purged = async {
            let nodes = leases::purge_nodes(&self.own, BITE).await?;
            Ok::<_, sqlx::Error>(nodes + leases::purge(&self.own, BITE).await?)
        };
        // another node does it too, or this one in a minute
        match tokio::time::timeout(BEAT, purged).await {
            Ok(Ok(rows)) => tracing::debug!(rows, "nodes and leases that are long over were removed"),
            Ok(Err(error)) => tracing::debug!(%error, "nodes and leases that are long over stay"),
            Err(_) => {}
        }
    }
}

/// What a life had is lost.
pub fn end(life: Option<Life>) {
    for (name, lease) in life.into_iter().flat_map(|life| life.held) {
        tracing::debug!(%name, epoch = lease.epoch, "a lease is lost");
        metrics::counter!("lease_lost_total").increment(1);
        lease.lost.cancel();
    }
}
