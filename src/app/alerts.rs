//! Every alert the console knows, with what is stored about it and what is only proposed.

use std::collections::HashMap;

use memchr::memmem::Finder;

use crate::detect::{AlertId, Summary};
use crate::text::{visible, width};
use crate::triage::{Action, AlertRow, Case, Decision, IncidentId, Proposal, Status};

/// Columns that an alert's cells would take if nothing were cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Widths {
    pub actor: u16,
    pub source: u16,
    /// On what, as [`target_name`] has it.
    pub target: u16,
    pub destination: u16,
    /// Count of the findings that raise its priority.
    pub raising: u16,
}

impl Widths {
    fn of(row: &AlertRow) -> Self {
        let summary = &row.summary;
        let columns = |text: &str| u16::try_from(width(text)).unwrap_or(u16::MAX);
        let of = |text: &Option<String>| text.as_deref().map_or(1, columns);
        Self {
            actor: of(&summary.actor),
            source: of(&summary.source),
            target: summary.target.as_deref().map_or(1, |t| columns(&target_name(t))),
            destination: of(&summary.destination),
            raising: u16::try_from(row.assessment.raising()).unwrap_or(u16::MAX),
        }
    }

    /// The larger of each.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            actor: self.actor.max(other.actor),
            source: self.source.max(other.source),
            target: self.target.max(other.target),
            destination: self.destination.max(other.destination),
            raising: self.raising.max(other.raising),
        }
    }
}

/// The target with its name first. The overview tells kinds of snapshots apart; the table only marks a live cluster,
/// which is no snapshot at all.
#[must_use]
pub fn target_name(target: &str) -> std::borrow::Cow<'_, str> {
    match target.split_once(':') {
        Some(("snapshot" | "cluster-snapshot", name)) if !name.is_empty() => name.into(),
        Some(("cluster", name)) if !name.is_empty() => format!("{name} (cluster)").into(),
        _ => target.into(),
    }
}

/// Decisions at or above this number are not stored: they stand in for proposals that are on their way.
pub const UNSAVED: i64 = 1 << 62;

#[derive(Debug)]
pub struct AlertEntry {
    /// Its text is safe to draw.
    pub row: AlertRow,
    /// Marked, to be acted on together with others.
    pub marked: bool,
    pub widths: Widths,
    /// See [`Assessment::importance`](crate::investigate::Assessment::importance).
    pub importance: u32,
    words: Box<str>,
    stored: Case,
    proposed: Option<Box<Case>>,
}

impl AlertEntry {
    /// Its case, decisions that are not saved yet included.
    #[must_use]
    pub fn case(&self) -> &Case {
        self.proposed.as_deref().unwrap_or(&self.stored)
    }

    /// Its case as it is on disk.
    #[must_use]
    pub fn stored(&self) -> &Case {
        &self.stored
    }

    /// Finds `word`, which is in lower case, in any of its texts, in any letter case.
    #[must_use]
    pub fn has_word(&self, word: &Finder<'_>) -> bool {
        word.find(self.words.as_bytes()).is_some() || word.find(self.case().status.as_str().as_bytes()).is_some()
    }

    /// `false` proves that no field has `word`, of ASCII letters and digits in lower case, among its words.
    #[must_use]
    pub fn may_say(&self, word: &Finder<'_>) -> bool {
        let is = |text: &str| text.as_bytes().eq_ignore_ascii_case(word.needle());
        // Decisions have texts of their own, such as notes.
        self.has_word(word) || !self.case().history.is_empty() || is(&self.row.id.0) || is(&self.row.rule_id)
    }

    /// Withdrawn before anybody decided anything: it leaves the table.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.row.withdrawn && self.case().history.is_empty()
    }

    /// A decision on it is not on disk yet.
    #[must_use]
    pub fn unsaved(&self) -> bool {
        self.proposed.is_some()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StatusCounts {
    pub open: usize,
    pub acknowledged: usize,
    pub closed: usize,
}

impl StatusCounts {
    pub fn add(&mut self, status: Status) {
        match status {
            Status::Open => self.open += 1,
            Status::Acknowledged => self.acknowledged += 1,
            Status::Closed(_) => self.closed += 1,
        }
    }

    #[must_use]
    pub fn all(&self) -> usize {
        self.open + self.acknowledged + self.closed
    }
}

/// All alerts, in the order they came.
#[derive(Debug, Default)]
pub struct Alerts {
    entries: Vec<AlertEntry>,
    index: HashMap<AlertId, usize>,
    /// The alerts of each incident.
    incidents: HashMap<IncidentId, Vec<usize>>,
    early: HashMap<AlertId, Vec<Decision>>,
    marked: usize,
}

/// Alerts that have come, by their indices.
#[derive(Debug, Default)]
pub struct Arrived {
    /// Alerts that were not known.
    pub new: Vec<usize>,
    /// Alerts that were known and have been replaced.
    pub replaced: Vec<usize>,
}

impl Alerts {
    #[must_use]
    pub fn entries(&self) -> &[AlertEntry] {
        &self.entries
    }

    /// The entry at `index`.
    #[must_use]
    pub fn at(&self, index: usize) -> Option<&AlertEntry> {
        self.entries.get(index)
    }

    /// Where the alert `id` is.
    #[must_use]
    pub fn position(&self, id: &AlertId) -> Option<usize> {
        self.index.get(id).copied()
    }

    /// The alert `id`.
    #[must_use]
    pub fn get(&self, id: &AlertId) -> Option<&AlertEntry> {
        self.position(id).and_then(|i| self.at(i))
    }

    /// Marks or unmarks the alert at `index`.
    pub fn mark(&mut self, index: usize, marked: bool) {
        if let Some(entry) = self.entries.get_mut(index) {
            self.marked = self.marked + usize::from(marked) - usize::from(entry.marked);
            entry.marked = marked;
        }
    }

    /// How many are marked.
    #[must_use]
    pub fn marked(&self) -> usize {
        self.marked
    }

    /// Takes every mark away.
    pub fn unmark_all(&mut self) {
        if std::mem::take(&mut self.marked) > 0 {
            for entry in &mut self.entries {
                entry.marked = false;
            }
        }
    }

    /// Takes alerts in; one that is known already is replaced and keeps its case. Returns which these are.
    pub fn insert(&mut self, alerts: Vec<AlertRow>) -> Arrived {
        let mut arrived = Arrived::default();
        for row in alerts {
            let row = harmless(row);
            if let Some(&i) = self.index.get(&row.id) {
                self.move_into(row.incident.as_ref(), i);
                let entry = &mut self.entries[i];
                (entry.widths, entry.words) = (Widths::of(&row), words(&row));
                entry.importance = row.assessment.importance(row.risk_score);
                entry.row = row;
                arrived.replaced.push(i);
                continue;
            }
            let i = self.entries.len();
            self.index.insert(row.id.clone(), i);
            if let Some(incident) = &row.incident {
                self.incidents.entry(incident.clone()).or_default().push(i);
            }
            let early = self.early.remove(&row.id);
            let (widths, words) = (Widths::of(&row), words(&row));
            self.entries.push(AlertEntry {
                importance: row.assessment.importance(row.risk_score),
                row,
                marked: false,
                widths,
                words,
                stored: Case::default(),
                proposed: None,
            });
            for decision in early.into_iter().flatten() {
                self.entries[i].stored.apply(&decision);
            }
            arrived.new.push(i);
        }
        arrived
    }

    /// Of the alert at `index`, which is known.
    fn move_into(&mut self, incident: Option<&IncidentId>, index: usize) {
        let before = self.entries[index].row.incident.as_ref();
        if before == incident {
            return;
        }
        if let Some(members) = before.and_then(|before| self.incidents.get_mut(before)) {
            members.retain(|&i| i != index);
        }
        if let Some(incident) = incident {
            self.incidents.entry(incident.clone()).or_default().push(index);
        }
    }

    /// The alerts of an incident, by time.
    #[must_use]
    pub fn of_incident(&self, incident: &IncidentId) -> Vec<&AlertEntry> {
        let members = self.incidents.get(incident).into_iter().flatten();
        let mut members: Vec<&AlertEntry> = members.filter_map(|&i| self.at(i)).collect();
        members.sort_by(|a, b| (a.row.time, &a.row.id).cmp(&(b.row.time, &b.row.id)));
        members
    }

    /// Takes a stored decision in. Returns whether it said something new.
    pub fn decide(&mut self, decision: &Decision) -> bool {
        let decision = harmless_decision(decision);
        let Some(&i) = self.index.get(&decision.alert) else {
            self.early.entry(decision.alert.clone()).or_default().push(decision);
            return false;
        };
        let case = &mut self.entries[i].stored;
        let known = case.history.len();
        case.apply(&decision);
        case.history.len() > known
    }

    /// Shows `proposals` on the alert `id` as if they were stored; none at all: shows what is stored.
    pub fn propose<'a>(&mut self, id: &AlertId, proposals: impl Iterator<Item = &'a Proposal>) {
        let Some(entry) = self.index.get(id).and_then(|&i| self.entries.get_mut(i)) else { return };
        let mut case: Option<Box<Case>> = None;
        for (n, p) in (0i64..).zip(proposals) {
            let case = case.get_or_insert_with(|| Box::new(entry.stored.clone()));
            case.apply(&harmless_decision(&Decision {
                seq: UNSAVED + n,
                alert: p.alert.clone(),
                at: p.at,
                analyst: p.analyst.clone(),
                action: p.action.clone(),
            }));
        }
        entry.proposed = case;
    }
}

/// All that a plain word is looked for in, in lower case: made once, not for every key that is typed.
fn words(row: &AlertRow) -> Box<str> {
    let s = &row.summary;
    let texts = [&s.actor, &s.source, &s.target, &s.destination, &s.account, &s.region, &s.action];
    let texts = texts.into_iter().flatten().map(String::as_str);
    let others = [row.rule_name.as_str(), &row.reason, &row.event_id, row.severity.as_str()];
    texts.chain(others).collect::<Vec<_>>().join("\n").to_lowercase().into()
}

fn clean(text: &mut String) {
    if let std::borrow::Cow::Owned(shown) = visible(text) {
        *text = shown;
    }
}

fn harmless(mut row: AlertRow) -> AlertRow {
    for text in [&mut row.rule_id, &mut row.rule_name, &mut row.event_id, &mut row.reason] {
        clean(text);
    }
    let Summary { actor, source, target, destination, account, region, action, suspicious: _ } = &mut row.summary;
    for text in [actor, source, target, destination, account, region, action].into_iter().flatten() {
        clean(text);
    }
    row
}

fn harmless_decision(decision: &Decision) -> Decision {
    let mut decision = decision.clone();
    clean(&mut decision.analyst);
    match &mut decision.action {
        Action::Note { text, .. } => *text = text.split('\n').map(visible).collect::<Vec<_>>().join("\n"),
        Action::Copied { what } => clean(what),
        _ => {}
    }
    decision
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_shows_its_name_first() {
        assert_eq!(target_name("cluster-snapshot:orders-2026-11-23"), "orders-2026-11-23");
        assert_eq!(target_name("snapshot:rds:ledger-2026"), "rds:ledger-2026");
        assert_eq!(target_name("cluster:crm-prod"), "crm-prod (cluster)");
        assert_eq!(target_name("odd"), "odd");
        assert_eq!(target_name("snapshot:"), "snapshot:");
    }
}
