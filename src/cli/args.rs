//! The command line as clap sees it. What the words mean is decided in the commands.

mod color;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

pub(super) use self::color::Color;
use super::formats::{DoctorFormat, EqlFormat, QueryFormat, ReportFormat, ScanFormat, ShowFormat};
use crate::engine::TimeArg;
use crate::query::eql::CATEGORY;
use crate::trail::watch::SWEEP_EVERY;
use crate::triage::audit::Head;

/// Printed below the help of the program, and on its manual page.
const AFTER: &str = "\
Exit status:
  0  done
  1  done, but some input could not be read; each is named on standard error
  2  nothing done: wrong usage, or an error in a rule or a query
  3  there were alerts, and --fail-on-alert asked to be told

Examples:
  watchfloor                                             the console, on a bundled day of logs
  watchfloor watch /var/log/cloudtrail                   the console, live on a folder
  watchfloor scan --since 7d --format csv /var/log/cloudtrail
  watchfloor query 'event.action: CreateUser and not user.name: ci*' /var/log/cloudtrail
  watchfloor doctor /var/log/cloudtrail                  what does not work, and what to do
  zcat logs/*.gz | watchfloor scan --rules my-rules/ -";

/// What `--version` prints: which build it is.
const BUILD: &str =
    concat!(env!("CARGO_PKG_VERSION"), "\ncommit ", env!("WATCHFLOOR_COMMIT"), "\ntarget ", env!("WATCHFLOOR_TARGET"));

/// A terminal triage console for cloud audit logs.
///
/// With no command it replays the bundled demo; with no terminal on standard output it prints that demo's alerts.
#[derive(Debug, Parser)]
#[command(name = "watchfloor", version, long_version = BUILD, max_term_width = 100, after_help = AFTER)]
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
    /// Rule file or folder: Elastic's TOML, its published Markdown page, or an NDJSON export; repeatable [default: the
    /// bundled rule]
    #[arg(long, global = true, value_name = "PATH")]
    pub rules: Vec<PathBuf>,
    /// State file: the alerts, and what was decided about them [default: $XDG_STATE_HOME/watchfloor/state.db; replay
    /// and scan keep nothing unless told]
    #[arg(long, global = true, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Name that decisions and reports carry [default: the login name]
    #[arg(long, global = true, value_name = "NAME")]
    pub analyst: Option<String>,
    /// Only events at or after this: RFC 3339, a date (UTC), or how long ago (7d, 90m) [default: no limit]
    #[arg(long, global = true, value_name = "T")]
    pub since: Option<TimeArg>,
    /// Only events before this: RFC 3339, a date (UTC), or how long ago (7d, 90m) [default: no limit]
    #[arg(long, global = true, value_name = "T")]
    pub until: Option<TimeArg>,
    /// Exceptions, a TOML file: events on which the rules do not fire [default: none]
    #[arg(long, global = true, value_name = "FILE")]
    pub exceptions: Option<PathBuf>,
    /// Threads that read logs, 1 to 512 [default: one for each core; watch leaves one core free]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub threads: Option<u16>,
    /// In scan, query and eql, read every record, also where nothing can match: damaged ones are then all named
    #[arg(long, global = true)]
    pub every_record: bool,
    /// Say at the end, on standard error, what was read and how fast
    #[arg(long, global = true)]
    pub stats: bool,
    /// Colour in the console; what commands print has none
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// Draw the console with ASCII characters only
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Take no decisions in the console; with scan --state, record no alerts
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Configuration file, TOML with the keys analyst, rules, state, exceptions, and the tables [contacts] (account id =
    /// whom to ask), [geoip] (city = FILE, asn = FILE: MaxMind databases that fill source.geo.* and source.as.*) and
    /// [cluster.NAME] (url, index, credentials: what cluster:NAME reads) [default: $XDG_CONFIG_HOME/watchfloor/config.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Live console over log directories and search clusters
    Watch {
        /// Log directories, watched with everything below them; cluster:NAME is a search cluster of the configuration
        #[arg(required = true, value_name = "DIR|cluster:NAME")]
        dirs: Vec<PathBuf>,
        /// Seconds between sweeps, which find what the system's notification missed, and between questions to a cluster
        #[arg(long, default_value_t = SWEEP_EVERY.as_secs_f64(), value_name = "SECONDS", value_parser = sweep)]
        sweep: f64,
        /// Allow a state file in a folder that a group shares
        #[arg(long)]
        shared: bool,
    },
    /// Console fed from log files on a replay clock; its state is in memory unless --state names a file
    Replay {
        /// Files or folders [default: the bundled demo]
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Event seconds per second, or `max` [default: 60; the bundled demo: 120]
        #[arg(long, value_name = "SPEED", value_parser = speed)]
        speed: Option<f64>,
        /// Start paused
        #[arg(long)]
        paused: bool,
    },
    /// Evaluate once and print the alerts, by event time, then event id; the same event is one alert
    ///
    /// With --state FILE the alerts are recorded there too, for watch and report.
    ///
    /// Reads CloudTrail's logs as they are delivered, as documents of Elastic, and in what other programs put around them
    /// (the AWS CLI, EventBridge, CloudWatch Logs, Splunk, shippers, syslog …); plain, gzip, zstd, zip, tar, UTF-16. What
    /// cannot be read is named and makes the exit status 1; logs of other services are set aside and do not.
    Scan {
        /// Files, folders, - for standard input, or cluster:NAME
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Output format
        #[arg(long, default_value = "table")]
        format: ScanFormat,
        /// Print the incidents that the alerts belong to, the most important first, one a line; reads the log twice
        #[arg(long)]
        incidents: bool,
        /// Exit with status 3 when there are alerts, even if some input could not be read
        #[arg(long)]
        fail_on_alert: bool,
    },
    /// Print the events that match a KQL query, by event time, then event id
    Query {
        /// The query, in Kibana's language over ECS fields; '' matches every event
        #[arg(value_name = "KQL")]
        kql: String,
        /// Files, folders, - for standard input, or cluster:NAME
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Output format
        #[arg(long, default_value = "table")]
        format: QueryFormat,
        /// Fields to print, comma-separated, for the formats table and ndjson [default: six columns in a table, the
        /// whole document in ndjson]
        #[arg(long, value_delimiter = ',', value_name = "FIELD,…")]
        fields: Vec<String>,
    },
    /// Print the events, sequences or samples that an EQL query finds, by time, then tiebreaker, then id
    ///
    /// The query is in Elasticsearch's Event Query Language: `any where event.action == "CreateUser"`, or `sequence by
    /// user.name with maxspan=5m [any where …] [any where …]`. Every JSON object is a document here, whatever logged it; a
    /// field that ECS does not name has the type of its value.
    Eql {
        /// The query
        #[arg(value_name = "EQL")]
        eql: String,
        /// Files, folders, - for standard input, or cluster:NAME
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Output format
        #[arg(long, default_value = "table")]
        format: EqlFormat,
        /// Fields to print, comma-separated, for the formats table, csv and ndjson [default: six columns in a table and in
        /// csv, the whole document in ndjson]
        #[arg(long, value_delimiter = ',', value_name = "FIELD,…")]
        fields: Vec<String>,
        /// Field that holds the category, the word before `where`
        #[arg(long, value_name = "FIELD", default_value = CATEGORY)]
        event_category_field: String,
        /// Field that holds the time: ISO 8601, or a number of seconds or milliseconds since 1970
        #[arg(long, value_name = "FIELD", default_value = "@timestamp")]
        timestamp_field: String,
        /// Field that orders events of the same time [default: their ids, or else their places]
        #[arg(long, value_name = "FIELD")]
        tiebreaker_field: Option<String>,
    },
    /// Print every event as an ECS document, one a line, by event time, then event id
    Ecs {
        /// Files, folders, - for standard input, or cluster:NAME
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Print a parsed KQL query as Kibana's AST, or the query DSL that Kibana makes of it, in JSON
    Kql {
        /// Print query DSL for fields of these types: a JSON array of fields as a data view of Kibana lists them (name, type,
        /// esTypes, subType), or - for standard input
        #[arg(long, value_name = "FIELDS.json")]
        dsl: Option<PathBuf>,
        /// The query
        #[arg(value_name = "KQL")]
        kql: String,
    },
    /// Load and show rule files
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Print a triage and handover report from the state
    Report {
        /// Output format
        #[arg(long, default_value = "markdown")]
        format: ReportFormat,
    },
    /// Check the record of alerts and decisions
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Copy, check and archive the state
    #[command(subcommand)]
    State(StateCommand),
    /// Look at all that a console needs, and say of each thing that it is ok or what to do; exit with status 1 when
    /// something fails
    ///
    /// The terminal, the configuration with its rules, exceptions and databases, the state, and of what is named: whether
    /// the system notifies of new files, what kinds of files there are, what would be read, how their times stand to this
    /// machine's clock; of a cluster, whether it answers and may be read. Changes nothing.
    Doctor {
        /// Log directories, and search clusters as cluster:NAME [default: none]
        #[arg(value_name = "DIR|cluster:NAME")]
        paths: Vec<PathBuf>,
        /// Output format
        #[arg(long, default_value = "text")]
        format: DoctorFormat,
    },
    /// Print a completion script
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page, for `man -l -`
    Man,
}

/// `rules …`
#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// Load rule files, one line each: ok, unsupported, error
    Check {
        /// Rule files, or folders of them
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
    /// Check the audit chain; where it is broken, name the first broken row and exit with status 1
    ///
    /// It covers alerts with their evidence, decisions, and which rules are switched off. Without a key a chain shows what
    /// was changed by hand; whoever may write the file and knows how it is made can make a new one, or cut its end. To
    /// notice that too, note what `audit head` prints where nobody who writes the state can write (a ticket, syslog, another
    /// host), and check it later with --contains.
    Verify {
        /// Check, too, that the chain holds this head, noted earlier
        #[arg(long, value_name = "SEQ:HASH")]
        contains: Option<Head>,
    },
    /// Print where the audit chain ends, as SEQ:HASH: to be noted in a ticket, in syslog or on another host
    Head,
    /// Write what is missing of the team's log of decisions in the cluster, from the copy in the state
    ///
    /// The whole log, where its index was deleted. Never over what is there: an index made anew meanwhile is another log.
    Restore,
}

/// `state …`
#[derive(Debug, Subcommand)]
pub(super) enum StateCommand {
    /// Copy the state to a file, also while consoles run; the copy is a state by itself
    Backup {
        /// The copy: it is there wholly or not at all
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Replace the file if it is there
        #[arg(long)]
        force: bool,
    },
    /// Look for damage: in the file, its tables, the audit chain, single rows, the write-ahead log, and decisions that
    /// wait to be saved; exit with status 1 when anything is found
    Check,
    /// Move alerts that were closed long ago, with their evidence and decisions, to a file of their own
    ///
    /// The archive is a state: report, audit verify and a console open it like any other. The audit chains of both stay
    /// whole. Consoles may run meanwhile; they no longer take decisions on what was archived.
    Archive {
        /// Alerts that were closed before this, and not reopened: RFC 3339, a date (UTC), or how long ago (365d)
        #[arg(long, value_name = "T")]
        before: TimeArg,
        /// The archive [default: beside the state, named after the time]
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
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
