//! The cost of each rule: how often it was evaluated, and how long that took.

use std::sync::atomic::{AtomicU64, Ordering};
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
}

/// Counts on all reader threads.
#[derive(Debug, Default)]
pub(super) struct Meter {
    evaluated: AtomicU64,
    matched: AtomicU64,
    nanos: AtomicU64,
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

    pub(super) fn read(&self) -> Cost {
        Cost {
            evaluated: self.evaluated.load(Ordering::Relaxed),
            matched: self.matched.load(Ordering::Relaxed),
            spent: Duration::from_nanos(self.nanos.load(Ordering::Relaxed)),
        }
    }
}
