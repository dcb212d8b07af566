//! `boxoffice purge-cache`.

use std::process::ExitCode;

use domain::Actor;

use crate::run::database::Database;
use crate::run::outcome::Outcome;
use crate::settings::cli::PurgeCache;
use crate::web::forget;

/// Asks every node to forget tags; those that run do so within a second, and tell the caches in front.
pub async fn run(options: PurgeCache) -> Outcome<ExitCode> {
    let database = Database::open_existing(&options.common).await?;
    let asked = forget::ask(&database.pool, &Actor::house(), &options.tags).await;
    database.close().await?;
    asked.map_err(|refused| refused.to_string())?;
    println!("{} tags: forgotten within a second wherever boxoffice runs", options.tags.len());
    Ok(ExitCode::SUCCESS)
}
