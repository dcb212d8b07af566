//! The threads that search: a lane for most questions, as wide as there are processors, and a narrow one beside it for dear ones. Each has
//! a bounded line before it, so that nobody who asks for little waits behind many who ask for much, and of a lane each address has a share,
//! so that none fills the line for all others.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;

use super::error::SearchError;
use crate::index::Fault;

/// The most searches that wait for a thread; a further one is told to come back.
const LINE: usize = 256;
/// The most dear searches that wait for theirs: what stands behind more would be given up before its turn.
const DEAR_LINE: usize = 64;
/// The most searches of one address that run or wait in a lane.
const SHARE: usize = LINE / 4;
const DEAR_SHARE: usize = DEAR_LINE / 8;

/// Both lanes of this machine.
pub struct Pool {
    pub usual: Lane,
    /// Searches that are known to look at much: they take turns on half of the processors.
    pub dear: Lane,
}

/// A place is a thread that may search; whoever waits for one stands in the line.
#[derive(Clone)]
pub struct Lane {
    places: Arc<Semaphore>,
    line: Arc<Semaphore>,
    shares: Shares,
}

/// How many searches of each address run or wait: no more addresses than there are places in lane and line.
#[derive(Clone)]
struct Shares {
    most: usize,
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One search's part of its address's share, given back when it ends.
struct Part {
    shares: Shares,
    address: IpAddr,
}

impl Pool {
    /// As many usual places as there are processors: more searches at once would only take turns.
    pub fn of_this_machine() -> Self {
        let processors = std::thread::available_parallelism().map_or(2, usize::from).max(2);
        Self { usual: Lane::new(processors, LINE, SHARE), dear: Lane::new(processors / 2, DEAR_LINE, DEAR_SHARE) }
    }
}

impl Lane {
    fn new(places: usize, line: usize, share: usize) -> Self {
        let shares = Shares { most: share, taken: Arc::default() };
        Self { places: Arc::new(Semaphore::new(places)), line: Arc::new(Semaphore::new(line)), shares }
    }

    /// Does the work on a thread of its own once a place is free.
    ///
    /// The place goes with the thread: whoever hangs up meanwhile frees nothing, since the thread cannot be stopped, and there are never
    /// more threads than places. Who hangs up in the line leaves the line.
    ///
    /// Takes     `address`: who asks; none is the program itself, which has no share.
    /// Refuses   when the line is full: [`SearchError::Busy`]; when the address has its share: [`SearchError::TooMany`].
    pub async fn run<T: Send + 'static>(
        &self,
        address: Option<IpAddr>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, SearchError> {
        let part = address.map(|address| self.shares.take(address)).transpose()?;
        let place = match Arc::clone(&self.places).try_acquire_owned() {
            Ok(place) => place,
            Err(_) => {
                let _waiting = self.line.try_acquire().map_err(|_| SearchError::Busy)?;
                Arc::clone(&self.places).acquire_owned().await.map_err(|_| SearchError::NotReady)?
            }
        };
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop((place, part));
            done
        });
        done.await.map_err(|fault| Fault::Internal(format!("a search broke off: {fault}")).into())
    }

    /// Takes every place that is free, as so many searches would.
    #[cfg(test)]
    pub fn filled(&self) -> impl Drop {
        let free = self.places.available_permits() as u32;
        Arc::clone(&self.places).try_acquire_many_owned(free).expect("free places")
    }
}

impl Shares {
    fn take(&self, address: IpAddr) -> Result<Part, SearchError> {
        let mut taken = self.taken();
        let of_address = taken.entry(address).or_default();
        if *of_address >= self.most {
            return Err(SearchError::TooMany { most: self.most });
        }
        *of_address += 1;
        drop(taken);
        Ok(Part { shares: self.clone(), address })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let mut taken = self.shares.taken();
        if let Some(of_address) = taken.get_mut(&self.address) {
            *of_address -= 1;
            if *of_address == 0 {
                taken.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Begins work that waits for a word, and waits until it runs.
    async fn begun(pool: &Lane) -> (tokio::task::JoinHandle<Result<(), SearchError>>, mpsc::Sender<()>) {
        let (word, heard) = mpsc::channel::<()>();
        let (runs, running) = tokio::sync::oneshot::channel();
        let pool = pool.clone();
        let work = move || {
            let _ = runs.send(());
            let _ = heard.recv();
        };
        let asked = tokio::spawn(async move { pool.run(None, work).await });
        running.await.expect("it runs");
        (asked, word)
    }

    #[tokio::test]
    async fn who_hangs_up_frees_no_place_until_the_thread_ends() {
        let pool = Lane::new(2, 4, 4);
        let ((one, word), (other, _second)) = (begun(&pool).await, begun(&pool).await);
        one.abort();
        other.abort();
        assert!(one.await.expect_err("aborted").is_cancelled() && other.await.expect_err("aborted").is_cancelled());
        assert_eq!(pool.places.available_permits(), 0, "both threads still run");
        let asked = pool.run(None, || "third");
        tokio::pin!(asked);
        assert!(futures::poll!(asked.as_mut()).is_pending(), "no third thread");
        drop(word);
        assert_eq!(asked.await.expect("a place"), "third");
    }

    #[tokio::test]
    async fn a_full_line_is_told_and_who_leaves_it_makes_room() {
        let pool = Lane::new(1, 2, 2);
        let (asked, word) = begun(&pool).await;
        let mut line: Vec<_> = (0..2).map(|_| Box::pin(pool.run(None, || ()))).collect();
        for waiting in &mut line {
            assert!(futures::poll!(waiting.as_mut()).is_pending());
        }
        assert!(matches!(pool.run(None, || ()).await, Err(SearchError::Busy)));
        line.pop();
        let mut next = Box::pin(pool.run(None, || ()));
        assert!(futures::poll!(next.as_mut()).is_pending(), "in the line, not refused");
        drop(word);
        asked.await.expect("not aborted").expect("done");
        line.pop().expect("one").await.expect("its turn");
        next.await.expect("its turn");
    }

    /// The control is the same question in their lane: it stands in the line.
    #[tokio::test]
    async fn who_asks_for_little_waits_behind_nobody_who_asks_for_much() {
        let pool = Pool { usual: Lane::new(1, 1, 1), dear: Lane::new(1, DEAR_LINE, DEAR_LINE) };
        let (asked, word) = begun(&pool.dear).await;
        let mut dear: Vec<_> = (0..DEAR_LINE).map(|_| Box::pin(pool.dear.run(None, || ()))).collect();
        assert!(dear.iter_mut().all(|waiting| futures::FutureExt::now_or_never(waiting.as_mut()).is_none()));
        assert!(matches!(pool.dear.run(None, || ()).await, Err(SearchError::Busy)));
        assert_eq!(pool.usual.run(None, || 7).await.expect("a place"), 7);
        drop(word);
        asked.await.expect("not aborted").expect("done");
    }

    #[tokio::test]
    async fn work_that_panics_gives_its_place_back() {
        let pool = Lane::new(1, 1, 1);
        assert!(matches!(pool.run(None, || panic!("on purpose")).await, Err::<(), _>(SearchError::Fault(_))));
        assert_eq!(pool.run(None, || 7).await.expect("a place"), 7);
    }

    const ONE: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 1)));
    const OTHER: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 2)));

    /// The control is a lane whose share is the whole line: there the other is refused.
    #[tokio::test]
    async fn one_address_fills_its_share_and_leaves_the_line_to_others() {
        for (share, left) in [(2, true), (4, false)] {
            let lane = Lane::new(1, 4, share);
            let full = lane.filled();
            let mut asked: Vec<_> = (0..share).map(|_| Box::pin(lane.run(ONE, || ()))).collect();
            for waiting in &mut asked {
                assert!(futures::poll!(waiting.as_mut()).is_pending());
            }
            assert!(matches!(lane.run(ONE, || ()).await, Err(SearchError::TooMany { most }) if most == share));
            let mut other = Box::pin(lane.run(OTHER, || ()));
            assert_eq!(futures::poll!(other.as_mut()).is_pending(), left, "a share of {share} in a line of 4");
            drop(full);
        }
    }

    #[tokio::test]
    async fn a_share_comes_back_with_the_thread_and_with_who_leaves_the_line() {
        let lane = Lane::new(1, 4, 1);
        let full = lane.filled();
        let mut left = Box::pin(lane.run(ONE, || ()));
        assert!(futures::poll!(left.as_mut()).is_pending());
        drop(left);
        let mut asked = Box::pin(lane.run(ONE, || ()));
        assert!(futures::poll!(asked.as_mut()).is_pending(), "who left took nothing along");
        drop(full);
        asked.await.expect("its turn");
        assert!(matches!(lane.run(ONE, || panic!("on purpose")).await, Err::<(), _>(SearchError::Fault(_))));
        lane.run(ONE, || ()).await.expect("a thread that broke off gave its part back");
        assert!(lane.shares.taken().is_empty(), "nobody is remembered who does not wait");
    }
}
