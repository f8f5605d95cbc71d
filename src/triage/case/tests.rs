use proptest::prelude::*;

use super::*;
use crate::detect::AlertId;
use crate::rule::{ChecklistStep, Section, SectionKind};
use crate::triage::Reason;

fn decision(seq: i64, analyst: &str, action: Action) -> Decision {
    Decision {
        seq,
        alert: AlertId::of("rule", "event"),
        at: DateTime::from_timestamp(1_800_000_000 + seq, 0).unwrap(),
        analyst: analyst.into(),
        action,
    }
}

fn step(id: &str) -> StepId {
    StepId(id.into())
}

fn tick(seq: i64, analyst: &str, id: &str, state: StepState) -> Decision {
    decision(seq, analyst, Action::Step { step: step(id), state })
}

fn status(seq: i64, analyst: &str, status: Status) -> Decision {
    decision(seq, analyst, Action::SetStatus { status })
}

fn note(seq: i64, analyst: &str, text: &str) -> Decision {
    decision(seq, analyst, Action::Note { text: text.into(), step: None })
}

fn undo(seq: i64, analyst: &str, target: i64) -> Decision {
    decision(seq, analyst, Action::Undo { seq: target })
}

#[test]
fn an_undo_brings_back_what_stood_before_with_who_and_when() {
    let case = Case::fold(&[
        tick(1, "mk", "a", StepState::Done),
        tick(2, "jo", "a", StepState::NotApplicable),
        status(3, "mk", Status::Acknowledged),
        status(4, "jo", Status::Closed(Reason::Other)),
        undo(5, "jo", 2),
        undo(6, "jo", 4),
    ]);
    let mark = &case.steps[&step("a")];
    assert_eq!((mark.state, mark.by.as_str(), mark.seq), (StepState::Done, "mk", 1));
    assert_eq!(case.status, Status::Acknowledged);
    assert_eq!(case.status_by.as_ref().unwrap().0, "mk");
    assert_eq!(case.undone, BTreeMap::from([(2, 5), (4, 6)]));
    assert_eq!((case.version, case.history.len()), (6, 6));
}

#[test]
fn undoing_the_first_touch_leaves_the_step_untouched_and_the_alert_open() {
    let case = Case::fold(&[
        tick(1, "mk", "a", StepState::Done),
        status(2, "mk", Status::Acknowledged),
        note(3, "mk", "hello"),
        undo(4, "mk", 3),
        undo(5, "mk", 2),
        undo(6, "mk", 1),
    ]);
    assert!(case.steps.is_empty() && case.notes.is_empty() && case.status_by.is_none());
    assert_eq!(case.status, Status::Open);
}

#[test]
fn an_undo_cannot_be_undone_nor_a_copy_nor_anything_twice() {
    let copied = decision(4, "mk", Action::Copied { what: "aws rds".into() });
    let case = Case::fold(&[
        tick(1, "mk", "a", StepState::Done),
        undo(2, "mk", 1),
        undo(3, "mk", 2),
        copied,
        undo(5, "mk", 4),
        undo(6, "jo", 1),
        undo(7, "jo", 99),
        undo(8, "jo", 8),
    ]);
    assert_eq!(case.undone, BTreeMap::from([(1, 2)]));
    assert!(case.steps.is_empty());
    assert_eq!(case.history.len(), 8);
}

#[test]
fn reopening_keeps_ticks_and_notes_and_forgets_the_reason() {
    let case = Case::fold(&[
        tick(1, "mk", "a", StepState::Done),
        note(2, "mk", "seen"),
        status(3, "mk", Status::Closed(Reason::FalsePositive)),
        status(4, "jo", Status::Open),
    ]);
    assert_eq!(case.status, Status::Open);
    assert_eq!(case.step(&step("a")), StepState::Done);
    assert_eq!(case.notes.len(), 1);
}

#[test]
fn the_undoable_decision_is_the_latest_own_one_that_still_counts() {
    let mut case = Case::fold(&[
        tick(1, "mk", "a", StepState::Done),
        tick(2, "jo", "b", StepState::Done),
        note(3, "mk", "n"),
        decision(4, "mk", Action::Copied { what: "x".into() }),
    ]);
    assert_eq!(case.undoable("mk").unwrap().seq, 3);
    assert_eq!(case.undoable("jo").unwrap().seq, 2);
    assert_eq!(case.undoable("nobody"), None);
    case.apply(&undo(5, "mk", 3));
    assert_eq!(case.undoable("mk").unwrap().seq, 1);
    case.apply(&undo(6, "mk", 1));
    assert_eq!(case.undoable("mk"), None);
}

#[test]
fn progress_counts_the_steps_of_the_guide_at_hand_alone() {
    let steps = |ids: &[&str]| {
        ids.iter()
            .enumerate()
            .map(|(i, id)| ChecklistStep {
                id: step(id),
                number: i + 1,
                text: String::new(),
                details: vec![],
                group: None,
                intro: String::new(),
            })
            .collect()
    };
    let section = |kind, ids: &[&str]| Section {
        kind,
        title: String::new(),
        intro: String::new(),
        outro: String::new(),
        steps: steps(ids),
    };
    let checklist = Checklist {
        intro: String::new(),
        plain: false,
        sections: vec![
            section(SectionKind::Investigation, &["a", "b", "c"]),
            section(SectionKind::Information, &["i"]),
            section(SectionKind::Response, &["d"]),
        ],
    };
    let case = Case::fold(&[
        tick(1, "mk", "a", StepState::Done),
        tick(2, "mk", "b", StepState::NotApplicable),
        tick(3, "mk", "c", StepState::Done),
        tick(4, "mk", "c", StepState::Todo),
        tick(5, "mk", "gone", StepState::Done),
        tick(6, "mk", "i", StepState::Done),
    ]);
    assert_eq!(case.progress(&checklist), (2, 4));
    assert_eq!(case.step(&step("gone")), StepState::Done, "a step of an older guide is kept");
}

fn any_action(seq: i64) -> impl Strategy<Value = Action> {
    let state = prop_oneof![Just(StepState::Todo), Just(StepState::Done), Just(StepState::NotApplicable)];
    let status = prop_oneof![
        Just(Status::Open),
        Just(Status::Acknowledged),
        (0..Reason::ALL.len()).prop_map(|i| Status::Closed(Reason::ALL[i])),
    ];
    prop_oneof![
        ("[abc]", state).prop_map(|(id, state)| Action::Step { step: StepId(id), state }),
        status.prop_map(|status| Action::SetStatus { status }),
        ("[a-z]{0,3}", proptest::option::of("[abc]"))
            .prop_map(|(text, step)| Action::Note { text, step: step.map(StepId) }),
        Just(Action::Copied { what: "x".into() }),
        (1..=seq + 1).prop_map(|seq| Action::Undo { seq }),
    ]
}

fn any_history() -> impl Strategy<Value = Vec<Decision>> {
    (0..24i64).prop_flat_map(|n| {
        (1..=n)
            .map(|seq| {
                (prop_oneof![Just("mk"), Just("jo")], any_action(seq))
                    .prop_map(move |(who, what)| decision(seq, who, what))
            })
            .collect::<Vec<_>>()
    })
}

/// The same meaning, said another way: leave out what is undone, then set what is left one after the other.
fn by_elimination(history: &[Decision]) -> (Status, BTreeMap<StepId, i64>, Vec<i64>) {
    let mut undone = std::collections::BTreeSet::new();
    for d in history {
        if let Action::Undo { seq } = d.action
            && seq < d.seq
            && history.iter().any(|t| t.seq == seq && t.action.can_be_undone())
        {
            undone.insert(seq);
        }
    }
    let (mut status, mut steps, mut notes) = (Status::Open, BTreeMap::new(), vec![]);
    for d in history.iter().filter(|d| !undone.contains(&d.seq)) {
        match &d.action {
            Action::Step { step, .. } => drop(steps.insert(step.clone(), d.seq)),
            Action::SetStatus { status: s } => status = *s,
            Action::Note { .. } => notes.push(d.seq),
            Action::Copied { .. } | Action::Undo { .. } => {}
        }
    }
    (status, steps, notes)
}

proptest! {
    #[test]
    fn folding_is_applying_one_by_one_in_any_order(
        (history, shuffled) in any_history().prop_flat_map(|h| (Just(h.clone()), Just(h).prop_shuffle()))
    ) {
        let folded = Case::fold(&history);
        let mut applied = Case::default();
        for decision in shuffled.iter().chain(&history) {
            applied.apply(decision);
        }
        prop_assert_eq!(&applied, &folded);

        let (status, steps, notes) = by_elimination(&history);
        prop_assert_eq!(folded.status, status);
        prop_assert_eq!(folded.steps.iter().map(|(id, m)| (id.clone(), m.seq)).collect::<BTreeMap<_, _>>(), steps);
        prop_assert_eq!(folded.notes.iter().map(|n| n.seq).collect::<Vec<_>>(), notes);
    }

    #[test]
    fn an_undo_restores_the_state_before(
        history in any_history(),
        action in any_action(0).prop_filter("it can be undone", Action::can_be_undone),
    ) {
        let before = Case::fold(&history);
        let next = before.version + 1;
        let mut case = before.clone();
        case.apply(&decision(next, "mk", action));
        case.apply(&undo(next + 1, "mk", next));
        prop_assert_eq!(case.status, before.status);
        prop_assert_eq!(case.status_by, before.status_by);
        prop_assert_eq!(case.steps, before.steps);
        prop_assert_eq!(case.notes, before.notes);
    }
}
