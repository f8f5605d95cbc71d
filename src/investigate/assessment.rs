//! What an alert is worth looking at: its priority, the findings that make it, and what ties it to others. At once from the
//! event alone; again when the log around it has been searched.

use super::finding::FindingId;
use super::findings::at_once;
use super::{Facts, Finding, Surroundings, Trace, table};
use crate::event::{Event, GeoIp};
use crate::rule::Severity;

/// What is known of an alert beyond its event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Assessment {
    /// 0–100: the rule's risk score and the points of the findings.
    pub priority: u32,
    /// Those that have points, most points first.
    pub findings: Vec<FindingId>,
    pub trace: Trace,
    /// The log around the event has been searched too.
    pub refined: bool,
}

impl Assessment {
    /// From the event alone: without a word, as a search of the log asks this of every alert.
    #[must_use]
    pub fn of_event(risk_score: u32, facts: &Facts, trace: Trace) -> Self {
        Self::of(risk_score, at_once(facts).map(|entry| (entry.id, entry.points)), trace)
    }

    /// Of the findings, those that have points.
    #[must_use]
    pub fn new(risk_score: u32, found: &[Finding], trace: Trace) -> Self {
        Self::of(risk_score, found.iter().map(|finding| (finding.id, finding.points)), trace)
    }

    /// Of findings that have points.
    #[must_use]
    pub fn of_ids(risk_score: u32, findings: impl IntoIterator<Item = FindingId>) -> Self {
        Self::of(risk_score, findings.into_iter().map(|id| (id, id.points())), Trace::default())
    }

    /// With one more finding.
    #[must_use]
    pub fn with(self, finding: FindingId, risk_score: u32) -> Self {
        let others = self.findings.iter().filter(|known| **known != finding);
        let found = others.chain([&finding]).map(|id| (*id, id.points()));
        Self { refined: self.refined, ..Self::of(risk_score, found, self.trace.clone()) }
    }

    /// Of an alert of several events, with the records of all: what makes the one that matters most, and what ties any of
    /// them to others.
    #[must_use]
    pub fn with_events<'r>(self, risk_score: u32, records: impl IntoIterator<Item = &'r str>, geoip: &GeoIp) -> Self {
        let mut all = self;
        for record in records {
            let Ok(event) = Event::parse_with(record.as_bytes(), geoip) else { continue };
            let facts = Facts::brief(&event);
            let other = Self::of_event(risk_score, &facts, Trace::of(&event, &facts));
            let trace = all.trace.joined(&other.trace);
            let stronger = if other.importance(risk_score) > all.importance(risk_score) { other } else { all.clone() };
            all = Self { trace, refined: all.refined, ..stronger };
        }
        all
    }

    fn of(risk_score: u32, found: impl Iterator<Item = (FindingId, i32)>, trace: Trace) -> Self {
        let mut found: Vec<(FindingId, i32)> = found.filter(|(_, points)| *points != 0).collect();
        found.sort_by_key(|(_, points)| -points);
        let sum: i64 = found.iter().map(|(_, points)| i64::from(*points)).sum();
        let priority = u32::try_from((i64::from(risk_score) + sum).clamp(0, 100)).unwrap_or(0);
        Self { priority, findings: found.into_iter().map(|(id, _)| id).collect(), trace, refined: false }
    }

    /// The priority, and beyond 100 the sum: it orders those that stand at 100.
    #[must_use]
    pub fn importance(&self, risk_score: u32) -> u32 {
        if self.priority < 100 {
            return self.priority;
        }
        let points: i64 = self.findings.iter().map(|id| i64::from(id.points())).sum();
        u32::try_from(i64::from(risk_score) + points).unwrap_or(0).max(self.priority)
    }

    /// What a search around the alert begins with: what is known, and no search tells again.
    #[must_use]
    pub fn surroundings(&self) -> Surroundings {
        Surroundings { late: self.findings.contains(&FindingId::LATE), ..Surroundings::default() }
    }

    /// Count of the findings that raise the priority.
    #[must_use]
    pub fn raising(&self) -> usize {
        self.findings.iter().filter(|id| id.points() > 0).count()
    }

    /// `rule 21, key of another account +30`: adds up to the priority, which ends at 0 and 100.
    #[must_use]
    pub fn explained(&self, risk_score: u32) -> String {
        let mut parts = vec![format!("rule {risk_score}")];
        parts.extend(self.findings.iter().map(|id| format!("{} {:+}", id.words(), id.points())));
        parts.join(", ")
    }
}

/// The severity that a priority comes to, with the bounds of Elastic's risk scores.
#[must_use]
pub fn band(priority: u32) -> Severity {
    match priority {
        0..47 => Severity::Low,
        47..73 => Severity::Medium,
        73..99 => Severity::High,
        _ => Severity::Critical,
    }
}

impl FindingId {
    /// The finding with this name, where the table has one.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        table().map(|entry| entry.id).find(|id| id.as_str() == name)
    }

    #[must_use]
    pub fn points(self) -> i32 {
        table().find(|entry| entry.id == self).map_or(0, |entry| entry.points)
    }

    #[must_use]
    pub fn words(self) -> &'static str {
        table().find(|entry| entry.id == self).map_or("", |entry| entry.words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finding_has_a_name_of_its_own_and_words() {
        let mut names: Vec<&str> = table().map(|entry| entry.id.as_str()).collect();
        assert!(table().all(|entry| !entry.words.is_empty() && entry.points.abs() <= 80));
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn what_is_known_at_once_is_what_the_findings_say() {
        let record = crate::investigate::tests::record();
        let facts = crate::investigate::tests::facts_of(&record);
        let found = crate::investigate::findings(&facts, &Surroundings::default());
        let at_once = Assessment::of_event(21, &facts, Trace::default());
        assert_eq!(at_once, Assessment::new(21, &found, Trace::default()));
        assert_eq!(at_once.priority, 71);
        assert_eq!(at_once.explained(21), "rule 21, key of another account +30, no MFA +10, whole database +10");
    }

    #[test]
    fn bands_are_those_of_elastic() {
        let of = |priority| band(priority).as_str();
        assert_eq!(
            [of(0), of(46), of(47), of(72), of(73), of(98), of(99)],
            ["low", "low", "medium", "medium", "high", "high", "critical"]
        );
    }
}
