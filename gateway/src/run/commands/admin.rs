//! `boxoffice admin`.

use std::process::ExitCode;

use booking::{Booking, BookingConfig, Role};
use domain::Clock;

use crate::run::database::Database;
use crate::run::outcome::Outcome;
use crate::settings::cli::{Common, KeyRole};

/// Prints a new key on a line of its own; it cannot be shown again.
pub async fn create_key(common: Common, role: KeyRole, name: String) -> Outcome<ExitCode> {
    let database = Database::open_migrated(&common).await?;
    let booking = Booking::start(database.pool.clone(), Clock::System, BookingConfig::default()).await?;
    let role = match role {
        KeyRole::Organiser => Role::Organiser,
        KeyRole::Partner => Role::Partner,
        KeyRole::Admin => Role::Admin,
    };
    let made = booking.create_key(role, &name).await?;
    println!("{}", made.key);
    booking.shutdown().await;
    database.close().await?;
    Ok(ExitCode::SUCCESS)
}
