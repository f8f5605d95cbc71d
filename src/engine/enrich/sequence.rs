//! What the events of a sequence say together: an alert of one is as much about its first event as about its last.

use chrono::{DateTime, Utc};

use crate::detect::Aggregate;
use crate::investigate::{self, Evidence, Facts, Finding, Surroundings, Weight};
use crate::rule::Rule;

/// What an alert says beyond its own event. The Overview lists the events of a sequence; only that there were more
/// sequences is not told there.
pub(super) fn beyond(aggregate: &Aggregate) -> Vec<Finding> {
    if !aggregate.sequence.is_empty() && aggregate.suppressed == 0 {
        return Vec::new();
    }
    let terms = aggregate.new_terms.iter().chain(&aggregate.group);
    let fields: Vec<String> = terms.map(|term| term.field.clone()).collect();
    let found = |text: String| Finding::aside("several_events", Weight::Notable, text, fields.clone());
    aggregate.sentences().into_iter().map(found).collect()
}

/// The evidence for each step from the event that is shown and then from the `earlier` ones, each line and command once.
/// `around` was looked up for the first; of the others nothing is claimed that nobody looked for.
pub(super) fn evidence(
    rule: &Rule,
    shown: &Facts,
    earlier: &[Facts],
    around: &Surroundings,
    now: DateTime<Utc>,
) -> Vec<Evidence> {
    let bare = Surroundings { log_begins: around.log_begins, ..Surroundings::default() };
    let mut merged = investigate::evidence(rule, shown, around, now);
    for more in earlier.iter().flat_map(|facts| investigate::evidence(rule, facts, &bare, now)) {
        let Some(known) = merged.iter_mut().find(|known| known.step == more.step) else {
            merged.push(more);
            continue;
        };
        for line in more.lines {
            if !known.lines.iter().any(|one| one.text == line.text) {
                known.lines.push(line);
            }
        }
        for command in more.commands {
            if !known.commands.contains(&command) {
                known.commands.push(command);
            }
        }
    }
    let order: Vec<_> = rule.checklist.steps().map(|step| &step.id).collect();
    merged.sort_by_key(|evidence| order.iter().position(|id| **id == evidence.step));
    merged
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::event::Event;
    use crate::rule::bundled;

    fn facts(id: &str, user: &str, address: &str) -> Facts {
        let record = json!({"eventVersion": "1.08", "eventID": id, "eventTime": "2026-11-24T10:00:00Z",
            "eventSource": "iam.amazonaws.com", "eventName": "CreateAccessKey", "awsRegion": "us-east-1",
            "sourceIPAddress": address, "recipientAccountId": "111122223333",
            "userIdentity": {"type": "IAMUser", "userName": user, "accountId": "111122223333",
                "arn": format!("arn:aws:iam::111122223333:user/{user}")}});
        Facts::of(&Event::parse(record.to_string().as_bytes()).unwrap())
    }

    #[test]
    fn each_event_is_evidence_and_what_they_share_is_said_once() {
        let (rule, now) = (&bundled()[0], "2026-11-24T11:00:00Z".parse().unwrap());
        let around = Surroundings { owner: vec!["payments team".to_owned()], ..Surroundings::default() };
        let shown = facts("e2", "alice", "192.0.2.1");
        let alone = investigate::evidence(rule, &shown, &around, now);
        assert_eq!(evidence(rule, &shown, &[], &around, now), alone);
        assert_eq!(evidence(rule, &shown, std::slice::from_ref(&shown), &around, now), alone, "nothing is said twice");
        let both = evidence(rule, &shown, &[facts("e1", "bob", "198.51.100.7")], &around, now);
        let lines: Vec<&str> = both.iter().flat_map(|one| &one.lines).map(|line| line.text.as_str()).collect();
        for said in ["user/alice", "user/bob", "from 192.0.2.1", "from 198.51.100.7", "event e2", "event e1"] {
            assert!(lines.iter().any(|line| line.contains(said)), "{said}: {lines:#?}");
        }
        let commands: Vec<&str> = both.iter().flat_map(|one| &one.commands).map(|one| one.line.as_str()).collect();
        assert!(["alice", "bob"].iter().all(|who| commands.iter().any(|line| line.contains(who))), "{commands:#?}");
        for one in &both {
            assert!(one.lines.iter().filter(|line| line.text == "account 111122223333").count() <= 1, "{one:#?}");
        }
    }

    #[test]
    fn what_the_overview_lists_is_no_finding() {
        let mut aggregate: Aggregate = serde_json::from_value(json!({"reason": "sequence", "count": 1,
            "first": "2026-11-24T10:00:00Z", "last": "2026-11-24T10:00:00Z",
            "sequence": [{"id": "e1", "mark": "", "time": "2026-11-24T10:00:00Z", "action": "CreateAccessKey",
                "raw": "{}", "path": "a", "offset": 0}]}))
        .unwrap();
        assert_eq!(beyond(&aggregate), []);
        aggregate.suppressed = 1;
        assert!(beyond(&aggregate)[0].text.starts_with("2 sequences of 1 events"), "{:?}", beyond(&aggregate));
        aggregate.sequence.clear();
        aggregate.suppressed = 0;
        assert_eq!(beyond(&aggregate).len(), 1, "nothing else tells of the events");
    }
}
