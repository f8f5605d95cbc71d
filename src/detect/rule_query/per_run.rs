//! A query at the time of the run that sees the event.
//!
//! `now` in a rule's query is no fixed time. Elastic runs the rule once in each interval, over the events that have come
//! since the run before, so `now` is the end of the interval that the event falls into. Runs are on the clock of the events,
//! as those of [`MaxSignals`]: the same log gives the same alerts whenever it is read.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Duration, Utc};

use super::super::MaxSignals;
use crate::event::Event;

/// Runs whose queries are kept: events come by time, more or less.
pub(super) const KEPT: usize = 256;

/// A query with `now` is compiled anew for each run.
#[derive(Debug)]
pub(super) struct PerRun<Q> {
    interval: Duration,
    runs: Mutex<HashMap<i64, Arc<Q>>>,
}

impl<Q> PerRun<Q> {
    pub(super) fn new(interval: Duration) -> Self {
        Self { interval, runs: Mutex::default() }
    }

    /// The query of the run that sees this event; `compile` makes it for a `now`.
    pub(super) fn at(&self, event: &Event<'_>, compile: impl FnOnce(DateTime<Utc>) -> Option<Q>) -> Option<Arc<Q>> {
        let run = MaxSignals::run(event.time()?, self.interval);
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(query) = runs.get(&run) {
            return Some(Arc::clone(query));
        }
        let ends = run.checked_add(1)?.checked_mul(self.interval.num_seconds().max(1))?;
        let query = Arc::new(compile(DateTime::from_timestamp(ends, 0)?)?);
        if runs.len() >= KEPT {
            runs.clear();
        }
        runs.insert(run, Arc::clone(&query));
        Some(query)
    }

    #[cfg(test)]
    pub(super) fn kept(&self) -> usize {
        self.runs.lock().unwrap().len()
    }
}
