//! Everything about one alert of the demo.

use watchfloor::detect::AlertId;
use watchfloor::engine::{Detail, Request, Update, Window};
use watchfloor::triage::Store;

use super::{Running, fixtures, health, watch};

fn demo() -> Running {
    let running = Running::start(|outlet| {
        watch(&fixtures().join("demo"), Window::default(), 2, Store::in_memory().unwrap(), outlet)
    });
    running.settled();
    running
}

fn details(running: &Running, id: &AlertId, count: usize) -> Vec<Detail> {
    running.wait("details", |told| {
        let of = |u: &Update| if let Update::Detail(d) = u { Some((**d).clone()) } else { None };
        let details: Vec<Detail> = told.iter().filter_map(of).filter(|d| d.alert == *id).collect();
        (details.len() >= count).then_some(details)
    })
}

#[test]
fn the_attack_is_told_step_by_step() {
    let running = demo();
    let expected = std::fs::read_to_string(fixtures().join("expected.tsv")).unwrap();
    let wanted = expected.lines().filter(|line| line.split('\t').nth(1) == Some("alert")).count();
    let listed = running.alerts(wanted);
    assert_eq!(listed.len(), wanted);
    let attack = listed.iter().find(|l| l.event_id.starts_with("c3e4e9ed")).unwrap();

    running.engine.ask(Request::Detail(attack.id.clone()));
    let told = details(&running, &attack.id, 3);
    let [first, lineage, whole] = &told[..] else { panic!("{}", told.len()) };
    assert!(first.lineage.is_none() && !first.overview.is_empty());
    let found = lineage.lineage.as_ref().expect("the lineage comes second");
    assert_eq!(found.up[0].signed.as_deref(), Some("AKIANQ2XEE5G4EXAMPLE"));
    let session = lineage.overview.iter().find(|row| row.label == "Session").unwrap();
    assert_eq!(
        session.value,
        "AKIANQ2XEE5G4EXAMPLE jsmith → support-readonly ASIA2GYOOJQUCEXAMPLE, opened 10:12:04 from 198.51.100.23"
    );

    let findings: Vec<&str> = whole.findings.iter().map(|f| f.text.as_str()).collect();
    let found = |words: &str| findings.iter().any(|f| f.to_lowercase().contains(words));
    for words in ["key belongs to another account", "without mfa", "no export went to this bucket", "3 failed exports"]
    {
        assert!(found(words), "{words}: {findings:#?}");
    }
    assert!(whole.findings.len() >= first.findings.len());
    assert!(!whole.evidence.is_empty());
    let address = whole.overview.iter().find(|row| row.label == "Source IP").unwrap();
    assert_eq!(address.value, "198.51.100.23 · first seen 29 minutes before");
    let lines: Vec<&str> = whole.evidence.iter().flat_map(|e| &e.lines).map(|line| line.text.as_str()).collect();
    let commands: Vec<&str> = whole.evidence.iter().flat_map(|e| &e.commands).map(|c| c.line.as_str()).collect();
    let key =
        "aws iam update-access-key --user-name 'jsmith' --access-key-id 'AKIANQ2XEE5G4EXAMPLE' --status 'Inactive'";
    assert!(commands.contains(&key), "{commands:#?}");
    let trace = &whole.assessment.trace;
    assert_eq!(trace.lineage, ["AKIANQ2XEE5G4EXAMPLE"]);
    assert_eq!(trace.opened_by.as_deref(), Some("arn:aws:iam::111122223333:user/jsmith"));
    for line in ["111122223333: the data team", "changes of permissions in the account in the 2 days of log before: 8"]
    {
        assert!(lines.contains(&line), "{line}: {lines:#?}");
    }
    let steps = watchfloor::rule::bundled()[0].checklist.len();
    assert_eq!(whole.evidence.len(), steps, "every step has something to show");
    let change = whole.evidence.iter().flat_map(|e| &e.lines).find(|line| line.text.contains("CreateRole")).unwrap();
    assert!(change.text.contains("iam CreateRole role/rds-s3-export-v2"), "{}", change.text);
    let at = change.record.clone().expect("the record behind it");
    running.engine.ask(Request::Record(at.clone()));
    running.until("the record", |told| {
        told.iter().any(|u| {
            matches!(u, Update::Record(read) if read.at == at
            && read.found.as_ref().is_some_and(|(raw, _)| raw["eventName"] == "CreateRole"))
        })
    });
    assert!(whole.record["eventID"].as_str().unwrap().starts_with("c3e4e9ed"));
    assert!(whole.location.contains("at byte "));
}

#[test]
fn an_alert_opened_again_is_told_at_once_and_the_last_question_is_answered() {
    let running = demo();
    let listed = running.alerts(10);
    for alert in &listed {
        running.engine.ask(Request::Detail(alert.id.clone()));
    }
    let last = &listed.last().unwrap().id;
    let told = running.wait("the whole", |told| {
        let found = told.iter().rev().find_map(|u| if let Update::Detail(d) = u { Some((**d).clone()) } else { None });
        found.filter(|d| d.alert == *last)
    });
    assert!(!told.evidence.is_empty());
    let before = details(&running, last, 3);
    running.engine.ask(Request::Detail(last.clone()));
    assert_eq!(details(&running, last, before.len() + 1).last(), before.last());
}

#[test]
fn a_filter_on_the_whole_event_is_answered_while_details_are_looked_for() {
    let running = demo();
    let listed = running.alerts(10);
    let attack = listed.iter().find(|l| l.event_id.starts_with("c3e4e9ed")).unwrap();
    let query = format!("event.id: \"{}\"", attack.event_id);
    running.engine.ask(Request::Detail(attack.id.clone()));
    running.engine.ask(Request::Match { queries: vec![query.clone()], alerts: None });
    let found = running.wait("an answer", |told| {
        told.iter().find_map(|u| match u {
            Update::Matched { query: of, found, whole: true } if *of == query => Some(found.clone()),
            _ => None,
        })
    });
    assert!(found.len() >= listed.len(), "{found:?}");
    assert!(found.iter().all(|(id, matches)| *matches == (*id == attack.id)), "{found:?}");
    let two = listed[..2].iter().map(|l| l.id.clone()).collect();
    running.engine.ask(Request::Match { queries: vec!["event.id:*".to_owned()], alerts: Some(two) });
    running.until("the two", |told| {
        told.iter().any(|u| matches!(u, Update::Matched { found, whole: false, .. } if found.len() == 2))
    });
    running.until("the whole, in spite of the filter", |told| {
        told.iter().any(|u| {
            matches!(u, Update::Detail(d) if d.alert == attack.id
            && d.findings.iter().any(|f| f.text.to_lowercase().contains("failed exports")))
        })
    });
    let unknown = AlertId::of("no rule", "no event");
    running.engine.ask(Request::Detail(unknown));
    running.until("a word", |told| {
        told.iter().any(|u| matches!(u, Update::Notice(n) if n.contains("is not in the state")))
    });
    assert!(health(&running.told.0.lock().unwrap()).is_some());
}
