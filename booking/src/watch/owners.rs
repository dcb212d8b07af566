//! On which other nodes the events are that are heard here: asked for all of them at once, however many there are.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::EventId;
use tokio::time::Instant;

/// For how long an answer serves all who ask.
const SERVES: Duration = Duration::from_secs(1);
/// How long an answer is waited for; then it is as it was.
const WAITED: Duration = Duration::from_secs(1);

/// Which events are heard, and where each of them is.
#[derive(Default)]
pub struct Owners {
    heard: Mutex<HashMap<EventId, u32>>,
    known: tokio::sync::Mutex<Known>,
}

#[derive(Default)]
struct Known {
    at: Option<Instant>,
    /// The last question had no answer: what is new is not asked for either, until it is asked again.
    silent: bool,
    /// None: it is nobody's else.
    urls: HashMap<EventId, Option<String>>,
}

/// An event that is heard, until this is dropped.
pub struct Hearing {
    owners: Arc<Owners>,
    event: EventId,
}

impl Owners {
    fn heard(&self) -> MutexGuard<'_, HashMap<EventId, u32>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn hear(self: &Arc<Self>, event: EventId) -> Hearing {
        *self.heard().entry(event).or_default() += 1;
        Hearing { owners: Arc::clone(self), event }
    }
}

impl Hearing {
    /// The address of the node that has the event; none where it is this one's or nobody's.
    ///
    /// Takes     `ask`: asks it for as many events as it is given; what it says nothing of is nobody's else.
    /// Cost      one question a second for all that is heard, and one for each event that is new.
    pub async fn url<E, F>(&self, ask: impl FnOnce(Vec<EventId>) -> F) -> Option<String>
    where
        F: Future<Output = Result<HashMap<EventId, String>, E>>,
    {
        let mut known = self.owners.known.lock().await;
        let is_old = known.at.is_none_or(|at| at.elapsed() >= SERVES);
        if is_old || !known.silent && !known.urls.contains_key(&self.event) {
            let events: Vec<EventId> = if is_old { self.owners.heard().keys().copied().collect() } else { vec![self.event] };
            let answer = tokio::time::timeout(WAITED, ask(events.clone())).await.ok().and_then(Result::ok);
            known.silent = answer.is_none();
            // who cannot be asked now had it a moment ago
            if let Some(mut found) = answer {
                let asked = events.into_iter().map(|event| (event, found.remove(&event)));
                if is_old { known.urls = asked.collect() } else { known.urls.extend(asked) }
            }
            if is_old || known.silent {
                known.at = Some(Instant::now());
            }
        }
        known.urls.get(&self.event).cloned().flatten()
    }
}

impl Drop for Hearing {
    fn drop(&mut self) {
        let mut heard = self.owners.heard();
        if let Some(count) = heard.get_mut(&self.event) {
            *count -= 1;
            if *count == 0 {
                heard.remove(&self.event);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_question_a_second_serves_all_events_that_are_heard() {
        let owners = Arc::<Owners>::default();
        let events = [1, 2, 3].map(|n| EventId(uuid::Uuid::from_u128(n)));
        let asked = Mutex::new(Vec::new());
        let ask = |heard: Vec<EventId>| {
            asked.lock().expect("whole").push(heard.len());
            let elsewhere = heard.iter().filter(|event| **event != events[2]);
            std::future::ready(Ok::<_, ()>(elsewhere.map(|event| (*event, format!("http://{}", heard.len()))).collect()))
        };
        let hearing = events.map(|event| owners.hear(event));
        let again = owners.hear(events[0]);
        for _ in 0..2 {
            let mut urls = Vec::new();
            for one in &hearing {
                urls.push(one.url(ask).await);
            }
            assert_eq!(urls.iter().flatten().collect::<Vec<_>>(), ["http://3", "http://3"], "one of them is nobody's else");
            tokio::time::advance(SERVES).await;
        }
        assert_eq!(*asked.lock().expect("whole"), [3, 3]);
        let silent = |_| std::future::pending::<Result<HashMap<EventId, String>, ()>>();
        let (mut known, began, new) = (0, Instant::now(), owners.hear(EventId(uuid::Uuid::from_u128(4))));
        for one in hearing.iter().chain([&new]) {
            known += usize::from(one.url(silent).await.is_some());
        }
        assert_eq!((known, began.elapsed()), (2, WAITED), "as it was, and one of them waited for all");
        drop(new);
        tokio::time::advance(SERVES).await;
        drop(hearing);
        assert_eq!(again.url(ask).await.as_deref(), Some("http://1"), "the others are heard no more");
        drop(again);
        assert!(owners.heard().is_empty());
    }
}
