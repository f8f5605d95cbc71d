//! The result of evaluating rules on the events of one file.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Alert, Body, GroupKey, Hit};

/// Alerts and hits of the events of one file.
#[derive(Debug, Default)]
pub struct Evaluation {
    /// Alerts of one event each, in the order of the records.
    pub alerts: Vec<Alert>,
    /// Of events with the same terms, close to each other, only the first is here.
    pub hits: Vec<Hit<Body>>,
    terms: HashMap<(usize, GroupKey), usize>,
    /// By the places of the rules: which are evaluated. Without it, all are.
    only: Option<Arc<[bool]>>,
    /// The next events are from before the window: rules only remember them.
    pub(super) past: bool,
    /// The places of the only rules that can match the next event, where they are known.
    pub(super) narrowed: Option<Vec<usize>>,
    /// Kept from one event to the next, to allocate once.
    pub(super) candidates: Vec<usize>,
}

impl Evaluation {
    /// Evaluates some of the rules, by their places.
    #[must_use]
    pub fn only(rules: Arc<[bool]>) -> Self {
        Self { only: Some(rules), ..Self::default() }
    }

    pub(super) fn is_for(&self, rule: usize) -> bool {
        self.only.as_ref().is_none_or(|only| only.get(rule).copied().unwrap_or(false))
    }

    /// Tells whether the next events are from before the window: rules remember them, and they raise no alerts.
    pub fn only_remember(&mut self, past: bool) {
        self.past = past;
    }

    #[must_use]
    pub fn only_remembers(&self) -> bool {
        self.past
    }

    /// Puts the next event to these rules alone; see [`super::Decision::Evaluate`].
    pub fn narrow(&mut self, rules: Option<Vec<usize>>) {
        self.narrowed = rules;
    }

    /// Adds a hit of a rule that looks for terms not seen within `history` microseconds. The event is copied only when
    /// it may be the first with its terms.
    pub(super) fn term(&mut self, hit: Hit<()>, history: i64, body: impl FnOnce() -> Body) {
        if let Some(known) = self.terms.get(&(hit.rule, hit.key)).and_then(|at| self.hits.get_mut(*at)) {
            let close = known.at.time.saturating_sub(history) <= hit.until
                && hit.at.time <= known.until.saturating_add(history);
            if close {
                known.until = known.until.max(hit.until);
                if hit.at < known.at {
                    known.at = hit.at;
                    (known.further, known.folds) = (hit.further, hit.folds);
                    known.body = body();
                }
                return;
            }
        }
        self.terms.insert((hit.rule, hit.key), self.hits.len());
        self.hits.push(hit.map(|()| body()));
    }
}
