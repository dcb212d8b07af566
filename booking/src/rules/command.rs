//! What a desk is told to do, and what it answers.

use std::sync::Arc;

use domain::{
    BuyerId, BuyerIds, EntryId, HoldId, OrderId, OrderNumber, OrganiserId, PassId, PaymentId, PresentedPass, SeatMapId, TicketId,
    TierId,
};
use serde::{Deserialize, Serialize};

use crate::rules::checkout::{Checkout, Contact};
use crate::rules::counts::Counts;
use crate::rules::denial::Denial;
use crate::rules::hoard::Asker;
use crate::rules::house::House;
use crate::rules::payment::PaymentNotice;
use crate::rules::refusal::Refusal;
use crate::rules::rows::HoldRow;
use crate::rules::wanted::{MAX_PLACES, Places, Wanted};

/// New ids come with the command, so that deciding stays pure.
///
/// When nobody knows whether a command was committed, it is decided again, maybe on another node: so each comes with a key, or with ids of
/// its own, or again changes nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    Hold {
        id: HoldId,
        buyer: BuyerIds,
        /// From which address it is asked for, as a hash; none where it is not counted.
        client: Option<i64>,
        /// What is shown as the pass of the event's queue.
        pass: Option<PresentedPass>,
        wanted: Wanted,
    },
    /// As `Hold`, in place of a hold of the same buyer's: the old one ends with it, or stays as it was.
    HoldInstead {
        old: HoldId,
        id: HoldId,
        buyer: BuyerIds,
        client: Option<i64>,
        pass: Option<PresentedPass>,
        wanted: Wanted,
    },
    Release {
        hold: HoldId,
        buyer: BuyerIds,
    },
    Checkout {
        hold: HoldId,
        buyer: BuyerIds,
        checkout: Box<Checkout>,
        payment: PaymentId,
        ids: Box<OrderIds>,
    },
    Notice {
        notice: Box<PaymentNotice>,
        hold: HoldId,
        ids: Box<OrderIds>,
    },
    /// Sells a place without a number at once.
    Sell(Box<Sale>),
    /// `buyer`: whose it must be; none: the organiser's word.
    CancelOrder {
        hold: HoldId,
        buyer: Option<BuyerIds>,
    },
    Block(Places),
    Unblock(Places),
    /// Closes the sale and gives back up to `limit` holds and the orders of these holds.
    CancelEvent {
        limit: usize,
        orders: Vec<HoldId>,
    },
    /// Ends the pass of who has left the queue.
    EndPass(PassId),
    /// Joins the waitlist.
    Join(Box<Joining>),
    Leave {
        entry: EntryId,
        buyer: BuyerIds,
    },
    /// Opens the waitlist, or closes it.
    OpenWaitlist(bool),
    /// Gives back what has lapsed; also part of every other decision.
    Sweep,
    /// Breaks the desk, to see what becomes of it then.
    #[cfg(test)]
    #[serde(skip)]
    Panic,
}

/// Ids for an order and its tickets.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OrderIds {
    pub order: OrderId,
    pub number: OrderNumber,
    pub tickets: [TicketId; MAX_PLACES as usize],
}

impl OrderIds {
    pub fn at(now: jiff::Timestamp) -> Box<OrderIds> {
        let tickets = std::array::from_fn(|_| TicketId::at(now));
        Box::new(OrderIds { order: OrderId::at(now), number: OrderNumber::random(), tickets })
    }
}

/// Who buys one place, and the ids of what becomes of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sale {
    /// Whose event it must be: nothing of others is sold this way.
    pub organiser: OrganiserId,
    pub buyer: BuyerId,
    pub contact: Contact,
    pub hold: HoldId,
    pub payment: PaymentId,
    pub ids: OrderIds,
}

/// Who waits, for how many places of which tiers (none: of any), and the ids of the entry and of the hold that it may be offered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Joining {
    pub entry: EntryId,
    pub hold: HoldId,
    pub asker: Asker,
    pub size: u32,
    pub tiers: Vec<TierId>,
}

impl Command {
    /// Takes another number for the order that it may make: the one it had was taken.
    pub fn renumber(&mut self) {
        match self {
            Self::Checkout { ids, .. } | Self::Notice { ids, .. } => ids.number = OrderNumber::random(),
            Self::Sell(sale) => sale.ids.number = OrderNumber::random(),
            _ => {}
        }
    }

    /// The holds whose rows must be read before it can be decided.
    pub fn asks_about(&self) -> &[HoldId] {
        match self {
            Self::Checkout { hold, .. } | Self::Notice { hold, .. } | Self::CancelOrder { hold, .. } => {
                std::slice::from_ref(hold)
            }
            Self::CancelEvent { orders, .. } => orders,
            Self::Hold { .. }
            | Self::HoldInstead { .. }
            | Self::Release { .. }
            | Self::Sell(_)
            | Self::Block(_)
            | Self::Unblock(_)
            | Self::EndPass(_)
            | Self::Sweep => &[],
            Self::Join(_) | Self::Leave { .. } | Self::OpenWaitlist(_) => &[],
            #[cfg(test)]
            Self::Panic => &[],
        }
    }
}

/// A decision that is stored with its idempotency key.
#[derive(Debug, Clone)]
pub enum Outcome {
    Hold(Made),
    Checkout(Begun),
    /// A place in the waitlist, new or had before: its row tells the rest.
    Waits(EntryId),
    Refused(Refusal),
}

/// What the desk answers.
#[derive(Debug)]
pub enum Reply {
    Outcome {
        outcome: Outcome,
        replayed: bool,
    },
    /// Blocked or unblocked: how many places are in which state now.
    Blocked(Counts),
    /// Done; the rows say how it stands now.
    Done,
    /// The hold is none of the live ones: its row says what became of it.
    Gone,
}

/// A hold that the desk made: who asked for it makes the view, so that the desk need not.
#[derive(Debug, Clone)]
pub struct Made {
    pub row: Arc<HoldRow>,
    pub house: Arc<House>,
    /// The map by which the house is known on every node.
    pub map: Option<SeatMapId>,
}

/// A checkout that the desk decided: the rows under these ids tell the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    pub payment: PaymentId,
    /// What was bought at once, when nothing was due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
}

/// What one command came to.
pub type Verdict = Result<Reply, Denial>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::noon;
    use crate::rules::checkout::{Contact, Method};
    use crate::rules::payment::NoticeKind;
    use domain::Money;

    #[test]
    fn whatever_may_make_an_order_takes_another_number_and_what_is_of_a_hold_asks_about_it() {
        let (hold, payment, buyer) = (HoldId::at(noon()), PaymentId::at(noon()), BuyerId::at(noon()));
        let contact = || Contact { name: "Ada".into(), email: "ada@example.com".into() };
        let checkout = Box::new(Checkout { method: Method::Free, contact: contact(), attendees: vec![] });
        let amount = Money::new(0, "AUD".parse().expect("a currency"));
        let notice = PaymentNotice { payment, provider_event_id: "a".into(), kind: NoticeKind::Captured, amount };
        let ids = || OrderIds::at(noon());
        let sale = Sale { organiser: OrganiserId::HOUSE, buyer, contact: contact(), hold, payment, ids: *ids() };
        let number = |command: &Command| match command {
            Command::Checkout { ids, .. } | Command::Notice { ids, .. } => Some(ids.number.clone()),
            Command::Sell(sale) => Some(sale.ids.number.clone()),
            _ => None,
        };
        let table = [
            (Command::Checkout { hold, buyer: buyer.into(), checkout, payment, ids: ids() }, true, vec![hold]),
            (Command::Notice { notice: Box::new(notice), hold, ids: ids() }, true, vec![hold]),
            (Command::Sell(Box::new(sale)), true, vec![]),
            (Command::CancelOrder { hold, buyer: None }, false, vec![hold]),
            (Command::CancelEvent { limit: 1, orders: vec![hold, hold] }, false, vec![hold, hold]),
            (Command::Sweep, false, vec![]),
        ];
        for (mut command, orders, about) in table {
            assert_eq!(command.asks_about(), about, "{command:?}");
            let before = number(&command);
            command.renumber();
            assert_eq!((before.is_some(), number(&command) != before), (orders, orders), "{command:?}");
        }
    }
}
