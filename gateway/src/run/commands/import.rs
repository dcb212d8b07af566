//! `boxoffice import`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use catalog::import::{ImportError, ImportOptions, ImportReport, import_file};
use catalog::model::Kind;
use domain::Clock;

use crate::run::database::Database;
use crate::run::outcome::{Outcome, with_causes};
use crate::run::progress::Progress;
use crate::run::say;
use crate::settings::cli::{Import, ImportKind};

/// Imports the files, those that others refer to first; the first file that is refused ends it, those before it stay.
pub async fn run(options: Import) -> Outcome<ExitCode> {
    let database = Database::open_migrated(&options.common).await?;
    let told = ImportOptions { kind: options.kind.map(kind), source: options.source.unwrap_or_default() };
    let mut done = ExitCode::SUCCESS;
    for file in in_order(options.files) {
        if let Err(error) = import(&database, &file, told.clone()).await {
            tell(&error);
            done = ExitCode::FAILURE;
            break;
        }
    }
    database.close().await?;
    Ok(done)
}

async fn import(database: &Database, file: &Path, told: ImportOptions) -> Result<(), ImportError> {
    let mut progress = Progress::begin(&file.display().to_string());
    let shown = |now: catalog::import::Progress| progress.at(now.bytes_read, now.bytes_total);
    let report = import_file(&database.pool, &Clock::System, file, told, shown).await?;
    let ImportReport { kind, lines, created, changed, unchanged } = report;
    let said = if lines == 1 { "line" } else { "lines" };
    progress.end(&format!("{lines} {said}, {} {created} created, {changed} changed, {unchanged} unchanged", kind.as_str()));
    Ok(())
}

/// Every bad line on a line of its own, then what became of the file.
fn tell(error: &ImportError) {
    if let ImportError::BadLines { file, lines, .. } = error {
        for line in lines {
            say::aside(format_args!("{}: {line}", file.display()));
        }
    }
    say::aside(format_args!("boxoffice: {}", with_causes(error)));
}

/// Venues, performers and series before the events that refer to them, as far as names tell.
fn in_order(mut files: Vec<PathBuf>) -> Vec<PathBuf> {
    let place = |file: &PathBuf| {
        let name = file.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        ["venue", "performer", "series", "event"].iter().position(|kind| name.contains(kind)).unwrap_or(4)
    };
    files.sort_by_key(place);
    files
}

fn kind(kind: ImportKind) -> Kind {
    match kind {
        ImportKind::Venues => Kind::Venue,
        ImportKind::Performers => Kind::Performer,
        ImportKind::Series => Kind::Series,
        ImportKind::Events => Kind::Event,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_referred_to_comes_first() {
        let files =
            ["d/events.ndjson.zst", "other.csv", "d/performers.ndjson", "d/venues.ndjson.zst"].map(PathBuf::from).to_vec();
        let ordered: Vec<_> = in_order(files).iter().map(|file| file.display().to_string()).collect();
        assert_eq!(ordered, ["d/venues.ndjson.zst", "d/performers.ndjson", "d/events.ndjson.zst", "other.csv"]);
    }
}
