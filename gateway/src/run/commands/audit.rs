//! `boxoffice audit`.

use std::process::ExitCode;

use booking::{AuditReport, Booking, BookingConfig};
use domain::Clock;
use domain::text::plural;
use serde_json::json;

use crate::payments;
use crate::run::database::Database;
use crate::run::outcome::Outcome;
use crate::run::say;
use crate::settings::cli::Audit;

/// Prints every violation and what was looked at; fails if there is one. Changes nothing.
pub async fn run(options: Audit) -> Outcome<ExitCode> {
    let database = Database::open_to_read(&options.common).await?;
    let booking = Booking::open(database.pool.clone(), Clock::System, BookingConfig::default());
    let report = payments::audit(&database.pool, &booking).await?;
    say::out(if options.json { json(&report) } else { text(&report) });
    booking.shutdown().await;
    database.close().await?;
    Ok(if report.clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// One line a violation, then what was looked at.
fn text(report: &AuditReport) -> String {
    let mut text = String::new();
    for violation in &report.violations {
        text.push_str(&format!("{} in event {}: {}\n", violation.law, violation.event_id, violation.detail));
    }
    let AuditReport { events, places, orders, payments, journal_entries, .. } = report;
    let counted =
        [(*orders, "order"), (*payments, "payment"), (*journal_entries, "journal entry")].map(|(n, noun)| plural(n, noun));
    text.push_str(&format!("looked at {} with {}, {}: ", plural(*events, "event"), plural(*places, "place"), counted.join(", ")));
    match report.violations.len() as u64 {
        0 => text.push_str("all is accounted for"),
        some => text.push_str(&plural(some, "violation")),
    }
    text
}

fn json(report: &AuditReport) -> String {
    let violations =
        report.violations.iter().map(|found| json!({ "event_id": found.event_id, "law": found.law, "detail": found.detail }));
    json!({
        "clean": report.clean(),
        "events": report.events,
        "places": report.places,
        "orders": report.orders,
        "payments": report.payments,
        "journal_entries": report.journal_entries,
        "violations": violations.collect::<Vec<_>>(),
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use booking::Violation;

    #[test]
    fn people_read_lines_and_programs_read_json() {
        let clean = AuditReport { events: 2, places: 30, orders: 1, ..AuditReport::default() };
        let said = "looked at 2 events with 30 places, 1 order, 0 payments, 0 journal entries: all is accounted for";
        assert_eq!(text(&clean), said);
        let event_id = domain::EventId(uuid::Uuid::nil());
        let found = Violation { event_id, law: "seat_twice", detail: "A-1".to_owned() };
        let dirty = AuditReport { violations: vec![found], ..clean };
        assert!(
            text(&dirty).starts_with("seat_twice in event 00000000-0000-0000-0000-000000000000: A-1\nlooked at"),
            "{}",
            text(&dirty)
        );
        let read: serde_json::Value = serde_json::from_str(&json(&dirty)).expect("JSON");
        assert_eq!(
            (&read["clean"], &read["orders"], &read["violations"][0]["law"]),
            (&false.into(), &1.into(), &"seat_twice".into())
        );
    }
}
