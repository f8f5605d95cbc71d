//! Alerts that stand for more than their own event: new terms, a threshold, suppressed alerts.

use chrono::{DateTime, Utc};

use super::super::aggregate::{Aggregate, Different, Reason, Term};
use super::super::plan::{Distinct, Plan, RuleKind};
use super::super::{Alert, RuleSet, key};
use super::Raised;
use crate::event::{self, Event};
use crate::trail::Origin;

impl RuleSet {
    /// The alert that `raised` becomes, with the event that it shows, read from `origin`.
    #[must_use]
    pub fn alert<B>(&self, raised: &Raised<B>, event: &Event<'_>, origin: &Origin) -> Option<Alert> {
        let prepared = self.prepared().get(raised.rule)?;
        // The state does not keep what remembered events lay in: the alert is the same before and after a restart.
        let origin = origin.without_envelope();
        let mut alert = Alert::new(&prepared.rule, raised.id.clone(), event, &origin, self.is_bare())?;
        let aggregate = aggregate(&prepared.plan, raised, event)?;
        alert.reason = format!("{} {}", alert.reason, aggregate.sentences().join(" "));
        alert.aggregate = Some(aggregate);
        Some(alert)
    }
}

fn aggregate<B>(plan: &Plan, raised: &Raised<B>, event: &Event<'_>) -> Option<Aggregate> {
    let tally = &raised.tally;
    let term = |field: &String, value: Option<String>| Term { field: field.clone(), value };
    let row = |fields: &[String], values: Vec<String>| {
        fields.iter().zip(values).map(|(field, value)| term(field, Some(value))).collect::<Vec<_>>()
    };
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
        RuleKind::Query | RuleKind::NewTerms { .. } => Vec::new(),
    };
    Some(Aggregate {
        reason: match (&plan.kind, raised.group) {
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
    })
}

fn instant(micros: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros)
}
