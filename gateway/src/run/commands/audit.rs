//! `boxoffice audit`.

use std::process::ExitCode;

use booking::{Booking, BookingConfig};
use domain::Clock;

use crate::payments;
use crate::run::database::Database;
use crate::run::outcome::Outcome;
use crate::settings::cli::Common;

/// Prints every violation and what was looked at; fails if there is one.
pub async fn run(common: Common) -> Outcome<ExitCode> {
    let database = Database::open_migrated(&common).await?;
    let booking = Booking::open(database.pool.clone(), Clock::System, BookingConfig::default());
    let report = payments::audit(&database.pool, &booking).await?;
    for violation in &report.violations {
        println!("{violation:?}");
    }
    println!("{report:#?}");
    booking.shutdown().await;
    database.close().await?;
    Ok(if report.clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
