//! CloudTrail's delivery: events become files by region and time of delivery, gzip mostly and some plain, with a digest
//! and an insight file beside them; and the whole again as the one file that the binary embeds.

use std::collections::BTreeMap;
use std::io::Write as _;

use chrono::{DateTime, TimeDelta, Utc};
use flate2::{Compression, GzBuilder};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::Files;
use super::expected::{Expected, Outcome};
use super::rng::Rng;
use super::shapes::{EAST, Event, Log, MAIN, Mark, at, stamp};

/// One gzip member: no time, no name, so that it depends on the content alone.
pub(crate) fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// `{"Records":[…]}`.
pub(crate) fn envelope<'a>(records: impl IntoIterator<Item = &'a Value>) -> Value {
    json!({ "Records": records.into_iter().collect::<Vec<_>>() })
}

/// The end of the delivery slot that `time` falls in.
fn slot(region: &str, time: DateTime<Utc>) -> DateTime<Utc> {
    let length = if region == EAST { 900 } else { 3600 };
    let seconds = time.timestamp();
    time + TimeDelta::seconds(length - seconds.rem_euclid(length))
}

fn folder(kind: &str, region: &str, day: DateTime<Utc>) -> String {
    format!("demo/AWSLogs/{MAIN}/{kind}/{region}/{}", day.format("%Y/%m/%d"))
}

/// Writes the delivery tree below `fixtures/demo` and `assets/demo.ndjson.gz`.
pub(crate) fn deliver(log: &Log, files: &mut Files, expected: &mut Expected) -> anyhow::Result<()> {
    let mut slots: BTreeMap<(DateTime<Utc>, &str), Vec<&Event>> = BTreeMap::new();
    for event in &log.events {
        slots.entry((slot(event.region, event.delivered), event.region)).or_default().push(event);
    }
    let alerts: Vec<&str> =
        log.events.iter().filter(|event| matches!(event.mark, Some((Mark::Alert, _)))).map(Event::id).collect();
    let mut lines = Vec::new();
    let mut delivered = Vec::new();
    for ((time, region), mut events) in slots {
        events.sort_by(|a, b| (a.time, a.id()).cmp(&(b.time, b.id())));
        for event in &events {
            serde_json::to_writer(&mut lines, &event.record)?;
            lines.push(b'\n');
        }
        let content = serde_json::to_vec(&envelope(events.iter().map(|event| &event.record)))?;
        let mut rng = Rng::named(&format!("file {region} {}", stamp(time)));
        let stem = format!("{MAIN}_CloudTrail_{region}_{}_{}", time.format("%Y%m%dT%H%MZ"), rng.alnum(16));
        let plain = rng.chance(6) || (region == EAST && time == at(23, 10, 45, 0));
        let path = format!("{}/{stem}.json{}", folder("CloudTrail", region, time), if plain { "" } else { ".gz" });
        delivered.push((path.clone(), time, Sha256::digest(&content)));
        for event in &events {
            expected.note(event, &path);
        }
        let outcome = Outcome {
            content: "delivery",
            outcome: "read",
            records: Some(events.len()),
            bad: 0,
            alerts: events.iter().map(|event| event.id()).filter(|id| alerts.contains(id)).map(str::to_owned).collect(),
            what: "a delivery file",
        };
        expected.files.insert(path.clone(), outcome);
        files.insert(format!("fixtures/{path}"), if plain { content } else { gzip(&content)? });
    }
    files.insert("assets/demo.ndjson.gz".to_owned(), gzip(&lines)?);
    digest(&delivered, files, expected)?;
    insight(files, expected)
}

fn digest(
    delivered: &[(String, DateTime<Utc>, impl AsRef<[u8]>)],
    files: &mut Files,
    expected: &mut Expected,
) -> anyhow::Result<()> {
    let (start, end) = (at(23, 11, 0, 0), at(23, 12, 0, 0));
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let covered: Vec<Value> = delivered
        .iter()
        .filter(|(path, time, _)| path.contains(EAST) && *time > start && *time <= end)
        .map(|(path, time, hash)| {
            json!({
                "s3Bucket": "org-trail-logs",
                "s3Object": path.trim_start_matches("demo/"),
                "hashValue": hex(hash.as_ref()),
                "hashAlgorithm": "SHA-256",
                "newestEventTime": stamp(*time - TimeDelta::seconds(190)),
                "oldestEventTime": stamp(*time - TimeDelta::seconds(1_050)),
            })
        })
        .collect();
    let mut rng = Rng::named("digest");
    let name = |time: DateTime<Utc>| {
        let folder = folder("CloudTrail-Digest", EAST, time);
        format!("{folder}/{MAIN}_CloudTrail-Digest_{EAST}_org-trail_{EAST}_{}.json.gz", time.format("%Y%m%dT%H%M%SZ"))
    };
    let path = name(end);
    let content = json!({
        "awsAccountId": MAIN,
        "digestStartTime": stamp(start),
        "digestEndTime": stamp(end),
        "digestS3Bucket": "org-trail-logs",
        "digestS3Object": path.trim_start_matches("demo/"),
        "digestPublicKeyFingerprint": rng.hex(32),
        "digestSignatureAlgorithm": "SHA256withRSA",
        "newestEventTime": stamp(end - TimeDelta::seconds(190)),
        "oldestEventTime": stamp(start - TimeDelta::seconds(150)),
        "previousDigestS3Bucket": "org-trail-logs",
        "previousDigestS3Object": name(start).trim_start_matches("demo/"),
        "previousDigestHashValue": rng.hex(64),
        "previousDigestHashAlgorithm": "SHA-256",
        "previousDigestSignature": rng.hex(512),
        "logFiles": covered,
    });
    let what = "a digest file: hashes of log files, no events";
    aside(&path, &content, ("digest", what), files, expected)
}

fn insight(files: &mut Files, expected: &mut Expected) -> anyhow::Result<()> {
    let mut rng = Rng::named("insight");
    let time = at(23, 11, 5, 0);
    let shared = rng.uuid();
    let mut record = |state: &str, minute: u32| {
        json!({
            "eventVersion": "1.08",
            "eventTime": stamp(at(23, 10, minute, 0)),
            "awsRegion": EAST,
            "eventID": rng.uuid(),
            "eventType": "AwsCloudTrailInsight",
            "recipientAccountId": MAIN,
            "sharedEventID": shared,
            "insightDetails": {
                "state": state,
                "eventSource": "rds.amazonaws.com",
                "eventName": "StartExportTask",
                "errorCode": "AccessDenied",
                "insightType": "ApiErrorRateInsight",
                "insightContext": {
                    "statistics": {
                        "baseline": { "average": 0.0 },
                        "insight": { "average": 1.5 },
                        "insightDuration": 2,
                        "baselineDuration": 10_080,
                    },
                },
            },
            "eventCategory": "Insight",
        })
    };
    let content = envelope([&record("Start", 28), &record("End", 34)]);
    let name = format!(
        "{MAIN}_CloudTrail-Insight_{EAST}_{}_{}",
        time.format("%Y%m%dT%H%MZ"),
        Rng::named("insight file").alnum(16)
    );
    let path = format!("{}/{name}.json.gz", folder("CloudTrail-Insight", EAST, time));
    aside(&path, &content, ("insight", "an insight file: rates, no events"), files, expected)
}

fn aside(
    path: &str,
    content: &Value,
    (kind, what): (&'static str, &'static str),
    files: &mut Files,
    expected: &mut Expected,
) -> anyhow::Result<()> {
    files.insert(format!("fixtures/{path}"), gzip(&serde_json::to_vec(content)?)?);
    let outcome = Outcome { content: kind, outcome: "skipped", records: Some(0), bad: 0, alerts: Vec::new(), what };
    expected.files.insert(path.to_owned(), outcome);
    Ok(())
}
