//! What a rule does with the events that match its query, made ready once.

use chrono::Duration;
use sha2::{Digest as _, Sha256};

use super::key::hex;
use crate::event::GeoIpKind;
use crate::rule::{Rule, RuleType, parse_look_back};

/// What a rule does with the events that match its query. Times are in microseconds.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub what: What,
    pub fold: Option<Fold>,
}

#[derive(Debug, Clone)]
pub(super) enum What {
    /// Each is an alert.
    Each,
    /// One that brings a combination of values not seen for `history` is an alert.
    Terms { fields: Vec<String>, history: i64 },
    /// So many of a group within `span` are an alert.
    Count { fields: Vec<String>, value: u64, distinct: Vec<Distinct>, span: i64 },
}

/// A field that must have at least so many different values.
#[derive(Debug, Clone)]
pub(super) struct Distinct {
    pub field: String,
    pub least: u64,
}

/// Alerts that are folded into the first of their group.
#[derive(Debug, Clone)]
pub(super) struct Fold {
    pub fields: Vec<String>,
    pub period: Period,
    /// Whether those that lack a field are a group of their own; otherwise each stands alone.
    pub missing: bool,
}

/// Which alerts of a group are folded together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Period {
    /// Those of one run of the rule: runs begin at the multiples of the interval.
    Run(i64),
    /// Those that come within this of the first.
    After(i64),
}

impl Plan {
    /// The plan of `rule`.
    ///
    /// # Errors
    /// Why it cannot run.
    pub(super) fn of(rule: &Rule) -> Result<Self, String> {
        let what = match rule.kind {
            RuleType::Query => What::Each,
            RuleType::NewTerms => {
                let terms = rule.new_terms.as_ref().ok_or("it names no new terms")?;
                let history = parse_look_back(&terms.history_window_start)
                    .ok_or_else(|| format!("its history window is not understood: {}", terms.history_window_start))?;
                What::Terms { fields: terms.fields.clone(), history: micros(history) }
            }
            RuleType::Threshold => {
                let threshold = rule.threshold.as_ref().ok_or("it names no threshold")?;
                let distinct = |c: &crate::rule::Cardinality| Distinct { field: c.field.clone(), least: c.value };
                What::Count {
                    fields: threshold.fields.clone(),
                    value: threshold.value,
                    distinct: threshold.cardinality.iter().map(distinct).collect(),
                    span: micros(rule.look_back()),
                }
            }
            kind => return Err(format!("rules of type {} do not run here", kind.as_str())),
        };
        let fold = rule.alert_suppression.as_ref().map(|s| Fold {
            // A threshold rule's alerts are folded by what it counts by.
            fields: match &what {
                What::Count { fields, .. } => fields.clone(),
                What::Each | What::Terms { .. } => s.group_by.clone(),
            },
            period: match s.duration_seconds {
                Some(seconds) => Period::After(i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000_000)),
                None => Period::Run(micros(rule.interval()).max(1)),
            },
            missing: s.suppress_missing,
        });
        Ok(Self { what, fold })
    }

    /// Whether each matching event is an alert by itself.
    pub(super) fn is_plain(&self) -> bool {
        matches!(self.what, What::Each) && self.fold.is_none()
    }
}

/// What tells whether a rule still asks for the same, and is told the same of it: what is remembered for it is of use as
/// long as this stays. `told` are the databases that answer for fields it asks for. 32 hex digits.
pub(super) fn fingerprint(rule: &Rule, plan: &Plan, told: &[GeoIpKind]) -> String {
    let mut hash = Sha256::new();
    let told = if told.is_empty() { None } else { Some(format!("{told:?}")) };
    let plan = format!("{plan:?}");
    let search = rule.search();
    let excepted = rule.exceptions.iter().map(|exception| {
        let end = exception.expires.map_or_else(String::new, |end| end.timestamp_micros().to_string());
        format!("except {end} {}", exception.query)
    });
    let excepted: Vec<String> = excepted.collect();
    let parts = [rule.id.as_str(), &search, &plan].into_iter().chain(told.as_deref());
    for part in parts.chain(excepted.iter().map(String::as_str)) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex(&hash.finalize()[..16])
}

fn micros(duration: Duration) -> i64 {
    duration.num_microseconds().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule;

    #[test]
    fn filters_and_exceptions_are_part_of_what_a_rule_asks_for() {
        let rule = &rule::bundled()[0];
        let plan = Plan::of(rule).unwrap();
        let exception = |query: &str, expires| rule::RuleException {
            name: "n".to_owned(),
            list_id: "l".to_owned(),
            expires,
            query: query.to_owned(),
        };
        let end = chrono::DateTime::from_timestamp(1_800_000_000, 0);
        let of = |filters: &[&str], exceptions: Vec<rule::RuleException>| {
            let filters = filters.iter().map(|filter| (*filter).to_owned()).collect();
            fingerprint(&Rule { filters, exceptions, ..(**rule).clone() }, &plan, &[])
        };
        let all = [
            of(&[], Vec::new()),
            of(&["a:b"], Vec::new()),
            of(&[], vec![exception("a:b", None)]),
            of(&[], vec![exception("a:b", end)]),
            of(&[], vec![exception("a:c", None)]),
        ];
        assert_eq!(all[0], fingerprint(rule, &plan, &[]));
        for (at, one) in all.iter().enumerate() {
            assert_eq!(all.iter().position(|other| other == one), Some(at));
        }
    }

    #[test]
    fn a_rule_that_is_told_more_remembers_anew() {
        let rule = &rule::bundled()[0];
        let plan = Plan::of(rule).unwrap();
        let of = |told: &[GeoIpKind]| fingerprint(rule, &plan, told);
        let all = [of(&[]), of(&[GeoIpKind::City]), of(&[GeoIpKind::Asn]), of(&[GeoIpKind::City, GeoIpKind::Asn])];
        for (at, one) in all.iter().enumerate() {
            assert_eq!(one.len(), 32);
            assert_eq!(all.iter().position(|other| other == one), Some(at));
        }
    }
}
