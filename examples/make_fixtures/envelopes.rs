//! Records in what other programs put around them (`envelopes/`), one file for each that is known, each with an export
//! that must raise an alert; and what lies beside CloudTrail's logs (`beside/`), which must be set aside.

use std::io::{Cursor, Write as _};

use serde_json::{Value, json};
use zip::write::SimpleFileOptions;

use super::Files;
use super::delivery::{envelope, gzip};
use super::ecs;
use super::expected::Expected;
use super::oddities::{Odd, lines, records};

type Wrap = fn(&[Value]) -> Vec<u8>;

/// Files that are text: name, kind of input, what makes it of the records, and what it is.
const TEXTS: [(&str, &str, Wrap, &str); 26] = [
    ("lookup-events.json", "array", lookup, "the output of aws cloudtrail lookup-events"),
    ("lookup-events-lines.ndjson", "lines", lookup_lines, "the events of it, one a line"),
    ("lookup-events-texts.json", "array", lookup_texts, "the column CloudTrailEvent alone, an array of strings"),
    ("lookup-events-texts.ndjson", "lines", text_lines, "the same, one string a line"),
    ("eventbridge.ndjson", "lines", eventbridge_lines, "EventBridge events, one a line"),
    ("eventbridge-pretty.json", "lines", eventbridge_pretty, "EventBridge events, indented, one after the other"),
    ("sqs-sns-eventbridge.json", "array", queue, "SQS messages of SNS notifications of EventBridge events"),
    ("cloudwatch-subscription.json", "array", subscription, "what Firehose joins: a control message, then data"),
    ("cloudwatch-filter.json", "array", filtered, "the output of aws logs filter-log-events"),
    ("cloudwatch-insights.json", "array", insights, "the answer of a query of Logs Insights"),
    ("cloudwatch-tail.txt", "lines", tail, "the output of aws logs tail: a time and a stream before each record"),
    ("splunk-hec.json", "lines", hec, "events for Splunk's collector, joined"),
    ("splunk-export.ndjson", "lines", splunk, "an export of Splunk, the record in _raw"),
    ("filebeat-delivery.ndjson", "lines", filebeat, "a whole delivery file in Filebeat's message"),
    ("logstash-list.ndjson", "lines", logstash, "a list of records as text in message"),
    ("vector-object.ndjson", "lines", vector, "the record as an object in message"),
    ("fluent-bit-log.ndjson", "lines", fluent_bit, "the record as text in log"),
    ("gelf.ndjson", "lines", gelf, "the record as text in short_message"),
    ("syslog.txt", "lines", syslog, "syslog lines"),
    ("wazuh.ndjson", "lines", wazuh, "alerts of Wazuh"),
    ("elasticsearch-page.json", "array", page, "a page of Elasticsearch's hits"),
    ("elasticdump.ndjson", "lines", dump, "hits, one a line"),
    ("lake.ndjson", "lines", lake, "rows of CloudTrail Lake, the record in eventJson, times with a space"),
    ("arrays.json", "array", arrays, "arrays of records in an array"),
    ("deliveries.json", "array", deliveries, "delivery files in an array"),
    ("epoch.json", "delivery", epoch, "a delivery file whose times are milliseconds since 1970"),
];

/// Files that lie beside the logs: name, content, and what they are.
const BESIDE: [(&str, &str, &str); 7] = [
    (
        "111122223333_elasticloadbalancing_us-east-1_app.front_20261123T1205Z_192.0.2.1_5a.log",
        "https 2026-11-23T12:00:01.1Z app/front/5a 192.0.2.40:4711 - 0.0 0.1 0.0 200 200 34 366 \"GET https://www.example.com:443/ HTTP/1.1\"\n",
        "a log of Elastic Load Balancing",
    ),
    (
        "111122223333_vpcflowlogs_us-east-1_fl-1_20261123T1205Z_5a.log",
        "version account-id interface-id srcaddr dstaddr\n2 111122223333 eni-0a 192.0.2.40 198.51.100.7\n",
        "a VPC flow log",
    ),
    (
        "config.json",
        "{\"fileVersion\":\"1.0\",\"configSnapshotId\":\"5a\",\"configurationItems\":[]}",
        "a snapshot of AWS Config",
    ),
    (
        "guardduty.jsonl",
        "{\"schemaVersion\":\"2.0\",\"accountId\":\"111122223333\",\"type\":\"Recon\",\"service\":{\"serviceName\":\"guardduty\"}}\n",
        "a finding of GuardDuty",
    ),
    (
        "s3-access",
        "79a59df9 logs [23/Nov/2026:12:00:01 +0000] 192.0.2.40 - 5A REST.GET.OBJECT k \"GET /k HTTP/1.1\" 200 - 1 1 1 1 \"-\"\n",
        "an access log of S3",
    ),
    ("README.txt", "StartExportTask is what we look for.\n", "a text by its name"),
    ("__MACOSX/._export.json.gz", "\0\u{5}\u{16}\u{7}Mac OS X", "what a Mac adds to an archive"),
];

/// Makes them all.
pub(crate) fn make(files: &mut Files, expected: &mut Expected) -> anyhow::Result<()> {
    for (name, content, wrap, what) in TEXTS {
        let all = records(name);
        add(files, expected, (&format!("envelopes/{name}"), content, what), &all, wrap(&all));
    }
    for (name, content, pack, what) in PACKED {
        let all = records(name);
        add(files, expected, (&format!("envelopes/{name}"), content, what), &all, pack(&all)?);
    }
    for (name, text, what) in BESIDE {
        let path = format!("beside/{name}");
        let bytes = text.as_bytes().to_vec();
        Odd { path, bytes, content: "none", outcome: "set_aside", records: Some(0), bad: 0, alert: None, what }
            .add(files, expected);
    }
    Ok(())
}

fn add(
    files: &mut Files,
    expected: &mut Expected,
    (path, content, what): (&str, &'static str, &'static str),
    all: &[Value],
    bytes: Vec<u8>,
) {
    let (path, records) = (path.to_owned(), Some(all.len()));
    Odd { path, bytes, content, outcome: "read", records, bad: 0, alert: all.get(1), what }.add(files, expected);
}

fn each(all: &[Value], wrap: impl Fn(&Value) -> Value) -> Vec<u8> {
    lines(&all.iter().map(wrap).collect::<Vec<_>>())
}

fn text(value: &Value) -> Value {
    json!(value.to_string())
}

fn looked_up(record: &Value) -> Value {
    json!({
        "EventId": record["eventID"], "EventName": record["eventName"], "EventTime": 1_795_435_201.0,
        "EventSource": record["eventSource"], "Username": "fixture", "Resources": [], "CloudTrailEvent": text(record),
    })
}

fn lookup(all: &[Value]) -> Vec<u8> {
    format!("{:#}\n", json!({ "Events": all.iter().map(looked_up).collect::<Vec<_>>() })).into_bytes()
}

fn lookup_lines(all: &[Value]) -> Vec<u8> {
    each(all, looked_up)
}

fn lookup_texts(all: &[Value]) -> Vec<u8> {
    format!("{:#}\n", all.iter().map(text).collect::<Value>()).into_bytes()
}

fn text_lines(all: &[Value]) -> Vec<u8> {
    each(all, text)
}

fn bridged(record: &Value) -> Value {
    json!({
        "version": "0", "id": "5a", "detail-type": "AWS API Call via CloudTrail", "source": "aws.rds",
        "account": "111122223333", "time": record["eventTime"], "region": "us-east-1", "resources": [], "detail": record,
    })
}

fn eventbridge_lines(all: &[Value]) -> Vec<u8> {
    each(all, bridged)
}

fn eventbridge_pretty(all: &[Value]) -> Vec<u8> {
    all.iter().flat_map(|record| format!("{:#}", bridged(record)).into_bytes()).collect()
}

fn queue(all: &[Value]) -> Vec<u8> {
    let message = |record: &Value| {
        let notification = json!({ "Type": "Notification", "MessageId": "5a", "Message": text(&bridged(record)) });
        json!({ "MessageId": "5b", "ReceiptHandle": "5c", "Body": text(&notification) })
    };
    json!({ "Messages": all.iter().map(message).collect::<Vec<_>>() }).to_string().into_bytes()
}

fn logged(record: &Value) -> Value {
    json!({ "id": "5a", "timestamp": 1_795_435_201_000_i64, "message": text(record) })
}

fn subscription(all: &[Value]) -> Vec<u8> {
    let control = json!({
        "messageType": "CONTROL_MESSAGE", "owner": "CloudwatchLogs", "logGroup": "", "logStream": "",
        "subscriptionFilters": [],
        "logEvents": [{ "id": "", "timestamp": 0, "message": "CWL CONTROL MESSAGE: Checking health of destination Firehose." }],
    });
    let data = json!({
        "messageType": "DATA_MESSAGE", "owner": "111122223333", "logGroup": "CloudTrail", "logStream": "111122223333_CloudTrail_us-east-1",
        "subscriptionFilters": ["all"], "logEvents": all.iter().map(logged).collect::<Vec<_>>(),
    });
    format!("{control}{data}").into_bytes()
}

fn filtered(all: &[Value]) -> Vec<u8> {
    let events: Vec<Value> = all.iter().map(logged).collect();
    format!("{:#}\n", json!({ "events": events, "searchedLogStreams": [], "nextToken": "5a" })).into_bytes()
}

fn insights(all: &[Value]) -> Vec<u8> {
    let row = |record: &Value| {
        json!([
            { "field": "@timestamp", "value": "2026-11-23 12:00:01.000" },
            { "field": "@message", "value": text(record) },
            { "field": "@ptr", "value": "5a" },
        ])
    };
    let rows: Vec<Value> = all.iter().map(row).collect();
    json!({ "results": rows, "statistics": { "recordsMatched": 3.0 }, "status": "Complete" }).to_string().into_bytes()
}

fn prefixed(all: &[Value], prefix: &str) -> Vec<u8> {
    all.iter().flat_map(|record| format!("{prefix}{record}\n").into_bytes()).collect()
}

fn tail(all: &[Value]) -> Vec<u8> {
    prefixed(all, "2026-11-23T12:00:01.000000+00:00 111122223333_CloudTrail_us-east-1 ")
}

fn syslog(all: &[Value]) -> Vec<u8> {
    prefixed(all, "<134>Nov 23 12:00:01 collector cloudtrail[4711]: ")
}

fn hec(all: &[Value]) -> Vec<u8> {
    let event = |record: &Value| json!({ "time": 1_795_435_201, "sourcetype": "aws:cloudtrail", "event": record });
    all.iter().flat_map(|record| event(record).to_string().into_bytes()).collect()
}

fn splunk(all: &[Value]) -> Vec<u8> {
    each(
        all,
        |record| json!({ "preview": false, "offset": 0, "result": { "_time": "2026-11-23T12:00:01.000+0000", "_raw": text(record) } }),
    )
}

fn filebeat(all: &[Value]) -> Vec<u8> {
    lines(&[
        json!({ "@timestamp": "2026-11-23T12:05:00.000Z", "agent": { "type": "filebeat" }, "message": text(&envelope(all)) }),
    ])
}

fn logstash(all: &[Value]) -> Vec<u8> {
    let list: Vec<Value> = all.iter().map(text).collect();
    lines(&[json!({ "@timestamp": "2026-11-23T12:05:00.000Z", "@version": "1", "message": list })])
}

fn vector(all: &[Value]) -> Vec<u8> {
    each(all, |record| json!({ "timestamp": "2026-11-23T12:05:00Z", "source_type": "aws_s3", "message": record }))
}

fn fluent_bit(all: &[Value]) -> Vec<u8> {
    each(all, |record| json!({ "date": 1_795_435_201.5, "log": text(record) }))
}

fn gelf(all: &[Value]) -> Vec<u8> {
    each(all, |record| json!({ "version": "1.1", "host": "collector", "short_message": text(record), "level": 6 }))
}

fn wazuh(all: &[Value]) -> Vec<u8> {
    each(all, |record| {
        json!({
            "timestamp": "2026-11-23T12:05:00.000+0000", "rule": { "level": 3, "id": "80202" }, "agent": { "id": "000" },
            "data": { "integration": "aws", "aws": record }, "location": "Wazuh-AWS",
        })
    })
}

fn hit(record: &Value) -> Value {
    json!({ "_index": "logs-aws.cloudtrail-default", "_id": record["eventID"], "_score": 1.0, "_source": ecs::nested(record) })
}

fn page(all: &[Value]) -> Vec<u8> {
    let hits: Vec<Value> = all.iter().map(hit).collect();
    format!("{:#}\n", json!({ "took": 3, "hits": { "total": { "value": 3 }, "hits": hits } })).into_bytes()
}

fn dump(all: &[Value]) -> Vec<u8> {
    each(all, hit)
}

fn lake(all: &[Value]) -> Vec<u8> {
    let spaced = |record: &Value| {
        let time = record["eventTime"].as_str().unwrap_or_default().replace('T', " ").replace('Z', ".000");
        json!({ "eventID": record["eventID"], "eventTime": time, "eventJson": text(record) })
    };
    each(all, spaced)
}

fn arrays(all: &[Value]) -> Vec<u8> {
    json!([&all[..1], &all[1..]]).to_string().into_bytes()
}

fn deliveries(all: &[Value]) -> Vec<u8> {
    json!([envelope(&all[..1]), envelope(&all[1..])]).to_string().into_bytes()
}

fn epoch(all: &[Value]) -> Vec<u8> {
    let timed = |(second, record): (i64, &Value)| {
        let mut record = record.clone();
        record["eventTime"] = json!(1_795_435_200_000_i64 + second * 1000);
        record
    };
    envelope(&(1..).zip(all).map(timed).collect::<Vec<_>>()).to_string().into_bytes()
}

type Pack = fn(&[Value]) -> anyhow::Result<Vec<u8>>;

/// Files that are packed: the same columns.
const PACKED: [(&str, &str, Pack, &str); 8] = [
    ("delivery.zip", "delivery", zipped, "a zip archive of gzip files, with what a Mac adds"),
    ("delivery.tar", "delivery", tarred, "a tar archive"),
    ("delivery.tar.gz", "delivery", tarred_and_zipped, "a tar archive in gzip"),
    ("delivery.json.zst", "delivery", zstandard, "zstd"),
    ("delivery-twice.json.gz", "delivery", twice, "gzip in gzip"),
    ("powershell.json", "delivery", utf16, "UTF-16 behind a byte order mark, as PowerShell writes it"),
    ("powershell-no-bom.json", "delivery", utf16_without_mark, "UTF-16 without one"),
    ("subscription.gz", "array", subscription_members, "gzip members of CloudWatch subscription data"),
];

fn zipped(all: &[Value]) -> anyhow::Result<Vec<u8>> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    for (n, record) in all.iter().enumerate() {
        archive.start_file(format!("AWSLogs/{n}.json.gz"), options)?;
        archive.write_all(&gzip(envelope(std::slice::from_ref(record)).to_string().as_bytes())?)?;
    }
    archive.start_file("__MACOSX/AWSLogs/._0.json.gz", options)?;
    archive.write_all(b"\0\x05\x16\x07Mac OS X")?;
    Ok(archive.finish()?.into_inner())
}

fn tarred(all: &[Value]) -> anyhow::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for (n, record) in all.iter().enumerate() {
        let content = envelope(std::slice::from_ref(record)).to_string();
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, format!("AWSLogs/{n}.json"), content.as_bytes())?;
    }
    Ok(archive.into_inner()?)
}

fn tarred_and_zipped(all: &[Value]) -> anyhow::Result<Vec<u8>> {
    Ok(gzip(&tarred(all)?)?)
}

fn zstandard(all: &[Value]) -> anyhow::Result<Vec<u8>> {
    Ok(zstd::encode_all(envelope(all).to_string().as_bytes(), 3)?)
}

fn twice(all: &[Value]) -> anyhow::Result<Vec<u8>> {
    Ok(gzip(&gzip(envelope(all).to_string().as_bytes())?)?)
}

fn utf16(all: &[Value]) -> anyhow::Result<Vec<u8>> {
    Ok([vec![0xff, 0xfe], utf16_without_mark(all)?].concat())
}

fn utf16_without_mark(all: &[Value]) -> anyhow::Result<Vec<u8>> {
    Ok(envelope(all).to_string().encode_utf16().flat_map(u16::to_le_bytes).collect())
}

fn subscription_members(all: &[Value]) -> anyhow::Result<Vec<u8>> {
    Ok([gzip(&subscription(&all[..1]))?, gzip(&subscription(&all[1..]))?].concat())
}
