//! A command on its way to the desk that decides it: here, or on the node that has the event.
//!
//! A command that was sent to another node is never sent on by that one: it says "not mine", and whoever sent it looks again. Where
//! nobody knows what became of a command it is asked for again, saying so, until an owner says or the patience is over.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::{Actor, EventId, Invalid, SeatMapId};
use lease::Neighbour;
use tokio::time::Instant;

use crate::booking::Booking;
use crate::desk::keyed::Idempotency;
use crate::desk::{Answered, DeskAnswer, Found, Handle, Keyed, Letter, backoff};
use crate::error::{BookingError, Fault};
use crate::neighbours::Unreached;
use crate::rules::command::{Command, Made, Outcome, Reply};
use crate::rules::house::House;
use crate::rules::wire::{self, No, Unreadable, WireAnswer, WireCommand, WireKey};

/// How often whoever waits for another node looks whether that still has the event.
const LOOK: Duration = Duration::from_millis(250);
/// How often a desk that was just closing is looked for anew on the node that was asked.
const TURNS: u32 = 5;
/// What callers are told to wait when this was not enough.
const LATER: Duration = Duration::from_secs(1);
/// How often a node that refuses what it is sent is asked again, after twice as long each time: it may be another node's by then.
const REFUSALS: u32 = 3;

/// A node refused a letter, and why.
struct RefusedLetter(Box<Letter>, String);

impl Booking {
    /// Gives back what has lapsed at one event now, instead of when its desk wakes.
    pub async fn sweep(&self, event: EventId) -> Result<(), BookingError> {
        self.ask(event, Command::Sweep, None).await.map(|_| ())
    }

    /// Which other node has an event and can be asked; none where it is this node's or nobody's. Opens no desk and claims nothing.
    pub async fn owner_of(&self, event: EventId) -> Result<Option<Neighbour>, BookingError> {
        self.registry.owner(event).await
    }

    /// Gives the events of this node to others, each when its desk has done what it was given; commands that still come are sent on. Where
    /// there is no other node nothing happens.
    ///
    /// Gives     whether there was one.
    pub async fn hand_over(&self) -> bool {
        match self.registry.hand_over().await {
            Ok(true) => tracing::info!("the events of this node are given to others"),
            Ok(false) => return false,
            Err(error) => {
                tracing::warn!(%error, "the events of this node stay until it stops");
                return false;
            }
        }
        true
    }

    /// Sends a command to its event's desk and waits for the answer.
    ///
    /// Refuses   Busy when the desk's queue is full.
    pub(crate) async fn ask(&self, event: EventId, command: Command, keyed: Option<Keyed>) -> Result<Answered, BookingError> {
        self.ask_by(event, command, keyed, None).await
    }

    /// As [`Booking::ask`]; what it changes is told to the audit log in somebody's name.
    pub(crate) async fn ask_by(
        &self,
        event: EventId,
        command: Command,
        keyed: Option<Keyed>,
        by: Option<&Actor>,
    ) -> Result<Answered, BookingError> {
        let until = Instant::now() + self.premises().config.patience;
        let mut letter = Letter { command, keyed, by: by.cloned(), uncertain: false };
        let mut refusals = 0;
        for turn in 0.. {
            let said = match self.patiently_until(until, || self.registry.desk(event)).await? {
                Found::Here(desk) => self.hand(&desk, letter).await,
                Found::There(other) => match Box::pin(self.send(&other, event, letter, until)).await {
                    Ok(said) => said,
                    Err(RefusedLetter(_, why)) if refusals == REFUSALS => return Err(Fault::Refused(why).into()),
                    Err(RefusedLetter(back, _)) => {
                        tokio::time::sleep(LOOK * 2_u32.pow(refusals)).await;
                        refusals += 1;
                        DeskAnswer::Back(back)
                    }
                },
            };
            match said {
                DeskAnswer::Answered(answer) => return answer,
                DeskAnswer::Back(back) => letter = *back,
            }
            if Instant::now() >= until {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5) + backoff(turn, false)).await;
        }
        Err(BookingError::Busy { retry_after: LATER })
    }

    fn hand(&self, desk: &Handle, letter: Letter) -> impl Future<Output = DeskAnswer> {
        let handed = desk.hand(letter);
        async move { handed.await.unwrap_or_else(|| DeskAnswer::Answered(Err(self.unanswered()))) }
    }

    /// Sends a command to another node and waits, as long as that has the event.
    async fn send(
        &self,
        other: &Neighbour,
        event: EventId,
        mut letter: Letter,
        until: Instant,
    ) -> Result<DeskAnswer, RefusedLetter> {
        let nodes = self.premises().config.nodes.as_ref();
        let (Some(neighbours), Some(url)) = (nodes.and_then(|nodes| nodes.neighbours.as_ref()), &other.url) else {
            return Ok(DeskAnswer::Back(Box::new(letter)));
        };
        let written = match asked(&letter).write() {
            Ok(written) => written,
            Err(error) => return Ok(DeskAnswer::Answered(Err(Fault::corrupt("letter", error).into()))),
        };
        let answer = tokio::select! {
            answer = neighbours.ask(url, event, Bytes::from(written)) => answer,
            () = self.passes_on(event, other) => Err(Unreached::NoAnswer("the event is not that node's any more".to_owned())),
            () = tokio::time::sleep_until(until) => Err(Unreached::NoAnswer("the time was over".to_owned())),
        };
        metrics::counter!("booking_sent_total", "came" => came(&answer)).increment(1);
        let told = answer.and_then(|bytes| WireAnswer::read(&bytes).map_err(|error| Unreached::NoAnswer(error.to_string())));
        Ok(match told {
            // it still decides what is asked for again here: that is the answer to wait for
            Ok(WireAnswer::No(No::InProgress)) if letter.uncertain => DeskAnswer::Back(Box::new(letter)),
            Ok(WireAnswer::NotMine { uncertain }) => {
                letter.uncertain |= uncertain;
                self.doubt(event, other);
                DeskAnswer::Back(Box::new(letter))
            }
            Ok(told) => DeskAnswer::Answered(self.answered(event, told).await),
            Err(Unreached::Refused(why)) => return Err(RefusedLetter(Box::new(letter), why)),
            Err(why) => {
                tracing::debug!(%event, node = %other.node, %why, "a command is asked for again");
                letter.uncertain |= matches!(why, Unreached::NoAnswer(_));
                DeskAnswer::Back(Box::new(letter))
            }
        })
    }

    /// Waits until another node has the event no more.
    async fn passes_on(&self, event: EventId, other: &Neighbour) {
        loop {
            tokio::time::sleep(LOOK).await;
            match self.registry.still_has(event, other).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::debug!(%event, %error, "whose the event is cannot be looked at"),
            }
        }
    }

    fn doubt(&self, event: EventId, other: &Neighbour) {
        if let Some(nodes) = &self.premises().config.nodes {
            nodes.leases.doubt(&lease::LeaseName::event(event), other.epoch);
        }
    }

    /// Decides what another node asks, if the event is this node's or nobody's.
    ///
    /// Takes     `letter`: as [`crate::Neighbours::ask`] brought it.
    /// Gives     what that node's caller is told.
    pub async fn asked(&self, event: EventId, letter: &[u8]) -> Result<Vec<u8>, Unreadable> {
        let asked = WireCommand::read(letter)?;
        metrics::counter!("booking_asked_total").increment(1);
        told(self.decide_asked(event, asked).await).write()
    }

    async fn decide_asked(&self, event: EventId, asked: WireCommand) -> DeskAnswer {
        let WireCommand { command, key, by, uncertain, .. } = asked;
        let keyed = match key.map(|WireKey { owners, key, fingerprint }| self.claim(&owners, Idempotency { key, fingerprint })) {
            None => None,
            Some(Ok(keyed)) => Some(keyed),
            Some(Err(error)) => return DeskAnswer::Answered(Err(error)),
        };
        let mut letter = Letter { command, keyed, by, uncertain };
        for turn in 0..TURNS {
            match self.registry.desk(event).await {
                Ok(Found::Here(desk)) => match self.hand(&desk, letter).await {
                    DeskAnswer::Back(back) => letter = *back,
                    said @ DeskAnswer::Answered(_) => return said,
                },
                Ok(Found::There(_)) | Err(BookingError::Fault(Fault::Unowned(_) | Fault::ShuttingDown)) => {
                    return DeskAnswer::Back(Box::new(letter));
                }
                Err(error) => return DeskAnswer::Answered(Err(error)),
            }
            tokio::time::sleep(backoff(turn, false)).await;
        }
        DeskAnswer::Back(Box::new(letter))
    }

    /// What another node said, as a desk of this one would.
    async fn answered(&self, event: EventId, told: WireAnswer) -> Result<Answered, BookingError> {
        let (reply, version) = match told {
            WireAnswer::Done { reply, version } => (reply, version),
            WireAnswer::No(no) => return Err(error(no)),
            WireAnswer::NotMine { .. } => return Err(Fault::NotOwner.into()),
        };
        let outcome = |outcome, replayed| Reply::Outcome { outcome, replayed };
        let reply = match reply {
            wire::WireReply::Held { row, map, replayed } => {
                let house = self.house(event, map).await?;
                outcome(Outcome::Hold(Made { row, house, map }), replayed)
            }
            wire::WireReply::Begun { begun, replayed } => outcome(Outcome::Checkout(begun), replayed),
            wire::WireReply::Waits { entry, replayed } => outcome(Outcome::Waits(entry), replayed),
            wire::WireReply::Refused { refusal, replayed } => outcome(Outcome::Refused(refusal), replayed),
            wire::WireReply::Blocked(counts) => Reply::Blocked(counts),
            wire::WireReply::Done => Reply::Done,
            wire::WireReply::Gone => Reply::Gone,
        };
        Ok(Answered { reply, version })
    }

    /// The house by which another node's answer names seats: read once a map.
    async fn house(&self, event: EventId, map: Option<SeatMapId>) -> Result<Arc<House>, BookingError> {
        match map.and_then(|map| self.premises().houses.get(&map)) {
            Some(house) => Ok(house),
            None => self.patiently(|| async move { Ok(self.terms(event).await?.house) }).await,
        }
    }

    /// A desk went away without a word. What became of the command is known to nobody here: its key tells who asks again.
    fn unanswered(&self) -> BookingError {
        if self.registry.shutting_down().is_cancelled() {
            return Fault::ShuttingDown.into();
        }
        BookingError::Busy { retry_after: LATER }
    }
}

fn asked(letter: &Letter) -> WireCommand {
    let key = letter.keyed.as_ref().map(|keyed| WireKey {
        owners: keyed.owners.clone(),
        key: keyed.key.key.clone(),
        fingerprint: keyed.key.fingerprint,
    });
    let (command, by) = (letter.command.clone(), letter.by.clone());
    WireCommand { version: wire::VERSION, command, key, by, uncertain: letter.uncertain }
}

/// What a desk of this node said, for another one.
fn told(said: DeskAnswer) -> WireAnswer {
    let Answered { reply, version } = match said {
        DeskAnswer::Back(letter) => return WireAnswer::NotMine { uncertain: letter.uncertain },
        // it stops, and did not say what became of the command
        DeskAnswer::Answered(Err(BookingError::Fault(Fault::ShuttingDown))) => return WireAnswer::NotMine { uncertain: true },
        DeskAnswer::Answered(Err(error)) => return WireAnswer::No(no(error)),
        DeskAnswer::Answered(Ok(answered)) => answered,
    };
    let reply = match reply {
        Reply::Outcome { outcome: Outcome::Hold(Made { row, map, .. }), replayed } => {
            wire::WireReply::Held { row, map, replayed }
        }
        Reply::Outcome { outcome: Outcome::Checkout(begun), replayed } => wire::WireReply::Begun { begun, replayed },
        Reply::Outcome { outcome: Outcome::Waits(entry), replayed } => wire::WireReply::Waits { entry, replayed },
        Reply::Outcome { outcome: Outcome::Refused(refusal), replayed } => wire::WireReply::Refused { refusal, replayed },
        Reply::Blocked(counts) => wire::WireReply::Blocked(counts),
        Reply::Done => wire::WireReply::Done,
        Reply::Gone => wire::WireReply::Gone,
    };
    WireAnswer::Done { reply, version }
}

fn no(error: BookingError) -> No {
    let ms = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    match error {
        BookingError::Refused(refusal) => No::Refused(refusal),
        BookingError::Invalid(Invalid { field, detail }) => No::Invalid { field, detail },
        BookingError::KeyReused => No::KeyReused,
        BookingError::InProgress => No::InProgress,
        BookingError::NotFound => No::NotFound,
        BookingError::Busy { retry_after } => No::Busy { retry_after_ms: ms(retry_after) },
        BookingError::TooManyHolds { retry_after } => No::TooManyHolds { retry_after_ms: ms(retry_after) },
        BookingError::Fault(fault) => No::Fault(fault.to_string()),
    }
}

fn error(no: No) -> BookingError {
    match no {
        No::Refused(refusal) => refusal.into(),
        No::Invalid { field, detail } => Invalid { field, detail }.into(),
        No::KeyReused => BookingError::KeyReused,
        No::InProgress => BookingError::InProgress,
        No::NotFound => BookingError::NotFound,
        No::Busy { retry_after_ms } => BookingError::Busy { retry_after: Duration::from_millis(retry_after_ms) },
        No::TooManyHolds { retry_after_ms } => BookingError::TooManyHolds { retry_after: Duration::from_millis(retry_after_ms) },
        No::Fault(text) => Fault::PileFailed(text).into(),
    }
}

fn came(answer: &Result<Bytes, Unreached>) -> &'static str {
    match answer {
        Ok(_) => "answered",
        Err(Unreached::NotSent(_)) => "not_sent",
        Err(Unreached::NoAnswer(_)) => "no_answer",
        Err(Unreached::Refused(_)) => "refused",
    }
}
