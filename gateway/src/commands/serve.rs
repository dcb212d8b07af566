//! `boxoffice serve`.

use std::process::ExitCode;

use super::Outcome;
use crate::cli::Serve;
use crate::config;
use crate::database::Database;
use crate::serve::{Claim, serve};

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
