//! `boxoffice admin rotate-signing-keys`.

use std::process::ExitCode;

use jiff::SignedDuration;

use crate::run::database::Database;
use crate::run::key_folder::KeyKind;
use crate::run::keys;
use crate::run::outcome::Outcome;
use crate::run::say;
use crate::settings::cli::RotateSigningKeys;

/// Makes a new key of each kind, or begins anew with those of the folder.
pub async fn run(options: RotateSigningKeys) -> Outcome<ExitCode> {
    let database = Database::open_existing(&options.common).await?;
    let done = act(&database, &options).await;
    database.close().await?;
    done
}

async fn act(database: &Database, options: &RotateSigningKeys) -> Outcome<ExitCode> {
    let dir = options.common.keys_dir();
    if options.forget {
        keys::forget(&database.pool, &dir).await?;
        say::out(format_args!("the keys of {} are the installation's; start its nodes anew", dir.display()));
        return Ok(ExitCode::SUCCESS);
    }
    let (lead, overlap) = (
        SignedDuration::from_secs(options.lead_seconds.into()),
        SignedDuration::from_hours(24 * i64::from(options.overlap_days)),
    );
    for key in keys::rotate(&database.pool, &dir, &KeyKind::ALL, lead, overlap).await? {
        say::out(format_args!("{} key {} signs in {} s", key.kind.as_str(), key.fingerprint, options.lead_seconds));
    }
    say::out(format_args!(
        "copy {} to nodes that do not share it before then; the keys before verify for {} days",
        dir.display(),
        options.overlap_days
    ));
    Ok(ExitCode::SUCCESS)
}
