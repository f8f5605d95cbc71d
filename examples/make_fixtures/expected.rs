//! What must come of each file: `expected.json` for programs, `README.md` for people, `expected.tsv` by event.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::Files;
use super::shapes::{Event, Mark, stamp};

/// What must come of one file.
#[derive(Serialize)]
pub(crate) struct Outcome {
    /// What it is, one of the kinds of input; `none` when it is no log.
    pub(crate) content: &'static str,
    /// `read`, `partly` (good records evaluated, the bad ones counted and named), `failed` (named as
    /// damaged; what could be read of it is evaluated), `skipped` (recognised, left out of detection), `set_aside` (the
    /// log of another service, or what a system leaves behind: no fault of the input) or `no_log`.
    pub(crate) outcome: &'static str,
    /// Records that are evaluated; null where a reader may have seen some before the damage.
    pub(crate) records: Option<usize>,
    /// Records that are counted as bad.
    pub(crate) bad: usize,
    /// Ids of the events that must raise an alert, in the file's order.
    pub(crate) alerts: Vec<String>,
    /// What it is for, as a sentence without a full stop.
    pub(crate) what: &'static str,
}

/// What must come of everything.
#[derive(Default)]
pub(crate) struct Expected {
    /// By path below `fixtures/`.
    pub(crate) files: BTreeMap<String, Outcome>,
    /// Lines of `expected.tsv`.
    pub(crate) marks: Vec<String>,
}

impl Expected {
    /// Notes the mark of an event that `file` holds; does nothing for an event without one.
    pub(crate) fn note(&mut self, event: &Event, file: &str) {
        if let Some((mark, why)) = event.mark {
            self.marks.push(format!("{}\t{}\t{}\t{file}\t{why}", event.id(), mark.word(), stamp(event.time)));
        }
    }

    /// Writes the three files.
    pub(crate) fn write(mut self, files: &mut Files) -> anyhow::Result<()> {
        self.marks.sort_by_key(|line| line.split('\t').nth(2).map(str::to_owned));
        let mut table = "event_id\tkind\ttime\tfile\twhy\n".to_owned();
        for line in &self.marks {
            writeln!(table, "{line}")?;
        }
        files.insert("fixtures/expected.tsv".to_owned(), table.into_bytes());
        let mut json = serde_json::to_vec_pretty(&self.files)?;
        json.push(b'\n');
        files.insert("fixtures/expected.json".to_owned(), json);
        files.insert("fixtures/README.md".to_owned(), self.readme()?.into_bytes());
        Ok(())
    }

    fn readme(&self) -> Result<String, std::fmt::Error> {
        let demo = self.files.iter().filter(|(path, _)| path.starts_with("demo/"));
        let (count, records, alerts) = demo.fold((0, 0, 0), |(count, records, alerts), (_, file)| {
            (count + 1, records + file.records.unwrap_or(0), alerts + file.alerts.len())
        });
        let distinct = self.marks.iter().filter(|line| line.split('\t').nth(1) == Some(Mark::Alert.word())).count();
        let mut text = INTRODUCTION.to_owned();
        writeln!(
            text,
            "\n`demo/` holds {count} files with {records} records; {alerts} of them are deliveries of the {distinct} events \
             that must raise\nan alert.\n\n## The story of `demo/`\n\n{}",
            heading(&["event", "time", "kind", "what"])
        )?;
        for line in &self.marks {
            let cells: Vec<&str> = line.split('\t').collect();
            if let [id, kind, time, _, why] = cells.as_slice() {
                writeln!(text, "| `{}` | {time} | {kind} | {why} |", id.get(..8).unwrap_or(id))?;
            }
        }
        let columns = heading(&["file", "what", "must be", "records", "bad", "alerts"]);
        writeln!(text, "\n## The odd files\n\n{columns}")?;
        let odd = |(path, file): &(&String, &Outcome)| !path.starts_with("demo/") || file.outcome != "read";
        for (path, file) in self.files.iter().filter(odd) {
            let name = if path.starts_with("demo/") { path.rsplit('/').next().unwrap_or(path) } else { path };
            let records = file.records.map_or_else(|| "any".to_owned(), |records| records.to_string());
            let outcome = file.outcome.replace('_', " ");
            let (what, bad, alerts) = (file.what, file.bad, file.alerts.len());
            writeln!(text, "| `{name}` | {what} | {outcome} | {records} | {bad} | {alerts} |")?;
        }
        Ok(text)
    }
}

const INTRODUCTION: &str = "\
# Fixtures

Made by `cargo run --example make_fixtures`, the same bytes on every run; a test makes them again and compares. Edit
`examples/make_fixtures/`, never these files. Accounts (111122223333, 444455556666), addresses (192.0.2.0/24,
198.51.100.0/24, 203.0.113.0/24), keys (`…EXAMPLE`) and domains are those reserved for documentation.

- `demo/AWSLogs/`: one account's log as CloudTrail delivers it: 2026-11-23, with glimpses of the two days before.
- `shapes/`: every accepted kind of input. `broken/`: damage, and what must still be found beside it.
- `envelopes/`: records in what other programs put around them, one file for each that is known. `beside/`: what lies
  beside CloudTrail's logs.
- `geoip/`: MaxMind databases of places and networks, made up for the documentation addresses.
- `expected.tsv`: each event of the demo that must raise an alert, or must not although it looks like it, and why.
- `expected.json`: by file, the kind of input, the records, the bad ones, the alerts' event ids, and what must come of
  it: `read`; `partly`: good records are evaluated, bad ones counted and named; `failed`: named as cut short or damaged,
  what could be read is evaluated; `skipped`; `set_aside`; `no_log`.
- `../assets/demo.ndjson.gz`: the records of the demo in the order of their delivery, one a line.
";

fn heading(columns: &[&str]) -> String {
    format!("| {} |\n|{}", columns.join(" | "), " --- |".repeat(columns.len()))
}
