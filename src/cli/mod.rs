//! The command line: one file per command. Results go to standard output, everything else to standard error.
//!
//! Exit status: 0 done; 1 done, but some input could not be read (each named on standard error with the reason);
//! 2 nothing done: usage, rule or query error; 3 with `--fail-on-alert` when there were alerts. A closed pipe is success.

mod args;
mod cluster;
mod completions;
mod console;
mod demo;
mod doctor;
mod eql;
mod exceptions;
mod formats;
mod geoip;
mod input;
mod kql;
mod output;
mod progress;
mod query;
mod replay;
mod report;
mod rule_set;
mod rules;
mod scan;
mod settings;
mod state;
mod table;
mod unknown;
mod watch;

use std::process::ExitCode;

use clap::Parser as _;

use args::{AuditCommand, Cli, Command, RulesCommand, StateCommand};
use settings::Settings;

/// The exit statuses listed above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    Done,
    Partly,
    /// The reason has been printed.
    Nothing,
    /// There were alerts, and the caller passed `--fail-on-alert`.
    Alerts,
}

#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            if error.use_stderr() {
                // It quotes the arguments, which may be hostile file names.
                output::note(error.render().to_string().trim_end());
                return ExitCode::from(2);
            }
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
    };
    match run(cli) {
        Ok(Exit::Done) => ExitCode::SUCCESS,
        Ok(Exit::Partly) => ExitCode::from(1),
        Ok(Exit::Nothing) => ExitCode::from(2),
        Ok(Exit::Alerts) => ExitCode::from(3),
        Err(error) if output::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&format!("{error:#}"));
            ExitCode::from(2)
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<Exit> {
    let Cli { command, common } = cli;
    // Commands that need no configuration work even when it is broken; those that read no events need no databases.
    match command {
        None => replay::run(&Settings::for_events(common)?, &[], None, false),
        Some(Command::Watch { dirs, sweep, shared }) => watch::run(&Settings::for_events(common)?, dirs, sweep, shared),
        Some(Command::Replay { paths, speed, paused }) => {
            replay::run(&Settings::for_events(common)?, &paths, speed, paused)
        }
        Some(Command::Scan { paths, format, incidents, fail_on_alert }) => {
            scan::run(&Settings::for_events(common)?, &scan::Ask { paths, incidents, format, fail_on_alert })
        }
        Some(Command::Query { kql, paths, format, fields }) => {
            query::run(&Settings::for_events(common)?, &kql, &paths, format, &fields)
        }
        Some(Command::Eql { eql, paths, format, fields, event_category_field, timestamp_field, tiebreaker_field }) => {
            let fields = eql::Fields {
                shown: fields,
                category: event_category_field,
                time: timestamp_field,
                tiebreaker: tiebreaker_field,
            };
            eql::run(&Settings::for_events(common)?, &eql, &paths, format, &fields)
        }
        Some(Command::Ecs { paths }) => query::ecs(&Settings::for_events(common)?, &paths),
        Some(Command::Kql { kql, dsl }) => kql::run(&kql, dsl.as_deref()),
        Some(Command::Rules(RulesCommand::Check { paths })) => rules::check(common, &paths),
        Some(Command::Rules(RulesCommand::Show { path, format })) => rules::show(&path, format),
        Some(Command::Doctor { paths, format }) => doctor::run(&common, &paths, format),
        Some(Command::Report { format }) => report::report(&Settings::for_events(common)?, format),
        Some(Command::State(StateCommand::Backup { file, force })) => {
            state::backup(&Settings::new(common)?, &file, force)
        }
        Some(Command::State(StateCommand::Archive { before, to })) => {
            state::archive(&Settings::new(common)?, before, to.as_deref())
        }
        Some(Command::State(StateCommand::Check)) => state::check(&Settings::new(common)?),
        Some(Command::Audit(AuditCommand::Verify { contains })) => {
            report::verify(&Settings::new(common)?, contains.as_ref())
        }
        Some(Command::Audit(AuditCommand::Head)) => report::head(&Settings::new(common)?),
        Some(Command::Audit(AuditCommand::Restore)) => report::restore(&Settings::new(common)?),
        Some(Command::Completions { shell }) => completions::completions(shell),
        Some(Command::Man) => completions::man(),
    }
}
