//! The page of all options.

use clap::CommandFactory as _;

use crate::settings::cli::Cli;

/// docs/CONFIG.md: every option of every command, once, with its variable and default.
pub fn config_markdown() -> String {
    let mut text = String::from(
        "# Configuration\n\nGenerated from `gateway/src/settings` by `make bless`. Every option is also an environment variable; the option \
         wins. `DATABASE_URL` is read where neither `--database-url` nor its variable is given. `boxoffice serve --print-config` shows \
         what a server would run with, secrets masked.\n",
    );
    let mut seen = Vec::new();
    for (name, command) in commands_of(&Cli::command(), "") {
        let fresh = |arg: &&clap::Arg| arg.get_env().is_some() && !seen.contains(&arg.get_id().to_string());
        let args: Vec<_> = command.get_arguments().filter(fresh).collect();
        let rows: String = args.iter().map(|arg| row(arg)).collect();
        if !rows.is_empty() {
            text.push_str(&format!("\n## {name}\n\n| option | variable | default | meaning |\n|---|---|---|---|\n{rows}"));
        }
        let ids: Vec<_> = args.iter().map(|arg| arg.get_id().to_string()).collect();
        seen.extend(ids);
    }
    text
}

/// The visible commands with their full names, sub-commands in place of their parent.
fn commands_of(command: &clap::Command, prefix: &str) -> Vec<(String, clap::Command)> {
    let shown = command.get_subcommands().filter(|command| !command.is_hide_set());
    let named = shown.map(|command| (format!("{prefix}{}", command.get_name()), command));
    named
        .flat_map(|(name, command)| match command.has_subcommands() {
            true => commands_of(command, &format!("{name} ")),
            false => vec![(name, command.clone())],
        })
        .collect()
}

fn row(arg: &clap::Arg) -> String {
    let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    let default = if defaults.is_empty() { String::new() } else { format!("`{}`", defaults.join(",")) };
    let variable = arg.get_env().map(|env| env.to_string_lossy().into_owned()).unwrap_or_default();
    let help = arg.get_help().map(|help| help.to_string()).unwrap_or_default();
    format!("| `--{}` | `{variable}` | {default} | {help} |\n", arg.get_long().unwrap_or_default())
}
