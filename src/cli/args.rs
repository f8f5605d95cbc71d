//! The command line as clap sees it. What the words mean is decided in the commands.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::when::Moment;

/// A terminal triage console for cloud audit logs.
///
/// With no command it replays the bundled demo; with no terminal on standard output it prints that demo's alerts.
#[derive(Debug, Parser)]
#[command(name = "watchfloor", version, propagate_version = true, max_term_width = 100)]
pub(super) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Options that every command shares.
    #[command(flatten)]
    pub common: Common,
}

/// Options that every command shares.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Common options")]
pub(super) struct Common {
    /// Rule file or folder; repeatable [default: the bundled rule]
    #[arg(long, global = true, value_name = "PATH")]
    pub rules: Vec<PathBuf>,
    /// State file [default: $XDG_STATE_HOME/watchfloor/state.db; replay and scan use none unless told]
    #[arg(long, global = true, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Name that decisions are recorded under [default: the login name]
    #[arg(long, global = true, value_name = "NAME")]
    pub analyst: Option<String>,
    /// Only events at or after this: RFC 3339, a date, or how long ago (7d, 90m)
    #[arg(long, global = true, value_name = "T")]
    pub since: Option<Moment>,
    /// Only events before this: RFC 3339, a date, or how long ago (7d, 90m)
    #[arg(long, global = true, value_name = "T")]
    pub until: Option<Moment>,
    /// Exceptions to the rules (TOML)
    #[arg(long, global = true, value_name = "FILE")]
    pub exceptions: Option<PathBuf>,
    /// Reader threads [default: one a core]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub threads: Option<u16>,
    /// Print what was read, and how fast, to standard error at the end
    #[arg(long, global = true)]
    pub stats: bool,
    /// Colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// Draw with ASCII characters only
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Record no decisions
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Configuration file [default: $XDG_CONFIG_HOME/watchfloor/config.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Live console over one or more log directories
    Watch {
        /// Log directories
        #[arg(required = true, value_name = "DIR")]
        dirs: Vec<PathBuf>,
        /// Seconds between sweeps; a sweep finds what the system's notification missed
        #[arg(long, default_value_t = 5.0, value_name = "SECONDS", value_parser = sweep)]
        sweep: f64,
        /// Allow a state file that a group shares
        #[arg(long)]
        shared: bool,
    },
    /// Console fed from log files on a replay clock
    Replay {
        /// Files or folders [default: the bundled demo]
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Event seconds per second, or `max`
        #[arg(long, value_name = "SPEED", value_parser = speed)]
        speed: Option<f64>,
        /// Start paused
        #[arg(long)]
        paused: bool,
    },
    /// Evaluate once and print the alerts
    Scan {
        /// Files, folders, or - for standard input
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Output format
        #[arg(long, default_value = "table")]
        format: ScanFormat,
        /// Exit with status 3 when there are alerts
        #[arg(long)]
        fail_on_alert: bool,
    },
    /// Print the events that match a KQL query
    Query {
        /// The query
        #[arg(value_name = "KQL")]
        kql: String,
        /// Files, folders, or - for standard input
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Output format
        #[arg(long, default_value = "table")]
        format: QueryFormat,
        /// Fields to print, comma-separated
        #[arg(long, value_delimiter = ',', value_name = "FIELD,…")]
        fields: Vec<String>,
    },
    /// Print every event as an ECS document, one per line
    Ecs {
        /// Files, folders, or - for standard input
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Print a parsed KQL query as Kibana's AST
    Kql {
        /// The query
        #[arg(value_name = "KQL")]
        kql: String,
    },
    /// Load and show rule files
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Triage and handover report from the state
    Report {
        /// Output format
        #[arg(long, default_value = "markdown")]
        format: ReportFormat,
    },
    /// The audit chain
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Print a completion script
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page
    Man,
}

/// `rules …`
#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// Load rule files, one line each: ok, unsupported, error
    Check {
        /// Rule files or folders
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Metadata, query, schedule and checklist of one rule file
    Show {
        /// The rule file
        #[arg(value_name = "PATH")]
        path: PathBuf,
        /// Output format
        #[arg(long, default_value = "text")]
        format: ShowFormat,
    },
}

/// `audit …`
#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Check the audit chain, and name the first broken row
    Verify,
}

/// Formats of `scan`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ScanFormat {
    /// A table for people
    Table,
    /// One alert a line: the ECS document with Elastic's alert fields
    Ndjson,
    /// Comma-separated values
    Csv,
    /// A Markdown table
    Markdown,
}

/// Formats of `query`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum QueryFormat {
    /// A table for people
    Table,
    /// One ECS document a line
    Ndjson,
    /// The records as the log holds them
    Raw,
    /// How many
    Count,
}

/// Formats of `rules show`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ShowFormat {
    /// A page for people
    Text,
    /// JSON
    Json,
}

/// Formats of `report`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ReportFormat {
    /// Markdown
    Markdown,
    /// One self-contained page
    Html,
    /// JSON
    Json,
    /// Comma-separated values
    Csv,
}

fn sweep(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.1..=86_400.0).contains(&seconds) => Ok(seconds),
        _ => Err("expected seconds between 0.1 and 86400, such as 5".to_owned()),
    }
}

fn speed(text: &str) -> Result<f64, String> {
    if text == "max" {
        return Ok(f64::INFINITY);
    }
    match text.parse::<f64>() {
        Ok(speed) if speed > 0.0 && speed.is_finite() => Ok(speed),
        _ => Err("expected a number of event seconds per second, such as 60, or `max`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }

    #[test]
    fn speeds_and_sweeps_are_checked() {
        assert_eq!(speed("max"), Ok(f64::INFINITY));
        assert_eq!(speed("60"), Ok(60.0));
        assert!(speed("0").is_err() && speed("-3").is_err() && speed("NaN").is_err());
        assert!(sweep("0").is_err() && sweep("5").is_ok());
    }
}
