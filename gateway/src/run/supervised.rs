//! Tasks that must not end before the server does: one that panics is told, counted, and begun again.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::web::vitals::Vitals;

/// A task that has run for so long is well again.
const SOUND: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Who is told of a task's end, and when the server's own end comes.
#[derive(Clone)]
pub struct Supervisor {
    pub vitals: Arc<Vitals>,
    pub shutdown: CancellationToken,
}

impl Supervisor {
    /// Runs what `task` makes until the server stops; the pauses between its lives grow from half a second to half a minute.
    pub async fn keep<F: Future<Output = ()> + Send + 'static>(self, name: &'static str, task: impl Fn() -> F) {
        let mut pause = FIRST_PAUSE;
        while !self.shutdown.is_cancelled() {
            let mut run = tokio::spawn(task());
            let ended = tokio::select! {
                ended = &mut run => ended,
                () = tokio::time::sleep(SOUND) => {
                    self.vitals.well(name);
                    pause = FIRST_PAUSE;
                    run.await
                }
            };
            if self.shutdown.is_cancelled() {
                return;
            }
            self.vitals.ill(name, "begins again");
            metrics::counter!("server_tasks_begun_again_total", "task" => name).increment(1);
            tracing::error!(
                task = name,
                fault = ended.err().map(|gone| gone.to_string()),
                "a task of the server ended and begins again"
            );
            tokio::select! {
                () = self.shutdown.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn supervisor() -> Supervisor {
        Supervisor { vitals: Arc::default(), shutdown: CancellationToken::new() }
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_panics_is_ill_until_it_has_lived_for_a_while() {
        let (supervisor, lives) = (supervisor(), Arc::new(AtomicU32::new(0)));
        let (vitals, counted) = (Arc::clone(&supervisor.vitals), Arc::clone(&lives));
        let shutdown = supervisor.shutdown.clone();
        let kept = tokio::spawn(supervisor.keep("badges", move || {
            let life = counted.fetch_add(1, Ordering::SeqCst);
            async move { if life < 3 { panic!("life {life}") } else { std::future::pending().await } }
        }));
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(vitals.told(), ["badges: begins again"]);
        tokio::time::sleep(Duration::from_secs(4)).await;
        assert_eq!(lives.load(Ordering::SeqCst), 4, "after 0.5, 1 and 2 seconds");
        assert_eq!(vitals.told().len(), 1, "it has not lived for long");
        tokio::time::sleep(SOUND).await;
        assert!(vitals.told().is_empty());
        shutdown.cancel();
        kept.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_ends_with_the_server_is_not_missed() {
        let supervisor = supervisor();
        let (vitals, shutdown) = (Arc::clone(&supervisor.vitals), supervisor.shutdown.clone());
        let until = shutdown.clone();
        let kept = tokio::spawn(supervisor.keep("purge", move || {
            let until = until.clone();
            async move { until.cancelled().await }
        }));
        tokio::time::sleep(Duration::from_secs(60)).await;
        shutdown.cancel();
        kept.await.expect("it ends");
        assert!(vitals.told().is_empty());
    }
}
