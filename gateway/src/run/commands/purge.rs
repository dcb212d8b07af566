//! `boxoffice purge`.

use std::process::ExitCode;

use booking::{Booking, BookingConfig, Purged};
use domain::Clock;
use people::{People, PeopleConfig};

use crate::run::database::Database;
use crate::run::housekeeping::{self, Removed};
use crate::run::outcome::Outcome;
use crate::settings::cli::Common;

/// Removes what is kept no longer, and prints how much that was. Stopped in the middle, the next one goes on.
pub async fn run(common: Common) -> Outcome<ExitCode> {
    let database = Database::open_existing(&common).await?;
    let booking = Booking::open(database.pool.clone(), Clock::System, BookingConfig::default());
    let people = People::new(database.pool.clone(), Clock::System, PeopleConfig::default());
    let removed = housekeeping::purge(&database.pool, &booking, &people, usize::MAX).await?;
    println!("{}", text(&removed));
    booking.shutdown().await;
    database.close().await?;
    Ok(ExitCode::SUCCESS)
}

/// One line a thing.
fn text(removed: &Removed) -> String {
    let Removed {
        selling: Purged { key_days, keys, journal_entries, holds, payments, notices, prints, passes, entries },
        deliveries,
        people,
        buyers,
    } = removed;
    [
        (key_days, "days of idempotency keys"),
        (keys, "idempotency keys beside them"),
        (journal_entries, "journal entries"),
        (holds, "holds that ended without an order"),
        (payments, "payments to which no money came"),
        (notices, "notices of payments"),
        (prints, "prints of events that are long over"),
        (passes, "passes of queues that are over"),
        (entries, "places in waitlists that ended"),
        (deliveries, "notices that the sandbox had sent"),
        (people, "sessions, partners' counts and audit lines"),
        (buyers, "buyers without session, account and order"),
    ]
    .map(|(count, what)| format!("{count} {what}"))
    .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_thing_has_its_line() {
        let selling = Purged {
            key_days: 1,
            keys: 2,
            journal_entries: 3,
            holds: 4,
            payments: 5,
            notices: 6,
            prints: 7,
            passes: 8,
            entries: 9,
        };
        let text = text(&Removed { selling, deliveries: 10, people: 11, buyers: 12 });
        let counts: Vec<&str> = text.lines().filter_map(|line| line.split(' ').next()).collect();
        assert_eq!(counts, ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"]);
    }
}
