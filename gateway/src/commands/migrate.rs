//! `boxoffice migrate`.

use std::process::ExitCode;

use super::Outcome;
use crate::cli::Common;
use crate::database::Database;

pub async fn run(common: Common) -> Outcome<ExitCode> {
    let database = Database::open_migrated(&common).await?;
    database.close().await?;
    println!("the schema is up to date");
    Ok(ExitCode::SUCCESS)
}
