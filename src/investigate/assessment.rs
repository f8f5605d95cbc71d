//! What an alert is worth looking at: its priority, the findings that make it, and what ties it to others. At once from the
//! event alone; again when the log around it has been searched.

use super::finding::FindingId;
use super::{Facts, Finding, Surroundings, Trace, findings, table};
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
    /// From the event alone.
    #[must_use]
    pub fn of_event(risk_score: u32, facts: &Facts, trace: Trace) -> Self {
        Self::new(risk_score, &findings(facts, &Surroundings::default()), trace)
    }

    /// Of the findings, those that have points.
    #[must_use]
    pub fn new(risk_score: u32, found: &[Finding], trace: Trace) -> Self {
        let findings = found.iter().filter(|finding| finding.points != 0).map(|finding| finding.id).collect();
        Self { findings, trace, ..Self::default() }.summed(risk_score)
    }

    /// With one more finding.
    #[must_use]
    pub fn with(mut self, finding: FindingId, risk_score: u32) -> Self {
        self.findings.retain(|known| *known != finding);
        self.findings.push(finding);
        self.summed(risk_score)
    }

    fn summed(mut self, risk_score: u32) -> Self {
        self.findings.sort_by_key(|id| -id.points());
        let points: i64 = self.findings.iter().map(|id| i64::from(id.points())).sum();
        self.priority = u32::try_from((i64::from(risk_score) + points).clamp(0, 100)).unwrap_or(0);
        self
    }

    /// What a search around the alert begins with: what is known, and no search tells again.
    #[must_use]
    pub fn surroundings(&self) -> Surroundings {
        Surroundings { late: self.findings.contains(&FindingId::LATE), ..Surroundings::default() }
    }

    /// How many findings raise the priority.
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
        assert!(table().all(|entry| !entry.words.is_empty() && entry.points.abs() <= 50));
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
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
