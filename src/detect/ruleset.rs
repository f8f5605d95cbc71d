//! The rules that run: prepared once, then evaluated on each event.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};

use super::cost::{Cost, Meter};
use super::hit::{Body, EventOrder, Hit};
use super::in_sequence::InSequence;
use super::key::{self, GroupKey};
use super::lacking::{Lacking, asked};
use super::plan::{Plan, RuleKind, fingerprint, former_fingerprint};
use super::prefilter::{Prefilter, RuleFilter};
use super::rule_query::{RuleQuery, tie};
use super::{Alert, AlertId, Evaluation, Exceptions};
use crate::diag::Diagnostic;
use crate::event::{self, Event, GeoIp, GeoIpKind};
use crate::query::eql::Part;
use crate::query::kql::{self, Node};
use crate::query::{FieldRef, Query};
use crate::rule::Rule;
use crate::trail::Origin;

#[derive(Debug, Default)]
pub struct RuleSet {
    prepared: Vec<Arc<Prepared>>,
    prefilter: Prefilter,
    exceptions: Arc<Exceptions>,
    geoip: GeoIp,
    /// Alerts come without the document of their event.
    bare: bool,
}

/// What the state keeps apart by rule: what a rule remembers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembering {
    /// See [`RuleSet::fingerprints`].
    pub fingerprint: String,
    /// As schema 1 and 2 of the state have it.
    pub former: Option<String>,
    /// How far back memory matters to an event, in microseconds.
    pub reach: i64,
}

#[derive(Debug)]
pub(super) struct Prepared {
    pub rule: Arc<Rule>,
    pub plan: Plan,
    pub fingerprint: String,
    pub former_fingerprint: Option<String>,
    query: RuleQuery,
    /// Of the rule itself, each with its end.
    exceptions: Vec<(Option<DateTime<Utc>>, Query)>,
    filter: Arc<RuleFilter>,
    pub meter: Meter,
}

impl RuleSet {
    /// Also returns the rules that cannot run, each with the reason.
    #[must_use]
    pub fn new(rules: Vec<Arc<Rule>>, exceptions: impl Into<Arc<Exceptions>>) -> (Self, Vec<(Arc<Rule>, String)>) {
        Self::with_geoip(rules, exceptions, GeoIp::default())
    }

    /// [`RuleSet::new`], for events that are read with these databases.
    #[must_use]
    pub fn with_geoip(
        rules: Vec<Arc<Rule>>,
        exceptions: impl Into<Arc<Exceptions>>,
        geoip: GeoIp,
    ) -> (Self, Vec<(Arc<Rule>, String)>) {
        Self { exceptions: exceptions.into(), geoip, ..Self::default() }.renewed(rules)
    }

    /// A set of other rules with the same exceptions and databases. A rule that is in this set too is taken over with its
    /// figures.
    #[must_use]
    pub fn renewed(&self, rules: Vec<Arc<Rule>>) -> (Self, Vec<(Arc<Rule>, String)>) {
        let known: HashMap<&str, &Arc<Prepared>> = self.prepared.iter().map(|p| (p.rule.id.as_str(), p)).collect();
        let mut prepared = Vec::with_capacity(rules.len());
        let mut left = Vec::new();
        for rule in rules {
            match known.get(rule.id.as_str()).filter(|known| known.rule == rule) {
                Some(known) => prepared.push(Arc::clone(known)),
                None => match Prepared::new(&rule, &self.geoip) {
                    Ok(ready) => prepared.push(Arc::new(ready)),
                    Err(why) => left.push((rule, why)),
                },
            }
        }
        (self.with(prepared), left)
    }

    /// The rules that `keep` chooses. Both sets count in the same figures.
    #[must_use]
    pub fn only(&self, keep: impl Fn(&Rule) -> bool) -> Self {
        let prepared = self.prepared.iter().filter(|p| keep(&p.rule)).cloned().collect();
        self.with(prepared)
    }

    fn with(&self, prepared: Vec<Arc<Prepared>>) -> Self {
        let filters = prepared.iter().map(|p| Arc::clone(&p.filter)).collect();
        Self {
            prepared,
            prefilter: Prefilter::for_rules(filters, &self.geoip),
            exceptions: Arc::clone(&self.exceptions),
            geoip: self.geoip.clone(),
            bare: self.bare,
        }
    }

    /// The same set with an empty [`super::Alert::ecs`] in its alerts, for output that does not show it.
    #[must_use]
    pub fn without_documents(&self) -> Self {
        Self { bare: true, ..self.with(self.prepared.clone()) }
    }

    /// The databases with which the events that are put to it are to be read.
    #[must_use]
    pub fn geoip(&self) -> &GeoIp {
        &self.geoip
    }

    pub(super) fn is_bare(&self) -> bool {
        self.bare
    }

    /// The rules, in the order given.
    #[must_use]
    pub fn rules(&self) -> Vec<Arc<Rule>> {
        self.prepared.iter().map(|p| Arc::clone(&p.rule)).collect()
    }

    /// The rule with this id.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Arc<Rule>> {
        self.prepared.iter().map(|p| &p.rule).find(|rule| rule.id == id)
    }

    /// The rules and what each has cost, in the order given.
    pub fn costs(&self) -> impl Iterator<Item = (&Arc<Rule>, Cost)> {
        self.prepared.iter().map(|p| (&p.rule, p.meter.read()))
    }

    /// What the rules ask for, each under the rule's id: an event that none of these matches means nothing to any of them.
    pub fn queries(&self) -> impl Iterator<Item = (&str, Node)> {
        self.prepared.iter().map(|p| (p.rule.id.as_str(), p.query.node()))
    }

    /// The parts of the rules' queries that can never match, each with its rule.
    pub fn warnings(&self) -> impl Iterator<Item = (&Rule, &Diagnostic)> {
        self.prepared.iter().flat_map(|p| p.query.warnings().map(|warning| (p.rule.as_ref(), warning)))
    }

    /// A hash of each rule's conditions: its memory is of use as long as this stays.
    #[must_use]
    pub fn fingerprints(&self) -> Vec<String> {
        self.prepared.iter().map(|p| p.fingerprint.clone()).collect()
    }

    /// In the order of the rules.
    #[must_use]
    pub fn remembering(&self) -> Vec<Remembering> {
        let of = |p: &Arc<Prepared>| Remembering {
            fingerprint: p.fingerprint.clone(),
            former: p.former_fingerprint.clone(),
            reach: p.plan.reach(),
        };
        self.prepared.iter().map(of).collect()
    }

    #[must_use]
    pub fn fingerprint(&self, place: usize) -> Option<&str> {
        self.prepared.get(place).map(|p| p.fingerprint.as_str())
    }

    #[must_use]
    pub fn place(&self, fingerprint: &str) -> Option<usize> {
        self.prepared.iter().position(|p| p.fingerprint == fingerprint)
    }

    /// Some rule looks at more than one event, and so has to know what happened before.
    #[must_use]
    pub fn remembers(&self) -> bool {
        self.prepared.iter().any(|p| !p.plan.is_plain())
    }

    /// How far back from an event that is an alert the rules look for others.
    #[must_use]
    pub fn look_back(&self) -> Duration {
        let longest = self.prepared.iter().map(|p| p.plan.reach()).max();
        longest.map_or_else(Duration::zero, Duration::microseconds)
    }

    /// What rules ask for that no record holds; of rules that ask for nothing of the kind, nothing.
    pub fn lacking(&self) -> impl Iterator<Item = (&Rule, Vec<Lacking>)> {
        let of = |p: &Arc<Prepared>| Lacking::of(&p.rule, &p.query.needed(), &self.geoip);
        self.prepared.iter().map(move |p| (p.rule.as_ref(), of(p))).filter(|(_, lacking)| !lacking.is_empty())
    }

    /// What the rules ask of an event, by the rule's id; `None` where that is not the same in each run of a rule.
    #[must_use]
    pub fn questions(&self) -> Option<Vec<(String, Node)>> {
        let question = |p: &Arc<Prepared>| (!p.query.is_per_run()).then(|| (p.rule.id.clone(), p.query.node()));
        self.prepared.iter().map(question).collect()
    }

    /// Decides which files and records none of the rules can match.
    #[must_use]
    pub fn prefilter(&self) -> &Prefilter {
        &self.prefilter
    }

    pub(super) fn prepared(&self) -> &[Arc<Prepared>] {
        &self.prepared
    }

    /// Evaluates the rules on `event`, read from `origin`, and adds alerts and hits to `evaluation`. An event
    /// without a time matches none: no rule's window can contain it.
    pub fn evaluate(&self, event: &Event<'_>, origin: &Origin, evaluation: &mut Evaluation) {
        let candidates = evaluation.narrowed.take().unwrap_or_else(|| {
            let mut candidates = std::mem::take(&mut evaluation.candidates);
            self.prefilter.candidates(event, &mut candidates);
            candidates
        });
        // Computed once, and only for an event that matches.
        let distinct = OnceCell::new();
        for &at in &candidates {
            let Some(prepared) = self.prepared.get(at) else { continue };
            if evaluation.is_for(at)
                && !(evaluation.past && prepared.plan.is_plain())
                && prepared.meter.measure(|| prepared.query.matches(event))
                && !prepared.is_excepted(event)
                && !self.exceptions.cover(&prepared.rule, event)
                && let Some(time) = event.time()
            {
                let distinct = distinct.get_or_init(|| Arc::from(event.distinct_id()));
                let (time, bare) = (time.timestamp_micros(), self.bare);
                let matched = Matched { event, distinct, origin, time, bare };
                prepared.raise(at, &matched, evaluation);
            }
        }
        evaluation.candidates = candidates;
    }
}

/// An event that matches a rule, and where it lies.
struct Matched<'m, 'e> {
    event: &'m Event<'e>,
    distinct: &'m Arc<str>,
    origin: &'m Origin,
    time: i64,
    bare: bool,
}

impl Matched<'_, '_> {
    fn hit(&self, rule: usize, key: GroupKey, further: bool) -> Hit<()> {
        let at = EventOrder { time: self.time, event: Arc::clone(self.distinct) };
        Hit { rule, key, further, folds: Vec::new(), at, until: self.time, distinct: Vec::new(), body: () }
    }

    fn body(&self) -> Body {
        Body { raw: self.event.raw().to_owned(), origin: self.origin.clone() }
    }
}

impl Prepared {
    fn new(rule: &Arc<Rule>, geoip: &GeoIp) -> Result<Self, String> {
        let query = RuleQuery::new(rule)?;
        let plan = Plan::of(rule, &query)?;
        let exceptions = rule.exceptions.iter().map(|exception| {
            let covered = kql::compile(&exception.query, event::schema()).map_err(|error| error.to_string())?;
            Ok((exception.expires, covered))
        });
        let exceptions = exceptions.collect::<Result<Vec<_>, String>>()?;
        let asked: Vec<FieldRef> = asked(rule, query.query()).into_iter().chain(query.fields()).collect();
        let told = [GeoIpKind::City, GeoIpKind::Asn]
            .into_iter()
            .filter(|kind| geoip.has(*kind) && asked.iter().any(|field| event::needs_geoip(field) == Some(*kind)));
        let told: Vec<GeoIpKind> = told.collect();
        let fingerprint = fingerprint(rule, &plan, &told);
        let former_fingerprint = former_fingerprint(rule, &plan, &told);
        let filter = Arc::new(RuleFilter::new(Arc::clone(query.query())));
        Ok(Self {
            rule: Arc::clone(rule),
            plan,
            fingerprint,
            former_fingerprint,
            query,
            exceptions,
            filter,
            meter: Meter::default(),
        })
    }

    /// See [`RuleQuery::joined`].
    pub(super) fn joined(&self, event: &Event<'_>, key: GroupKey) -> Option<Vec<(String, Option<String>)>> {
        self.query.joined(event, key)
    }

    /// An exception of the rule itself covers this event; one with an end covers what happened before it.
    fn is_excepted(&self, event: &Event<'_>) -> bool {
        self.exceptions.iter().any(|(end, covered)| super::exception::is_before(event, *end) && covered.matches(event))
    }

    fn raise(&self, place: usize, matched: &Matched<'_, '_>, evaluation: &mut Evaluation) {
        let event = matched.event;
        // The suppression groups of the alert.
        let is_sequence = matches!(self.plan.kind, RuleKind::Sequence { .. });
        let folds = self.plan.suppression.as_ref().filter(|_| !is_sequence).map_or_else(Vec::new, |fold| {
            let (groups, missing) = key::groups(event, &fold.fields);
            if missing && !fold.missing { Vec::new() } else { groups.into_iter().map(|(key, _)| key).collect() }
        });
        match &self.plan.kind {
            RuleKind::Query if folds.is_empty() && evaluation.past => {}
            RuleKind::Query if folds.is_empty() => {
                let id = AlertId::of(&self.rule.id, matched.distinct);
                evaluation.alerts.extend(Alert::new(&self.rule, id, event, matched.origin, matched.bare));
            }
            RuleKind::Query => {
                for (at, key) in folds.into_iter().enumerate() {
                    evaluation.hits.push(matched.hit(place, key, at > 0).map(|()| matched.body()));
                }
            }
            RuleKind::NewTerms { fields, history } => {
                for (at, (key, _)) in key::combinations(event, fields).into_iter().enumerate() {
                    let hit = Hit { folds: folds.clone(), ..matched.hit(place, key, at > 0) };
                    evaluation.term(hit, *history, || matched.body());
                }
            }
            RuleKind::Threshold { fields, distinct, .. } => {
                let mut different = Vec::new();
                for (at, distinct) in (0u8..).zip(distinct) {
                    let values = key::values(event, &distinct.field);
                    different.extend(values.iter().map(|value| (at, key::short_hash(value))));
                }
                for (key, _) in key::combinations(event, fields) {
                    let hit = Hit { distinct: different.clone(), ..matched.hit(place, key, false) };
                    evaluation.hits.push(hit.map(|()| matched.body()));
                }
            }
            RuleKind::Sequence { tiebreaker, .. } => {
                let tie = tiebreaker.as_ref().map(|field| tie(event, field)).unwrap_or_default();
                let fields = self.plan.suppression.iter().flat_map(|fold| &fold.fields);
                let shared: Vec<(u8, u64)> = (0..)
                    .zip(fields)
                    .flat_map(|(at, field)| {
                        key::values(event, field).into_iter().map(move |v| (at, key::short_hash(&v)))
                    })
                    .collect();
                for (key, Part { items, until, .. }) in self.query.parts(event) {
                    let part = InSequence { items, until, tie: tie.clone(), shared: shared.clone() };
                    let hit = Hit { distinct: part.to_values(), ..matched.hit(place, key, false) };
                    evaluation.hits.push(hit.map(|()| matched.body()));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::detect::prefilter::Decision;
    use crate::rule::{RuleFormat, load_str};

    #[test]
    fn what_is_padded_past_what_an_index_keeps_is_an_alert() {
        for (query, made) in [
            (
                "event.action: PutBucketPolicy and aws.cloudtrail.request_parameters: *bucketName=loot*",
                (|padding| format!(r#""requestParameters":{{"padding":"{padding}","bucketName":"loot-1"}}"#))
                    as fn(&str) -> String,
            ),
            ("user_agent.original: *S3 Browser*", |padding| format!(r#""userAgent":"{padding}[S3 Browser/11]""#)),
            ("user_agent.original: (x* and *11])", |padding| format!(r#""userAgent":"x{padding}[S3 Browser/11]""#)),
        ] {
            let text = format!("[rule]\nname='n'\ntype='query'\nseverity='low'\nrisk_score=21\nquery='{query}'\n");
            let (rules, _) = RuleSet::new(load_str(&text, RuleFormat::Toml, "r.toml").rules, Exceptions::default());
            for padding in [0, 1_025, 9_000, 40_000] {
                let member = made(&"x".repeat(padding));
                let record = format!(
                    r#"{{"eventVersion":"1.11","eventTime":"2026-11-23T10:00:00Z","eventID":"e","eventName":"PutBucketPolicy",{member}}}"#
                );
                let mut evaluation = Evaluation::default();
                rules.evaluate(
                    &Event::parse(record.as_bytes()).unwrap(),
                    &Origin::from_columns(Path::new("f"), 0, None),
                    &mut evaluation,
                );
                assert_eq!(evaluation.alerts.len(), 1, "{query} {padding}");
            }
        }
    }

    #[test]
    fn sets_keep_the_databases_they_were_made_with() {
        let text = "[rule]\nname='n'\ntype='query'\nseverity='low'\nrisk_score=21\nquery='source.as.number: 64496'\n";
        let rules = || load_str(text, RuleFormat::Toml, "r.toml").rules;
        let (asn, mut geoip) = (format!("{}/fixtures/geoip/asn.mmdb", env!("CARGO_MANIFEST_DIR")), GeoIp::default());
        geoip.add(GeoIpKind::Asn, std::fs::read(asn).unwrap()).unwrap();
        let (with, _) = RuleSet::with_geoip(rules(), Exceptions::default(), geoip);
        let (without, _) = RuleSet::new(rules(), Exceptions::default());
        let record = br#"{"eventVersion":"1.11","eventTime":"2026-11-23T10:00:00Z","eventID":"e","eventName":"GetUser","sourceIPAddress":"192.0.2.40"}"#;
        let told = |set: &RuleSet| {
            let mut evaluation = Evaluation::default();
            let event = Event::parse_with(record, set.geoip()).unwrap();
            set.evaluate(&event, &Origin::from_columns(Path::new("f"), 0, None), &mut evaluation);
            (set.fingerprints(), evaluation.alerts.len())
        };
        for set in [&with, &with.only(|_| true), &with.renewed(rules()).0, &with.without_documents()] {
            assert_eq!(told(set), (with.fingerprints(), 1));
        }
        assert_eq!(told(&without), (without.fingerprints(), 0));
        assert_ne!(with.fingerprints(), without.fingerprints());
    }

    #[test]
    fn a_record_is_put_to_no_other_rule_than_those_that_it_can_match() {
        let rule = |name: &str, query: &str| {
            let text = format!(
                "[rule]\nname = '{name}'\nrule_id = '{name}'\ntype = 'query'\nseverity = 'low'\nrisk_score = 21\nquery = '{query}'\n"
            );
            load_str(&text, RuleFormat::Toml, "r.toml").rules.remove(0)
        };
        let queries = ["user_agent.original: *Cyberduck*", "event.action: GetUser", "event.outcome: failure"];
        let (rules, left) = RuleSet::new(queries.map(|query| rule(query, query)).to_vec(), Exceptions::default());
        assert!(left.is_empty());
        let record = |agent: &str| {
            format!(
                r#"{{"eventVersion":"1.11","eventTime":"2026-11-23T10:00:00Z","eventID":"e","eventSource":"s","eventName":"GetUser","userAgent":"{agent}"}}"#
            )
        };
        let decide = |agent: &str| rules.prefilter().decide(record(agent).as_bytes());
        assert_eq!(decide("Mozilla"), Decision::Evaluate(Some(vec![1, 2])));
        assert_eq!(decide("Cyberduck/9"), Decision::Evaluate(Some(vec![0, 1, 2])));
        let mut evaluation = Evaluation::default();
        evaluation.narrow(Some(vec![1, 2]));
        let record = record("Cyberduck");
        let event = Event::parse(record.as_bytes()).unwrap();
        let origin = Origin::from_columns(Path::new("f"), 0, None);
        rules.evaluate(&event, &origin, &mut evaluation);
        rules.evaluate(&event, &origin, &mut evaluation);
        let by = evaluation.alerts.iter().map(|a| a.rule_id.as_str()).collect::<Vec<_>>();
        assert_eq!(by, [queries[1], queries[0], queries[1]], "only the next event is narrowed");
    }
}
