//! The formats that commands print.

use clap::ValueEnum;

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
    /// The records as the log holds them; on a terminal with control characters made visible
    Raw,
    /// How many there are
    Count,
}

/// Formats of `eql`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum EqlFormat {
    /// A table for people
    Table,
    /// One document a line; of a sequence or sample, its keys and events
    Ndjson,
    /// The records as the log holds them; on a terminal with control characters made visible
    Raw,
    /// How many events, sequences or samples there are
    Count,
    /// Comma-separated values
    Csv,
}

/// Formats of `rules show`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ShowFormat {
    /// A page for people
    Text,
    /// Every fact under Elastic's name for it, and the checklist
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

/// Formats of `doctor`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum DoctorFormat {
    /// A line for each thing
    Text,
    /// JSON: check, standing (ok, warn, fail), says, do
    Json,
}
