//! What rules ask for that no record holds, and what becomes of them: one that cannot do without never alerts, another
//! only loses an alternative, or has a `not` that always holds.

use std::collections::BTreeMap;

use crate::diag::Diagnostic;
use crate::event::{self, GeoIp, Lack};
use crate::query::{FieldRef, Known, Query};
use crate::rule::Rule;

/// Fields of one rule that lack the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacking {
    pub lack: Lack,
    /// As the rule names them, sorted.
    pub fields: Vec<String>,
    /// Without them the rule cannot alert on a record. On a document that others mapped it may.
    pub fatal: bool,
}

impl Lacking {
    /// All of a rule, the fatal first. `queries` are what it looks for: one that can find nothing ends it.
    pub(super) fn of(rule: &Rule, queries: &[&Query], databases: &GeoIp) -> Vec<Self> {
        let lacking = |name: &str| event::lack(&FieldRef::Name(name.to_owned()), databases);
        // A query that could find nothing anyhow has a warning of its own.
        let able = |absent: &dyn Fn(&str) -> bool| {
            let known = |field: &str| if absent(field) { Known::Absent } else { Known::Open };
            queries.iter().all(|query| query.is_possible(&known))
        };
        let ends = able(&|_| false) && !able(&|field| lacking(field).is_some());
        let needed = needed(rule);
        let mut found: BTreeMap<(bool, Lack), Vec<String>> = BTreeMap::new();
        for field in queries.iter().flat_map(|query| asked(rule, query)) {
            let (FieldRef::Name(name) | FieldRef::Pattern(name)) = &field else { continue };
            let Some(lack) = event::lack(&field, databases) else { continue };
            let fatal = needed.contains(&name.as_str()) || (ends && !able(&|absent| absent == name));
            found.entry((!fatal, lack)).or_default().push(name.clone());
        }
        // None of them ends it, all of them together do.
        let together = ends && found.keys().all(|(mild, _)| *mild);
        let mut all: Vec<Self> = found
            .into_iter()
            .map(|((mild, lack), mut fields)| {
                fields.sort_unstable();
                fields.dedup();
                Self { lack, fields, fatal: !mild || together }
            })
            .collect();
        all.sort_by_key(|lacking| (!lacking.fatal, lacking.lack));
        all
    }

    /// What it means for the rule.
    #[must_use]
    pub fn message(&self) -> String {
        let fields: Vec<String> = self.fields.iter().map(|field| format!("`{field}`")).collect();
        let fields = match fields.split_last() {
            Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
            _ => fields.concat(),
        };
        let asks = if self.fatal { "never alerts on a record: it needs" } else { "asks for" };
        format!("{asks} {fields}, {}", self.lack.why())
    }

    /// The same with what helps.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let said = Diagnostic::new(self.message());
        match self.lack.advice() {
            Some(advice) => said.help(advice),
            None => said,
        }
    }
}

/// The fields of a rule's query, and those it groups by, counts and compares.
pub(super) fn asked(rule: &Rule, query: &Query) -> Vec<FieldRef> {
    let folds = rule.alert_suppression.iter().flat_map(|fold| &fold.group_by).map(String::as_str);
    let named = needed(rule).into_iter().chain(folds).map(|field| FieldRef::Name(field.to_owned()));
    query.fields().iter().cloned().chain(named).collect()
}

/// Fields without which an event that matches makes no alert.
fn needed(rule: &Rule) -> Vec<&str> {
    let terms = rule.new_terms.iter().flat_map(|terms| &terms.fields);
    let groups = rule.threshold.iter().flat_map(|t| t.fields.iter().chain(t.cardinality.iter().map(|c| &c.field)));
    terms.chain(groups).map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::{Exceptions, RuleSet};
    use crate::rule::{RuleFormat, load_str};

    /// What is said of a rule.
    fn said(kind: &str, query: &str, more: &str) -> Vec<String> {
        let text = format!(
            "[rule]\nname = \"n\"\nrule_id = \"r\"\ndescription = \"d\"\nrisk_score = 21\nseverity = \"low\"\ntype = \"{kind}\"\n\
             language = \"kuery\"\nquery = '''{query}'''\n{more}"
        );
        let (set, left) = RuleSet::new(load_str(&text, RuleFormat::Toml, "r.toml").rules, Exceptions::default());
        assert!(left.is_empty());
        set.lacking().flat_map(|(_, lacking)| lacking).map(|lacking| lacking.message()).collect()
    }

    #[test]
    fn a_rule_that_cannot_alert_is_told_from_one_that_loses_something() {
        const NONE: [&str; 0] = [];
        assert_eq!(said("query", "event.action: A and not user_agent.name: Chrome*", ""), NONE);
        assert_eq!(said("query", "event.acton: A", ""), NONE, "nobody has it, which is said where it is loaded");
        assert_eq!(
            said("query", "event.action: A and process.name: x", ""),
            ["never alerts on a record: it needs `process.name`, which no CloudTrail record holds"]
        );
        for mild in
            ["event.action: A or process.name: x", "event.action: A and not process.name: x", "not process.name: *"]
        {
            assert_eq!(
                said("query", mild, ""),
                ["asks for `process.name`, which no CloudTrail record holds"],
                "{mild}"
            );
        }
        assert_eq!(
            said("query", "process.name: x or host.name: y or source.as.number: 1", ""),
            [
                "never alerts on a record: it needs `source.as.number`, which no CloudTrail record holds",
                "never alerts on a record: it needs `host.name` and `process.name`, which no CloudTrail record holds",
            ]
        );
        assert_eq!(
            said("query", "process.name: x and not source.as.number: 1", ""),
            [
                "never alerts on a record: it needs `process.name`, which no CloudTrail record holds",
                "asks for `source.as.number`, which no CloudTrail record holds",
            ]
        );
    }

    #[test]
    fn what_a_rule_groups_by_it_needs() {
        let terms = "[rule.new_terms]\nfield = \"new_terms_fields\"\nvalue = [\"source.as.number\"]\n\
                     [[rule.new_terms.history_window_start]]\nfield = \"history_window_start\"\nvalue = \"now-7d\"\n";
        let needs = ["never alerts on a record: it needs `source.as.number`, which no CloudTrail record holds"];
        assert_eq!(said("new_terms", "event.action: A", terms), needs);
        let threshold = "[rule.threshold]\nfield = [\"source.as.number\"]\nvalue = 2\n";
        assert_eq!(said("threshold", "event.action: A", threshold), needs);
        let distinct = "[rule.threshold]\nfield = [\"user.id\"]\nvalue = 2\n\
                        [[rule.threshold.cardinality]]\nfield = \"source.as.number\"\nvalue = 2\n";
        assert_eq!(said("threshold", "event.action: A", distinct), needs);
        // Alerts that lack it are not folded, or folded as one group.
        let folds = "[rule.alert_suppression]\ngroup_by = [\"source.as.number\"]\n";
        assert_eq!(
            said("query", "event.action: A", folds),
            ["asks for `source.as.number`, which no CloudTrail record holds"]
        );
    }

    #[test]
    fn what_helps_is_the_help() {
        let lacking = Lacking {
            lack: Lack::Database(event::GeoIpKind::Asn),
            fields: vec!["source.as.number".to_owned()],
            fatal: false,
        };
        assert_eq!(
            lacking.diagnostic().to_string(),
            "asks for `source.as.number`, which no CloudTrail record holds\n  help: name a MaxMind database as asn under \
             [geoip] in the configuration"
        );
    }
}
