//! A command on its way to the node that has its event, and the answer on its way back.
//!
//! Both are JSON with a version. A command may be asked for again when nobody knows what became of it (see [`Command`]): the letter says
//! so, and its key and ids are the same.

use std::sync::Arc;

use domain::{Actor, BuyerIds, EntryId, SeatMapId};
use serde::{Deserialize, Serialize};

use crate::rules::command::{Begun, Command};
use crate::rules::counts::Counts;
use crate::rules::refusal::Refusal;
use crate::rules::rows::HoldRow;

/// Moves with every change of what stands here that an older program would misread.
pub const VERSION: u32 = 1;
/// The longest letter: ten thousand seats to block, each with its longest id.
pub const LONGEST: usize = 4 << 20;

/// A command as it is sent.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WireCommand {
    pub version: u32,
    pub command: Command,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<WireKey>,
    /// Whose change it is, for the audit log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Actor>,
    /// It was given to a node before whose answer is not known: it may be committed.
    pub uncertain: bool,
}

/// Its idempotency key.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WireKey {
    pub owners: BuyerIds,
    pub key: String,
    pub fingerprint: [u8; 32],
}

/// What the other node says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WireAnswer {
    Done {
        reply: WireReply,
        /// The desk's version then.
        version: i64,
    },
    No(No),
    /// It does not have the event. `uncertain`: it began to decide the command, and does not know what became of it.
    NotMine {
        uncertain: bool,
    },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WireReply {
    Held {
        row: Arc<HoldRow>,
        /// By which the seats are named.
        map: Option<SeatMapId>,
        replayed: bool,
    },
    Begun {
        begun: Begun,
        replayed: bool,
    },
    Waits {
        entry: EntryId,
        replayed: bool,
    },
    Refused {
        refusal: Refusal,
        replayed: bool,
    },
    Blocked(Counts),
    Done,
    Gone,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum No {
    Refused(Refusal),
    Invalid {
        field: String,
        detail: String,
    },
    KeyReused,
    InProgress,
    NotFound,
    Busy {
        retry_after_ms: u64,
    },
    TooManyHolds {
        retry_after_ms: u64,
    },
    /// What went wrong there, for the log.
    Fault(String),
}

/// Why a letter is not read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    #[error("not a letter of version {VERSION}: {0}")]
    Json(#[from] serde_json::Error),
    #[error("a letter of version {0}, which is not {VERSION}")]
    Version(u32),
}

impl WireCommand {
    pub fn write(&self) -> Result<Vec<u8>, Unreadable> {
        Ok(serde_json::to_vec(self)?)
    }

    pub fn read(bytes: &[u8]) -> Result<WireCommand, Unreadable> {
        let asked: WireCommand = serde_json::from_slice(bytes)?;
        if asked.version == VERSION { Ok(asked) } else { Err(Unreadable::Version(asked.version)) }
    }
}

impl WireAnswer {
    pub fn write(&self) -> Result<Vec<u8>, Unreadable> {
        Ok(serde_json::to_vec(self)?)
    }

    pub fn read(bytes: &[u8]) -> Result<WireAnswer, Unreadable> {
        Ok(serde_json::from_slice(bytes)?)
    }
}

#[cfg(test)]
mod tests {
    use domain::{ActorKind, BuyerId, EventId, HoldId, OrganiserId, Pass, PassId, PaymentId, PresentedPass};
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::rules::checkout::{Attendee, Checkout, Contact, Method, ProviderName};
    use crate::rules::command::{Joining, OrderIds, Sale};
    use crate::rules::hoard::Asker;
    use crate::rules::payment::{NoticeKind, PaymentNotice};
    use crate::rules::wanted::{Best, Places, Wanted};

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn buyer() -> BuyerIds {
        BuyerIds::new(BuyerId(id(1)), [BuyerId(id(2)), BuyerId(id(3))]).with_of_late(1)
    }

    fn commands() -> Vec<Command> {
        let (hold, contact) = (HoldId(id(4)), Contact { name: "Ada".into(), email: "ada@example.com".into() });
        let payment = PaymentId(id(5));
        let ids = || OrderIds::at(Timestamp::UNIX_EPOCH);
        let wishes = [
            Wanted::Seats(vec!["stalls-A-1".into()]),
            Wanted::Best(Best { quantity: 2, section: Some("stalls".into()), spaces: 1, together: true, ..Best::default() }),
            Wanted::Area { area: "floor".into(), quantity: 3 },
        ];
        let checkout = |method| {
            let (contact, attendees) = (contact.clone(), vec![Attendee { name: "Grace".into() }]);
            Box::new(Checkout { method, contact, attendees })
        };
        let notice = |kind| {
            let amount = domain::Money { amount: 4_500, currency: "AUD".parse().expect("a currency") };
            Box::new(PaymentNotice { payment, provider_event_id: "one".into(), kind, amount })
        };
        let sale =
            Sale { organiser: OrganiserId::HOUSE, buyer: BuyerId(id(1)), contact: contact.clone(), hold, payment, ids: *ids() };
        let places = Places { seats: vec!["stalls-A-1".into()], area: Some(("floor".into(), 2)) };
        let mut all: Vec<Command> =
            wishes.map(|wanted| Command::Hold { id: hold, buyer: buyer(), client: Some(-7), pass: None, wanted }).into();
        let pass = Pass { event: EventId(id(6)), holder: BuyerId(id(1)), id: PassId(id(7)), expires_at: Timestamp::UNIX_EPOCH };
        let shown = [PresentedPass::Forged, PresentedPass::Signed(pass)];
        let wanted = || Wanted::Seats(vec!["stalls-A-1".into()]);
        all.extend(shown.map(|pass| Command::Hold {
            id: hold,
            buyer: buyer(),
            client: None,
            pass: Some(pass),
            wanted: wanted(),
        }));
        all.extend([
            Command::HoldInstead {
                old: HoldId(id(11)),
                id: hold,
                buyer: buyer(),
                client: Some(-7),
                pass: Some(PresentedPass::Signed(pass)),
                wanted: wanted(),
            },
            Command::EndPass(pass.id),
            Command::Release { hold, buyer: buyer() },
            Command::Checkout { hold, buyer: buyer(), checkout: checkout(Method::Free), payment, ids: ids() },
            Command::Checkout {
                hold,
                buyer: buyer(),
                checkout: checkout(Method::Provider(ProviderName::of("sandbox"))),
                payment,
                ids: ids(),
            },
            Command::Notice { notice: notice(NoticeKind::Captured), hold, ids: ids() },
            Command::Notice { notice: notice(NoticeKind::Declined), hold, ids: ids() },
            Command::Sell(Box::new(sale)),
            Command::CancelOrder { hold, buyer: None },
            Command::Block(places.clone()),
            Command::Unblock(places),
            Command::CancelEvent { limit: 7, orders: vec![hold] },
            Command::Join(Box::new(Joining {
                entry: EntryId(id(10)),
                hold,
                asker: Asker { buyer: buyer(), client: Some(-7), pass: Some(PresentedPass::Signed(pass)) },
                size: 2,
                tiers: vec![domain::TierId::nth(1).expect("a tier")],
            })),
            Command::Leave { entry: EntryId(id(10)), buyer: buyer() },
            Command::OpenWaitlist(false),
            Command::Sweep,
        ]);
        all
    }

    #[test]
    fn every_command_is_read_as_it_was_written() {
        for command in commands() {
            let written = format!("{command:?}");
            let key = Some(WireKey { owners: buyer(), key: "k".into(), fingerprint: [7; 32] });
            let by = Actor { kind: ActorKind::Key, id: Some(id(9)), ..Actor::house() };
            let asked = WireCommand { version: VERSION, command, key, by: Some(by.clone()), uncertain: true };
            let read = WireCommand::read(&asked.write().expect("written")).expect("read");
            assert_eq!(format!("{:?}", read.command), written);
            let key = read.key.expect("a key");
            assert_eq!((key.owners, key.key.as_str(), key.fingerprint, read.by), (buyer(), "k", [7; 32], Some(by)));
            assert!(read.uncertain);
        }
    }

    #[test]
    fn another_version_and_nonsense_are_refused() {
        let of = |version: u32| format!(r#"{{"version":{version},"command":"sweep","uncertain":false}}"#);
        assert!(WireCommand::read(of(VERSION).as_bytes()).is_ok());
        assert!(matches!(WireCommand::read(of(VERSION + 1).as_bytes()), Err(Unreadable::Version(_))));
        for wrong in ["", "{}", "[]", &of(VERSION).replace("sweep", "panic"), &of(VERSION).replace("false", "false,\"more\":1")] {
            assert!(WireCommand::read(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_told_is_read_as_it_was_written() {
        for told in [
            WireAnswer::NotMine { uncertain: true },
            WireAnswer::No(No::Busy { retry_after_ms: 1_000 }),
            WireAnswer::No(No::Refused(Refusal::SeatsUnavailable { seats: vec!["a".into()], others_available: true })),
            WireAnswer::Done { reply: WireReply::Refused { refusal: Refusal::SoldOut, replayed: true }, version: 3 },
            WireAnswer::Done { reply: WireReply::Waits { entry: EntryId(id(10)), replayed: false }, version: 2 },
            WireAnswer::Done { reply: WireReply::Gone, version: 0 },
        ] {
            let read = WireAnswer::read(&told.write().expect("written")).expect("read");
            assert_eq!(format!("{read:?}"), format!("{told:?}"));
        }
    }
}
