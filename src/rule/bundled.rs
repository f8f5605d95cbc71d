//! The rules that come with the binary.

use std::sync::Arc;

use super::{Rule, RuleFormat, RuleOrigin, load_str};

const FILES: &[(&str, &str)] =
    &[("aws_rds_snapshot_export.toml", include_str!("../../assets/rules/aws_rds_snapshot_export.toml"))];

#[must_use]
pub fn bundled() -> Vec<Arc<Rule>> {
    let rules = FILES.iter().flat_map(|(name, text)| load_str(text, RuleFormat::Toml, name).rules);
    rules.map(|rule| Arc::new(Rule { origin: RuleOrigin::Bundled, ..Arc::unwrap_or_clone(rule) })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{RuleType, SectionKind, Severity};

    #[test]
    fn every_bundled_rule_loads_without_a_word() {
        for (name, text) in FILES {
            let load = load_str(text, RuleFormat::Toml, name);
            for outcome in &load.outcomes {
                assert!(outcome.warnings.is_empty(), "{:?}", outcome.warnings);
            }
            assert_eq!(load.errors().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
            assert_eq!(load.rules.len(), 1);
        }
        assert_eq!(bundled().len(), FILES.len());
    }

    #[test]
    fn the_snapshot_export_rule_has_the_published_facts_and_17_steps() {
        let rules = bundled();
        let rule = &rules[0];
        assert_eq!(rule.name, "AWS RDS Snapshot Export");
        assert_eq!(rule.id, "119c8877-8613-416d-a98a-96b6664ee73a");
        assert_eq!((rule.kind, rule.severity, rule.risk_score), (RuleType::Query, Severity::Low, 21));
        assert_eq!((rule.interval.as_str(), rule.from.as_str(), rule.max_signals), ("10m", "now-60m", 100));
        assert_eq!(rule.version, Some(207));
        assert_eq!(rule.authors, ["Elastic", "Austin Songer"]);
        assert_eq!(rule.tags.len(), 6);
        assert_eq!((rule.threat[0].tactic.id.as_str(), rule.threat[0].techniques.len()), ("TA0010", 0));
        let steps: Vec<_> = rule.checklist.sections.iter().map(|s| (s.kind, s.steps.len())).collect();
        assert_eq!(
            steps,
            [(SectionKind::Investigation, 6), (SectionKind::FalsePositives, 4), (SectionKind::Response, 7)]
        );
        assert!(!rule.checklist.plain);
    }
}
