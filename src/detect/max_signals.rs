//! The cap of alerts per run. Elastic drops what a rule finds past `max_signals` in one run, with a warning; here the
//! surplus is held, counted and listed on request, and nothing is lost. A run is one interval of the rule on the clock
//! of the events, so the same log gives the same runs whenever it is read.
//!
//! This counts. The thread that owns the store applies it to each new alert (`engine/store_thread/write.rs`, `holds`);
//! where several consoles write to one state, `triage/store/max_signals.rs` counts once more what they list together.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};

/// Counts the alerts of each run and says which are past the cap.
#[derive(Debug, Clone, Default)]
pub struct MaxSignals {
    counts: HashMap<(String, i64), u32>,
}

impl MaxSignals {
    /// The number of the run that `time` falls into, for a rule that runs every `interval`.
    #[must_use]
    pub fn run(time: DateTime<Utc>, interval: Duration) -> i64 {
        time.timestamp().div_euclid(interval.num_seconds().max(1))
    }

    /// Takes up the count that a run had reached before.
    pub fn restore(&mut self, rule: String, run: i64, count: u32) {
        self.counts.insert((rule, run), count);
    }

    /// Counts one new alert; whether it is past the cap of `max` for its run and must be held.
    pub fn holds(&mut self, rule: &str, time: DateTime<Utc>, interval: Duration, max: u32) -> bool {
        let count = self.counts.entry((rule.to_owned(), Self::run(time, interval))).or_insert(0);
        *count = count.saturating_add(1);
        *count > max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_comes_past_the_cap_of_its_own_run() {
        let mut cap = MaxSignals::default();
        let ten = Duration::minutes(10);
        let t = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let held: Vec<bool> = (0..4).map(|_| cap.holds("r", t, ten, 2)).collect();
        assert_eq!(held, [false, false, true, true]);
        assert!(!cap.holds("r", t + ten, ten, 2), "the next run starts anew");
        assert!(!cap.holds("other", t, ten, 2), "each rule has its own cap");
    }

    #[test]
    fn a_restart_goes_on_counting() {
        let mut cap = MaxSignals::default();
        let ten = Duration::minutes(10);
        let t = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        cap.restore("r".into(), MaxSignals::run(t, ten), 100);
        assert!(cap.holds("r", t, ten, 100));
    }
}
