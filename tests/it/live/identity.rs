//! An event is itself in whatever it comes, and different calls are different events though sanitising left them one id.

use std::process::Command;

use serde_json::{Value, json};
use watchfloor::event::Event;

use super::*;

/// How many alerts the program finds in the folder.
fn scanned(folder: &Path) -> usize {
    let ran = Command::new(env!("CARGO_BIN_EXE_watchfloor"))
        .args(["scan", "--format", "ndjson"])
        .arg(folder)
        .env("XDG_CONFIG_HOME", folder.join("none"))
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap().lines().count()
}

/// That a scan, a console, and a console after it find so many alerts.
fn comes_to(files: &[(&str, String)], count: usize) {
    let place = Place::new();
    for (name, text) in files {
        place.deliver(name, text.as_bytes());
    }
    assert_eq!(scanned(&place.logs), count, "in a scan");
    for round in ["once", "after a restart"] {
        let running = place.watch();
        running.settled();
        assert_eq!(running.alerts(count).len(), count, "{round}");
        drop(running);
        assert_eq!(place.stored().len(), count, "{round}");
    }
}

fn with(pointer: &str, value: &str) -> String {
    let mut other: Value = serde_json::from_str(&export("REDACTED", "2026-11-20T10:00:00Z")).unwrap();
    *other.pointer_mut(pointer).unwrap() = json!(value);
    other.to_string()
}

#[test]
fn sanitised_logs_that_repeat_one_id_lose_no_call() {
    let records = [
        export("REDACTED", "2026-11-20T10:00:00Z"),
        export("REDACTED", "2026-11-20T12:34:00Z"),
        with("/userIdentity/arn", "arn:aws:iam::111122223333:user/mallory"),
        with("/userIdentity/userName", "mallory"),
        with("/recipientAccountId", "444455556666"),
    ];
    comes_to(&[("redacted.json", delivery(&records))], records.len());
    // In files of their own, and some twice.
    let apart: Vec<(String, String)> = records
        .iter()
        .chain(&records[..2])
        .enumerate()
        .map(|(n, r)| (format!("{n}.json"), delivery(std::slice::from_ref(r))))
        .collect();
    let apart: Vec<(&str, String)> = apart.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    comes_to(&apart, records.len());
}

#[test]
fn an_event_in_another_envelope_or_amended_is_the_same() {
    let original = export("x-1", "2026-11-20T10:00:00Z");
    let mut addendum: Value = serde_json::from_str(&original).unwrap();
    addendum["eventID"] = json!("x-2");
    addendum["addendum"] = json!({
        "reason": "UPDATED_DATA", "updatedFields": "responseElements", "originalRequestID": "r", "originalEventID": "x-1",
    });
    addendum["responseElements"] = json!({"status": "COMPLETE"});
    let ecs = Event::parse(original.as_bytes()).unwrap().ecs();
    let mut elsewhere = ecs.clone();
    elsewhere["@timestamp"] = json!("2026-11-20T11:00:00+01:00");
    let mut with_record = ecs.clone();
    with_record["event"]["original"] = json!(original);
    let shipped = json!({"@timestamp": "2026-11-20T10:05:00.000Z", "message": original});
    comes_to(
        &[
            ("a.json", delivery(std::slice::from_ref(&original))),
            ("again.json", delivery(&[record("y", "2026-11-20T10:00:00Z", "Other"), original.clone()])),
            ("addendum.json", delivery(&[addendum.to_string()])),
            ("agent.ndjson", format!("{ecs}\n{elsewhere}\n{with_record}\n{shipped}\n")),
        ],
        1,
    );
}
