//! How to reach an open desk.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::desk::desk::{DeskAnswer, Envelope, Letter};
use crate::error::BookingError;

/// How to reach an open desk.
#[derive(Clone)]
pub struct Handle {
    pub commands: mpsc::Sender<Envelope>,
    pub(super) close: CancellationToken,
}

impl Handle {
    /// Hands over a command and waits for what becomes of it.
    ///
    /// Gives     none when the desk went away without a word.
    /// Refuses   Busy when the desk's queue is full.
    pub fn hand(&self, letter: Letter) -> impl Future<Output = Option<DeskAnswer>> + use<> {
        // at once, so that what waits for the answer does not carry the letter
        let handed = self.post(letter);
        async move {
            match handed {
                Ok(answer) => answer.await.ok(),
                Err(said) => Some(said),
            }
        }
    }

    fn post(&self, letter: Letter) -> Result<oneshot::Receiver<DeskAnswer>, DeskAnswer> {
        let (envelope, answer) = letter.sealed();
        match self.commands.try_send(envelope) {
            Ok(()) => Ok(answer),
            Err(mpsc::error::TrySendError::Full(_)) => {
                metrics::counter!("booking_busy_total").increment(1);
                Err(DeskAnswer::Answered(Err(BookingError::Busy { retry_after: Duration::from_secs(1) })))
            }
            // this desk is closing: the next one will take it
            Err(mpsc::error::TrySendError::Closed(back)) => {
                let Envelope { command, keyed, by, uncertain, .. } = back;
                Err(DeskAnswer::Back(Box::new(Letter { command, keyed, by, uncertain })))
            }
        }
    }
}
