//! Who wins when several decide, and what cannot be decided.

use super::*;

#[test]
fn a_change_made_behind_ones_back_is_a_conflict_and_nothing_is_written() {
    let (_folder, path) = place();
    let mut mk = with_alerts(&path, 3);
    let mut jo = Store::open(&path, Access::ReadWrite).unwrap();
    let first = stored(&mk.decide(&[tick(1, "mk", "a", 0)]).unwrap()).remove(0);

    let same = tick(1, "jo", "a", 0);
    let other_step = tick(1, "jo", "b", 0);
    let other_alert = tick(2, "jo", "a", 0);
    let note = propose(1, "jo", Action::Note { text: "n".into(), step: None }, 0);
    let status = propose(1, "jo", Action::SetStatus { status: Status::Acknowledged }, 0);
    let decided = jo.decide(&[same.clone(), other_step, other_alert, note, status]).unwrap();
    assert_eq!(decided[0], Decided::Conflict(first.clone()));
    assert_eq!(stored(&decided[1..]).iter().map(|d| d.seq).collect::<Vec<_>>(), [2, 3, 4, 5]);

    let close = Action::SetStatus { status: Status::Closed(Reason::Other) };
    let decided = mk.decide(&[propose(1, "mk", close.clone(), 1), propose(1, "mk", close, 5)]).unwrap();
    assert!(matches!(&decided[0], Decided::Conflict(d) if d.seq == 5 && d.analyst == "jo"), "{decided:?}");
    assert!(matches!(&decided[1], Decided::Stored(d) if d.seq == 6), "{decided:?}");

    let informed = Proposal { seen: first.seq, ..same };
    assert!(matches!(jo.decide(&[informed]).unwrap()[..], [Decided::Stored(_)]));
    assert_eq!(mk.decisions_since(0).unwrap().len(), 7);
}

#[test]
fn keys_pressed_faster_than_the_disk_answers_are_no_conflict() {
    let (_folder, path) = place();
    let mut store = with_alerts(&path, 1);
    let untick = Action::Step { step: crate::rule::StepId("a".into()), state: crate::triage::StepState::Todo };
    let batch = [tick(0, "mk", "a", 0), propose(0, "mk", untick, 0)];
    stored(&store.decide(&batch).unwrap());
    stored(&store.decide(&[tick(0, "mk", "a", 0)]).unwrap());
    let mut elsewhere = Store::open(&path, Access::ReadWrite).unwrap();
    let decided = elsewhere.decide(&[tick(0, "mk", "a", 0)]).unwrap();
    assert!(matches!(&decided[0], Decided::Conflict(d) if d.seq == 3), "another console of one's own: {decided:?}");
}

#[test]
fn a_change_that_was_taken_back_again_is_no_conflict() {
    let (_folder, path) = place();
    let mut mk = with_alerts(&path, 1);
    let mut jo = Store::open(&path, Access::ReadWrite).unwrap();
    stored(&mk.decide(&[tick(0, "mk", "a", 0), propose(0, "mk", Action::Undo { seq: 1 }, 1)]).unwrap());
    stored(&jo.decide(&[tick(0, "jo", "a", 0)]).unwrap());
}

#[test]
fn an_undo_conflicts_with_an_undo_and_with_what_came_after_unseen() {
    let (_folder, path) = place();
    let mut mk = with_alerts(&path, 1);
    let mut jo = Store::open(&path, Access::ReadWrite).unwrap();
    let undo = |analyst, seq, seen| propose(0, analyst, Action::Undo { seq }, seen);
    stored(&mk.decide(&[tick(0, "mk", "a", 0)]).unwrap());
    let taken = stored(&jo.decide(&[undo("jo", 1, 1)]).unwrap()).remove(0);
    assert_eq!(mk.decide(&[undo("mk", 1, 1)]).unwrap(), [Decided::Conflict(taken.clone())]);
    assert_eq!(mk.decide(&[undo("mk", 1, 2)]).unwrap(), [Decided::Conflict(taken)]);
    assert!(matches!(mk.decide(&[undo("mk", 2, 2)]).unwrap()[..], [Decided::Refused(_)]));
    assert!(matches!(mk.decide(&[undo("mk", 77, 2)]).unwrap()[..], [Decided::Refused(_)]));

    stored(&mk.decide(&[tick(0, "mk", "b", 2)]).unwrap());
    stored(&jo.decide(&[tick(0, "jo", "b", 3)]).unwrap());
    assert!(matches!(&mk.decide(&[undo("mk", 3, 3)]).unwrap()[..], [Decided::Conflict(d)] if d.seq == 4));
    let case = Case::fold(&mk.decisions_of(&alert(0).id).unwrap());
    assert_eq!(case.version, 4);
}

#[test]
fn what_cannot_be_decided_is_answered_and_the_rest_of_the_batch_stored() {
    let mut store = Store::in_memory().unwrap();
    store.record(Batch { alerts: &[found(1)], ..Batch::default() }).unwrap();
    let long = "x".repeat(MAX_TEXT);
    let decided = store
        .decide(&[
            tick(99, "mk", "a", 0),
            propose(1, "mk", Action::Note { text: long, step: None }, 0),
            tick(1, "mk", "a", 0),
        ])
        .unwrap();
    assert!(
        matches!(&decided[..], [Decided::Unknown, Decided::Refused(why), Decided::Stored(d)] if why.contains("65536") && d.seq == 1),
        "{decided:?}"
    );
    assert_eq!(store.decide(&[tick(99, "mk", "a", 0)]).unwrap(), [Decided::Unknown]);
}

#[test]
fn two_analysts_at_once_a_hundred_times_one_is_stored_and_the_other_told() {
    let (_folder, path) = place();
    drop(with_alerts(&path, 1));
    let barrier = Barrier::new(2);
    let decide_all = |analyst: &str| {
        let mut store = Store::open(&path, Access::ReadWrite).unwrap();
        let mut made = vec![];
        for round in 0..100 {
            barrier.wait();
            let seen = 0;
            made.push(store.decide(&[tick(0, analyst, &format!("step-{round}"), seen)]).unwrap().remove(0));
        }
        made
    };
    let (one, two) = std::thread::scope(|scope| {
        let other = scope.spawn(|| decide_all("jo"));
        (decide_all("mk"), other.join().unwrap())
    });
    for pair in one.into_iter().zip(two) {
        match pair {
            (Decided::Stored(kept), Decided::Conflict(told)) | (Decided::Conflict(told), Decided::Stored(kept)) => {
                assert_eq!(kept, told);
            }
            other => panic!("{other:?}"),
        }
    }
    let store = Store::open(&path, Access::ReadOnly).unwrap();
    assert_eq!(store.verify(None).unwrap().rows, 100);
}

#[test]
fn the_written_form_of_actions_is_frozen() {
    let id = || crate::rule::StepId("0123456789ab".into());
    let actions = [
        (
            Action::Step { step: id(), state: crate::triage::StepState::NotApplicable },
            r#"{"do":"step","step":"0123456789ab","state":"not_applicable"}"#,
        ),
        (Action::SetStatus { status: Status::Open }, r#"{"do":"set_status","status":"open"}"#),
        (
            Action::SetStatus { status: Status::Closed(Reason::BenignPositive) },
            r#"{"do":"set_status","status":"closed","reason":"benign_positive"}"#,
        ),
        (Action::Note { text: "a".into(), step: None }, r#"{"do":"note","text":"a"}"#),
        (Action::Note { text: "a".into(), step: Some(id()) }, r#"{"do":"note","text":"a","step":"0123456789ab"}"#),
        (Action::Copied { what: "x".into() }, r#"{"do":"copied","what":"x"}"#),
        (Action::Undo { seq: 4 }, r#"{"do":"undo","seq":4}"#),
    ];
    for (action, text) in actions {
        assert_eq!(serde_json::to_string(&action).unwrap(), text);
        assert_eq!(serde_json::from_str::<Action>(text).unwrap(), action);
    }
}
