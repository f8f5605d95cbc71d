//! Small files: every accepted kind of input (`shapes/`), and damage (`broken/`). Each holds an export that must raise
//! an alert, so that a reader who loses it is found out.

use serde_json::{Value, json};

use super::Files;
use super::delivery::{envelope, gzip};
use super::ecs;
use super::expected::{Expected, Outcome};
use super::exports::Task;
use super::shapes::{Call, EAST, Log, Mark, at};
use super::who::{Who, agent};

/// Three records of their own for one file: a look, an export that must raise an alert, another look.
pub(crate) fn records(name: &str) -> Vec<Value> {
    let mut log = Log::new(name);
    let who = Who::role("etl-nightly", "fixture", at(23, 12, 0, 0), "192.0.2.40", agent::BOTO_AIRFLOW);
    Call::new(at(23, 12, 0, 1), &who, EAST, "rds", "DescribeDBSnapshots").log(&mut log);
    let task = Task::new(name, EAST, "snapshot:fixture", "finance-exports");
    task.call(at(23, 12, 0, 2), &who, EAST).answer(task.answer()).must(Mark::Alert, "").log(&mut log);
    Call::new(at(23, 12, 0, 3), &who, EAST, "rds", "DescribeExportTasks").log(&mut log);
    log.events.into_iter().map(|event| event.record).collect()
}

/// One small file on its way.
pub(crate) struct Odd<'a> {
    pub(crate) path: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) content: &'static str,
    pub(crate) outcome: &'static str,
    pub(crate) records: Option<usize>,
    pub(crate) bad: usize,
    pub(crate) alert: Option<&'a Value>,
    pub(crate) what: &'static str,
}

impl Odd<'_> {
    pub(crate) fn add(self, files: &mut Files, expected: &mut Expected) {
        let alerts = self.alert.iter().filter_map(|record| record["eventID"].as_str()).map(str::to_owned).collect();
        let Self { path, content, outcome, records, bad, what, .. } = self;
        files.insert(format!("fixtures/{path}"), self.bytes);
        expected.files.insert(path, Outcome { content, outcome, records, bad, alerts, what });
    }
}

/// Makes them all.
pub(crate) fn make(files: &mut Files, expected: &mut Expected) -> anyhow::Result<()> {
    plain_shapes(files, expected)?;
    documents(files, expected)?;
    broken(files, expected)
}

pub(crate) fn lines<'a>(records: impl IntoIterator<Item = &'a Value>) -> Vec<u8> {
    records.into_iter().flat_map(|record| format!("{record}\n").into_bytes()).collect()
}

fn plain_shapes(files: &mut Files, expected: &mut Expected) -> anyhow::Result<()> {
    let mut whole = |path: &str, content, of: &[Value], bytes: Vec<u8>, what| {
        let alert = of.iter().find(|record| record["eventName"] == "StartExportTask");
        let records = Some(of.len());
        let path = path.to_owned();
        Odd { path, bytes, content, outcome: "read", records, bad: 0, alert, what }.add(files, expected);
    };
    let all = records("delivery");
    whole("shapes/delivery.json", "delivery", &all, envelope(&all).to_string().into_bytes(), "a delivery file");

    let all = records("pretty");
    let bytes = serde_json::to_vec_pretty(&envelope(&all))?;
    whole("shapes/pretty.json", "delivery", &all, bytes, "a delivery file, indented by hand");

    let all = records("array");
    let bytes = serde_json::to_vec(&all)?;
    whole("shapes/array.json", "array", &all, bytes, "a JSON array of records");

    let all = records("single");
    let one = &all[1..2];
    whole(
        "shapes/single.json",
        "single",
        one,
        serde_json::to_vec_pretty(&one[0])?,
        "one record as the whole file, indented",
    );

    let all = records("lines");
    whole("shapes/lines.ndjson", "lines", &all, lines(&all), "one record a line");

    let all = records("no newline at the end");
    let mut bytes = lines(&all);
    bytes.pop();
    whole(
        "shapes/lines-no-last-newline.ndjson.gz",
        "lines",
        &all,
        gzip(&bytes)?,
        "one record a line, gzip, no newline at the end",
    );

    let all = records("bom");
    let mut bytes = b"\xef\xbb\xbf".to_vec();
    bytes.extend(envelope(&all).to_string().bytes());
    whole("shapes/bom.json", "delivery", &all, bytes, "a delivery file behind a byte order mark");

    let all = records("escaped");
    let text = envelope(&all).to_string().replace("\"StartExportTask\"", "\"\\u0053tartExportTask\"");
    whole("shapes/escaped.json", "delivery", &all, text.into_bytes(), "the action's name written with a JSON escape");

    let all = records("two members");
    let text = envelope(&all).to_string();
    let (head, tail) = text.as_bytes().split_at(text.len() / 3);
    let bytes = [gzip(head)?, gzip(tail)?].concat();
    whole("shapes/two-members.json.gz", "delivery", &all, bytes, "gzip of two members, cut inside a record");
    Ok(())
}

fn documents(files: &mut Files, expected: &mut Expected) -> anyhow::Result<()> {
    type Wrap = fn(&Value) -> Value;
    let shapes: [(&'static str, &str, Wrap, &'static str); 4] = [
        ("shapes/ecs-nested.ndjson", "ecs nested", ecs::nested, "ECS documents, nested"),
        ("shapes/ecs-dotted.ndjson", "ecs dotted", ecs::dotted, "ECS documents, dotted keys"),
        ("shapes/ecs-message.ndjson", "ecs message", ecs::in_message, "Filebeat's documents: the record in message"),
        (
            "shapes/ecs-original.ndjson.gz",
            "ecs original",
            ecs::in_event_original,
            "documents with the record in event.original",
        ),
    ];
    for (path, name, wrap, what) in shapes {
        let all = records(name);
        let documents: Vec<Value> = all.iter().map(wrap).collect();
        let text = lines(&documents);
        let bytes = if path.ends_with(".gz") { gzip(&text)? } else { text };
        let (path, records) = (path.to_owned(), Some(all.len()));
        Odd { path, bytes, content: "lines", outcome: "read", records, bad: 0, alert: all.get(1), what }
            .add(files, expected);
    }
    Ok(())
}

fn broken(files: &mut Files, expected: &mut Expected) -> anyhow::Result<()> {
    let mut odd = |path: &str, content, bytes, outcome, (records, bad), alert, what| {
        let path = path.to_owned();
        Odd { path, bytes, content, outcome, records, bad, alert, what }.add(files, expected);
    };
    let mut all: Vec<Value> = (0..4).flat_map(|n| records(&format!("half {n}"))).collect();
    all.retain(|record| record["eventName"] != "StartExportTask");
    all.push(records("half").swap_remove(1));
    let mut bytes = gzip(envelope(&all).to_string().as_bytes())?;
    bytes.truncate(bytes.len() / 2);
    let what = "half of a gzip file, its export behind the cut: tried again when it changes";
    odd("broken/half.json.gz", "delivery", bytes, "failed", (None, 1), None, what);

    let all = records("bad crc");
    let mut bytes = gzip(envelope(&all).to_string().as_bytes())?;
    let crc = bytes.len() - 8;
    bytes[crc] ^= 0xff;
    let what = "gzip whose checksum is wrong: evaluated, and named as damaged";
    odd("broken/bad-crc.json.gz", "delivery", bytes, "failed", (Some(3), 0), all.get(1), what);

    let all = records("truncated");
    let mut bytes = envelope(&all).to_string().into_bytes();
    bytes.truncate(bytes.len() - 200);
    odd(
        "broken/truncated.json",
        "delivery",
        bytes,
        "partly",
        (Some(2), 1),
        all.get(1),
        "a delivery file that ends inside its last record",
    );

    let all = records("line cut in the middle");
    let cut = &all[0].to_string()[..300];
    let bytes = [lines(&all[..1]), format!("{cut}\n").into_bytes(), lines(&all[1..])].concat();
    let what = "a line cut short by a writer that died, among good ones";
    odd("broken/cut-in-the-middle.ndjson", "lines", bytes, "partly", (Some(3), 1), all.get(1), what);

    let all = records("bad value");
    let bad = b"{\"eventSource\":\"rds.amazonaws.com\",\"eventName\":\"StartExportTask\",\"eventID\":oops}\n".to_vec();
    let bytes = [lines(&all[..1]), bad, lines(&all[1..])].concat();
    let what = "an export that is no JSON although its brackets match, among good lines";
    odd("broken/bad-value.ndjson", "lines", bytes, "partly", (Some(3), 1), all.get(1), what);

    let all = records("cut line");
    let mut bytes = lines(&all);
    bytes.truncate(bytes.len() - 120);
    odd(
        "broken/cut-line.ndjson.gz",
        "lines",
        gzip(&bytes)?,
        "partly",
        (Some(2), 1),
        all.get(1),
        "the last line is cut short inside whole gzip",
    );

    let settings = json!({ "name": "storefront", "version": "2.4.1", "scripts": { "export": "rds StartExportTask" } });
    odd(
        "broken/no-log.json",
        "none",
        serde_json::to_vec_pretty(&settings)?,
        "no_log",
        (Some(0), 0),
        None,
        "JSON that is no log",
    );

    let notes = b"Ask dana about the StartExportTask of last night.\n".to_vec();
    odd("broken/notes.txt", "none", notes, "no_log", (Some(0), 0), None, "text that is no log");

    odd("broken/empty.json", "empty", Vec::new(), "read", (Some(0), 0), None, "an empty file: nothing in it yet");
    Ok(())
}
