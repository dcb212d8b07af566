//! What each command does; exit code 0 for done, 1 for failed, 2 for wrong usage (clap's).

mod admin;
mod audience;
mod audit;
mod completions;
mod demo;
mod dev;
mod import;
mod migrate;
mod purge;
mod purge_cache;
mod queue;
mod reindex;
mod serve;
mod signing_keys;

use std::process::ExitCode;

use crate::run::outcome::{Outcome, with_causes};
use crate::run::say;
use crate::settings::cli::{AdminCommand, Cli, CliCommand, Common, DevCommand, LogFormat, QueueCommand};
use crate::web::telemetry;

/// Runs a command to its end.
pub fn run(cli: Cli) -> ExitCode {
    match dispatch(cli.command) {
        Ok(code) => code,
        Err(error) => {
            say::aside(format_args!("boxoffice: {}", with_causes(&*error)));
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: CliCommand) -> Outcome<ExitCode> {
    match command {
        CliCommand::Serve(options) => started(&options.common.clone(), serve::run(options)),
        CliCommand::Demo(options) => started(&options.serve.common.clone(), demo::run(options)),
        CliCommand::Import(options) => started(&options.common.clone(), import::run(options)),
        CliCommand::Reindex(options) => started(&options.common.clone(), reindex::run(options)),
        CliCommand::Migrate(common) => started(&common.clone(), migrate::run(common)),
        CliCommand::Purge(common) => started(&common.clone(), purge::run(common)),
        CliCommand::PurgeCache(options) => started(&options.common.clone(), purge_cache::run(options)),
        CliCommand::Audit(options) => started(&options.common.clone(), audit::run(options)),
        CliCommand::Admin(options) => match options.command {
            AdminCommand::CreateKey(options) => started(&options.common.clone(), admin::create_key(options)),
            AdminCommand::CreateOrganiser { common, name } => started(&common.clone(), admin::create_organiser(common, name)),
            AdminCommand::ListKeys { common, organiser } => started(&common.clone(), admin::list_keys(common, organiser)),
            AdminCommand::RevokeKey { common, id } => started(&common.clone(), admin::revoke_key(common, id)),
            AdminCommand::RotateKey { common, id, old_secret_seconds } => {
                started(&common.clone(), admin::rotate_key(common, id, old_secret_seconds))
            }
            AdminCommand::RotateSigningKeys(options) => started(&options.common.clone(), signing_keys::run(options)),
        },
        CliCommand::Queue(options) => match options.command {
            QueueCommand::Verify(options) => runtime()?.block_on(queue::verify(options)),
        },
        CliCommand::Completions { shell } => completions::run(shell),
        CliCommand::Dev(options) => match options.command {
            DevCommand::Postgres { data_dir, durable, command } => {
                telemetry::log(LogFormat::Text, "warn")?;
                runtime()?.block_on(dev::postgres(data_dir, durable, command))
            }
        },
    }
}

/// Begins to log, then runs a command on a runtime of its own.
fn started(common: &Common, command: impl Future<Output = Outcome<ExitCode>>) -> Outcome<ExitCode> {
    telemetry::log(common.log, &common.log_filter)?;
    runtime()?.block_on(command)
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}
