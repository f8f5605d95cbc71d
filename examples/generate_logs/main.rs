//! Writes a tree of CloudTrail files as AWS delivers them, of any size and the same on every run: what speed is measured
//! on, and a check, as it is known which events are exports of snapshots.
//!
//! ```sh
//! cargo run --release --example generate_logs -- --events 1000000 target/logs
//! ```
//!
//! `OUT.truth.tsv` beside the tree names the few events that matter: event id and kind, `hit` (a successful export),
//! `failure` (a failed one), `decoy_service` (the call of the same name of another service), `decoy_text` (an event whose
//! text mentions it). The shapes of records are those of the fixtures.

mod calls;
mod cast;
mod marked;
mod tree;

#[expect(dead_code, reason = "the fixtures use more of it")]
#[path = "../make_fixtures/exports.rs"]
mod exports;
#[path = "../make_fixtures/rng.rs"]
mod rng;
#[expect(dead_code, reason = "the fixtures use more of it")]
#[path = "../make_fixtures/shapes.rs"]
mod shapes;
#[expect(dead_code, reason = "the fixtures use more of it")]
#[path = "../make_fixtures/who.rs"]
mod who;

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Parser;

/// Writes a tree of CloudTrail files below OUT, and OUT.truth.tsv beside it.
#[derive(Parser)]
pub(crate) struct Args {
    /// The folder that AWSLogs is made in; must not exist yet
    pub(crate) out: PathBuf,
    /// Events in all
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) events: u64,
    /// Another number gives other logs
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Write .json files, not .json.gz
    #[arg(long)]
    pub(crate) plain: bool,
    /// About five events a file, as where little happens; else 50 to 1600
    #[arg(long)]
    pub(crate) small: bool,
    /// Threads [default: one for each core]
    #[arg(long)]
    pub(crate) threads: Option<usize>,
}

/// Writes the tree and its truth file. Returns a line that says how much that is.
pub(crate) fn make(args: &Args) -> anyhow::Result<String> {
    anyhow::ensure!(!args.out.exists(), "{} exists: name another folder, or remove it", args.out.display());
    let threads = args.threads.or_else(|| std::thread::available_parallelism().ok().map(usize::from)).unwrap_or(1);
    let plan = tree::plan(args.events, args.seed, args.small);
    let made = tree::write(&args.out, &plan, args.plain, threads)?;
    let mut truth = args.out.clone().into_os_string();
    truth.push(".truth.tsv");
    let mut lines: Vec<String> = made.truth.iter().map(|(id, kind)| format!("{id}\t{}\n", kind.word())).collect();
    lines.sort();
    std::fs::write(&truth, lines.concat())
        .with_context(|| format!("cannot write {}", PathBuf::from(truth).display()))?;
    Ok(format!(
        "{} events, {} files, {} bytes of JSON ({} a record), {} bytes stored, {} marked\n",
        args.events,
        plan.len(),
        made.raw,
        made.raw.checked_div(args.events).unwrap_or_default(),
        made.stored,
        lines.len()
    ))
}

fn main() -> anyhow::Result<()> {
    let said = make(&Args::parse())?;
    std::io::stdout().write_all(said.as_bytes())?;
    Ok(())
}
