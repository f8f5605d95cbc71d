//! From a match to an alert: a rule's kind and its suppression, prepared once.

use chrono::Duration;
use sha2::{Digest as _, Sha256};

use super::key::hex;
use super::rule_query::RuleQuery;
use crate::event::GeoIpKind;
use crate::query::eql::Shape;
use crate::rule::{Rule, RuleType, parse_look_back};

/// How events that match a rule's query become alerts. Times are in microseconds.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub kind: RuleKind,
    pub suppression: Option<Suppression>,
}

#[derive(Debug, Clone)]
pub(super) enum RuleKind {
    /// Each is an alert.
    Query,
    /// One that brings a combination of values not seen for `history` is an alert.
    NewTerms { fields: Vec<String>, history: i64 },
    /// So many of a group within `span` are an alert.
    Threshold { fields: Vec<String>, value: u64, distinct: Vec<Distinct>, span: i64 },
    /// Events that follow one another are an alert. `tiebreaker` orders those of the same time.
    Sequence { shape: Shape, tiebreaker: Option<String> },
}

/// A field that must have at least so many different values.
#[derive(Debug, Clone)]
pub(super) struct Distinct {
    pub field: String,
    pub least: u64,
}

/// Later alerts of a group are suppressed: they count in the first.
#[derive(Debug, Clone)]
pub(super) struct Suppression {
    pub fields: Vec<String>,
    pub period: Period,
    /// Whether those that lack a field are a group of their own; otherwise each stands alone.
    pub missing: bool,
}

/// How long alerts of a group are suppressed.
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
    pub(super) fn of(rule: &Rule, query: &RuleQuery) -> Result<Self, String> {
        let kind = match rule.kind {
            RuleType::Query => RuleKind::Query,
            // All events of a sequence must be in the stretch that a run searches.
            RuleType::Eql => match query.shape(rule.look_back().num_milliseconds().unsigned_abs()) {
                Some(shape) => {
                    let tiebreaker = rule.eql.as_ref().and_then(|eql| eql.tiebreaker.clone());
                    RuleKind::Sequence { shape, tiebreaker }
                }
                None => RuleKind::Query,
            },
            RuleType::NewTerms => {
                let terms = rule.new_terms.as_ref().ok_or("it names no new terms")?;
                let history = parse_look_back(&terms.history_window_start)
                    .ok_or_else(|| format!("its history window is not understood: {}", terms.history_window_start))?;
                RuleKind::NewTerms { fields: terms.fields.clone(), history: micros(history) }
            }
            RuleType::Threshold => {
                let threshold = rule.threshold.as_ref().ok_or("it names no threshold")?;
                let distinct = |c: &crate::rule::Cardinality| Distinct { field: c.field.clone(), least: c.value };
                RuleKind::Threshold {
                    fields: threshold.fields.clone(),
                    value: threshold.value,
                    distinct: threshold.cardinality.iter().map(distinct).collect(),
                    span: micros(rule.look_back()),
                }
            }
            other => return Err(format!("rules of type {} do not run here", other.as_str())),
        };
        let suppression = rule.alert_suppression.as_ref().map(|s| Suppression {
            // A threshold rule's alerts are suppressed by what it counts by.
            fields: match &kind {
                RuleKind::Threshold { fields, .. } => fields.clone(),
                _ => s.group_by.clone(),
            },
            period: match s.duration_seconds {
                Some(seconds) => Period::After(i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000_000)),
                None => Period::Run(micros(rule.interval()).max(1)),
            },
            missing: s.suppress_missing,
        });
        Ok(Self { kind, suppression })
    }

    /// How far back from an event that is an alert others matter to it, in microseconds: the history of its terms, the span
    /// of its count, and the time for which its alerts are suppressed.
    pub(super) fn reach(&self) -> i64 {
        let own = match &self.kind {
            RuleKind::Query => 0,
            RuleKind::NewTerms { history, .. } => *history,
            RuleKind::Threshold { span, .. } => *span,
            RuleKind::Sequence { shape, .. } => shape.reach().unwrap_or(i64::MAX),
        };
        let suppressed = self.suppression.as_ref().map_or(0, |suppression| match suppression.period {
            Period::Run(length) | Period::After(length) => length,
        });
        own.saturating_add(suppressed)
    }

    /// Whether each matching event is an alert by itself.
    pub(super) fn is_plain(&self) -> bool {
        matches!(self.kind, RuleKind::Query) && self.suppression.is_none()
    }
}

/// A hash of all that a rule's memory depends on: while it stays, what is remembered for the rule is of use. `told` are the
/// databases that answer for fields it asks for. 32 hex digits. It is kept on disk: each part goes in with its name, which
/// never changes, whatever the types here are called; a test freezes the result.
pub(super) fn fingerprint(rule: &Rule, plan: &Plan, told: &[GeoIpKind]) -> String {
    let mut hash = Sha256::new();
    let mut put = |name: &str, value: &str| {
        for part in [name, value] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    };
    put("rule", &rule.id);
    if rule.kind == RuleType::Eql {
        put("language", "eql");
        put("query", &rule.query);
        rule.filters.iter().for_each(|filter| put("filter", filter));
        put("category", rule.event_category());
    } else {
        put("query", &rule.search());
    }
    for exception in &rule.exceptions {
        put("except", &exception.query);
        put("expires", &exception.expires.map_or_else(String::new, |end| end.timestamp_micros().to_string()));
    }
    match &plan.kind {
        RuleKind::Query => put("what", "each"),
        RuleKind::NewTerms { fields, history } => {
            put("what", "terms");
            fields.iter().for_each(|field| put("field", field));
            put("history", &history.to_string());
        }
        RuleKind::Threshold { fields, value, distinct, span } => {
            put("what", "count");
            fields.iter().for_each(|field| put("field", field));
            put("value", &value.to_string());
            for Distinct { field, least } in distinct {
                put("distinct", field);
                put("least", &least.to_string());
            }
            put("span", &span.to_string());
        }
        RuleKind::Sequence { shape, tiebreaker } => {
            put("what", "sequence");
            put("span", &shape.reach().map_or_else(String::new, |span| span.to_string()));
            put("tiebreaker", tiebreaker.as_deref().unwrap_or_default());
        }
    }
    if let Some(Suppression { fields, period, missing }) = &plan.suppression {
        let (name, length) = match period {
            Period::Run(length) => ("run", length),
            Period::After(length) => ("after", length),
        };
        put("fold", name);
        put("period", &length.to_string());
        fields.iter().for_each(|field| put("field", field));
        put("missing", if *missing { "fold" } else { "alone" });
    }
    for kind in told {
        put("told", word(*kind));
    }
    hex(&hash.finalize()[..16])
}

fn word(kind: GeoIpKind) -> &'static str {
    match kind {
        GeoIpKind::City => "City",
        GeoIpKind::Asn => "Asn",
    }
}

/// The fingerprint up to schema 2 of the state, a hash of a `Debug` text whose words are frozen: what is remembered under it
/// is still of use. `None` for a rule that could not be loaded then.
pub(super) fn former_fingerprint(rule: &Rule, plan: &Plan, told: &[GeoIpKind]) -> Option<String> {
    if !rule.exceptions.is_empty() || !rule.filters.is_empty() || rule.kind == RuleType::Eql {
        return None;
    }
    let list = |fields: &[String]| fields.iter().map(|f| format!("{f:?}")).collect::<Vec<_>>().join(", ");
    let what = match &plan.kind {
        RuleKind::Query => "Each".to_owned(),
        RuleKind::NewTerms { fields, history } => format!("Terms {{ fields: [{}], history: {history} }}", list(fields)),
        RuleKind::Threshold { fields, value, distinct, span } => {
            let one = |d: &Distinct| format!("Distinct {{ field: {:?}, least: {} }}", d.field, d.least);
            let distinct = distinct.iter().map(one).collect::<Vec<_>>().join(", ");
            format!("Count {{ fields: [{}], value: {value}, distinct: [{distinct}], span: {span} }}", list(fields))
        }
        RuleKind::Sequence { .. } => return None,
    };
    let fold = plan.suppression.as_ref().map_or_else(
        || "None".to_owned(),
        |Suppression { fields, period, missing }| {
            let period = match period {
                Period::Run(length) => format!("Run({length})"),
                Period::After(length) => format!("After({length})"),
            };
            format!("Some(Fold {{ fields: [{}], period: {period}, missing: {missing} }})", list(fields))
        },
    );
    let plan = format!("Plan {{ what: {what}, fold: {fold} }}");
    let told: Vec<&str> = told.iter().map(|kind| word(*kind)).collect();
    let told = (!told.is_empty()).then(|| format!("[{}]", told.join(", ")));
    let mut hash = Sha256::new();
    for part in [rule.id.as_str(), &rule.query, &plan].into_iter().chain(told.as_deref()) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    Some(hex(&hash.finalize()[..16]))
}

fn micros(duration: Duration) -> i64 {
    duration.num_microseconds().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule;

    fn plan_of(rule: &Rule) -> Plan {
        Plan::of(rule, &RuleQuery::new(rule).unwrap()).unwrap()
    }

    #[test]
    fn filters_and_exceptions_are_part_of_what_a_rule_asks_for() {
        let rule = &rule::bundled()[0];
        let plan = plan_of(rule);
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
    fn fingerprints_are_frozen_and_lead_from_those_of_schema_2() {
        let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/states/schema-2/rules"));
        let of = |name: &str| {
            let text = std::fs::read_to_string(folder.join(name).with_extension("toml")).unwrap();
            let rule = rule::load_str(&text, rule::RuleFormat::Toml, name).rules.remove(0);
            let plan = plan_of(&rule);
            (fingerprint(&rule, &plan, &[]), former_fingerprint(&rule, &plan, &[]).unwrap())
        };
        // The second of each is what that state has.
        let expected = [
            ("c368298727d3f8100eb583df1be1c2b7", "82dd01dd1017fa2b6d22cfa4a2879aee"),
            ("4c7991d29fde7196bd21a2210cf19931", "930bc6f7e83119be4f56d5dcd3cb05ce"),
            ("d8fbc6dfc8d96b9515bbfc765f37125e", "f8d1f59998849eaa75668568a60c8b64"),
            ("0d13b37bbe486b7491640e3668690650", "1094f9aa7a5deb66266becc970a2ffda"),
            ("701763199b43704dd183769cdc48f18d", "49a216c9444d0b02573e8a9c521b71c0"),
        ];
        let found = ["exports", "quiet", "suppressed", "terms", "threshold"].map(of);
        assert_eq!(found.each_ref().map(|(now, then)| (now.as_str(), then.as_str())), expected);
    }

    #[test]
    fn fingerprints_of_eql_rules_are_frozen_and_hang_on_all_that_they_ask_for() {
        let of = |query: &str, more: &str| {
            let text = format!(
                "[rule]\nname='n'\nrule_id='r'\ntype='eql'\nseverity='low'\nrisk_score=1\nquery='{query}'\n{more}"
            );
            let rule = rule::load_str(&text, rule::RuleFormat::Toml, "r.toml").rules.remove(0);
            assert_eq!(former_fingerprint(&rule, &plan_of(&rule), &[]), None);
            fingerprint(&rule, &plan_of(&rule), &[])
        };
        let (event, sequence) = ("any where true", "sequence [any where true] [any where true]");
        let all = [
            of(event, ""),
            of(event, "event_category_override='event.type'\n"),
            of(event, "filters=[{query={match_phrase={'cloud.region'='r'}}}]\n"),
            of(sequence, ""),
            of(sequence, "tiebreaker_field='event.id'\n"),
            of(sequence, "from='now-1h'\n"),
        ];
        // States hold these.
        assert_eq!([&all[0], &all[4]], ["11d04255cec80ced6c5f36bdb2499165", "48c7a2778bcbf07f1cd77fe51d2cdd5d"]);
        for (at, one) in all.iter().enumerate() {
            assert_eq!(all.iter().position(|other| other == one), Some(at));
        }
    }

    #[test]
    fn a_rule_that_is_told_more_remembers_anew() {
        let rule = &rule::bundled()[0];
        let plan = plan_of(rule);
        let of = |told: &[GeoIpKind]| fingerprint(rule, &plan, told);
        let all = [of(&[]), of(&[GeoIpKind::City]), of(&[GeoIpKind::Asn]), of(&[GeoIpKind::City, GeoIpKind::Asn])];
        for (at, one) in all.iter().enumerate() {
            assert_eq!(one.len(), 32);
            assert_eq!(all.iter().position(|other| other == one), Some(at));
        }
    }
}
