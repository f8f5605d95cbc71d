use std::path::Path;

use crate::detect::{Correlator, Evaluation, Exceptions, RuleSet};
use crate::event::Event;
use crate::rule::{RuleFormat, load_str};
use crate::trail::Origin;

fn set(line: &str) -> RuleSet {
    let load = load_str(line, RuleFormat::Ndjson, "r.ndjson");
    let (set, left) = RuleSet::new(load.rules.clone(), Exceptions::default());
    assert_eq!((load.rules.len(), left), (1, Vec::new()), "{:?}", load.outcomes);
    set
}

/// A rule with this query, and more fields of it.
fn rule(query: &str, more: &str) -> RuleSet {
    let query = serde_json::to_string(query).unwrap();
    set(&format!(
        r#"{{"name":"n","rule_id":"r","type":"eql","severity":"low","risk_score":21,"interval":"10m","query":{query}{more}}}"#
    ))
}

/// The events of each alert that these documents come to.
fn alerts(set: &RuleSet, documents: &[&str]) -> Vec<Vec<String>> {
    let (mut evaluation, mut correlator) = (Evaluation::default(), Correlator::new(set));
    for document in documents {
        let event = Event::parse(document.as_bytes()).unwrap();
        set.evaluate(&event, &Origin::from_columns(Path::new("f"), 0, None), &mut evaluation);
    }
    let mut found: Vec<Vec<String>> = evaluation.alerts.into_iter().map(|alert| vec![alert.event_id]).collect();
    for hit in evaluation.hits {
        correlator.absorb(hit);
    }
    for raised in correlator.into_alerts() {
        found.push(set.alert(&raised, &raised.body, &raised.sequence).unwrap().aggregate.unwrap().events);
    }
    found.sort();
    found
}

fn document(id: &str, second: u32, more: &str) -> String {
    format!(r#"{{"@timestamp":"2026-11-23T10:00:{second:02}Z","event.id":"{id}","event.action":"X"{more}}}"#)
}

#[test]
fn an_eql_rule_of_single_events_is_as_any_other() {
    let set = rule("iam where startsWith~(event.action, \"x\")", "");
    let [found, other] = [r#","event.category":"iam""#, ""].map(|more| document("a", 0, more));
    assert_eq!(alerts(&set, &[&found, &other]), [["a"]]);
    assert!(!set.remembers());
    let of_type = rule("info where true", r#","event_category_override":"event.type""#);
    assert_eq!(alerts(&of_type, &[&document("b", 0, r#","event.type":["info","x"]"#), &found]), [["b"]]);
    let suppressed = rule("any where true", r#","alert_suppression":{"group_by":["user.name"]}"#);
    assert_eq!(alerts(&suppressed, &[&found, &document("c", 1, "")]), [["a", "c"]]);
}

const SEQUENCE: &str =
    "sequence by user.name with maxspan=30s [any where event.action == \"X\"] [any where event.action == \"X\"]";

#[test]
fn filters_and_exceptions_hold_for_every_event_of_a_sequence() {
    let [a, b, c] = [("a", 0), ("b", 5), ("c", 9)].map(|(id, second)| {
        let region = if id == "b" { "away" } else { "home" };
        document(id, second, &format!(r#","user.name":"u","cloud.region":"{region}""#))
    });
    let all = [a.as_str(), b.as_str(), c.as_str()];
    assert_eq!(alerts(&rule(SEQUENCE, ""), &all), [["a", "b"], ["b", "c"]]);
    let home = r#","filters":[{"query":{"match_phrase":{"cloud.region":"home"}}}]"#;
    assert_eq!(alerts(&rule(SEQUENCE, home), &all), [["a", "c"]]);
    let line = serde_json::to_string(SEQUENCE).unwrap();
    let excepted = format!(
        r#"{{"name":"n","rule_id":"r","type":"eql","severity":"low","risk_score":21,"query":{line},"exceptions_list":[{{"id":"1","list_id":"l","type":"rule_default","namespace_type":"single"}}]}}
{{"list_id":"l","type":"rule_default","name":"list","namespace_type":"single","description":""}}
{{"list_id":"l","item_id":"i","type":"simple","name":"item","namespace_type":"single","entries":[{{"field":"cloud.region","operator":"included","type":"match","value":"away"}}]}}"#
    );
    assert_eq!(alerts(&set(&excepted), &all), [["a", "c"]]);
}

#[test]
fn events_of_the_same_second_are_ordered_by_the_tiebreaker() {
    let asked = "sequence [any where user.name == \"first\"] [any where user.name == \"then\"]";
    let [first, then] = [("b", "first", 9), ("a", "then", 10)]
        .map(|(id, user, number)| document(id, 0, &format!(r#","user.name":"{user}","aws.cloudtrail.n":{number}"#)));
    let documents = [first.as_str(), then.as_str()];
    assert_eq!(alerts(&rule(asked, ""), &documents), Vec::<Vec<String>>::new(), "by their ids");
    let tie = r#","tiebreaker_field":"aws.cloudtrail.n""#;
    assert_eq!(alerts(&rule(asked, tie), &documents), [["b", "a"]]);
}

#[test]
fn a_sequence_without_a_span_lies_within_the_look_back() {
    let asked = "sequence [any where user.name == \"a\"] [any where user.name == \"b\"]";
    let [a, b] = [("a", 0), ("b", 50)].map(|(id, second)| document(id, second, &format!(r#","user.name":"{id}""#)));
    for (from, found) in [("now-50s", 1), ("now-49s", 0)] {
        let set = rule(asked, &format!(r#","from":"{from}""#));
        assert_eq!(alerts(&set, &[&a, &b]).len(), found, "{from}");
        assert_eq!(set.look_back().num_seconds(), 49 + found as i64);
    }
}

#[test]
fn a_sequence_asks_for_what_its_items_find() {
    let set = rule("sequence by user.id [any where event.action == \"X\"] [any where source.ip == \"192.0.2.1\"]", "");
    assert_eq!(set.questions().unwrap().len(), 1);
    assert!(set.remembers());
}

#[test]
fn now_is_the_end_of_the_run_that_sees_the_event() {
    let set = rule("any where event.created >= \"now-1h\"", "");
    let made = |id: &str, created: &str| {
        format!(
            r#"{{"@timestamp":"2026-11-23T10:00:00Z","event.id":"{id}","event.action":"X","event.created":"{created}"}}"#
        )
    };
    let (young, old) = (made("young", "2026-11-23T09:10:00Z"), made("old", "2026-11-23T09:09:59Z"));
    assert_eq!(alerts(&set, &[&young, &old]), [["young"]]);
    assert_eq!(set.questions(), None);
}
