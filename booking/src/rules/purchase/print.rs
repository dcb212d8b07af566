//! Printing a ticket: its states, whose turn it is, and what becomes of a print that failed.
//!
//! A print is of one edition. What a row says is good for its own edition only, so a changed event makes all that was printed
//! NOT_PRINTED without touching a row, and what is pending is drawn in whatever edition the event has when it is finished.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// How often a print is taken before it is given up.
pub const ATTEMPTS: u16 = 5;
/// The rest after the first failure; it is four times as long after each further one.
const REST: SignedDuration = SignedDuration::from_secs(1);

/// How far a ticket's printing has come, as everybody sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrintStatus {
    NotPrinted,
    Pending,
    Printed,
    Error,
}

impl PrintStatus {
    pub const ALL: [Self; 4] = [Self::NotPrinted, Self::Pending, Self::Printed, Self::Error];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotPrinted => "NOT_PRINTED",
            Self::Pending => "PENDING",
            Self::Printed => "PRINTED",
            Self::Error => "ERROR",
        }
    }
}

/// Why there is no print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrintReason {
    /// It cannot be drawn, however often.
    Undrawable,
    /// Whoever took it failed or died, each time.
    GaveUp,
    /// The ticket was given back.
    TicketReturned,
}

impl PrintReason {
    pub const ALL: [Self; 3] = [Self::Undrawable, Self::GaveUp, Self::TicketReturned];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Undrawable => "undrawable",
            Self::GaveUp => "gave_up",
            Self::TicketReturned => "ticket_returned",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }

    /// Whether another try would end the same way.
    fn is_final(self) -> bool {
        match self {
            Self::Undrawable | Self::TicketReturned => true,
            Self::GaveUp => false,
        }
    }
}

/// What a row says of a print.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Print {
    /// There is no row.
    Absent,
    /// Asked for; `claim` draws it until `ready_at`, or nobody does and it rests until then.
    Pending {
        claim: Option<Uuid>,
        attempts: u16,
        ready_at: Timestamp,
    },
    Printed {
        edition: u32,
    },
    Failed {
        edition: u32,
        reason: PrintReason,
    },
}

/// What a print is looked at by: its ticket and event now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Present {
    pub edition: u32,
    /// False once the ticket was given back.
    pub valid: bool,
    pub now: Timestamp,
}

/// Who takes and who finishes is decided by their statements alone, for many at once: the table of states holds these against them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(test), expect(dead_code, reason = "two of them are decided by their statements"))]
pub enum PrintCommand {
    Ask,
    Take { claim: Uuid, until: Timestamp },
    Finish { claim: Uuid, edition: u32 },
    Fail { claim: Uuid, reason: PrintReason },
    Cancel,
}

/// Why a print stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PrintStays {
    #[error("the ticket was given back")]
    TicketReturned,
    #[error("pending already")]
    Pending,
    #[error("printed already")]
    Printed,
    #[error("not pending")]
    NotPending,
    #[error("at work or at rest")]
    NotReady,
    #[error("taken by another")]
    TakenByAnother,
}

impl Print {
    /// What everybody sees, and why there is nothing to see.
    pub fn status(self, present: Present) -> (PrintStatus, Option<PrintReason>) {
        match self {
            Self::Absent => (PrintStatus::NotPrinted, None),
            _ if !present.valid => (PrintStatus::Error, Some(PrintReason::TicketReturned)),
            Self::Pending { .. } => (PrintStatus::Pending, None),
            Self::Printed { edition } if edition == present.edition => (PrintStatus::Printed, None),
            Self::Failed { edition, reason } if edition == present.edition => (PrintStatus::Error, Some(reason)),
            Self::Printed { .. } | Self::Failed { .. } => (PrintStatus::NotPrinted, None),
        }
    }

    /// What a command makes of a print.
    pub fn apply(self, command: PrintCommand, present: Present) -> Result<Print, PrintStays> {
        match command {
            PrintCommand::Ask => self.asked(present),
            PrintCommand::Take { claim, until } => self.taken(claim, until, present),
            PrintCommand::Finish { claim, edition } => self.finished(claim, edition, present),
            PrintCommand::Fail { claim, reason } => self.failed(claim, reason, present),
            PrintCommand::Cancel => self.cancelled(present),
        }
    }

    fn asked(self, present: Present) -> Result<Print, PrintStays> {
        match self {
            _ if !present.valid => Err(PrintStays::TicketReturned),
            Self::Pending { .. } => Err(PrintStays::Pending),
            Self::Printed { edition } if edition == present.edition => Err(PrintStays::Printed),
            Self::Absent | Self::Printed { .. } | Self::Failed { .. } => {
                Ok(Self::Pending { claim: None, attempts: 0, ready_at: present.now })
            }
        }
    }

    fn taken(self, claim: Uuid, until: Timestamp, present: Present) -> Result<Print, PrintStays> {
        match self {
            Self::Pending { ready_at, .. } if ready_at > present.now => Err(PrintStays::NotReady),
            Self::Pending { attempts, .. } => {
                Ok(Self::Pending { claim: Some(claim), attempts: attempts.saturating_add(1), ready_at: until })
            }
            Self::Absent | Self::Printed { .. } | Self::Failed { .. } => Err(PrintStays::NotPending),
        }
    }

    /// What was drawn in an edition that is over meanwhile is pending again at once, and it was nobody's failure.
    fn finished(self, claim: Uuid, edition: u32, present: Present) -> Result<Print, PrintStays> {
        let attempts = self.attempts_of(claim)?;
        if edition == present.edition {
            return Ok(Self::Printed { edition });
        }
        Ok(Self::Pending { claim: None, attempts: attempts.saturating_sub(1), ready_at: present.now })
    }

    fn failed(self, claim: Uuid, reason: PrintReason, present: Present) -> Result<Print, PrintStays> {
        let attempts = self.attempts_of(claim)?;
        Ok(match after_failure(reason, attempts) {
            After::Again { rest } => Self::Pending { claim: None, attempts, ready_at: present.now + rest },
            After::Error => Self::Failed { edition: present.edition, reason },
        })
    }

    fn cancelled(self, present: Present) -> Result<Print, PrintStays> {
        match self {
            Self::Printed { edition } if edition == present.edition => Err(PrintStays::Printed),
            Self::Pending { .. } | Self::Failed { .. } => Ok(Self::Absent),
            Self::Absent | Self::Printed { .. } => Err(PrintStays::NotPending),
        }
    }

    /// How often it was taken, if it is this claim's.
    fn attempts_of(self, own: Uuid) -> Result<u16, PrintStays> {
        match self {
            Self::Pending { claim: Some(claim), attempts, .. } if claim == own => Ok(attempts),
            Self::Pending { .. } => Err(PrintStays::TakenByAnother),
            Self::Absent | Self::Printed { .. } | Self::Failed { .. } => Err(PrintStays::NotPending),
        }
    }
}

/// What becomes of a print that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    Again { rest: SignedDuration },
    Error,
}

/// Another try after 1, 4, 16, 64 seconds; then an error.
pub fn after_failure(reason: PrintReason, attempts: u16) -> After {
    if reason.is_final() || attempts >= ATTEMPTS {
        return After::Error;
    }
    After::Again { rest: REST * 4_i32.pow(u32::from(attempts.saturating_sub(1))) }
}

/// When a print's turn is: those with the earliest are drawn first. It is asked for, plus a minute for each day until its event begins, six
/// hours at most: so of what is asked for at about the same time the earliest start comes first, and nobody is overtaken by anything that
/// is asked for after its turn.
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the statement that asks for many says the same, and a test holds both together")
)]
pub fn turn(asked_at: Timestamp, starts_at: Timestamp) -> Timestamp {
    let lead = starts_at.duration_since(asked_at).max(SignedDuration::ZERO);
    asked_at + (lead / (24 * 60)).min(SignedDuration::from_hours(6))
}

/// How near the event of a print is, in the words of the metrics: told by the patience that its turn has.
pub fn nearness(asked_at: Timestamp, turn: Timestamp) -> &'static str {
    match turn.duration_since(asked_at).as_secs() {
        ..60 => "day",
        60..420 => "week",
        _ => "later",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn a_day_until_the_event_is_a_minute_of_patience() {
        let table = [
            ("2027-03-12T11:00:00Z", "2027-03-12T12:00:00Z"),
            ("2027-03-12T12:00:00Z", "2027-03-12T12:00:00Z"),
            ("2027-03-12T18:00:00Z", "2027-03-12T12:00:15Z"),
            ("2027-03-13T12:00:00Z", "2027-03-12T12:01:00Z"),
            ("2027-07-10T12:00:00Z", "2027-03-12T14:00:00Z"),
            ("2028-03-06T12:00:00Z", "2027-03-12T18:00:00Z"),
            ("2128-03-06T12:00:00Z", "2027-03-12T18:00:00Z"),
        ];
        for (starts_at, expected) in table {
            assert_eq!(turn(at("2027-03-12T12:00:00Z"), at(starts_at)), at(expected), "{starts_at}");
        }
    }

    /// An evening's prints go first, whenever they are asked for within two hours; after that the concert in four months has waited enough.
    #[test]
    fn an_evening_overtakes_a_concert_in_four_months_and_not_for_ever() {
        let (noon, concert) = (at("2027-03-12T12:00:00Z"), at("2027-07-10T12:00:00Z"));
        let far = turn(noon, concert);
        for (asked, first) in [("12:00", true), ("12:05", true), ("13:59", true), ("14:00", false), ("15:00", false)] {
            let asked = at(&format!("2027-03-12T{asked}:00Z"));
            assert_eq!(turn(asked, at("2027-03-12T19:00:00Z")) < far, first, "asked at {asked}");
        }
    }

    #[test]
    fn a_print_is_nearer_than_a_day_or_a_week_or_later() {
        let noon = at("2027-03-12T12:00:00Z");
        let table = [("2027-03-12T20:00:00Z", "day"), ("2027-03-13T12:00:00Z", "week"), ("2027-03-19T12:00:00Z", "later")];
        for (starts_at, expected) in table {
            assert_eq!(nearness(noon, turn(noon, at(starts_at))), expected, "{starts_at}");
        }
    }

    #[test]
    fn a_failure_is_tried_again_after_growing_rests_and_then_an_error() {
        let rests: Vec<_> = (1..=5).map(|attempts| after_failure(PrintReason::GaveUp, attempts)).collect();
        let again = |seconds| After::Again { rest: SignedDuration::from_secs(seconds) };
        assert_eq!(rests, [again(1), again(4), again(16), again(64), After::Error]);
        for reason in [PrintReason::Undrawable, PrintReason::TicketReturned] {
            assert_eq!(after_failure(reason, 1), After::Error, "{reason:?}");
        }
    }

    #[test]
    fn what_was_printed_in_an_edition_that_is_over_is_not_printed() {
        let present = |edition, valid| Present { edition, valid, now: at("2027-03-12T12:00:00Z") };
        let pending = Print::Pending { claim: None, attempts: 0, ready_at: at("2027-03-12T12:00:00Z") };
        let failed = Print::Failed { edition: 1, reason: PrintReason::GaveUp };
        let table = [
            (Print::Absent, PrintStatus::NotPrinted, PrintStatus::NotPrinted, PrintStatus::NotPrinted),
            (pending, PrintStatus::Pending, PrintStatus::Pending, PrintStatus::Error),
            (Print::Printed { edition: 1 }, PrintStatus::Printed, PrintStatus::NotPrinted, PrintStatus::Error),
            (failed, PrintStatus::Error, PrintStatus::NotPrinted, PrintStatus::Error),
        ];
        for (print, now, renamed, returned) in table {
            let said = [present(1, true), present(2, true), present(1, false)].map(|present| print.status(present).0);
            assert_eq!(said, [now, renamed, returned], "{print:?}");
        }
        assert_eq!(failed.status(present(1, true)).1, Some(PrintReason::GaveUp));
        assert_eq!(failed.status(present(1, false)).1, Some(PrintReason::TicketReturned));
    }

    #[test]
    fn a_print_takes_the_steps_of_its_states_and_no_others() {
        use PrintCommand::{Ask, Cancel, Fail, Finish, Take};
        use PrintStays::{NotPending, NotReady, TakenByAnother};
        let noon = at("2027-03-12T12:00:00Z");
        let later = noon + SignedDuration::from_secs(60);
        let (mine, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let pending = |claim, attempts, ready_at| Print::Pending { claim, attempts, ready_at };
        let (asked, drawn) = (pending(None, 0, noon), pending(Some(mine), 2, later));
        let (printed, old) = (Print::Printed { edition: 2 }, Print::Printed { edition: 1 });
        let failed = |reason| Print::Failed { edition: 2, reason };
        let take = Take { claim: mine, until: later };
        let fail = |claim, reason| Fail { claim, reason };
        let table = [
            (Print::Absent, Ask, Ok(asked)),
            (old, Ask, Ok(asked)),
            (failed(PrintReason::GaveUp), Ask, Ok(asked)),
            (drawn, Ask, Err(PrintStays::Pending)),
            (printed, Ask, Err(PrintStays::Printed)),
            (asked, take, Ok(pending(Some(mine), 1, later))),
            (pending(Some(other), 1, noon), take, Ok(drawn)),
            (pending(None, 1, later), take, Err(NotReady)),
            (printed, take, Err(NotPending)),
            (drawn, Finish { claim: mine, edition: 2 }, Ok(printed)),
            (drawn, Finish { claim: mine, edition: 1 }, Ok(pending(None, 1, noon))),
            (drawn, Finish { claim: other, edition: 2 }, Err(TakenByAnother)),
            (asked, Finish { claim: mine, edition: 2 }, Err(TakenByAnother)),
            (printed, Finish { claim: mine, edition: 2 }, Err(NotPending)),
            (drawn, fail(mine, PrintReason::GaveUp), Ok(pending(None, 2, noon + SignedDuration::from_secs(4)))),
            (drawn, fail(mine, PrintReason::Undrawable), Ok(failed(PrintReason::Undrawable))),
            (drawn, fail(other, PrintReason::GaveUp), Err(TakenByAnother)),
            (drawn, Cancel, Ok(Print::Absent)),
            (failed(PrintReason::GaveUp), Cancel, Ok(Print::Absent)),
            (printed, Cancel, Err(PrintStays::Printed)),
            (old, Cancel, Err(NotPending)),
            (Print::Absent, Cancel, Err(NotPending)),
        ];
        let present = Present { edition: 2, valid: true, now: noon };
        for (print, command, becomes) in table {
            assert_eq!(print.apply(command, present), becomes, "{print:?} {command:?}");
        }
        let returned = Present { valid: false, ..present };
        for print in [Print::Absent, drawn, printed] {
            assert_eq!(print.apply(Ask, returned), Err(PrintStays::TicketReturned), "{print:?}");
        }
    }
}
