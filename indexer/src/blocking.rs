//! Work that reads and writes files, away from the threads that answer.

use catalog::index::Fault;

/// Runs on a thread that may wait; a panic there is a fault here.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Fault> + Send + 'static) -> Result<T, Fault> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|fault| Fault::Internal(format!("an index thread broke off: {fault}")))?
}
