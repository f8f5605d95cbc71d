//! Alerts that stand for more than their own event: new terms, a threshold, a sequence, suppressed alerts.

use chrono::{DateTime, Utc};

use super::super::aggregate::{Aggregate, Different, Reason, SequenceRecord, Term};
use super::super::in_sequence::shared_key;
use super::super::plan::{Distinct, RuleKind, Suppression};
use super::super::ruleset::Prepared;
use super::super::{Alert, Body, GroupKey, RuleSet, key};
use super::Raised;
use crate::event::{self, Event};
use crate::investigate::Facts;

impl RuleSet {
    /// The alert that `raised` becomes, with what is kept of the event that it shows and, in order, of those of its
    /// sequence.
    #[must_use]
    pub fn alert<B>(&self, raised: &Raised<B>, shown: &Body, sequence: &[Body]) -> Option<Alert> {
        let prepared = self.prepared().get(raised.rule)?;
        let read = |body| read(body, self);
        let event = read(shown)?;
        let events = sequence.iter().map(read).collect::<Option<Vec<_>>>()?;
        // The state does not keep what remembered events lay in: the alert is the same before and after a restart.
        let origin = shown.origin.without_envelope();
        let mut alert = Alert::new(&prepared.rule, raised.id.clone(), &event, &origin, self.is_bare())?;
        let mut aggregate = aggregate(prepared, raised, &event, &events)?;
        for ((at, event), body) in raised.tally.sequence().iter().zip(&events).zip(sequence) {
            aggregate.sequence.push(SequenceRecord::new(&at.event, instant(at.time)?, event, &body.origin));
        }
        let records = sequence.iter().map(|body| body.raw.as_str());
        alert.assessment = alert.assessment.with_events(alert.risk_score, records, self.geoip());
        alert.summary.suspicious |= events.iter().any(|event| !Facts::brief(event).suspicious.is_empty());
        alert.reason = format!("{} {}", alert.reason, aggregate.sentences().join(" "));
        alert.aggregate = Some(aggregate);
        Some(alert)
    }
}

fn read<'b>(body: &'b Body, rules: &'b RuleSet) -> Option<Event<'b>> {
    Event::parse_with(body.raw.as_bytes(), rules.geoip()).ok()
}

fn term(field: &str, value: Option<String>) -> Term {
    Term { field: field.to_owned(), value }
}

fn row(fields: &[String], values: Vec<String>) -> Vec<Term> {
    fields.iter().zip(values).map(|(field, value)| term(field, Some(value))).collect()
}

fn aggregate<B>(prepared: &Prepared, raised: &Raised<B>, event: &Event<'_>, all: &[Event<'_>]) -> Option<Aggregate> {
    let (plan, tally) = (&prepared.plan, &raised.tally);
    let mut new_terms = Vec::new();
    if let RuleKind::NewTerms { fields, .. } = &plan.kind {
        let new = key::combinations(event, fields).into_iter().filter(|(key, _)| raised.terms.contains(key));
        new_terms = new.flat_map(|(_, values)| row(fields, values)).collect();
    }
    let group = match (&plan.kind, &plan.suppression) {
        (RuleKind::Threshold { fields, .. }, _) => {
            let of = key::combinations(event, fields).into_iter().find(|(key, _)| Some(*key) == raised.group);
            row(fields, of?.1)
        }
        (RuleKind::Sequence { .. }, Some(fold)) => shared(fold, raised.group, all),
        (RuleKind::Sequence { .. }, None) => {
            let joined = prepared.joined(event, raised.group?)?;
            joined.into_iter().map(|(field, value)| Term { field, value }).collect()
        }
        (_, Some(fold)) if raised.group.is_some() => {
            let (groups, _) = key::groups(event, &fold.fields);
            let of = groups.into_iter().find(|(key, _)| Some(*key) == raised.group);
            // An older version had one group for all values of a field together, and may have left such a group in the state.
            let values = of.map_or_else(|| key::joined_values(event, &fold.fields), |(_, row)| row);
            fold.fields.iter().zip(values).map(|(field, value)| term(field, value)).collect()
        }
        _ => Vec::new(),
    };
    let different = match &plan.kind {
        RuleKind::Threshold { distinct, .. } => {
            let count = |(d, values): (&Distinct, &u64)| Different { field: d.field.clone(), values: *values };
            distinct.iter().zip(&tally.distinct).map(count).collect()
        }
        _ => Vec::new(),
    };
    Some(Aggregate {
        reason: match (&plan.kind, raised.group) {
            (RuleKind::Sequence { .. }, _) => Reason::Sequence,
            (RuleKind::Threshold { .. }, _) => Reason::Threshold,
            (_, Some(_)) => Reason::Suppression,
            (_, None) => Reason::NewTerms,
        },
        new_terms,
        group,
        count: tally.count(),
        first: instant(tally.first())?,
        last: instant(tally.last())?,
        different,
        events: tally.events.iter().map(|distinct| event::id_of(distinct).to_owned()).collect(),
        marks: tally.events.iter().filter_map(|distinct| event::mark_of(distinct)).map(str::to_owned).collect(),
        sequence: Vec::new(),
        suppressed: (tally.count() / (tally.length as u64).max(1)).saturating_sub(1) * u64::from(tally.length > 0),
    })
}

/// The values that all events of a sequence share, of the fields by which it is suppressed: those of this group; nothing for
/// a sequence that stands alone.
fn shared(fold: &Suppression, group: Option<GroupKey>, events: &[Event<'_>]) -> Vec<Term> {
    let mut rows: Vec<Vec<Option<String>>> = vec![Vec::new()];
    for field in &fold.fields {
        let in_all = |value: &String| events.iter().all(|event| key::values(event, field).contains(value));
        let first = events.first().map(|event| key::values(event, field)).unwrap_or_default();
        let mut values: Vec<Option<String>> = first.into_iter().filter(in_all).map(Some).collect();
        if values.is_empty() {
            values.push(None);
        }
        let with = |row: &Vec<Option<String>>| {
            values.iter().map(|v| [&row[..], std::slice::from_ref(v)].concat()).collect::<Vec<_>>()
        };
        rows = rows.iter().flat_map(with).collect();
    }
    let key = |row: &Vec<Option<String>>| {
        let hashes: Vec<Option<u64>> = row.iter().map(|value| value.as_deref().map(key::short_hash)).collect();
        shared_key(&hashes)
    };
    let of = rows.into_iter().find(|row| Some(key(row)) == group);
    of.map(|row| fold.fields.iter().zip(row).map(|(field, value)| term(field, value)).collect()).unwrap_or_default()
}

fn instant(micros: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros)
}
