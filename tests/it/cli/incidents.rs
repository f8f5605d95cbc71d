//! `watchfloor scan --incidents`, and what a scan says of the worth of an alert.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;

/// The alerts of the demo's attack under the bundled rule.
const ATTACK: [&str; 3] = [
    "c3e4e9ed-d739-4ff3-b87a-ceb0e05209fc",
    "eb71fd35-ac3c-4228-8698-ae2b6ed77865",
    "a79afae1-9545-4948-aa60-1163d9596d89",
];
const ATTACKERS: &str = "user.name: jsmith or aws.cloudtrail.user_identity.arn: *jsmith*";

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|value| value.as_str().unwrap()).collect()
}

#[test]
fn the_demos_attack_is_the_first_incident_with_all_its_alerts() {
    let desk = Desk::new();
    for log in ["assets/demo.ndjson.gz", &fixture("demo")] {
        let incidents = desk.run(&["scan", "--incidents", log, "--format", "ndjson"]).json();
        assert_eq!(BTreeSet::from_iter(texts(&incidents[0]["alerts"])), BTreeSet::from(ATTACK), "{log}");
        assert_eq!(incidents.len(), 8, "{log}");
        let nightly = incidents.iter().find(|i| i["actors"][0] == "etl-nightly/airflow-rds-export").unwrap();
        assert_eq!((texts(&nightly["actors"]).len(), texts(&nightly["alerts"]).len()), (1, 3));
        assert!(nightly["priority"].as_u64().unwrap() < 47);
    }
}

#[test]
fn all_that_the_attacker_set_off_is_one_incident_under_several_rules() {
    let desk = Desk::new();
    let rule = |name: &str, query: &str| {
        desk.file(
            &format!("rules/{name}.toml"),
            format!(
                "[rule]\nname = '{name}'\nrule_id = '{name}'\ntype = 'query'\nseverity = 'low'\nrisk_score = 21\n\
                 query = '''{query}'''\n"
            ),
        )
    };
    rule("roles", "event.action: AssumeRole and event.outcome: success");
    rule("exports", "event.action: StartExportTask");
    rule("permissions", "event.action: (CreateRole or PutRolePolicy)");
    let rules = desk.path("rules").to_str().unwrap().to_owned();
    let log = fixture("demo");
    let incidents = desk.run(&["scan", "--incidents", &log, "--rules", &rules, "--format", "ndjson"]).json();
    let own = desk.run(&["query", ATTACKERS, &log, "--format", "ndjson", "--fields", "event.id"]).json();
    let own: BTreeSet<&str> = own.iter().map(|event| event["event.id"].as_str().unwrap()).collect();
    let first = BTreeSet::from_iter(texts(&incidents[0]["alerts"]));
    assert!(first.len() > 6 && first.is_subset(&own), "{incidents:#?}");
    let others: BTreeSet<&str> = incidents[1..].iter().flat_map(|i| texts(&i["alerts"])).collect();
    assert!(others.is_disjoint(&own), "{others:?}");
    let words: Vec<&str> =
        incidents[0]["ties"].as_array().unwrap().iter().map(|t| t["words"].as_str().unwrap()).collect();
    assert!(words.contains(&"same access key ASIA2GYOOJQUCEXAMPLE"), "{words:?}");
}

#[test]
fn incidents_in_each_format() {
    let desk = Desk::new();
    let scan = |format: &str| desk.run(&["scan", "--incidents", &fixture("demo"), "--format", format]);
    let table = scan("table");
    assert_eq!(
        (table.code, table.err.as_str()),
        (0, "8 incidents\n12 alerts in 169 files, 17 events of which could match, rules: 1\n")
    );
    assert!(table.out.lines().all(|line| line.chars().count() <= 160));
    insta::assert_snapshot!("incidents_table", table.out);
    insta::assert_snapshot!("incidents_csv", scan("csv").quiet());
    insta::assert_snapshot!("incidents_markdown", scan("markdown").quiet());
    let lines = scan("ndjson");
    insta::assert_snapshot!("incidents_ndjson", serde_json::to_string_pretty(&lines.json()[0]).unwrap());
    let members = lines.out.lines().next().unwrap();
    let names = ["id", "title", "priority", "first", "last", "alerts", "severities", "actors", "addresses", "targets"];
    let places: Vec<usize> =
        names.iter().chain(&["tactics", "ties"]).map(|n| members.find(&format!("\"{n}\":")).unwrap()).collect();
    assert!(places.is_sorted(), "{members}");
    assert_eq!(lines.json()[0].as_object().unwrap().len(), 12);
}

#[test]
fn incidents_come_by_importance_then_the_newest_first_whatever_the_number_of_threads() {
    let desk = Desk::new();
    let run = |threads: &str| {
        desk.run(&["scan", "--incidents", &fixture("demo"), "--threads", threads, "--format", "ndjson"])
    };
    let one = run("1");
    for threads in ["2", "4"] {
        assert_eq!(run(threads).out, one.out);
    }
    let order: Vec<(i64, String)> =
        one.json().iter().map(|i| (i["priority"].as_i64().unwrap(), i["last"].as_str().unwrap().to_owned())).collect();
    assert!(order.is_sorted_by(|a, b| a >= b), "{order:?}");
}

#[test]
fn exit_status_and_what_cannot_be_read_again() {
    let desk = Desk::new();
    let scan = |args: &[&str]| desk.run(&[&["scan", "--incidents", "--fail-on-alert"], args].concat());
    assert_eq!(scan(&[&fixture("demo")]).code, 3);
    let none = scan(&[&fixture("demo"), "--since", "2027-01-01"]);
    assert_eq!((none.code, none.out.lines().count()), (0, 1), "{}", none.out);
    let ran = desk.feed(&["scan", "--incidents", "-"], export("a", 1).as_bytes());
    assert_eq!((ran.code, ran.out.lines().count()), (0, 2));
    assert!(ran.err.starts_with("watchfloor: warning: standard input cannot be read again: "), "{}", ran.err);
}

#[test]
fn alerts_say_which_incident_they_belong_to() {
    let desk = Desk::new();
    let log = fixture("demo");
    let alerts = desk.run(&["scan", &log, "--format", "ndjson"]).json();
    let of = |event: &str| alerts.iter().find(|alert| alert["event"]["id"] == event).unwrap();
    let incident = &of(ATTACK[0])["watchfloor.incident.id"];
    assert!(ATTACK.iter().all(|event| of(event)["watchfloor.incident.id"] == *incident));
    assert_eq!(alerts.iter().filter(|alert| alert["watchfloor.incident.id"] == *incident).count(), 3);
    assert!(texts(&of(ATTACK[0])["watchfloor.findings"]).contains(&"key_of_another_account"));
    let nightly = of("c2d71ead-43a6-43ac-b123-3386865b51f3");
    assert_eq!(texts(&nightly["watchfloor.findings"]), ["machine", "routine"]);
    assert_eq!(nightly["watchfloor.priority"], 0);
    // What a scan has printed may be scanned: it says what it finds itself, once.
    let printed = desk.run(&["scan", &log, "--format", "ndjson"]).out;
    let again = desk.feed(&["scan", "-", "--format", "ndjson"], printed.as_bytes());
    assert_eq!(again.out.lines().count(), 12);
    assert!(again.out.lines().all(|line| line.matches("\"watchfloor.priority\"").count() == 1));
}
