//! What booking and the queue know of each other, brought together: who may join, and whose pass is over.

use std::collections::HashSet;

use booking::{PassState, PassTold};
use domain::{EventId, PresentedPass};
use futures::StreamExt as _;
use queue::{Joined, Status};
use tokio::sync::broadcast::error::RecvError;

use crate::web::app::App;
use crate::web::auth::Buyer;
use crate::web::error::ApiError;

/// So many ends of passes are on their way into rooms at once: each waits for its room's next pile.
const ON_THEIR_WAY: usize = 256;
/// Events whose passes are looked through after a lag.
const REMEMBERED: usize = 1_024;

/// Joins an event's queue, or finds the place again.
///
/// Refuses   who could buy nothing, before the wait; and what the queue refuses.
pub async fn join(app: &App, event: EventId, buyer: &Buyer) -> Result<Joined, ApiError> {
    app.booking.check_before_queue(event, &buyer.ids).await?;
    Ok(app.queue.join(event, &buyer.ids, buyer.signed_in.is_some()).await?)
}

/// Leaves a queue. The pass ends first: should we stop between, nobody enters with it, and its slot runs out. Whose pass is under a live
/// hold stays inside with it: a slot that came free while the pass goes on would let in more than there may be.
pub async fn leave(app: &App, token: &str) -> Result<Status, ApiError> {
    let status = app.queue.status(token).await?;
    if let Some(PresentedPass::Signed(pass)) = status.pass.as_deref().map(|text| app.keys.passes().open(text))
        && !app.booking.end_pass(pass.event, pass.id).await?
    {
        return Ok(status);
    }
    Ok(app.queue.leave(token).await?)
}

/// Tells the queue whose time inside is over: what orders ended, and what was missed of it.
pub async fn follow_passes(app: App) {
    let told = app.booking.passes();
    let news = futures::stream::unfold((told, HashSet::new(), app.clone()), |(mut told, mut events, app)| async move {
        let news = tokio::select! {
            () = app.shutdown.cancelled() => return None,
            news = told.recv() => news,
        };
        let ended = match news {
            Ok(news) => {
                if events.len() < REMEMBERED {
                    events.insert(news.event);
                }
                vec![news]
            }
            Err(RecvError::Lagged(missed)) => {
                tracing::warn!(missed, "news of passes were missed: reading them");
                used(&app, events.drain()).await
            }
            Err(RecvError::Closed) => return None,
        };
        Some((futures::stream::iter(ended), (told, events, app)))
    });
    let over = |told: &PassTold| std::future::ready(told.became == PassState::Ordered);
    news.flatten().filter(over).for_each_concurrent(ON_THEIR_WAY, |told| end(&app, told)).await;
}

async fn end(app: &App, told: PassTold) {
    if let Err(fault) = app.queue.pass_ended(told.event, told.pass).await {
        // The slot runs out by itself, and a room that opens reads which passes are over.
        tracing::warn!(event = %told.event, %fault, "a slot of a queue was not freed");
    }
}

async fn used(app: &App, events: impl Iterator<Item = EventId>) -> Vec<PassTold> {
    let mut all = Vec::new();
    for event in events {
        match app.booking.passes_used(event).await {
            Ok(passes) => all.extend(passes.into_iter().map(|(pass, became)| PassTold { event, pass, became })),
            Err(fault) => tracing::warn!(%event, %fault, "passes could not be read"),
        }
    }
    all
}
