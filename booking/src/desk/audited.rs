//! What the audit log is told of a pile: what organisers changed by it. What changed nothing is not told; that
//! an event is cancelled, the catalogue tells, whose word it is.

use domain::Actor;
use serde_json::{Value, json};

use super::desk::Envelope;
use crate::rules::change::Change;
use crate::rules::command::{Command, Verdict};
use crate::rules::wanted::Places;

/// One change by somebody.
pub struct AuditedChange<'a> {
    pub by: &'a Actor,
    pub action: &'static str,
    pub after: Value,
}

/// The changes of a pile that somebody is to be named for.
pub fn audited<'a>(envelopes: &'a [Envelope], decided: &[Verdict], changes: &[Change]) -> Vec<AuditedChange<'a>> {
    let done = envelopes.iter().zip(decided).filter(|(_, verdict)| verdict.is_ok());
    done.filter_map(|(envelope, _)| of(envelope.by.as_ref()?, &envelope.command, changes)).collect()
}

fn of<'a>(by: &'a Actor, command: &Command, changes: &[Change]) -> Option<AuditedChange<'a>> {
    let (action, after, changed) = match command {
        Command::Block(places) => {
            ("events.block", told_places(places), changes.iter().any(|change| matches!(change, Change::Blocked(_))))
        }
        Command::Unblock(places) => {
            ("events.unblock", told_places(places), changes.iter().any(|change| matches!(change, Change::Unblocked(_))))
        }
        // said again, it changes nothing and is told all the same: whose last word it was
        Command::OpenWaitlist(open) => ("events.waitlist", json!({ "open": open }), true),
        _ => return None,
    };
    changed.then_some(AuditedChange { by, action, after })
}

fn told_places(places: &Places) -> Value {
    json!({ "seats": places.seats, "area": places.area.as_ref().map(|(id, quantity)| json!({ "id": id, "quantity": quantity })) })
}
