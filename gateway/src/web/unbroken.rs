//! Work that runs to its end though nobody waits for it any more.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;
use tracing::Instrument as _;

/// A future that, when it is dropped half-way, goes on in a task of its own. One that is awaited to its end costs no task.
pub struct Unbroken<F: Future<Output: Send> + Send + 'static>(Option<Pin<Box<F>>>);

impl<F: Future<Output: Send> + Send + 'static> Unbroken<F> {
    pub fn new(work: Pin<Box<F>>) -> Self {
        Self(Some(work))
    }
}

impl<F: Future<Output: Send> + Send + 'static> Future for Unbroken<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let Some(work) = &mut self.0 else { return Poll::Pending };
        let polled = work.as_mut().poll(cx);
        if polled.is_ready() {
            self.0 = None;
        }
        polled
    }
}

impl<F: Future<Output: Send> + Send + 'static> Drop for Unbroken<F> {
    fn drop(&mut self) {
        // without a runtime the program is ending
        if let (Some(work), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(work.in_current_span());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::time::Duration;
    use tokio::sync::{Notify, oneshot};

    /// Begins, is given up by its caller, and is then allowed to go on; gives whether it ended.
    async fn ends(guarded: bool) -> bool {
        let (go, (ended, heard)) = (Arc::new(Notify::new()), oneshot::channel());
        let waits = go.clone();
        let work = async move {
            waits.notified().await;
            let _ = ended.send(());
        };
        let never = Duration::ZERO;
        if guarded {
            assert!(tokio::time::timeout(never, Unbroken::new(Box::pin(work))).await.is_err());
        } else {
            assert!(tokio::time::timeout(never, work).await.is_err());
        }
        go.notify_one();
        heard.await.is_ok()
    }

    #[tokio::test]
    async fn who_gives_up_does_not_break_it_off_and_without_the_guard_it_is_broken_off() {
        assert!(ends(true).await);
        assert!(!ends(false).await);
    }
}
