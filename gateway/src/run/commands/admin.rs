//! `boxoffice admin`.

use std::process::ExitCode;

use domain::Clock;
use people::{People, PeopleConfig, Role};

use crate::run::database::Database;
use crate::run::outcome::Outcome;
use crate::settings::cli::{Common, KeyRole};

/// Prints a new key on a line of its own; it cannot be shown again.
pub async fn create_key(common: Common, role: KeyRole, name: String) -> Outcome<ExitCode> {
    let database = Database::open_existing(&common).await?;
    let people = People::new(database.pool.clone(), Clock::System, PeopleConfig::default());
    let role = match role {
        KeyRole::Organiser => Role::Organiser,
        KeyRole::Partner => Role::Partner,
        KeyRole::Admin => Role::Admin,
    };
    let made = people.create_key(role, &name).await?;
    println!("{}", made.key);
    database.close().await?;
    Ok(ExitCode::SUCCESS)
}
