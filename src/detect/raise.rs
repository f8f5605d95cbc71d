//! From an event to the alert it is, or stands for.

use std::path::Path;

use chrono::{DateTime, Utc};

use super::aggregate::{Aggregate, Different, Reason, Term};
use super::plan::{Plan, What};
use super::{Alert, AlertId, Raised, RuleSet, Source, Summary, key};
use crate::event::{self, Event};
use crate::investigate::{self, Facts};
use crate::rule::Rule;

impl RuleSet {
    /// The alert that `raised` is, of the event that it shows, read from `offset` of `path`.
    #[must_use]
    pub fn alert<B>(&self, raised: &Raised<B>, event: &Event<'_>, path: &Path, offset: u64) -> Option<Alert> {
        let prepared = self.prepared().get(raised.rule)?;
        let mut alert = alert(&prepared.rule, raised.id.clone(), event, path, offset, self.is_bare())?;
        let aggregate = aggregate(&prepared.plan, raised, event)?;
        alert.reason = format!("{} {}", alert.reason, aggregate.sentences().join(" "));
        alert.aggregate = Some(aggregate);
        Some(alert)
    }
}

/// The alert with this id that `event` is under `rule`; `bare` leaves its document out.
pub(super) fn alert(
    rule: &Rule,
    id: AlertId,
    event: &Event<'_>,
    path: &Path,
    offset: u64,
    bare: bool,
) -> Option<Alert> {
    let facts = Facts::brief(event);
    Some(Alert {
        id,
        rule_id: rule.id.clone(),
        rule_name: rule.name.clone(),
        severity: rule.severity,
        risk_score: rule.risk_score,
        event_id: event.id().to_owned(),
        time: event.time()?,
        reason: investigate::reason(rule, &facts),
        summary: Summary {
            actor: facts.identity.display.clone(),
            source: event.get("source.address"),
            target: facts.target(),
            destination: facts.destination(),
            account: event.get("cloud.account.id"),
            region: event.get("cloud.region"),
            action: event.get("event.action"),
            suspicious: !facts.suspicious.is_empty(),
        },
        aggregate: None,
        ecs: if bare { String::new() } else { event.ecs_json() },
        raw: event.raw().to_owned(),
        source: Source { path: path.to_owned(), offset, envelope: None },
    })
}

fn aggregate<B>(plan: &Plan, raised: &Raised<B>, event: &Event<'_>) -> Option<Aggregate> {
    let tally = &raised.tally;
    let term = |field: &String, value: Option<String>| Term { field: field.clone(), value };
    let row = |fields: &[String], values: Vec<String>| {
        fields.iter().zip(values).map(|(field, value)| term(field, Some(value))).collect::<Vec<_>>()
    };
    let mut new_terms = Vec::new();
    if let What::Terms { fields, .. } = &plan.what {
        let new = key::combinations(event, fields).into_iter().filter(|(key, _)| raised.terms.contains(key));
        new_terms = new.flat_map(|(_, values)| row(fields, values)).collect();
    }
    let group = match (&plan.what, &plan.fold) {
        (What::Count { fields, .. }, _) => {
            let of = key::combinations(event, fields).into_iter().find(|(key, _)| Some(*key) == raised.group);
            row(fields, of?.1)
        }
        (_, Some(fold)) if raised.group.is_some() => {
            let (groups, _) = key::groups(event, &fold.fields);
            let of = groups.into_iter().find(|(key, _)| Some(*key) == raised.group);
            // An older version had one group for all values of a field together; what it wrote down may be remembered.
            let values = of.map_or_else(|| key::joined_values(event, &fold.fields), |(_, row)| row);
            fold.fields.iter().zip(values).map(|(field, value)| term(field, value)).collect()
        }
        _ => Vec::new(),
    };
    let different = match &plan.what {
        What::Count { distinct, .. } => {
            let count =
                |(d, values): (&super::plan::Distinct, &u64)| Different { field: d.field.clone(), values: *values };
            distinct.iter().zip(&tally.distinct).map(count).collect()
        }
        What::Each | What::Terms { .. } => Vec::new(),
    };
    Some(Aggregate {
        reason: match (&plan.what, raised.group) {
            (What::Count { .. }, _) => Reason::Threshold,
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
