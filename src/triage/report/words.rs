//! What happened, in words.

use chrono::{DateTime, SecondsFormat, Utc};

use crate::investigate::Weight;
use crate::rule::{Checklist, StepId};
use crate::triage::{Action, Case, Decision, Status, StepState};

/// `time` as reports write it: `2026-11-24 10:42:07Z`.
#[must_use]
pub fn when(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true).replacen('T', " ", 1)
}

/// What a decision did, in words, without who and when: `ticked step 3`, `closed it: false positive`. Holds text of
/// analysts as they wrote it.
#[must_use]
pub fn described(decision: &Decision, case: &Case, checklist: &Checklist) -> String {
    let step = |id: &StepId| {
        checklist.step(id).map_or_else(|| format!("step {id} of another guide"), |s| format!("step {}", s.number))
    };
    match &decision.action {
        Action::Step { step: id, state: StepState::Done } => format!("ticked {}", step(id)),
        Action::Step { step: id, state: StepState::Todo } => format!("unticked {}", step(id)),
        Action::Step { step: id, state: StepState::NotApplicable } => format!("set {} aside: does not apply", step(id)),
        Action::SetStatus { status: Status::Open } => "set it to open".into(),
        Action::SetStatus { status: Status::Acknowledged } => "acknowledged it".into(),
        Action::SetStatus { status: Status::Closed(reason) } => format!("closed it: {reason}"),
        Action::Note { text, step: None } => format!("noted: {text}"),
        Action::Note { text, step: Some(id) } => format!("noted on {}: {text}", step(id)),
        Action::Copied { what } => format!("copied: {what}"),
        Action::Undo { seq } => match case.decision(*seq).filter(|d| d.action.can_be_undone()) {
            Some(d) => format!("took back what {} did: {}", d.analyst, described(d, case, checklist)),
            None => format!("tried to take back decision {seq}"),
        },
    }
}

/// `open`, `acknowledged`, `closed: false positive`.
pub(super) fn status(status: Status) -> String {
    match status {
        Status::Closed(reason) => format!("closed: {reason}"),
        other => other.as_str().into(),
    }
}

/// The state of a step.
pub(super) fn state(state: StepState) -> &'static str {
    match state {
        StepState::Todo => "to do",
        StepState::Done => "done",
        StepState::NotApplicable => "does not apply",
    }
}

/// How much a finding matters.
pub(super) fn weight(weight: Weight) -> &'static str {
    match weight {
        Weight::Alarming => "Alarming",
        Weight::Notable => "Notable",
        Weight::Plain => "Context",
    }
}

/// `count` things, `one` or `many` of them.
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
