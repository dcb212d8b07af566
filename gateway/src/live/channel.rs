//! All who hear the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use super::feed::Feed;

/// One feed and how many hear it.
pub struct Channel {
    pub(super) id: u64,
    pub(super) feed: Arc<dyn Feed>,
    pub(super) viewers: AtomicUsize,
    /// Shards that were told of news and have not looked yet: none is told twice.
    pub(super) told: Box<[AtomicBool]>,
    /// It has ended: whoever comes now is sent away.
    pub(super) over: AtomicBool,
}

impl Channel {
    pub(super) fn new(feed: Arc<dyn Feed>, shards: usize) -> Arc<Channel> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let told = (0..shards).map(|_| AtomicBool::new(false)).collect();
        Arc::new(Channel {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            feed,
            viewers: AtomicUsize::new(0),
            told,
            over: AtomicBool::new(false),
        })
    }

    pub(super) fn member(self: &Arc<Self>) -> Member {
        self.viewers.fetch_add(1, Ordering::Relaxed);
        Member(Arc::clone(self))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.viewers.load(Ordering::Relaxed) == 0
    }
}

/// One who hears a channel, counted until it is dropped.
pub struct Member(Arc<Channel>);

impl Member {
    /// How many hear the same.
    pub fn viewers(&self) -> usize {
        self.0.viewers.load(Ordering::Relaxed)
    }

    pub(super) fn channel(&self) -> &Arc<Channel> {
        &self.0
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.0.viewers.fetch_sub(1, Ordering::Relaxed);
    }
}
