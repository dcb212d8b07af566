//! The threads that search: a lane for most questions, as wide as there are processors, and a narrow one beside it for dear ones. Each has
//! a bounded line before it, so that nobody who asks for little waits behind many who ask for much.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::error::SearchError;
use crate::index::Fault;

/// The most searches that wait for a thread; a further one is told to come back.
const LINE: usize = 256;
/// The most dear searches that wait for theirs: what stands behind more would be given up before its turn.
const DEAR_LINE: usize = 64;

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
}

impl Pool {
    /// As many usual places as there are processors: more searches at once would only take turns.
    pub fn of_this_machine() -> Self {
        let processors = std::thread::available_parallelism().map_or(2, usize::from).max(2);
        Self { usual: Lane::new(processors, LINE), dear: Lane::new(processors / 2, DEAR_LINE) }
    }
}

impl Lane {
    fn new(places: usize, line: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(places)), line: Arc::new(Semaphore::new(line)) }
    }

    /// Does the work on a thread of its own once a place is free.
    ///
    /// The place goes with the thread: whoever hangs up meanwhile frees nothing, since the thread cannot be stopped, and there are never
    /// more threads than places. Who hangs up in the line leaves the line.
    ///
    /// Refuses   when the line is full: [`SearchError::Busy`].
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, SearchError> {
        let place = match Arc::clone(&self.places).try_acquire_owned() {
            Ok(place) => place,
            Err(_) => {
                let _waiting = self.line.try_acquire().map_err(|_| SearchError::Busy)?;
                Arc::clone(&self.places).acquire_owned().await.map_err(|_| SearchError::NotReady)?
            }
        };
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(place);
            done
        });
        done.await.map_err(|fault| Fault::Internal(format!("a search broke off: {fault}")).into())
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
        let asked = tokio::spawn(async move { pool.run(work).await });
        running.await.expect("it runs");
        (asked, word)
    }

    #[tokio::test]
    async fn who_hangs_up_frees_no_place_until_the_thread_ends() {
        let pool = Lane::new(2, 4);
        let ((one, word), (other, _second)) = (begun(&pool).await, begun(&pool).await);
        one.abort();
        other.abort();
        assert!(one.await.expect_err("aborted").is_cancelled() && other.await.expect_err("aborted").is_cancelled());
        assert_eq!(pool.places.available_permits(), 0, "both threads still run");
        let asked = pool.run(|| "third");
        tokio::pin!(asked);
        assert!(futures::poll!(asked.as_mut()).is_pending(), "no third thread");
        drop(word);
        assert_eq!(asked.await.expect("a place"), "third");
    }

    #[tokio::test]
    async fn a_full_line_is_told_and_who_leaves_it_makes_room() {
        let pool = Lane::new(1, 2);
        let (asked, word) = begun(&pool).await;
        let mut line: Vec<_> = (0..2).map(|_| Box::pin(pool.run(|| ()))).collect();
        for waiting in &mut line {
            assert!(futures::poll!(waiting.as_mut()).is_pending());
        }
        assert!(matches!(pool.run(|| ()).await, Err(SearchError::Busy)));
        line.pop();
        let mut next = Box::pin(pool.run(|| ()));
        assert!(futures::poll!(next.as_mut()).is_pending(), "in the line, not refused");
        drop(word);
        asked.await.expect("not aborted").expect("done");
        line.pop().expect("one").await.expect("its turn");
        next.await.expect("its turn");
    }

    /// The control is the same question in their lane: it stands in the line.
    #[tokio::test]
    async fn who_asks_for_little_waits_behind_nobody_who_asks_for_much() {
        let pool = Pool { usual: Lane::new(1, 1), dear: Lane::new(1, DEAR_LINE) };
        let (asked, word) = begun(&pool.dear).await;
        let mut dear: Vec<_> = (0..DEAR_LINE).map(|_| Box::pin(pool.dear.run(|| ()))).collect();
        assert!(dear.iter_mut().all(|waiting| futures::FutureExt::now_or_never(waiting.as_mut()).is_none()));
        assert!(matches!(pool.dear.run(|| ()).await, Err(SearchError::Busy)));
        assert_eq!(pool.usual.run(|| 7).await.expect("a place"), 7);
        drop(word);
        asked.await.expect("not aborted").expect("done");
    }

    #[tokio::test]
    async fn work_that_panics_gives_its_place_back() {
        let pool = Lane::new(1, 1);
        assert!(matches!(pool.run(|| panic!("on purpose")).await, Err::<(), _>(SearchError::Fault(_))));
        assert_eq!(pool.run(|| 7).await.expect("a place"), 7);
    }
}
