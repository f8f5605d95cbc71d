//! The reducer: an alert's decisions, folded, are its case.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{Action, Decision, Status, StepState};
use crate::rule::{Checklist, StepId};

/// A step's state with who set it and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepMark {
    pub state: StepState,
    pub by: String,
    pub at: DateTime<Utc>,
    /// The decision that set it.
    pub seq: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub text: String,
    /// The step it is about, or the whole alert.
    pub step: Option<StepId>,
    pub by: String,
    pub at: DateTime<Utc>,
    /// The decision that wrote it.
    pub seq: i64,
}

/// Where one alert stands: the fold of its decisions, without those that were undone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Case {
    pub status: Status,
    /// Who set the status, and when; `None` while nobody has.
    pub status_by: Option<(String, DateTime<Utc>)>,
    /// Steps that were touched, those of an older guide too.
    pub steps: BTreeMap<StepId, StepMark>,
    /// Notes, oldest first.
    pub notes: Vec<Note>,
    /// Every decision, oldest first, undone ones too: the History tab.
    pub history: Vec<Decision>,
    /// What was taken back: [`Decision::seq`] → the seq of the decision that took it back.
    pub undone: BTreeMap<i64, i64>,
    /// [`Decision::seq`] of the newest decision, 0 when there is none.
    pub version: i64,
}

/// What a decision changes: two decisions on the same subject can contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject<'a> {
    Status,
    Step(&'a StepId),
}

impl Case {
    /// The case that `decisions`, all about one alert, add up to. Their order does not matter.
    pub fn fold<'a>(decisions: impl IntoIterator<Item = &'a Decision>) -> Self {
        let mut case = Self::default();
        for decision in decisions {
            case.apply(decision);
        }
        case
    }

    /// Adds one decision about this case's alert. Decisions count in the order of their [`Decision::seq`], whatever the
    /// order they come in; one that is known already changes nothing.
    ///
    /// An undo takes back an earlier status, step or note of the same alert. One that names anything else (another
    /// undo, something taken back before) stays in the history and changes nothing.
    pub fn apply(&mut self, decision: &Decision) {
        let Err(place) = self.history.binary_search_by_key(&decision.seq, |d| d.seq) else { return };
        self.history.insert(place, decision.clone());
        if place + 1 == self.history.len() {
            self.count(place);
        } else {
            let history = std::mem::take(&mut self.history);
            *self = Self::fold(&history);
        }
    }

    /// Lets the newest entry of the history, at `place`, take effect.
    fn count(&mut self, place: usize) {
        let Decision { seq, at, analyst, action, .. } = self.history[place].clone();
        self.version = seq;
        match action {
            Action::Step { step, state } => {
                self.steps.insert(step, StepMark { state, by: analyst, at, seq });
            }
            Action::SetStatus { status } => {
                self.status = status;
                self.status_by = Some((analyst, at));
            }
            Action::Note { text, step } => self.notes.push(Note { text, step, by: analyst, at, seq }),
            Action::Copied { .. } => {}
            Action::Undo { seq: target } => self.take_back(target, seq),
        }
    }

    fn take_back(&mut self, target: i64, by: i64) {
        let Some(decision) = self.decision(target).filter(|d| d.seq < by && d.action.can_be_undone()) else { return };
        if self.undone.contains_key(&target) {
            return;
        }
        let action = decision.action.clone();
        self.undone.insert(target, by);
        match action {
            Action::Step { step, .. } => match self.standing(Subject::Step(&step)).and_then(StepMark::of) {
                Some(mark) => {
                    self.steps.insert(step, mark);
                }
                None => {
                    self.steps.remove(&step);
                }
            },
            Action::SetStatus { .. } => {
                let standing = self.standing(Subject::Status).map(|d| (d.action.status(), d.analyst.clone(), d.at));
                self.status = standing.as_ref().and_then(|(status, ..)| *status).unwrap_or_default();
                self.status_by = standing.map(|(_, by, at)| (by, at));
            }
            Action::Note { .. } => self.notes.retain(|n| n.seq != target),
            Action::Copied { .. } | Action::Undo { .. } => {}
        }
    }

    /// The state of a step; to do while nobody has touched it.
    #[must_use]
    pub fn step(&self, id: &StepId) -> StepState {
        self.steps.get(id).map_or(StepState::Todo, |mark| mark.state)
    }

    /// How many steps of `checklist` are done or do not apply, and how many there are.
    #[must_use]
    pub fn progress(&self, checklist: &Checklist) -> (usize, usize) {
        let settled = checklist.steps().filter(|s| self.step(&s.id) != StepState::Todo).count();
        (settled, checklist.len())
    }

    /// The latest decision of `analyst` that still counts and can be taken back.
    #[must_use]
    pub fn undoable(&self, analyst: &str) -> Option<&Decision> {
        self.history
            .iter()
            .rev()
            .find(|d| d.analyst == analyst && d.action.can_be_undone() && !self.undone.contains_key(&d.seq))
    }

    /// The decision with this seq.
    #[must_use]
    pub fn decision(&self, seq: i64) -> Option<&Decision> {
        self.history.binary_search_by_key(&seq, |d| d.seq).ok().map(|at| &self.history[at])
    }

    /// The decision that made `subject` what it is now; `None` while it is as it began.
    pub(super) fn standing(&self, subject: Subject<'_>) -> Option<&Decision> {
        self.history.iter().rev().find(|d| d.action.subject() == Some(subject) && !self.undone.contains_key(&d.seq))
    }

    /// What `action` changes: its own subject, or that of what it takes back.
    pub(super) fn touches<'a>(&'a self, action: &'a Action) -> Option<Subject<'a>> {
        match action {
            Action::Undo { seq } => self.decision(*seq).and_then(|d| d.action.subject()),
            other => other.subject(),
        }
    }
}

impl StepMark {
    fn of(decision: &Decision) -> Option<Self> {
        match decision.action {
            Action::Step { state, .. } => {
                Some(Self { state, by: decision.analyst.clone(), at: decision.at, seq: decision.seq })
            }
            _ => None,
        }
    }
}

impl Action {
    /// Whether an undo can take this back: an undo itself and what has left the console cannot be.
    #[must_use]
    pub fn can_be_undone(&self) -> bool {
        matches!(self, Self::Step { .. } | Self::SetStatus { .. } | Self::Note { .. })
    }

    pub(super) fn subject(&self) -> Option<Subject<'_>> {
        match self {
            Self::Step { step, .. } => Some(Subject::Step(step)),
            Self::SetStatus { .. } => Some(Subject::Status),
            Self::Note { .. } | Self::Copied { .. } | Self::Undo { .. } => None,
        }
    }

    fn status(&self) -> Option<Status> {
        match self {
            Self::SetStatus { status } => Some(*status),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
