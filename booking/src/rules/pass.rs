//! The passes of an event with a queue: who may hold places, with how many holds at once, and when a pass is over.

use domain::{BuyerIds, EventId, HoldId, Pass, PresentedPass};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::rules::seat::lapsed;

/// What a pass is in use for. A pass that is free is in none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassUse {
    /// A live hold stands on it.
    Held(HoldId),
    /// The hold became an order: the pass is over.
    Ordered(HoldId),
    /// Its holder left the queue: it is over.
    Left,
}

impl PassUse {
    /// What stands on it, or stood when it became an order.
    pub fn hold(self) -> Option<HoldId> {
        match self {
            Self::Held(hold) | Self::Ordered(hold) => Some(hold),
            Self::Left => None,
        }
    }
}

/// What became of a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassState {
    Held,
    Free,
    Ordered,
    Left,
}

impl From<PassUse> for PassState {
    fn from(used: PassUse) -> Self {
        match used {
            PassUse::Held(_) => Self::Held,
            PassUse::Ordered(_) => Self::Ordered,
            PassUse::Left => Self::Left,
        }
    }
}

/// Why what a buyer shows lets nobody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoPass {
    /// Nothing is shown.
    #[default]
    Missing,
    Forged,
    OtherEvent,
    OtherBuyer,
    Expired,
}

impl NoPass {
    /// The word that programs compare.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Forged => "forged",
            Self::OtherEvent => "other_event",
            Self::OtherBuyer => "other_buyer",
            Self::Expired => "expired",
        }
    }

    /// What to tell the buyer.
    pub fn detail(self) -> &'static str {
        match self {
            Self::Missing => "This sale begins in the queue: enter the waiting room and send the pass that it gives.",
            Self::Forged => "This is no pass of ours, or it was changed on its way.",
            Self::OtherEvent => "This pass is for another event.",
            Self::OtherBuyer => "This pass was given to another buyer.",
            Self::Expired => "The time of this pass is over: enter the waiting room again.",
        }
    }
}

/// Whether a buyer may enter with what is shown. A pass is good for 5 s longer than it says.
pub fn admit(shown: Option<&PresentedPass>, event: EventId, buyer: &BuyerIds, now: Timestamp) -> Result<Pass, NoPass> {
    match shown {
        None => Err(NoPass::Missing),
        Some(PresentedPass::Forged) => Err(NoPass::Forged),
        Some(PresentedPass::Signed(pass)) if pass.event != event => Err(NoPass::OtherEvent),
        Some(PresentedPass::Signed(pass)) if !buyer.has(pass.holder) => Err(NoPass::OtherBuyer),
        Some(PresentedPass::Signed(pass)) if lapsed(pass.expires_at, now) => Err(NoPass::Expired),
        Some(PresentedPass::Signed(pass)) => Ok(*pass),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{noon, seconds};
    use domain::{BuyerId, PassId};

    #[test]
    fn why_nobody_is_let_in_has_a_word_for_programs_and_a_sentence_for_people() {
        let all = [NoPass::Missing, NoPass::Forged, NoPass::OtherEvent, NoPass::OtherBuyer, NoPass::Expired];
        assert_eq!(all.map(NoPass::as_str), ["missing", "forged", "other_event", "other_buyer", "expired"]);
        let sentences: std::collections::BTreeSet<&str> = all.into_iter().map(NoPass::detail).collect();
        assert!(sentences.len() == all.len() && sentences.iter().all(|said| said.contains("pass") && said.ends_with('.')));
    }

    #[test]
    fn a_pass_is_for_one_event_one_buyer_and_five_seconds_longer_than_it_says() {
        let (event, ada, bob) = (EventId::at(noon()), BuyerId::at(noon()), BuyerId::at(noon()));
        let good = Pass { event, holder: ada, id: PassId::at(noon()), expires_at: noon() + seconds(600) };
        let other = Pass { event: EventId::at(noon()), ..good };
        let millis = jiff::SignedDuration::from_millis;
        let at = |after| good.expires_at + millis(after);
        type Case = (Option<PresentedPass>, BuyerIds, Timestamp, Result<Pass, NoPass>);
        let table: [Case; 9] = [
            (None, ada.into(), noon(), Err(NoPass::Missing)),
            (Some(PresentedPass::Forged), ada.into(), noon(), Err(NoPass::Forged)),
            (Some(PresentedPass::Signed(other)), ada.into(), noon(), Err(NoPass::OtherEvent)),
            (Some(PresentedPass::Signed(good)), bob.into(), noon(), Err(NoPass::OtherBuyer)),
            (Some(PresentedPass::Signed(good)), ada.into(), noon(), Ok(good)),
            (Some(PresentedPass::Signed(good)), BuyerIds::new(bob, [ada]), noon(), Ok(good)),
            (Some(PresentedPass::Signed(good)), ada.into(), at(4_999), Ok(good)),
            (Some(PresentedPass::Signed(good)), ada.into(), at(5_000), Err(NoPass::Expired)),
            (Some(PresentedPass::Signed(good)), ada.into(), at(5_100), Err(NoPass::Expired)),
        ];
        for (n, (shown, buyer, now, said)) in table.into_iter().enumerate() {
            assert_eq!(admit(shown.as_ref(), event, &buyer, now), said, "row {n}");
        }
    }
}
