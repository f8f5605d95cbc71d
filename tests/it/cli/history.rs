//! `--since` bounds the alerts and not the history: the alerts are those of the whole log that fall into the stretch, though
//! older files are opened only as far back as they matter.

use super::*;

/// Rules over failed probes, and what makes each of them look back.
const RULES: [(&str, &str); 6] = [
    (
        "terms",
        "type = 'new_terms'\n[rule.new_terms]\nfield = 'new_terms_fields'\nvalue = ['user.name', 'source.ip']\n\
         [[rule.new_terms.history_window_start]]\nfield = 'history_window_start'\nvalue = 'now-3h'\n",
    ),
    ("threshold", "type = 'threshold'\nfrom = 'now-40m'\n[rule.threshold]\nfield = ['user.name']\nvalue = 3\n"),
    (
        "folded threshold",
        "type = 'threshold'\nfrom = 'now-20m'\n[rule.threshold]\nfield = ['user.name']\nvalue = 2\n\
         [rule.alert_suppression]\nduration = {value = 90, unit = 'm'}\n",
    ),
    (
        "folded",
        "type = 'query'\n[rule.alert_suppression]\ngroup_by = ['user.name']\nduration = {value = 1, unit = 'h'}\n\
         missing_fields_strategy = 'doNotSuppress'\n",
    ),
    (
        "per run",
        "type = 'query'\ninterval = '35m'\n[rule.alert_suppression]\ngroup_by = ['user.name']\n\
         missing_fields_strategy = 'suppress'\n",
    ),
    (
        "folded terms",
        "type = 'new_terms'\n[rule.new_terms]\nfield = 'new_terms_fields'\nvalue = ['source.ip']\n\
         [[rule.new_terms.history_window_start]]\nfield = 'history_window_start'\nvalue = 'now-30m'\n\
         [rule.alert_suppression]\ngroup_by = ['user.name']\nduration = {value = 2, unit = 'h'}\n",
    ),
];

fn rule(desk: &Desk, name: &str, more: &str) -> String {
    desk.file(
        &format!("rules/{name}.toml"),
        format!(
            "[rule]\nname = '{name}'\nrule_id = '{name}'\nseverity = 'low'\nrisk_score = 1\nlanguage = 'kuery'\n\
             query = 'event.action: Probe'\n{more}"
        ),
    )
}

fn first() -> chrono::DateTime<chrono::Utc> {
    "2026-07-01T00:00:00Z".parse().unwrap()
}

/// Four days of deliveries, one each quarter of an hour; of some users there is something all the time, of others only now
/// and then, and at night next to nothing of anybody.
fn log(desk: &Desk) -> String {
    let mut dice = 7u64;
    let mut roll = |sides: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % sides
    };
    for n in 0..4 * 96u32 {
        let delivered = first() + chrono::Duration::minutes(15 * i64::from(n));
        let busy = (24..88).contains(&(n % 96));
        let many = if busy { 2 + roll(4) } else { roll(12) / 11 };
        let records: Vec<String> = (0..many)
            .map(|at| {
                let time = delivered - chrono::Duration::seconds(i64::try_from(roll(1500)).unwrap());
                let user = if roll(8) == 0 { String::new() } else { format!(r#","userName":"u{}""#, roll(6).min(roll(6))) };
                format!(
                    r#"{{"eventVersion":"1.08","eventID":"e{n:03}-{at}","eventTime":"{}","eventName":"Probe","eventSource":"s.amazonaws.com","sourceIPAddress":"192.0.2.{}","awsRegion":"us-east-1","userIdentity":{{"type":"IAMUser"{user}}}}}"#,
                    time.format("%Y-%m-%dT%H:%M:%SZ"),
                    roll(5),
                )
            })
            .collect();
        let name = format!("111122223333_CloudTrail_us-east-1_{}_{n:016}.json", delivered.format("%Y%m%dT%H%MZ"));
        desk.file(&format!("logs/{name}"), format!("{{\"Records\":[{}]}}", records.join(",")));
    }
    desk.path("logs").to_str().unwrap().to_owned()
}

/// The alerts, a line each.
fn scan(desk: &Desk, log: &str, rules: &[&str], since: Option<&str>) -> (Vec<String>, String) {
    let mut args = vec!["scan", log, "--format", "ndjson", "--stats"];
    args.extend(rules.iter().flat_map(|rule| ["--rules", rule]));
    args.extend(since.iter().flat_map(|since| ["--since", since]));
    let ran = desk.run(&args);
    assert_eq!(ran.code, 0, "{}", ran.err);
    (ran.out.lines().map(str::to_owned).collect(), ran.err)
}

#[test]
fn the_alerts_since_a_time_are_those_of_the_whole_log_that_fall_after_it() {
    let desk = Desk::new();
    let log = log(&desk);
    for (name, more) in RULES {
        let rule = rule(&desk, name, more);
        let (whole, _) = scan(&desk, &log, &[&rule], None);
        for hours in [1, 30, 37, 38, 50, 61, 80, 95] {
            let since = (first() + chrono::Duration::hours(hours)).format("%Y-%m-%dT%H:%M:%S").to_string();
            let after = |line: &&String| {
                let alert: serde_json::Value = serde_json::from_str(line).unwrap();
                alert["@timestamp"].as_str().unwrap() >= since.as_str()
            };
            // What an alert is worth and what it belongs to hang on the others.
            let alone = |line: &String| line.split(",\"watchfloor.").next().map(str::to_owned);
            let expected: Vec<&String> = whole.iter().filter(after).collect();
            let (alerts, told) = scan(&desk, &log, &[&rule], Some(&format!("{since}Z")));
            assert!(
                alerts.iter().map(alone).eq(expected.iter().copied().map(alone)),
                "{name} since {since}: {} {}",
                alerts.len(),
                expected.len()
            );
            assert!(
                !expected.is_empty() && expected.len() < whole.len() || [1, 95].contains(&hours),
                "{name} since {since}"
            );
            assert!(hours < 24 || told.contains("delivered before --since"), "{name} since {since}: {told}");
        }
    }
}

#[test]
fn a_rule_of_single_events_opens_no_file_from_before() {
    let desk = Desk::new();
    let log = log(&desk);
    let plain = rule(&desk, "plain", "type = 'query'\n");
    let told = scan(&desk, &log, &[&plain], Some("2026-07-03T00:00:00Z")).1;
    assert!(told.contains("191 of 384 files not opened"), "{told}");
    let terms = rule(&desk, RULES[0].0, RULES[0].1);
    let told = scan(&desk, &log, &[&plain, &terms], Some("2026-07-03T00:00:00Z")).1;
    assert!(told.contains("179 of 384 files not opened"), "three hours more: {told}");
}
