//! A seat's four states, and every step between them.
//!
//! There is no state "expired": that a hold is over is arithmetic on `until`.

use std::time::Duration;

use domain::{HoldId, OrderId};
use jiff::Timestamp;

/// How much longer the server waits than `until` says.  Source: the contract.
pub const GRACE: Duration = Duration::from_secs(5);

/// Whether a hold with this `until` is over at `now`: from `until` plus the grace on, that instant included.
pub fn lapsed(until: Timestamp, now: Timestamp) -> bool {
    until.checked_add(GRACE).is_ok_and(|end| end <= now)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeatState {
    Available,
    Held { hold: HoldId, until: Timestamp },
    Sold { order: OrderId },
    Blocked,
}

/// What can be asked of one seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeatCommand {
    Hold { hold: HoldId, until: Timestamp },
    Release { hold: HoldId },
    Lapse { hold: HoldId },
    Order { hold: HoldId, order: OrderId },
    Return { order: OrderId },
    Block,
    Unblock,
}

/// Why a seat does not do what is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SeatRefusal {
    #[error("held by a hold")]
    Held,
    #[error("sold")]
    Sold,
    #[error("blocked")]
    Blocked,
    #[error("not held by this hold")]
    NotHeld,
    #[error("not sold in this order")]
    NotSold,
    #[error("not blocked")]
    NotBlocked,
    #[error("the hold is not over yet")]
    NotOver,
}

impl SeatState {
    /// Takes one step. An order is honoured even when its hold is over, as long as the seat is still that hold's.
    pub fn apply(self, command: SeatCommand, now: Timestamp) -> Result<SeatState, SeatRefusal> {
        use SeatCommand as C;
        use SeatState as S;
        match (self, command) {
            (S::Available, C::Hold { hold, until }) => Ok(S::Held { hold, until }),
            (S::Held { until: old, .. }, C::Hold { hold, until }) if lapsed(old, now) => Ok(S::Held { hold, until }),
            (S::Held { hold, .. }, C::Release { hold: asked }) if hold == asked => Ok(S::Available),
            (S::Held { hold, until }, C::Lapse { hold: asked }) if hold == asked => {
                if lapsed(until, now) {
                    Ok(S::Available)
                } else {
                    Err(SeatRefusal::NotOver)
                }
            }
            (S::Held { hold, .. }, C::Order { hold: asked, order }) if hold == asked => Ok(S::Sold { order }),
            (S::Sold { order }, C::Return { order: asked }) if order == asked => Ok(S::Available),
            (S::Available, C::Block) => Ok(S::Blocked),
            (S::Held { until, .. }, C::Block) if lapsed(until, now) => Ok(S::Blocked),
            (S::Blocked, C::Unblock) => Ok(S::Available),
            (S::Held { .. }, C::Hold { .. } | C::Block) => Err(SeatRefusal::Held),
            (S::Sold { .. }, C::Hold { .. } | C::Block) => Err(SeatRefusal::Sold),
            (S::Blocked, C::Hold { .. } | C::Block) => Err(SeatRefusal::Blocked),
            (_, C::Release { .. } | C::Lapse { .. } | C::Order { .. }) => Err(SeatRefusal::NotHeld),
            (_, C::Return { .. }) => Err(SeatRefusal::NotSold),
            (_, C::Unblock) => Err(SeatRefusal::NotBlocked),
        }
    }

    #[cfg(test)]
    pub fn letter(self) -> SeatLetter {
        match self {
            Self::Available => SeatLetter::Available,
            Self::Held { .. } => SeatLetter::Held,
            Self::Sold { .. } => SeatLetter::Sold,
            Self::Blocked => SeatLetter::Blocked,
        }
    }
}

/// The letter of a seat's state, as the live map shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SeatLetter {
    Available,
    Held,
    Sold,
    Blocked,
}

impl SeatLetter {
    pub const ALL: [Self; 4] = [Self::Available, Self::Held, Self::Sold, Self::Blocked];

    /// `A`, `H`, `S` or `B`.
    pub fn as_char(self) -> char {
        match self {
            Self::Available => 'A',
            Self::Held => 'H',
            Self::Sold => 'S',
            Self::Blocked => 'B',
        }
    }

    /// `available`, `held`, `sold` or `blocked`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Held => "held",
            Self::Sold => "sold",
            Self::Blocked => "blocked",
        }
    }

    pub fn parse(letter: char) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_char() == letter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{noon, seconds};

    #[test]
    fn a_seat_takes_the_steps_of_its_own_hold_and_order_and_no_others() {
        use SeatCommand::{Block, Hold, Lapse, Order, Release, Return, Unblock};
        use SeatState::{Available, Blocked, Held, Sold};
        let (mine, other) = (HoldId::at(noon()), HoldId::at(noon()));
        let (order, another) = (OrderId::at(noon()), OrderId::at(noon()));
        let until = noon() + seconds(300);
        let (held, sold) = (Held { hold: mine, until }, Sold { order });
        // a second before the grace is over, and the instant at which it is
        let (live, over) = (until + seconds(4), until + seconds(5));
        let again = Hold { hold: other, until: over };
        let table = [
            (Available, again, live, Ok(Held { hold: other, until: over })),
            (held, again, live, Err(SeatRefusal::Held)),
            (held, again, over, Ok(Held { hold: other, until: over })),
            (sold, again, over, Err(SeatRefusal::Sold)),
            (Blocked, again, over, Err(SeatRefusal::Blocked)),
            (held, Release { hold: mine }, live, Ok(Available)),
            (held, Release { hold: other }, live, Err(SeatRefusal::NotHeld)),
            (held, Lapse { hold: mine }, live, Err(SeatRefusal::NotOver)),
            (held, Lapse { hold: mine }, over, Ok(Available)),
            (held, Lapse { hold: other }, over, Err(SeatRefusal::NotHeld)),
            (held, Order { hold: mine, order }, over, Ok(sold)),
            (held, Order { hold: other, order }, live, Err(SeatRefusal::NotHeld)),
            (sold, Return { order }, live, Ok(Available)),
            (sold, Return { order: another }, live, Err(SeatRefusal::NotSold)),
            (Available, Block, live, Ok(Blocked)),
            (held, Block, live, Err(SeatRefusal::Held)),
            (held, Block, over, Ok(Blocked)),
            (Blocked, Unblock, live, Ok(Available)),
            (Available, Unblock, live, Err(SeatRefusal::NotBlocked)),
        ];
        for (state, command, now, becomes) in table {
            assert_eq!(state.apply(command, now), becomes, "{state:?} {command:?} {now}");
        }
    }

    #[test]
    fn a_letter_is_a_state_s_and_reads_back() {
        assert_eq!(SeatLetter::ALL.map(SeatLetter::as_char), ['A', 'H', 'S', 'B']);
        assert_eq!(SeatLetter::ALL.map(SeatLetter::as_str), ["available", "held", "sold", "blocked"]);
        assert_eq!(SeatLetter::ALL.map(|letter| SeatLetter::parse(letter.as_char())), SeatLetter::ALL.map(Some));
        assert_eq!(SeatLetter::parse('a'), None);
    }
}
