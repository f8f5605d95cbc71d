//! The query of a rule, at the time of the run that sees the event.
//!
//! `now` in a rule's query is no fixed time. Elastic runs the rule once in each interval, over the events that have come
//! since the run before, so `now` is the end of the interval that the event falls into. Runs are on the clock of the events,
//! as those of [`super::MaxSignals`]: the same log gives the same alerts whenever it is read.

use crate::query::kql::{self, Node, SyntaxError};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Duration, Utc};

use super::MaxSignals;
use crate::event::{self, Event};
use crate::query::Query;
use crate::rule::Rule;

/// Runs whose queries are kept: events come by time, more or less.
const KEPT: usize = 256;

/// A rule's query, compiled.
#[derive(Debug)]
pub(super) struct RuleQuery {
    node: Node,
    /// At no particular run: for questions to which `now` does not matter.
    query: Arc<Query>,
    per_run: Option<PerRun>,
}

/// A query with `now` is compiled anew for each run.
#[derive(Debug)]
struct PerRun {
    text: String,
    interval: Duration,
    runs: Mutex<HashMap<i64, Arc<Query>>>,
}

impl RuleQuery {
    /// # Errors
    /// The rule's query is not KQL.
    pub(super) fn new(rule: &Rule) -> Result<Self, SyntaxError> {
        let text = rule.search();
        let node = kql::parse(&text)?;
        let query = kql::prepare(&text, &node, event::schema(), DateTime::UNIX_EPOCH);
        let per_run = query.uses_now().then(|| PerRun {
            text: text.into_owned(),
            interval: rule.interval(),
            runs: Mutex::default(),
        });
        Ok(Self { node, query: Arc::new(query), per_run })
    }

    /// The query at no particular run.
    pub(super) fn query(&self) -> &Arc<Query> {
        &self.query
    }

    /// Whether the same event matches in one run and not in another.
    pub(super) fn is_per_run(&self) -> bool {
        self.per_run.is_some()
    }

    /// The question as it is written.
    pub(super) fn node(&self) -> Node {
        self.node.clone()
    }

    /// Whether the run that sees `event` finds it.
    pub(super) fn matches(&self, event: &Event<'_>) -> bool {
        match &self.per_run {
            None => self.query.matches(event),
            Some(per_run) => event.time().and_then(|time| per_run.at(time)).is_some_and(|query| query.matches(event)),
        }
    }
}

impl PerRun {
    /// The query of the run that sees what happened at `time`.
    fn at(&self, time: DateTime<Utc>) -> Option<Arc<Query>> {
        let run = MaxSignals::run(time, self.interval);
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(query) = runs.get(&run) {
            return Some(Arc::clone(query));
        }
        let ends = run.checked_add(1)?.checked_mul(self.interval.num_seconds().max(1))?;
        let now = DateTime::from_timestamp(ends, 0)?;
        let query = Arc::new(kql::compile_at(&self.text, event::schema(), now).ok()?);
        if runs.len() >= KEPT {
            runs.clear();
        }
        runs.insert(run, Arc::clone(&query));
        Some(query)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{RuleFormat, load_str};

    fn rule_query(kql: &str, interval: &str) -> RuleQuery {
        let text = format!(
            "[rule]\nname = 'r'\nrule_id = 'r'\ntype = 'query'\nseverity = 'low'\nrisk_score = 1\ninterval = '{interval}'\nquery = '{kql}'\n"
        );
        RuleQuery::new(&load_str(&text, RuleFormat::Toml, "r.toml").rules.remove(0)).unwrap()
    }

    fn matches(query: &RuleQuery, time: &str, created: &str) -> bool {
        let raw = format!(r#"{{"@timestamp":"{time}","event.action":"X","event.created":"{created}"}}"#);
        query.matches(&Event::parse(raw.as_bytes()).unwrap())
    }

    #[test]
    fn now_is_the_end_of_the_interval_that_the_event_falls_into() {
        // Elastic's rules about what is young speak so.
        let query = rule_query("event.created >= now-1h", "10m");
        for (time, created, expected) in [
            ("2026-11-23T10:00:00Z", "2026-11-23T09:10:00Z", true),
            ("2026-11-23T10:00:00Z", "2026-11-23T09:09:59Z", false),
            ("2026-11-23T10:09:59Z", "2026-11-23T09:10:00Z", true),
            ("2026-11-23T10:10:00Z", "2026-11-23T09:10:00Z", false),
            ("2026-11-23T10:10:00Z", "2026-11-23T09:20:00Z", true),
            ("2019-01-01T00:00:00Z", "2018-12-31T23:10:00Z", true),
            ("2019-01-01T00:00:00Z", "2018-12-31T23:09:59Z", false),
        ] {
            assert_eq!(matches(&query, time, created), expected, "{time} {created}");
        }
    }

    #[test]
    fn however_many_runs_there_are_few_are_kept() {
        let query = rule_query("@timestamp < now and event.action: X", "1m");
        let first: DateTime<Utc> = "2026-11-23T00:00:00Z".parse().unwrap();
        for minute in 0..1000 {
            let time = (first + Duration::minutes(minute)).to_rfc3339();
            assert!(matches(&query, &time, &time));
            assert!(query.per_run.as_ref().unwrap().runs.lock().unwrap().len() <= KEPT);
        }
    }
}
