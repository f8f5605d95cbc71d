//! What the rules ask a server for: everything that one of them may match, so that a busy cluster need not send the rest.

use crate::cluster::Narrowing;
use crate::detect::RuleSet;
use crate::event;

/// What these rules ask for; everything where that cannot be told.
pub(super) fn to_rules(rules: &RuleSet) -> Narrowing {
    rules.questions().map_or_else(Narrowing::default, |queries| Narrowing::to(queries).typed(event::schema()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::Exceptions;
    use crate::rule::{RuleFormat, load_str};

    fn asked(queries: &[&str]) -> Option<usize> {
        let rule = |query: &&str| {
            let text = format!("[rule]\nname='n'\ntype='query'\nseverity='low'\nrisk_score=21\nquery='{query}'\n");
            load_str(&text, RuleFormat::Toml, "r.toml").rules.remove(0)
        };
        let (rules, left) = RuleSet::new(queries.iter().map(rule).collect(), Exceptions::default());
        assert!(left.is_empty());
        to_rules(&rules).queries().map(<[_]>::len)
    }

    #[test]
    fn rules_ask_for_what_they_match() {
        assert_eq!(asked(&["event.action: a", "user.name: b"]), Some(2));
        assert_eq!(asked(&[]), Some(0));
    }

    #[test]
    fn a_rule_whose_now_is_that_of_its_run_asks_for_everything() {
        assert_eq!(asked(&["event.action: a", "@timestamp > now-1h"]), None);
    }
}
