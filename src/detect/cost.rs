//! The cost of each rule: how often it was evaluated, how long that took, and how much it remembers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// One in so many evaluations is timed: reading the clock takes as long as a simple query.
const SAMPLE: u64 = 16;

/// Figures of a rule since its set was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// Events that it was evaluated on: those that the prefilter leaves.
    pub evaluated: u64,
    /// Events that its query matched.
    pub matched: u64,
    /// Time spent on its query, estimated from every sixteenth event.
    pub spent: Duration,
    /// Of a rule that looks at more than one event, once anybody has counted it.
    pub remembered: Option<Remembered>,
}

/// What a rule remembers of earlier events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remembered {
    /// What is kept.
    pub kept: Kept,
    /// How many events, or stretches of time, at most.
    pub most: usize,
    /// How often groups or terms were forgotten because there were more.
    pub forgotten: u64,
}

/// What is kept for a rule, and how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Events, in groups: those that are counted or suppressed together, or have the same join keys.
    Events { events: usize, groups: usize },
    /// Combinations of terms, and the stretches of time in which they were seen again and again.
    Terms { combinations: usize, stretches: usize },
}

/// Counts on all reader threads.
#[derive(Debug, Default)]
pub(super) struct Meter {
    evaluated: AtomicU64,
    matched: AtomicU64,
    nanos: AtomicU64,
    remembered: Mutex<Option<Remembered>>,
}

impl Meter {
    /// Counts what `evaluate` answers.
    pub(super) fn measure(&self, evaluate: impl FnOnce() -> bool) -> bool {
        let timed = self.evaluated.fetch_add(1, Ordering::Relaxed).is_multiple_of(SAMPLE);
        let begun = timed.then(Instant::now);
        let matched = evaluate();
        if let Some(begun) = begun {
            let nanos = u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
            self.nanos.fetch_add(nanos.saturating_mul(SAMPLE), Ordering::Relaxed);
        }
        if matched {
            self.matched.fetch_add(1, Ordering::Relaxed);
        }
        matched
    }

    /// What it remembers now.
    pub(super) fn remembers(&self, now: Remembered) {
        *self.remembered.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
    }

    pub(super) fn read(&self) -> Cost {
        Cost {
            evaluated: self.evaluated.load(Ordering::Relaxed),
            matched: self.matched.load(Ordering::Relaxed),
            spent: Duration::from_nanos(self.nanos.load(Ordering::Relaxed)),
            remembered: *self.remembered.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }
}
