//! Whose an event is: this node's, or another's who can be asked.

use std::sync::atomic::Ordering;

use domain::EventId;
use lease::{LeaseName, Leases, Neighbour, Ownership};

use super::Registry;
use super::found::Whose;
use crate::error::{BookingError, Fault};

impl Registry {
    fn leases(&self) -> Option<&Leases> {
        self.premises.config.nodes.as_ref().map(|nodes| &nodes.leases)
    }

    /// Whether a node can be sent commands from here.
    fn can_ask(&self, other: &Neighbour) -> bool {
        other.url.is_some() && self.premises.config.nodes.as_ref().is_some_and(|nodes| nodes.neighbours.is_some())
    }

    pub(super) async fn whose(&self, event: EventId) -> Result<Whose, BookingError> {
        let Some(leases) = self.leases() else { return Ok(Whose::Ours(None)) };
        if self.shutdown.is_cancelled() {
            return Err(Fault::ShuttingDown.into());
        }
        let name = LeaseName::event(event);
        if self.leaving.load(Ordering::SeqCst) {
            return self.whose_next(leases, name).await;
        }
        Ok(match leases.claim(&name).await? {
            Ownership::Mine(lease) => Whose::Ours(Some(lease)),
            Ownership::Theirs(other) if self.can_ask(&other) => Whose::Theirs(other),
            Ownership::Theirs(_) => Whose::Ours(None),
        })
    }

    /// Whose an event is that this node gives away, or had: another node takes it with the first command.
    async fn whose_next(&self, leases: &Leases, name: LeaseName) -> Result<Whose, BookingError> {
        let other = match leases.owner(&name).await? {
            Some(Ownership::Mine(_)) => return Err(Fault::Unowned("its desk is closing here".to_owned()).into()),
            Some(Ownership::Theirs(other)) => Some(other),
            None => leases.other().await?,
        };
        Ok(other.filter(|other| self.can_ask(other)).map_or(Whose::Ours(None), Whose::Theirs))
    }

    /// Who else has the event and can be asked; none where it is this node's or nobody's. Opens no desk and claims nothing.
    pub async fn owner(&self, event: EventId) -> Result<Option<Neighbour>, BookingError> {
        let Some(leases) = self.leases() else { return Ok(None) };
        Ok(match leases.owner(&LeaseName::event(event)).await? {
            Some(Ownership::Theirs(other)) if self.can_ask(&other) => Some(other),
            _ => None,
        })
    }

    /// Whether another node still has the event; takes it where that one's time is over.
    pub async fn still_has(&self, event: EventId, other: &Neighbour) -> Result<bool, BookingError> {
        let Some(leases) = self.leases() else { return Ok(false) };
        let name = LeaseName::event(event);
        let leaving = self.leaving.load(Ordering::SeqCst);
        let now = if leaving { leases.owner(&name).await? } else { Some(leases.claim(&name).await?) };
        // one that was asked though the event was nobody's has it by now, or answers that it has not
        let same = |now: &Neighbour| now.node == other.node && (now.epoch == other.epoch || other.epoch == 0);
        Ok(matches!(now, Some(Ownership::Theirs(now)) if same(&now)))
    }

    /// Gives the event to whoever asks for it next, unless a desk is open here.
    pub(super) async fn release(&self, event: EventId) {
        let Some(leases) = self.leases() else { return };
        if let Err(error) = leases.release(&LeaseName::event(event)).await {
            tracing::debug!(%event, %error, "an event's lease is given back later");
        }
    }

    /// Gives the events of this node to others, each after its desk has finished its queue. From now on this node opens no desk as long
    /// as another can be asked.
    ///
    /// Gives     whether there was another node.
    pub async fn hand_over(&self) -> Result<bool, BookingError> {
        let Some(leases) = self.leases() else { return Ok(false) };
        // said before it is looked: of two nodes that go at once one at most gives to the other
        leases.give_away().await?;
        if !leases.other().await?.is_some_and(|other| self.can_ask(&other)) {
            return Ok(false);
        }
        self.leaving.store(true, Ordering::SeqCst);
        for slot in self.slots().values() {
            if let Some(open) = slot.handle.get() {
                open.close.cancel();
            }
        }
        Ok(true)
    }
}
