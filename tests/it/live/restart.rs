//! What a restart keeps.

use watchfloor::engine::{Outcome, Update};
use watchfloor::rule::StepId;
use watchfloor::triage::{Action, StepState};

use super::{Place, alerts, decisions, delivery, export, ids, propose};

#[test]
fn nothing_is_read_twice_and_decisions_are_there() {
    let place = Place::new();
    let texts: Vec<String> = (0..7).map(|n| export(&format!("e{n}"), &format!("2026-11-23T0{n}:00:00Z"))).collect();
    place.deliver("a.json", delivery(&texts).as_bytes());
    place.fixture("shapes/lines.ndjson");
    let running = place.watch();
    let listed = running.alerts(8);
    let health = running.settled();
    let action = Action::Step { step: StepId("0123456789ab".into()), state: StepState::Done };
    let stored = running.decide(1, vec![propose(&listed[0].id, action, 0)]);
    let [Outcome::Stored(decision)] = &stored[..] else { panic!("{stored:?}") };
    drop(running);

    let again = place.watch();
    let recalled = again.settled();
    assert_eq!((recalled.events, recalled.files), (health.events, health.files));
    let told = again.told.0.lock().unwrap();
    assert_eq!(ids(&alerts(&told)), ids(&listed));
    assert_eq!(decisions(&told), std::slice::from_ref(decision));
    assert_eq!(told.iter().filter(|u| matches!(u, Update::Loaded)).count(), 1);
    let read: Vec<u64> =
        told.iter().filter_map(|u| if let Update::Health(h) = u { Some(h.events) } else { None }).collect();
    assert!(read.iter().all(|events| *events == health.events), "{read:?}");
    let rates =
        told.iter().filter_map(|u| if let Update::Health(h) = u { Some(h.rate.iter().sum::<u64>()) } else { None });
    assert_eq!(rates.max(), Some(0), "no event was evaluated again");
    drop(told);
}

fn cap(count: usize) {
    let place = Place::new();
    // One run of the rule, in several files, each with a duplicate.
    let texts: Vec<String> =
        (0..count).map(|n| export(&format!("e{n}"), &format!("2026-11-23T10:40:{:02}Z", n % 60))).collect();
    for (at, part) in texts.chunks(count.div_ceil(3)).enumerate() {
        place.deliver(&format!("{at}.json"), delivery(&[part, &part[..1]].concat()).as_bytes());
    }
    let running = place.watch();
    let listed = running.alerts(count);
    running.settled();
    let held = |listed: &[watchfloor::triage::AlertRow]| listed.iter().filter(|l| l.held).count();
    assert_eq!((listed.len(), held(&listed)), (count, count - 100));
    drop(running);

    let again = place.watch();
    let recalled = again.alerts(count);
    assert_eq!((ids(&recalled), held(&recalled)), (ids(&listed), count - 100));
    again.settled();
    place.deliver("more.json", export("one more", "2026-11-23T10:40:59Z").as_bytes());
    place.deliver("next.json", export("next run", "2026-11-23T12:40:00Z").as_bytes());
    let more = again.alerts(count + 2);
    let new: Vec<(&str, bool)> =
        more.iter().filter(|l| !l.event_id.starts_with('e')).map(|l| (l.event_id.as_str(), l.held)).collect();
    assert!(new.contains(&("one more", true)) && new.contains(&("next run", false)), "{new:?}");
}

#[test]
fn of_101_alerts_in_one_run_one_is_held() {
    cap(101);
}

#[test]
fn of_1000_alerts_in_one_run_900_are_held_and_none_is_lost() {
    cap(1000);
}
