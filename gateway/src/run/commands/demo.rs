//! `boxoffice demo`.

use std::process::ExitCode;

use catalog::demo::{DemoOptions, DemoProgress, fill};
use domain::Clock;

use crate::run::commands::audience;
use crate::run::database::Database;
use crate::run::index;
use crate::run::outcome::Outcome;
use crate::run::posters;
use crate::run::progress::Progress;
use crate::run::say;
use crate::run::serve::{Claim, serve};
use crate::settings::cli::Demo;
use crate::settings::config;
use crate::settings::values::Role;

/// Fills an empty catalogue, builds its index, serves it; the second time it only serves, once an index that another version of this program
/// made is built anew.
pub async fn run(mut options: Demo) -> Outcome<ExitCode> {
    // a demo sells for play money
    options.serve.http.sandbox = true;
    if options.serve.http.print_config {
        print!("{}", config::describe(&options.serve.common, &options.serve.http));
        return Ok(ExitCode::SUCCESS);
    }
    let claim = Claim::take(&options.serve).await?;
    let database = Database::open_migrated(&options.serve.common).await?;
    let mut progress = Progress::begin("demo catalogue");
    let wanted = DemoOptions { events: options.events, ..DemoOptions::default() };
    let shown = |now: DemoProgress| progress.at(now.events, now.of);
    let filled = fill(&database.pool, &Clock::System, &wanted, shown).await?;
    if filled.filled {
        progress.end(&format!(
            "{} events, {} series, {} performers, {} venues in {} cities",
            filled.events, filled.series, filled.performers, filled.venues, filled.cities
        ));
        audience::sell(&database.pool).await?;
        audience::open_waiting_room(&database.pool).await?;
        let store = options.serve.http.image_store.clone();
        let store = store.unwrap_or_else(|| options.serve.common.data_dir.join("images").display().to_string());
        // a demo without pictures is better than none
        if let Err(fault) = posters::hang(&database.pool, &store, &Clock::System).await {
            say::aside(format_args!("demo: there are no pictures: {fault}"));
        }
        index::build(&database.pool, &options.serve.common.data_dir, index::FIRST).await?;
    } else if options.serve.http.roles.has(Role::Worker) {
        index::renew(&database.pool, &options.serve.common.data_dir).await?;
    }
    serve(&options.serve, claim, database).await?;
    Ok(ExitCode::SUCCESS)
}
