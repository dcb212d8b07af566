//! Tasks that must not end before the server does: one that panics is told, counted, and begun again.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::web::vitals::Vitals;

/// How long a supervisor waits.
#[derive(Debug, Clone, Copy)]
pub struct RestartBackoff {
    /// Between a task's first end and its next life; twice as long each time.
    pub pause: Duration,
    pub longest: Duration,
    /// A task that has lived for so long is well again.
    pub sound: Duration,
}

impl Default for RestartBackoff {
    fn default() -> Self {
        Self { pause: Duration::from_millis(500), longest: Duration::from_secs(30), sound: Duration::from_secs(5) }
    }
}

/// Who is told of a task's end, and when the server's own end comes.
#[derive(Clone)]
pub struct Supervisor {
    pub vitals: Arc<Vitals>,
    pub shutdown: CancellationToken,
    pub pace: RestartBackoff,
}

impl Supervisor {
    /// Runs what `task` makes until the server stops, again after each end.
    pub async fn keep<F: Future<Output = ()> + Send + 'static>(self, name: &'static str, task: impl Fn() -> F) {
        let mut pause = self.pace.pause;
        while !self.shutdown.is_cancelled() {
            let mut run = tokio::spawn(task());
            let ended = tokio::select! {
                ended = &mut run => ended,
                () = tokio::time::sleep(self.pace.sound) => {
                    self.vitals.well(name);
                    pause = self.pace.pause;
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
            pause = (pause * 2).min(self.pace.longest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    fn supervisor() -> Supervisor {
        let pace = RestartBackoff {
            pause: Duration::from_millis(1),
            longest: Duration::from_millis(4),
            sound: Duration::from_millis(50),
        };
        Supervisor { vitals: Arc::default(), shutdown: CancellationToken::new(), pace }
    }

    #[tokio::test]
    async fn a_task_that_panics_is_ill_until_it_has_lived_for_a_while() {
        let (supervisor, births) = (supervisor(), Arc::new(Mutex::new(Vec::new())));
        let (vitals, shutdown) = (Arc::clone(&supervisor.vitals), supervisor.shutdown.clone());
        let (seen, noted, until) = (Arc::clone(&vitals), Arc::clone(&births), shutdown.clone());
        let (lives, mut living) = tokio::sync::mpsc::unbounded_channel();
        let kept = tokio::spawn(supervisor.keep("badges", move || {
            let life =
                noted.lock().map(|mut births| (births.push(seen.told()), births.len())).map(|(_, life)| life).expect("whole");
            let (lives, until) = (lives.clone(), until.clone());
            async move {
                assert!(life > 3, "life {life} ends");
                lives.send(life).expect("heard");
                until.cancelled().await
            }
        }));
        assert_eq!(living.recv().await, Some(4), "it is begun again until it lives");
        let told = |ill: bool| if ill { vec!["badges: begins again".to_owned()] } else { Vec::new() };
        assert_eq!(*births.lock().expect("whole"), [told(false), told(true), told(true), told(true)]);
        while !vitals.told().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        shutdown.cancel();
        kept.await.expect("it ends with the server");
        assert!(vitals.told().is_empty(), "an end with the server is no illness");
    }
}
