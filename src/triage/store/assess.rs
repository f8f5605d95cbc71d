//! What was found out about alerts after they were recorded: their priority, and the incident that each belongs to.

use rusqlite::{OptionalExtension as _, Row, TransactionBehavior, params};

use super::row::{self, LISTED};
use super::{Store, StoreError};
use crate::detect::AlertId;
use crate::investigate::Assessment;
use crate::triage::AlertRow;
use crate::triage::incident::Move;

/// What was found out about an alert.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessed {
    pub alert: AlertId,
    /// The event that it was found out from: where the alert stands for another by now, it says nothing.
    pub event_id: String,
    pub assessment: Assessment,
}

/// An alert, its record, and those of all events of its sequence.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertRecords {
    pub row: AlertRow,
    pub raw: String,
    pub sequence: Vec<String>,
}

impl Store {
    /// An alert and what it was found in.
    ///
    /// # Errors
    /// [`StoreError`] when the state cannot be read or written; so for every method here.
    pub fn record_of(&self, id: &AlertId) -> Result<Option<AlertRecords>, StoreError> {
        let sql = format!("SELECT {LISTED}, raw, aggregate FROM alerts JOIN bodies ON alert = number WHERE id = ?1");
        let at = row::LISTED_COLUMNS;
        let read = |row: &Row<'_>| {
            let sequence = row::aggregate(row, at + 1)?.map(|aggregate| aggregate.sequence).unwrap_or_default();
            let sequence = sequence.into_iter().map(|event| event.raw).collect();
            Ok(AlertRecords { row: row::listed(row)?, raw: row.get(at)?, sequence })
        };
        self.check(self.conn.prepare_cached(&sql).and_then(|mut s| s.query_row([&id.0], read).optional()))
    }

    /// Keeps what was found out about these alerts. Answers them as they are now.
    ///
    /// # Errors
    /// See [`Store::record_of`].
    pub fn assess(&mut self, assessed: &[Assessed]) -> Result<Vec<AlertRow>, StoreError> {
        let written = (|| {
            let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for Assessed { alert, event_id, assessment } in assessed {
                tx.prepare_cached(
                    "UPDATE alerts SET priority = ?3, findings = ?4, trace = ?5, refined = ?6 \
                     WHERE id = ?1 AND event_id = ?2",
                )?
                .execute(params![
                    alert.0,
                    event_id,
                    assessment.priority,
                    row::findings(assessment),
                    assessment.trace.to_json(),
                    assessment.refined
                ])?;
            }
            let now = listed(&tx, assessed.iter().map(|assessed| &assessed.alert))?;
            tx.commit()?;
            Ok(now)
        })();
        self.check(written)
    }

    /// Puts alerts into incidents. Answers them as they are now: where one of an incident's alerts is not where it was
    /// thought to be, another console was faster, and none of these is moved.
    ///
    /// # Errors
    /// See [`Store::record_of`].
    pub fn put_into_incidents(&mut self, moves: &[Move]) -> Result<Vec<AlertRow>, StoreError> {
        let written = (|| {
            let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let is = |Move { alert, from, .. }: &Move| {
                tx.prepare_cached("SELECT 1 FROM alerts WHERE id = ?1 AND incident IS ?2")?
                    .exists(params![alert.0, from.as_ref().map(|from| &from.0)])
            };
            for together in moves.chunk_by(|one, other| one.to == other.to) {
                if together.iter().map(is).collect::<rusqlite::Result<Vec<bool>>>()?.contains(&false) {
                    continue;
                }
                for Move { alert, to, .. } in together {
                    tx.prepare_cached("UPDATE alerts SET incident = ?2 WHERE id = ?1")?.execute([&alert.0, &to.0])?;
                }
            }
            let now = listed(&tx, moves.iter().map(|to_move| &to_move.alert))?;
            tx.commit()?;
            Ok(now)
        })();
        self.check(written)
    }
}

fn listed<'a>(conn: &rusqlite::Connection, ids: impl Iterator<Item = &'a AlertId>) -> rusqlite::Result<Vec<AlertRow>> {
    let mut rows = Vec::new();
    for id in ids {
        rows.extend(super::memory::listed(conn, id)?);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::investigate::{FindingId, Trace};
    use crate::triage::Batch;
    use crate::triage::IncidentId;
    use crate::triage::samples::found;

    #[test]
    fn what_is_found_out_is_kept() {
        let mut store = Store::in_memory().unwrap();
        let alerts = [found(1), found(2)];
        store.record(Batch { alerts: &alerts, ..Batch::default() }).unwrap();
        let (one, other) = (&alerts[0].alert.id, &alerts[1].alert.id);
        let trace = Trace { person: Some("p".into()), keys: vec!["K".into()], ..Trace::default() };
        let findings = vec![FindingId::named("root_user").unwrap()];
        let assessment = Assessment { priority: 46, findings, trace, refined: true };
        let assessed = |alert: &AlertId, event_id: &str| Assessed {
            alert: alert.clone(),
            event_id: event_id.to_owned(),
            assessment: assessment.clone(),
        };
        let now = store.assess(&[assessed(one, "event-1"), assessed(other, "an earlier event of its group")]).unwrap();
        assert_eq!(now[0].assessment, assessment);
        assert_eq!(now[1].assessment, alerts[1].alert.assessment);
        let found = AlertRecords { row: now[0].clone(), raw: alerts[0].alert.raw.clone(), sequence: Vec::new() };
        assert_eq!(store.record_of(one).unwrap(), Some(found));
        assert_eq!(store.record_of(&AlertId("none".into())).unwrap(), None);
        let incident = IncidentId("i".to_owned());
        let to_move = Move { alert: one.clone(), from: None, to: incident.clone() };
        assert_eq!(store.put_into_incidents(&[to_move]).unwrap()[0].incident.as_ref(), Some(&incident));
        let rows = store.alerts().unwrap();
        let row = rows.iter().find(|row| row.id == *one).unwrap();
        assert_eq!((&row.assessment, row.incident.as_ref()), (&assessment, Some(&incident)));
        assert!(store.verify(None).is_ok(), "the chain does not cover it");
    }

    #[test]
    fn whoever_was_faster_has_put_the_alerts_of_an_incident_where_they_are() {
        let mut store = Store::in_memory().unwrap();
        let alerts = [found(1), found(2), found(3)];
        store.record(Batch { alerts: &alerts, ..Batch::default() }).unwrap();
        let go = |n: usize, from: Option<&str>, to: &str| {
            let id = |text: &str| IncidentId(text.to_owned());
            Move { alert: alerts[n].alert.id.clone(), from: from.map(id), to: id(to) }
        };
        store.put_into_incidents(&[go(1, None, "theirs")]).unwrap();
        let now = store.put_into_incidents(&[go(0, None, "ours"), go(1, None, "ours"), go(2, None, "other")]).unwrap();
        let now: Vec<Option<&str>> = now.iter().map(|row| row.incident.as_ref().map(|id| id.0.as_str())).collect();
        assert_eq!(now, [None, Some("theirs"), Some("other")]);
        store.put_into_incidents(&[go(0, None, "ours"), go(1, Some("theirs"), "ours")]).unwrap();
        assert!(
            store.alerts().unwrap().iter().filter(|row| row.incident == Some(IncidentId("ours".into()))).count() == 2
        );
    }
}
