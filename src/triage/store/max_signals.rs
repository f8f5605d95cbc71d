//! `max_signals` where several consoles write to one state. Each has counted only what the state held when it looked (with
//! [`MaxSignals`], in `engine/store_thread/write.rs`), so together they may list too many: whoever writes later holds the
//! surplus.

use std::collections::HashMap;

use chrono::Duration;
use rusqlite::{Connection, Result, params};

use super::row;
use crate::detect::MaxSignals;
use crate::triage::AlertRow;

/// How many alerts of a rule may be listed for each of its runs; see [`MaxSignals`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleMaxSignals {
    pub rule: String,
    pub interval: Duration,
    /// The most alerts that a run lists.
    pub most: u32,
}

/// Holds those of `new`, the last first, that are too many for their runs, here and in the state.
pub(super) fn hold(conn: &Connection, limits: &[RuleMaxSignals], new: &mut [AlertRow]) -> Result<()> {
    for RuleMaxSignals { rule, interval, most } in limits {
        let mut listed =
            conn.prepare_cached("SELECT time FROM alerts WHERE rule_id = ?1 AND NOT held AND NOT withdrawn")?;
        let mut counts: HashMap<i64, u32> = HashMap::new();
        for time in listed.query_map([rule], |found| row::time(found, 0))? {
            *counts.entry(MaxSignals::run(time?, *interval)).or_default() += 1;
        }
        for alert in new.iter_mut().rev().filter(|alert| alert.rule_id == *rule && !alert.held) {
            let Some(count) = counts.get_mut(&MaxSignals::run(alert.time, *interval)).filter(|count| **count > *most)
            else {
                continue;
            };
            *count -= 1;
            alert.held = true;
            conn.prepare_cached("UPDATE alerts SET held = 1 WHERE id = ?1")?.execute(params![alert.id.0])?;
        }
    }
    Ok(())
}
