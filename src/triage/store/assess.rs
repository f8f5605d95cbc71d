//! What was found out about alerts after they were recorded: their priority, and the incident that each belongs to.

use std::collections::HashMap;

use rusqlite::{TransactionBehavior, params};

use super::row::{self, BODY, LISTED};
use super::{Store, StoreError};
use crate::detect::{Alert, AlertId};
use crate::investigate::Assessment;
use crate::triage::{AlertRow, IncidentId};

impl Store {
    /// Alerts around which the log has not been searched, the most important first, with their events.
    ///
    /// # Errors
    /// [`StoreError`] when the state cannot be read or written; so for every method here.
    pub fn unrefined(&self, limit: usize) -> Result<Vec<Alert>, StoreError> {
        let sql = format!(
            "SELECT {LISTED}, {BODY} FROM alerts JOIN bodies ON alert = number WHERE NOT refined AND NOT withdrawn \
             ORDER BY ifnull(priority, risk_score) DESC, time DESC, id LIMIT ?1"
        );
        self.all(&sql, params![i64::try_from(limit).unwrap_or(i64::MAX)], row::alert)
    }

    /// Keeps what was found out about these alerts. Answers them as they are now.
    ///
    /// # Errors
    /// See [`Store::unrefined`].
    pub fn assess(&mut self, assessed: &[(AlertId, Assessment)]) -> Result<Vec<AlertRow>, StoreError> {
        let written = (|| {
            let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for (id, assessment) in assessed {
                let trace = assessment.trace.to_json();
                tx.prepare_cached(
                    "UPDATE alerts SET priority = ?2, findings = ?3, trace = ?4, refined = ?5 WHERE id = ?1",
                )?
                .execute(params![
                    id.0,
                    assessment.priority,
                    row::findings(assessment),
                    trace,
                    assessment.refined
                ])?;
            }
            let now = listed(&tx, assessed.iter().map(|(id, _)| id))?;
            tx.commit()?;
            Ok(now)
        })();
        self.check(written)
    }

    /// Puts alerts into incidents. Answers them as they are now.
    ///
    /// # Errors
    /// See [`Store::unrefined`].
    pub fn put_into_incidents(
        &mut self,
        incidents: &HashMap<AlertId, IncidentId>,
    ) -> Result<Vec<AlertRow>, StoreError> {
        let written = (|| {
            let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for (id, incident) in incidents {
                tx.prepare_cached("UPDATE alerts SET incident = ?2 WHERE id = ?1")?.execute([&id.0, &incident.0])?;
            }
            let now = listed(&tx, incidents.keys())?;
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
        assert_eq!(store.assess(&[(one.clone(), assessment.clone())]).unwrap()[0].assessment, assessment);
        let left: Vec<AlertId> = store.unrefined(9).unwrap().into_iter().map(|alert| alert.id).collect();
        assert_eq!(left, std::slice::from_ref(other));
        let incident = IncidentId("i".to_owned());
        store.put_into_incidents(&HashMap::from([(one.clone(), incident.clone())])).unwrap();
        let rows = store.alerts().unwrap();
        let row = rows.iter().find(|row| row.id == *one).unwrap();
        assert_eq!((&row.assessment, row.incident.as_ref()), (&assessment, Some(&incident)));
        assert!(store.verify(None).is_ok(), "the chain does not cover it");
    }
}
