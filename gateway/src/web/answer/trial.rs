//! Whether the request that is being answered is one of a trial, where buyers pay with play money: every page of it says so.

use std::future::Future;

tokio::task_local! {
    static TRIAL: bool;
}

/// Answers a request, knowing whether this is a trial.
pub async fn scope<F: Future>(trial: bool, answering: F) -> F::Output {
    TRIAL.scope(trial, answering).await
}

/// Whether the page that is being written belongs to a trial.
pub fn is_on() -> bool {
    TRIAL.try_with(|trial| *trial).unwrap_or(false)
}
