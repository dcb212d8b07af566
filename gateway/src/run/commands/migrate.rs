//! `boxoffice migrate`.

use std::process::ExitCode;

use crate::run::database::Database;
use crate::run::outcome::Outcome;
use crate::run::say;
use crate::settings::cli::Common;

pub async fn run(common: Common) -> Outcome<ExitCode> {
    let database = Database::open_migrated(&common).await?;
    database.close().await?;
    say::out("the schema is up to date");
    Ok(ExitCode::SUCCESS)
}
