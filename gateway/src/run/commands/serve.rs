//! `boxoffice serve`.

use std::process::ExitCode;

use crate::run::database::Database;
use crate::run::outcome::Outcome;
use crate::run::serve::{Claim, serve};
use crate::settings::cli::Serve;
use crate::settings::config;

pub async fn run(options: Serve) -> Outcome<ExitCode> {
    let described = config::describe(&options.common, &options.http);
    if options.http.print_config {
        print!("{described}");
        return Ok(ExitCode::SUCCESS);
    }
    tracing::debug!("configuration\n{described}");
    let claim = Claim::take(&options).await?;
    let database = Database::open_migrated(&options.common).await?;
    serve(&options, claim, database).await?;
    Ok(ExitCode::SUCCESS)
}
