//! What is told on one channel.

use std::pin::Pin;
use std::sync::atomic::AtomicUsize;

use bytes::Bytes;

use super::encoding::Encoding;

/// What one connection is told.
#[derive(Debug, Clone)]
pub struct FeedMessage {
    /// Wrapped in its form.
    pub bytes: Bytes,
    /// What the connection has seen then.
    pub seen: u64,
    /// Nothing comes after it: the connection ends.
    pub last: bool,
}

/// What all members of a channel hear, each from what he has seen on.
pub trait Feed: Send + Sync + 'static {
    /// What somebody who has seen `seen` is told next; none where there is nothing new.
    ///
    /// Takes     `seen`: a number of the feed's own, such as a version.  `who`: the number given when the socket was parked, 0 where
    ///           all hear the same.
    /// Cost      called by the threads of parked sockets, for each connection: no waiting; bytes are kept by form.
    fn next(&self, seen: u64, who: u64, encoding: Encoding) -> Option<FeedMessage>;

    /// Waits until there is something new for those who have seen all, at the feed's own pace. Dropped and called again at any time.
    ///
    /// Takes     `viewers`: how many hear it, also while it waits.
    /// Gives     false once the feed has ended: its members are sent away.
    fn moved<'f>(&'f self, viewers: &'f AtomicUsize) -> Pin<Box<dyn Future<Output = bool> + Send + 'f>>;
}
