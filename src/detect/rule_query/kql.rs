//! A rule's KQL.

use std::sync::Arc;

use chrono::{DateTime, Duration};

use super::per_run::PerRun;
use crate::event::{self, Event};
use crate::query::Query;
use crate::query::kql::{self, Node, SyntaxError};

/// KQL of a rule, compiled.
#[derive(Debug)]
pub(in super::super) struct KqlQuery {
    node: Node,
    /// At no particular run: for questions to which `now` does not matter.
    query: Arc<Query>,
    /// Its text, where it speaks of `now`.
    per_run: Option<(String, PerRun<Query>)>,
}

impl KqlQuery {
    /// # Errors
    /// The text is not KQL.
    pub(super) fn new(text: &str, interval: Duration) -> Result<Self, SyntaxError> {
        let node = kql::parse(text)?;
        let query = kql::prepare(text, &node, event::schema(), DateTime::UNIX_EPOCH);
        let per_run = query.uses_now().then(|| (text.to_owned(), PerRun::new(interval)));
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
    pub(super) fn node(&self) -> &Node {
        &self.node
    }

    /// Whether the run that sees `event` finds it.
    pub(super) fn matches(&self, event: &Event<'_>) -> bool {
        let Some((text, per_run)) = &self.per_run else { return self.query.matches(event) };
        let compile = |now| kql::compile_at(text, event::schema(), now).ok();
        per_run.at(event, compile).is_some_and(|query| query.matches(event))
    }
}

#[cfg(test)]
mod tests {
    use chrono::Utc;

    use super::super::per_run::KEPT;
    use super::*;

    fn rule_query(kql: &str, minutes: i64) -> KqlQuery {
        KqlQuery::new(kql, Duration::minutes(minutes)).unwrap()
    }

    fn matches(query: &KqlQuery, time: &str, created: &str) -> bool {
        let raw = format!(r#"{{"@timestamp":"{time}","event.action":"X","event.created":"{created}"}}"#);
        query.matches(&Event::parse(raw.as_bytes()).unwrap())
    }

    #[test]
    fn now_is_the_end_of_the_interval_that_the_event_falls_into() {
        // Elastic's rules about what is young speak so.
        let query = rule_query("event.created >= now-1h", 10);
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
        let query = rule_query("@timestamp < now and event.action: X", 1);
        let first: DateTime<Utc> = "2026-11-23T00:00:00Z".parse().unwrap();
        for minute in 0..1000 {
            let time = (first + Duration::minutes(minute)).to_rfc3339();
            assert!(matches(&query, &time, &time));
            assert!(query.per_run.as_ref().unwrap().1.kept() <= KEPT);
        }
    }
}
