//! Writing what the readers found, in batches, and making alerts of the changes that rules over several events tell.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::{AggregateChange, Findings, StoreThread, Update};
use crate::detect::{Alert, AlertId, Body, Change, Raised, RuleSet};
use crate::event;
use crate::triage::{AlertRow, Batch, Decision, NewAlert, Recorded, RuleMaxSignals, StoreError};

impl StoreThread {
    pub(super) fn write(&mut self, mut found: Findings) {
        // What another console has found in the same files is neither new nor counted twice.
        let looked = self.look();
        for NewAlert { alert, .. } in &mut found.alerts {
            if !self.known.contains(&alert.id)
                && let Ok(Some(id)) = self.store.former_id_of(alert)
            {
                alert.id = id;
            }
        }
        let mut batch = HashSet::new();
        let grows = |alert: &Alert| alert.aggregate.is_some();
        let news = |f: &NewAlert| grows(&f.alert) || !self.known.contains(&f.alert.id);
        found.alerts.retain(|f| news(f) && batch.insert(f.alert.id.clone()));
        for NewAlert { alert, held, .. } in &mut found.alerts {
            *held = !self.known.contains(&alert.id) && self.holds(&alert.rule_id, alert.time);
        }
        self.unsaved.append(found);
        let saved = looked.and_then(|()| self.save());
        // Alerts are shown whether or not they could be saved.
        self.announce(self.unsaved.alerts.iter().map(NewAlert::listed).collect());
        self.heed(saved);
    }

    /// Counts an alert; whether it is held back: by the cap of its rule, or as a building block for other rules.
    pub(super) fn holds(&mut self, rule: &str, time: DateTime<Utc>) -> bool {
        let Some(rule) = self.book.rule(rule) else { return false };
        if !self.counted.contains(&rule.id)
            && let Ok(counts) = self.store.run_counts(&rule.id, rule.interval())
        {
            counts.into_iter().for_each(|(run, count)| self.cap.restore(rule.id.clone(), run, count));
            self.counted.insert(rule.id.clone());
        }
        self.cap.holds(&rule.id, time, rule.interval(), rule.max_signals) || rule.building_block
    }

    /// Writes what is to be written; on an error it stays, to be tried again.
    pub(super) fn save(&mut self) -> Result<(), StoreError> {
        if self.unsaved.is_empty() {
            return Ok(());
        }
        self.work_out()?;
        let Findings { alerts, marks, gone, cursors, seen, kept, entries, withdrawn, whole, turned: _ } = &self.unsaved;
        let (version, limits) = (Some(self.version), &self.limits(alerts)[..]);
        let recorded = self.store.record(Batch {
            alerts,
            marks,
            gone,
            cursors,
            seen,
            kept,
            entries,
            withdrawn,
            version,
            limits,
        })?;
        self.checkpoints.written(marks, gone.iter().map(|(_, path)| &**path));
        self.store.mark_caught_up(whole)?;
        let Findings { alerts, .. } = std::mem::take(&mut self.unsaved);
        self.take_up_due |= !alerts.is_empty();
        self.note_written();
        // What was told of before it could be written may stand for more events by now.
        let grown = |f: &&NewAlert| f.alert.aggregate.is_some() && self.known.contains(&f.alert.id);
        let grown: HashSet<AlertId> = alerts.iter().filter(grown).map(|f| f.alert.id.clone()).collect();
        let Recorded { mut new, added, decisions, .. } = recorded;
        let mut changed = std::mem::take(&mut self.revoked);
        changed.extend(new.split_off(added));
        let other = |l: &mut AlertRow| grown.contains(&l.id) || (l.held && self.known.contains(&l.id));
        changed.extend(new.extract_if(.., other));
        self.announce(new);
        if !changed.is_empty() {
            self.tell(Update::Alerts(changed));
        }
        self.tell_decisions(decisions);
        Ok(())
    }

    /// Tells of decisions that were written here, and are others' or were made elsewhere.
    pub(super) fn tell_decisions(&mut self, decisions: Vec<Decision>) {
        if !decisions.is_empty() {
            self.own.extend(decisions.iter().map(|decision| decision.seq));
            self.tell(Update::Decisions(decisions));
        }
    }

    /// How many alerts of these rules are listed.
    fn limits(&self, alerts: &[NewAlert]) -> Vec<RuleMaxSignals> {
        let rules: BTreeSet<&str> = alerts.iter().map(|found| found.alert.rule_id.as_str()).collect();
        let limit = |id: &str| {
            let rule = self.book.rule(id)?;
            Some(RuleMaxSignals { rule: rule.id.clone(), interval: rule.interval(), most: rule.max_signals })
        };
        rules.into_iter().filter_map(limit).collect()
    }

    /// Makes of what has become of alerts what is to be written about them. Of an alert that changes twice before it can
    /// be written the last change counts.
    fn work_out(&mut self) -> Result<(), StoreError> {
        let last = self.last_changes()?;
        self.unsaved.turned.clear();
        let mut before = HashMap::new();
        for found in self.unsaved.alerts.extract_if(.., |f| last.contains_key(&f.alert.id)) {
            if last.get(&found.alert.id).is_some_and(Option::is_none) && self.known.contains(&found.alert.id) {
                self.revoked.push(AlertRow { withdrawn: true, ..found.listed() });
            }
            before.insert(found.alert.id, found.held);
        }
        self.unsaved.withdrawn.retain(|id| !last.contains_key(id));
        let mut raised = Vec::new();
        for (id, change) in last {
            match change {
                None => self.unsaved.withdrawn.push(id),
                Some(found) => raised.push(found),
            }
        }
        // The cap counts in the order of the events.
        raised.sort_by(|a, b| (a.alert.time, &a.alert.id).cmp(&(b.alert.time, &b.alert.id)));
        for mut found in raised {
            let Alert { id, rule_id, time, .. } = &found.alert;
            found.held = match before.get(id) {
                Some(held) => *held,
                None => !self.known.contains(id) && self.holds(rule_id, *time),
            };
            self.unsaved.alerts.push(found);
        }
        Ok(())
    }

    /// What the alerts whose rules have changed their minds are now; nothing for those that are taken back.
    fn last_changes(&self) -> Result<HashMap<AlertId, Option<NewAlert>>, StoreError> {
        let kept = self.unsaved.kept.iter().map(|k| ((k.rule.as_str(), &*k.hit.at.event), &k.hit.body));
        let bodies: HashMap<(&str, &str), &Body> = kept.collect();
        let mut last = HashMap::new();
        for AggregateChange { rules, change, live } in &self.unsaved.turned {
            match change {
                Change::Withdrawn(id) => {
                    last.insert(self.recorded(id), None);
                }
                Change::Raised(raised) => {
                    let asked = rules.fingerprint(raised.rule).unwrap_or_default();
                    let body = |event: &str| match bodies.get(&(asked, event)) {
                        Some(body) => Ok(Some((*body).clone())),
                        None => self.store.body(asked, event),
                    };
                    if let Some(found) = self.raise(rules, raised, &body, *live)? {
                        last.insert(found.alert.id.clone(), Some(found));
                    }
                }
            }
        }
        Ok(last)
    }

    /// The id under which the alert with this one is recorded.
    fn recorded(&self, id: &AlertId) -> AlertId {
        self.store.former_id(id).ok().flatten().unwrap_or_else(|| id.clone())
    }

    /// The alert that `raised` is; nothing where it is known and says the same. `body` hands out what is remembered of an
    /// event.
    fn raise(
        &self,
        rules: &RuleSet,
        raised: &Raised<()>,
        body: &dyn Fn(&str) -> Result<Option<Body>, StoreError>,
        live: bool,
    ) -> Result<Option<NewAlert>, StoreError> {
        if raised.again && self.says_the_same(raised)? {
            return Ok(None);
        }
        let shown = body(&raised.tally.shown.event)?;
        let events = raised.tally.sequence();
        let sequence = events.iter().map(|at| body(&at.event)).collect::<Result<Option<Vec<Body>>, StoreError>>()?;
        let made = shown.zip(sequence).and_then(|(shown, sequence)| rules.alert(raised, &shown, &sequence));
        let Some(mut alert) = made else {
            let shown_id = raised.tally.shown.event_id();
            self.tell(Update::Notice(format!(
                "an alert cannot be shown: the state does not hold its event {shown_id}"
            )));
            return Ok(None);
        };
        if let Some(id) = self.store.former_id_of(&alert)? {
            alert.id = id;
        }
        Ok(Some(NewAlert::new(alert, (self.clock)(), rules, live)))
    }

    /// Whether an alert is recorded as it is now.
    fn says_the_same(&self, raised: &Raised<()>) -> Result<bool, StoreError> {
        let tally = &raised.tally;
        let same = |l: &AlertRow| !l.withdrawn && l.count == tally.count() && l.event_id == tally.shown.event_id();
        let id = self.recorded(&raised.id);
        if !self.store.listed(&id)?.as_ref().is_some_and(same) {
            return Ok(false);
        }
        // The last event of a sequence may have others before it than it had.
        let recorded = if tally.length > 0 { self.store.alert(&id)? } else { return Ok(true) };
        let events = recorded.and_then(|alert| alert.aggregate).map(|aggregate| aggregate.events).unwrap_or_default();
        Ok(tally.events.iter().map(|distinct| event::id_of(distinct)).eq(&events))
    }
}
